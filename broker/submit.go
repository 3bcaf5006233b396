package broker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// Submit completes a submission or a reply with its sealed metadata and data (data may be nil where the generation allows it). Submitting the
// same bytes again is answered like the first time, whatever has become of it; other bytes are a Conflict.
func (s Exchange) Submit(ctx context.Context, who Caller, g Generation, id SubmissionID, metadata, data []byte, again Repeat) (Submission, error) {
	if err := s.requireAuthor(who); err != nil {
		return Submission{}, err
	}
	w := submitting{s: s, who: who, id: id, digest: contentDigest(metadata, data), again: again}
	rules := g.Content
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if err = w.load(tx); err == nil && !w.done() {
			rules, err = s.sealedFor(tx, w.sub, g.Content)
		}
		return err
	})
	if err != nil || w.done() {
		return w.sub, err
	}
	if err := w.take(ctx, g, rules, metadata, data); err != nil {
		return Submission{}, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := w.load(tx); err != nil || w.done() {
			return err
		}
		if err := w.stillTaken(tx); err != nil {
			return err
		}
		return w.write(tx)
	})
	if err == nil && !w.written {
		s.discard(ctx, w.metadata.Body, w.data.Body) // somebody else submitted the same bytes at the same time
	}
	s.discardIfRefused(ctx, err, w.metadata.Body, w.data.Body)
	return w.sub, err
}

// submitting is one submit on its way.
type submitting struct {
	s      Exchange
	who    Caller
	id     SubmissionID
	digest []byte
	again  Repeat

	metadata, data intake // taken in

	// Of the last transaction.
	sub         Submission
	attachments []Attachment
	written     bool
}

// load reads what the submit is about, and refuses what cannot be submitted now.
func (w *submitting) load(tx Tx) (err error) {
	w.written = false
	if w.sub, err = w.s.own(tx, w.who, w.id); err != nil {
		return err
	}
	if _, _, err := w.again.find(tx, w.who); err != nil {
		return err
	}
	if w.sub.State != StateIncomplete {
		return repeated(w.sub, w.digest)
	}
	if _, err := openForContent(tx, w.sub); err != nil {
		return err
	}
	if err := stillMaySend(tx, w.who, w.sub); err != nil {
		return err
	}
	if w.attachments, err = tx.Attachments(w.id); err != nil {
		return err
	}
	return complete(w.sub, w.attachments)
}

// openForContent refuses content for, and from, a destination that is decommissioned, and returns one that is not (FIT-Connect contract 4.4).
func openForContent(tx Tx, sub Submission) (Destination, error) {
	d, err := tx.Destination(sub.Destination)
	if err == nil && d.Status == DestinationDecommissioned {
		return d, Unprocessable.New("destination-state-invalid", "the destination is decommissioned: it takes no %s any more, and sends none", sub.Kind)
	}
	return d, err
}

// done reports whether the same bytes were submitted before: load lets nothing else pass that is not incomplete.
func (w *submitting) done() bool { return w.sub.State != StateIncomplete }

// repeated answers a second submit: nil for the same bytes.
func repeated(sub Submission, digest []byte) error {
	if bytes.Equal(sub.Digest, digest) {
		return nil
	}
	return Conflict.New("already-submitted", "the %s is %s; other content cannot replace what was submitted: announce a new one", sub.Kind, sub.State)
}

// complete refuses while announced attachments are missing.
func complete(sub Submission, uploaded []Attachment) error {
	present := make(map[AttachmentID]bool, len(uploaded))
	for _, a := range uploaded {
		present[a.ID] = true
	}
	var missing []AttachmentID
	for _, id := range sub.Announced {
		if !present[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return Unprocessable.New("attachments-missing", "%d of %d announced attachments are missing, the first is %s: upload them, then submit", len(missing), len(sub.Announced), missing[0])
	}
	return nil
}

// take takes both parts in.
func (w *submitting) take(ctx context.Context, g Generation, rules seal.Rules, metadata, data []byte) (err error) {
	if len(data) == 0 && g.DataRequired {
		return badRequest("encryptedData is required: the sealed data as a compact JWE")
	}
	room := w.s.Limits.content()
	if w.metadata, err = w.s.takeBytes(ctx, metadata, rules, room); err != nil {
		return inPart("encryptedMetadata", err)
	}
	if len(data) == 0 {
		return nil
	}
	if w.data, err = w.s.takeBytes(ctx, data, rules, room); err != nil {
		w.s.discard(ctx, w.metadata.Body)
		return inPart("encryptedData", err)
	}
	return nil
}

func (k *core) takeBytes(ctx context.Context, sealed []byte, rules seal.Rules, room bound) (intake, error) {
	in, err := k.take(ctx, bytes.NewReader(sealed), rules, room)
	digest := sha256.Sum256(sealed)
	in.Digest = digest[:]
	return in, err
}

// write puts content, state, event and owed callback into the transaction.
func (w *submitting) write(tx Tx) error {
	if err := w.metadata.put(tx); err != nil {
		return err
	}
	if err := w.data.put(tx); err != nil {
		return err
	}
	sub := &w.sub
	sub.Metadata, sub.Data, sub.Digest, sub.Submitted = w.metadata.Sealed, w.data.Sealed, w.digest, w.s.Deadline()
	c, err := tx.Case(sub.Case)
	if err != nil {
		return err
	}
	tags := submittedTags(*sub, w.attachments)
	if err := w.s.advance(tx, &c, sub, submitted, set.Payload{AuthenticationTags: &tags}); err != nil {
		return err
	}
	w.written = true
	return w.again.keep(tx, w.who, sub.ID, w.s.Now())
}

// submittedTags collects the authentication tags of all parts (FIT-Connect contract 6.4).
func submittedTags(sub Submission, uploaded []Attachment) set.AuthenticationTags {
	tags := set.AuthenticationTags{Metadata: sub.Metadata.Tag, Data: sub.Data.Tag}
	if len(uploaded) == 0 {
		return tags
	}
	tags.Attachments = make(map[string]string, len(uploaded))
	for _, a := range uploaded {
		tags.Attachments[string(a.ID)] = a.Sealed.Tag
	}
	return tags
}

// tagsOf is submittedTags for a submission whose attachments were not read yet.
func tagsOf(tx Tx, sub Submission) (set.AuthenticationTags, error) {
	uploaded, err := tx.Attachments(sub.ID)
	return submittedTags(sub, uploaded), err
}

// contentDigest is over both parts, each preceded by its length, so that no shift between them goes unseen.
func contentDigest(metadata, data []byte) []byte {
	h := sha256.New()
	writeParts(h, metadata, data)
	return h.Sum(nil)
}

func writeParts(h hash.Hash, parts ...[]byte) {
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
}
