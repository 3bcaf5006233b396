package broker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"

	"github.com/vierkant/vierkant/crypto/set"
)

// Submissions takes applications in from senders and hands them out to subscribers.
type Submissions struct{ *core }

// Announcement is what a sender says before it sends (FIT-Connect contract 3.2, 3.5).
type Announcement struct {
	Destination DestinationID
	Case        CaseID // empty for a new case
	Service     Service
	Region      string // "DE…" or empty
	Attachments []AttachmentID
}

// Announce opens a submission, in a new case or in one of the caller's own. The checks run in the order of FIT-Connect
// contract 16: scope, shape, destination exists, its state, then what it offers.
func (s *Submissions) Announce(ctx context.Context, who Caller, a Announcement) (Submission, error) {
	if err := who.Require(ScopeSend); err != nil {
		return Submission{}, err
	}
	if err := a.check(s.Limits); err != nil {
		return Submission{}, err
	}
	var (
		c   Case
		sub Submission
	)
	admit := func(tx Tx) (err error) {
		if err := s.admit(tx, a); err != nil {
			return err
		}
		c, err = s.openCase(tx, who, a)
		return err
	}
	open := func(tx Tx) error {
		sub = Submission{
			ID: NewID[SubmissionID](), Case: c.ID, Destination: a.Destination, Sender: who.Client, Org: who.Org,
			Service: a.Service, Region: a.Region, Announced: a.Attachments, Created: s.Deadline(),
		}
		return s.advance(tx, &c, &sub, set.CreateSubmission, set.Payload{})
	}
	return sub, s.decide(ctx, admit, open)
}

// admit refuses what the destination does not take.
func (s *Submissions) admit(tx Tx, a Announcement) error {
	d, err := tx.Destination(a.Destination)
	if err != nil {
		return noDestination(err, a.Destination)
	}
	if d.Status != DestinationActive {
		return Unprocessable.New("destination-state-invalid", "the destination is %s; it takes new submissions only while it is %s", d.Status, DestinationActive)
	}
	return d.takes(a.Service.Identifier, a.Region)
}

// openCase returns the case the submission belongs to: the caller's own, or a new one.
func (s *Submissions) openCase(tx Tx, who Caller, a Announcement) (Case, error) {
	if a.Case == "" {
		return Case{ID: NewID[CaseID](), Sender: who.Client, Org: who.Org, Destination: a.Destination, Created: s.Now()}, nil
	}
	c, err := tx.Case(a.Case)
	if err != nil || c.Sender != who.Client {
		return Case{}, noCase(err, a.Case)
	}
	if c.Destination != a.Destination {
		return Case{}, Unprocessable.New("case-destination-mismatch", "the case belongs to another destination: a further submission goes to the same one, else announce without caseId")
	}
	return c, nil
}

// Upload takes one announced attachment in, as a stream. A second upload of the same attachment replaces the first
// until the submission is submitted.
func (s *Submissions) Upload(ctx context.Context, who Caller, g Generation, id SubmissionID, att AttachmentID, body io.Reader) error {
	if err := who.Require(ScopeSend); err != nil {
		return err
	}
	var recipients []string
	if err := s.Store.View(ctx, func(tx Tx) error {
		sub, err := s.uploadable(tx, who, id, att)
		if err == nil {
			recipients, err = encryptionKIDs(tx, sub.Destination)
		}
		return err
	}); err != nil {
		return err
	}
	in, err := s.take(ctx, body, g.Attachment.For(recipients...), s.Limits.Attachment)
	if err != nil {
		return err
	}
	var replaced Body
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		if _, err := s.uploadable(tx, who, id, att); err != nil {
			return err
		}
		if replaced, err = s.replace(tx, id, att); err != nil {
			return err
		}
		if err := in.put(tx); err != nil {
			return err
		}
		return tx.PutAttachment(Attachment{ID: att, Submission: id, Sealed: in.Sealed, Uploaded: s.Now()})
	})
	if err != nil {
		s.discard(ctx, in.Body)
		return err
	}
	s.discard(ctx, replaced)
	return nil
}

// uploadable returns the caller's own submission while it may still take this attachment.
func (s *Submissions) uploadable(tx Tx, who Caller, id SubmissionID, att AttachmentID) (Submission, error) {
	sub, err := s.own(tx, who, id)
	if err != nil {
		return sub, err
	}
	if sub.State != StateIncomplete {
		return sub, Conflict.New("invalid-state-transition", "the submission is %s: attachments are uploaded before it is submitted", sub.State)
	}
	for _, announced := range sub.Announced {
		if announced == att {
			return sub, nil
		}
	}
	return sub, Unprocessable.New("attachment-not-announced", "the attachment %s was not announced with this submission", att)
}

// replace forgets the attachment that stood there before, and returns its body for the blob to be deleted later.
func (s *Submissions) replace(tx Tx, id SubmissionID, att AttachmentID) (Body, error) {
	before, err := tx.Attachment(id, att)
	switch {
	case err == nil && before.Sealed.Body.Record != "":
		return Body{}, tx.DeleteBody(before.Sealed.Body.Record)
	case err == nil:
		return before.Sealed.Body, nil
	case isNoRow(err):
		return Body{}, nil
	}
	return Body{}, err
}

// own returns the caller's own submission; a foreign one is as unknown as none.
func (s *Submissions) own(tx Tx, who Caller, id SubmissionID) (Submission, error) {
	sub, err := tx.Submission(id)
	if err == nil && sub.Sender != who.Client {
		err = ErrNoRow
	}
	return sub, noSubmission(err, id)
}

// Submit completes a submission with its sealed metadata and data (data may be nil where the generation allows it). Submitting the
// same bytes again is answered like the first time; other bytes are a Conflict.
func (s *Submissions) Submit(ctx context.Context, who Caller, g Generation, id SubmissionID, metadata, data []byte) (Submission, error) {
	if err := who.Require(ScopeSend); err != nil {
		return Submission{}, err
	}
	digest := contentDigest(metadata, data)
	var (
		sub        Submission
		recipients []string
	)
	ready := func(tx Tx) (err error) {
		if sub, err = s.own(tx, who, id); err != nil || sub.State != StateIncomplete {
			return err
		}
		if recipients, err = encryptionKIDs(tx, sub.Destination); err != nil {
			return err
		}
		return s.complete(tx, sub)
	}
	if err := s.Store.View(ctx, ready); err != nil {
		return Submission{}, err
	}
	if sub.State != StateIncomplete {
		return sub, repeated(sub, digest)
	}
	parts, err := s.takeContent(ctx, g, recipients, metadata, data)
	if err != nil {
		return Submission{}, err
	}
	lost := false
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := ready(tx); err != nil {
			return err
		}
		if lost = sub.State != StateIncomplete; lost {
			return repeated(sub, digest)
		}
		sub.Digest = digest
		return s.submit(tx, &sub, parts)
	})
	if err != nil || lost {
		s.discard(ctx, parts.metadata.Body)
		s.discard(ctx, parts.data.Body)
	}
	return sub, err
}

// content is the two parts of a submission on their way in.
type content struct{ metadata, data intake }

func (s *Submissions) takeContent(ctx context.Context, g Generation, recipients []string, metadata, data []byte) (c content, err error) {
	if len(data) == 0 && g.DataRequired {
		return c, Invalid.New("bad-request", "encryptedData is required: the sealed data as a compact JWE")
	}
	rules := g.Content.For(recipients...)
	if c.metadata, err = s.take(ctx, bytes.NewReader(metadata), rules, s.Limits.Content); err != nil {
		return c, inPart("encryptedMetadata", err)
	}
	if len(data) == 0 {
		return c, nil
	}
	if c.data, err = s.take(ctx, bytes.NewReader(data), rules, s.Limits.Content); err != nil {
		s.discard(ctx, c.metadata.Body)
		return c, inPart("encryptedData", err)
	}
	return c, nil
}

// complete refuses while announced attachments are missing.
func (s *Submissions) complete(tx Tx, sub Submission) error {
	var missing []AttachmentID
	for _, id := range sub.Announced {
		switch _, err := tx.Attachment(sub.ID, id); {
		case isNoRow(err):
			missing = append(missing, id)
		case err != nil:
			return err
		}
	}
	if len(missing) > 0 {
		return Unprocessable.New("attachments-missing", "%d of %d announced attachments are missing, the first is %s: upload them, then submit", len(missing), len(sub.Announced), missing[0])
	}
	return nil
}

// submit writes content, state, event and owed callback together.
func (s *Submissions) submit(tx Tx, sub *Submission, parts content) error {
	if err := parts.metadata.put(tx); err != nil {
		return err
	}
	if err := parts.data.put(tx); err != nil {
		return err
	}
	sub.Metadata, sub.Data, sub.Submitted = parts.metadata.Sealed, parts.data.Sealed, s.Deadline()
	tags, err := submittedTags(tx, *sub)
	if err != nil {
		return err
	}
	c, err := tx.Case(sub.Case)
	if err != nil {
		return err
	}
	if err := s.advance(tx, &c, sub, set.SubmitSubmission, set.Payload{AuthenticationTags: &tags}); err != nil {
		return err
	}
	return s.oweNewSubmission(tx, *sub)
}

// submittedTags collects the authentication tags of all parts (FIT-Connect contract 6.4).
func submittedTags(tx Tx, sub Submission) (set.AuthenticationTags, error) {
	tags := set.AuthenticationTags{Metadata: sub.Metadata.Tag, Data: sub.Data.Tag}
	all, err := tx.Attachments(sub.ID)
	if err != nil || len(all) == 0 {
		return tags, err
	}
	tags.Attachments = make(map[string]string, len(all))
	for _, a := range all {
		tags.Attachments[string(a.ID)] = a.Sealed.Tag
	}
	return tags, nil
}

// contentDigest is over both parts, each preceded by its length, so that no shift between them goes unseen.
func contentDigest(metadata, data []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{metadata, data} {
		var size [8]byte
		putLength(&size, len(part))
		h.Write(size[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// repeated answers a second submit: nil for the same bytes.
func repeated(sub Submission, digest []byte) error {
	if bytes.Equal(sub.Digest, digest) {
		return nil
	}
	return Conflict.New("already-submitted", "the submission is %s; other content cannot replace what was submitted: announce a new submission", sub.State)
}
