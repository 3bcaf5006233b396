package broker

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// KeyCare is what an environment demands of changes of keys, and who is told of them. The zero KeyCare demands nothing and tells nobody: a
// key takes effect at once. Its functions run in the transaction of what they are about; like every such function they may run more than once.
type KeyCare struct {
	// LegalNames demands that the certificate of a key is about the organisation that owns the destination, by a name that was
	// registered for it.
	LegalNames bool

	// Propose writes down that a key is to take effect, for a second person to release, and returns the name of the proposal; the same
	// change is proposed once. Nil: no second person is needed.
	Propose func(tx Tx, who Caller, d Destination, c keys.Change) (proposal string, err error)

	// Added is called for each key that came to be there, Changed for each that took effect in place of another one, Deleted before a destination
	// is deleted with its keys. Nil: never.
	Added   func(tx Tx, d Destination, key DestinationKey) error
	Changed func(tx Tx, who Caller, d Destination, c keys.Change) error
	Deleted func(tx Tx, d Destination) error

	// Overlap is for how long, by the clock of deadlines, parts are taken that are sealed for a key after it was replaced; zero means a week.
	Overlap time.Duration
}

// DefaultKeyOverlap is KeyCare.Overlap where nothing else is said.
const DefaultKeyOverlap = 7 * 24 * time.Hour

func (c KeyCare) withDefaults() KeyCare {
	if c.Overlap == 0 {
		c.Overlap = DefaultKeyOverlap
	}
	return c
}

// statementAge is for how long a signed change may be carried out; statementSkew how far the clocks of who signs and who checks may be apart.
const (
	statementAge  = 7 * 24 * time.Hour
	statementSkew = 5 * time.Minute
)

// Activation is what became of the wish that a key takes effect.
type Activation struct {
	Destination Destination
	Key         DestinationKey
	Change      keys.Change
	Proposal    string // that waits for a second person; none: the key is in force
}

// change returns what it means that a key takes effect.
func (d Destination) change(key DestinationKey, inForce DestinationKey) keys.Change {
	return keys.Change{Destination: string(d.ID), Use: key.use(), KID: key.KID, Thumbprint: key.Thumbprint, After: inForce.Thumbprint}
}

// inForce returns the key that another one of the use would replace.
func (d Destination) inForce(tx Tx, encryption bool) (DestinationKey, error) {
	kid := d.EncryptionKID
	if !encryption {
		kid = d.SigningKID
	}
	if kid != "" {
		return tx.DestinationKey(d.ID, kid)
	}
	all, err := tx.DestinationKeys(d.ID)
	for _, key := range all {
		if !key.Encryption {
			return key, nil
		}
	}
	return DestinationKey{}, errors.Join(err, ErrNoRow)
}

// takeEffect puts a key into force where nobody has to agree any more. It writes the keys, and leaves the destination to the caller to write.
func (s *Destinations) takeEffect(tx Tx, who Caller, d *Destination, c keys.Change) error {
	encryption := c.Use == keys.Encryption
	former, err := d.inForce(tx, encryption)
	if err != nil {
		return err
	}
	key, err := tx.DestinationKey(d.ID, c.KID)
	if err != nil {
		return err
	}
	key.Replaced, key.Retired = time.Time{}, time.Time{}
	if former.KID != key.KID {
		former.Replaced = s.Deadline()
		if err := tx.PutDestinationKey(former); err != nil {
			return err
		}
	}
	if err := tx.PutDestinationKey(key); err != nil {
		return err
	}
	if encryption {
		d.EncryptionKID, d.RevokedKID = key.KID, ""
	} else {
		d.SigningKID = key.KID
	}
	if s.KeyCare.Changed == nil {
		return nil
	}
	return s.KeyCare.Changed(tx, who, *d, c)
}

// NeedsSecond reports whether a change of keys takes a second person, or a signature. While a destination is created nothing was ever sealed for
// it, and nobody relies on its keys.
func (s *Destinations) NeedsSecond(d Destination) bool {
	return s.KeyCare.Propose != nil && d.Status != DestinationCreated
}

// usable refuses a key that may not take effect: it has to fit the rules as they are now, and not to be revoked.
func (s *Destinations) usable(tx Tx, d Destination, key DestinationKey) error {
	if _, err := s.readKey(key.Destination, "the key", key.JWK, key.use()); err != nil {
		return err
	}
	if key.Revoked() {
		return Conflict.New("key-revoked", "the certificate of the key %s was revoked at %s (%s): add another key", key.KID,
			key.Revocation.Since.UTC().Format(time.RFC3339), key.Revocation.Why)
	}
	return s.checkOwner(tx, d.Org, "the key", key)
}

// checkOwner refuses a key whose certificate is about somebody else than the organisation.
func (s *Destinations) checkOwner(tx Tx, org OrgID, field string, key DestinationKey) error {
	if !s.KeyCare.LegalNames {
		return nil
	}
	public, err := keys.ParsePublic(key.JWK)
	if err != nil {
		return err
	}
	names, err := LegalNames(tx, org)
	if err != nil {
		return err
	}
	if err := (keys.Policy{Name: s.Policy.Name}).OwnedBy(names).Check(public, public.For(), s.Now()); err != nil {
		return Invalid.Wrap(err, "key-not-allowed", "%s: %s", field, err)
	}
	return nil
}
