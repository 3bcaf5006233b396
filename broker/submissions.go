package broker

import (
	"context"
	"io"
	"slices"

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
			ID: NewID[SubmissionID](), Kind: KindSubmission, Case: c.ID, Destination: a.Destination,
			Sender: who.Client, Org: who.Org, Author: who.Client,
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
		if err := s.room(tx, id, att, in.Body.Size); err != nil {
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
		s.discardIfRefused(ctx, err, in.Body)
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
		return sub, Unprocessable.New("submission-state-invalid", "the submission is %s: attachments are uploaded before it is submitted", sub.State)
	}
	if !slices.Contains(sub.Announced, att) {
		return sub, Unprocessable.New("attachment-not-announced", "the attachment %s was not announced with this submission", att)
	}
	return sub, nil
}

// room refuses an attachment that would make the submission too large.
func (s *Submissions) room(tx Tx, id SubmissionID, att AttachmentID, size int64) error {
	uploaded, err := tx.Attachments(id)
	for _, a := range uploaded {
		if a.ID != att {
			size += a.Sealed.Body.Size
		}
	}
	if err == nil && size > s.Limits.Submission {
		return TooLarge.New("payload-too-large", "the attachments of a submission have at most %d bytes together, with this one it would be %d", s.Limits.Submission, size)
	}
	return err
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
