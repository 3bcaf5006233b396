package broker

import "slices"

// takesFor reports whether what is sealed for the key is taken: an encryption key that is in force, may be soon, or was until lately.
func (k *core) takesFor(key DestinationKey) bool {
	return key.Encryption && key.Retired.IsZero() && (key.Replaced.IsZero() || k.Deadline().Before(key.Replaced.Add(k.KeyCare.Overlap)))
}

// encryptionKIDs returns the names that a sealed part for the destination may carry as "kid": the id or the RFC 7638 thumbprint of any
// of its encryption keys that has not been replaced for long. A part sealed for another key is refused at the door, not discovered days later.
func (k *core) encryptionKIDs(tx Tx, d DestinationID) ([]string, error) {
	all, err := tx.DestinationKeys(d)
	var kids []string
	for _, key := range all {
		if !k.takesFor(key) {
			continue
		}
		if kids = append(kids, key.KID); key.Thumbprint != key.KID {
			kids = append(kids, key.Thumbprint)
		}
	}
	return kids, err
}

// stillTaken looks once more, in the transaction, at the keys that the parts are sealed for: the first look was before the upload, which for
// attachments may be long ago. So nothing comes to wait that is sealed for a key after its time, and a key can be seen to be done with.
func (w *submitting) stillTaken(tx Tx) error {
	if !w.sub.FromSender() {
		return nil
	}
	d, err := tx.Destination(w.sub.Destination)
	if err != nil {
		return err
	}
	used := w.usedKIDs()
	if !slices.ContainsFunc(used, func(kid string) bool { return kid != d.EncryptionKID }) {
		return nil
	}
	taken, err := w.s.encryptionKIDs(tx, d.ID)
	if err != nil {
		return err
	}
	for _, kid := range used {
		if !slices.Contains(taken, kid) {
			return Unprocessable.New("key-replaced", "a part is sealed for the key %q, which the destination has replaced: seal it anew, for the key %s", clip(kid), d.EncryptionKID)
		}
	}
	return nil
}

func (w *submitting) usedKIDs() []string {
	used := []string{w.metadata.KID}
	if w.data.Body.Present() || w.data.small != nil {
		used = append(used, w.data.KID)
	}
	for _, a := range w.attachments {
		used = append(used, a.Sealed.KID)
	}
	return used
}
