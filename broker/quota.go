package broker

import "fmt"

// bound is how many bytes somebody may still send, and the limit that says so.
type bound struct {
	most  int64
	limit string
}

func (b bound) refusal(err error) error {
	return TooLarge.Wrap(err, "payload-too-large", "%s", b.limit)
}

func (l Limits) content() bound {
	return bound{l.Content, fmt.Sprintf("encryptedMetadata and encryptedData have at most %d bytes each", l.Content)}
}

func (l Limits) attachment() bound {
	return bound{l.Attachment, fmt.Sprintf("a sealed attachment has at most %d bytes", l.Attachment)}
}

// beside is what is left when others have so many bytes.
func (l Limits) beside(others int64) bound {
	return bound{l.Submission - others, fmt.Sprintf("the sealed attachments of one submission or reply have at most %d bytes together", l.Submission)}
}

// pending is what is left of a client's quota.
func (l Limits) pending(now int64) bound {
	return bound{l.PendingBytes - now, fmt.Sprintf("what a client has uploaded and not submitted has at most %d bytes together: submit what is complete", l.PendingBytes)}
}

// room is how many bytes an attachment may have: the narrowest of the limits. The quota of the client is looked at here, before the
// bytes come, and not in the transaction that writes, where all uploads of a client would have to queue for it: such as come at the same time may
// pass it by what they bring.
func (s Exchange) room(tx Tx, who Caller, sub Submission, att AttachmentID) (bound, error) {
	others, err := uploadedBeside(tx, sub.ID, att)
	if err != nil {
		return bound{}, err
	}
	pending, err := tx.Pending(who.Client)
	if err != nil {
		return bound{}, err
	}
	narrowest := s.Limits.attachment()
	for _, b := range []bound{s.Limits.beside(others), s.Limits.pending(pending.Bytes - (sub.Uploaded - others))} {
		if b.most < narrowest.most {
			narrowest = b
		}
	}
	return narrowest, nil
}

// uploadedBeside is how many bytes the other attachments have.
func uploadedBeside(tx Tx, id SubmissionID, att AttachmentID) (size int64, err error) {
	uploaded, err := tx.Attachments(id)
	for _, a := range uploaded {
		if a.ID != att {
			size += a.Sealed.Body.Size
		}
	}
	return size, err
}

// roomToAnnounce refuses a client that has too much announced and not submitted.
func (k *core) roomToAnnounce(tx Tx, who Caller) error {
	pending, err := tx.Pending(who.Client)
	if err == nil && pending.Count >= k.Limits.Pending {
		return TooLarge.New("quota-exceeded", "a client has at most %d submissions and replies that are announced and not submitted: submit those first", k.Limits.Pending)
	}
	return err
}
