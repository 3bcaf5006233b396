package broker

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// List returns the submissions that wait at the caller's destinations, or at one of them. Without a destination the
// order is destination by destination, oldest first in each.
func (s *Submissions) List(ctx context.Context, who Caller, at DestinationID, p Page) (waiting []Submission, total int, err error) {
	if err := who.Require(ScopeSubscribe); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		from, err := s.fetchable(tx, who, at)
		if err == nil {
			waiting, total, err = tx.Waiting(inboxes(from, SubmissionsAt), p)
		}
		return err
	})
	return waiting, total, err
}

// fetchable returns the destinations that the caller may fetch from, or only the one asked for.
func (s *Submissions) fetchable(tx Tx, who Caller, at DestinationID) ([]DestinationID, error) {
	if at != "" {
		d, err := tx.Destination(at)
		if err != nil {
			return nil, noDestination(err, at)
		}
		return []DestinationID{at}, d.mayFetch(who)
	}
	assigned, err := tx.AssignedDestinations(who.Client)
	var ids []DestinationID
	for _, d := range assigned {
		if d.mayFetch(who) == nil {
			ids = append(ids, d.ID)
		}
	}
	return ids, err
}

func inboxes(of []DestinationID, inbox func(DestinationID) Inbox) []Inbox {
	all := make([]Inbox, len(of))
	for i, d := range of {
		all[i] = inbox(d)
	}
	return all
}

// Fetched is a submission with its sealed content opened for reading. The caller closes it.
type Fetched struct {
	Submission
	Metadata, Data io.ReadSeekCloser
}

// Close releases the content.
func (f Fetched) Close() error {
	var first error
	for _, part := range []io.Closer{f.Metadata, f.Data} {
		if part == nil {
			continue
		}
		if err := part.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Get returns a submission that waits at one of the caller's destinations. Data is nil when there is none.
func (s *Submissions) Get(ctx context.Context, who Caller, id SubmissionID) (Fetched, error) {
	if err := who.Require(ScopeSubscribe); err != nil {
		return Fetched{}, err
	}
	var (
		f              Fetched
		metadata, data []byte
	)
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if f.Submission, err = s.retrievable(tx, who, id); err != nil {
			return err
		}
		if metadata, err = inline(tx, f.Submission.Metadata.Body); err != nil {
			return err
		}
		data, err = inline(tx, f.Submission.Data.Body)
		return err
	})
	if err != nil {
		return Fetched{}, err
	}
	if f.Metadata, err = s.open(ctx, f.Submission.Metadata.Body, metadata); err != nil {
		return Fetched{}, s.missing(ctx, who, id, err)
	}
	if !f.Submission.Data.Body.Present() {
		return f, nil
	}
	if f.Data, err = s.open(ctx, f.Submission.Data.Body, data); err != nil {
		f.Close()
		return Fetched{}, s.missing(ctx, who, id, err)
	}
	return f, nil
}

// OpenAttachment returns the sealed bytes of an attachment; the caller closes them.
func (s *Submissions) OpenAttachment(ctx context.Context, who Caller, id SubmissionID, att AttachmentID) (Attachment, io.ReadSeekCloser, error) {
	if err := who.Require(ScopeSubscribe); err != nil {
		return Attachment{}, nil, err
	}
	var (
		a     Attachment
		small []byte
	)
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if _, err := s.retrievable(tx, who, id); err != nil {
			return err
		}
		if a, err = tx.Attachment(id, att); err != nil {
			return noAttachment(err, att)
		}
		small, err = inline(tx, a.Sealed.Body)
		return err
	})
	if err != nil {
		return Attachment{}, nil, err
	}
	content, err := s.open(ctx, a.Sealed.Body, small)
	if err != nil {
		return Attachment{}, nil, s.missing(ctx, who, id, err)
	}
	return a, content, nil
}

// missing explains why a body could not be opened. If the submission was decided in the meantime, that is how it is; else acknowledged
// bytes are gone, which nobody must take for "not found".
func (s *Submissions) missing(ctx context.Context, who Caller, id SubmissionID, cause error) error {
	err := s.Store.View(ctx, func(tx Tx) error {
		_, err := s.retrievable(tx, who, id)
		return err
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("a sealed body of submission %s cannot be opened: %w", id, cause)
}

// retrievable returns a submission whose content the caller may fetch now.
func (s *Submissions) retrievable(tx Tx, who Caller, id SubmissionID) (Submission, error) {
	sub, err := tx.Submission(id)
	if err != nil {
		return sub, noSubmission(err, id)
	}
	d, err := tx.Destination(sub.Destination)
	if err != nil {
		return sub, err
	}
	if err := d.mayFetch(who); err != nil {
		return sub, err
	}
	if !sub.State.Retrievable() {
		return sub, NotFound.New("submission-not-found", "the submission %s cannot be fetched: it is %s", id, sub.State)
	}
	return sub, nil
}

// inline reads a small body within the transaction; a large one is opened after it.
func inline(tx Tx, b Body) ([]byte, error) {
	if b.Record == "" {
		return nil, nil
	}
	return tx.Body(b.Record)
}

func (k *core) open(ctx context.Context, b Body, small []byte) (io.ReadSeekCloser, error) {
	if b.Blob != "" {
		return k.Blobs.Open(ctx, b.Blob)
	}
	return memory{bytes.NewReader(small)}, nil
}

// memory is a small body, opened.
type memory struct{ *bytes.Reader }

// Close implements io.Closer.
func (memory) Close() error { return nil }
