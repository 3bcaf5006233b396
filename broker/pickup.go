package broker

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Fetched is a submission or a reply with its sealed content opened for reading. The caller closes it.
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

// Get returns what waits for the caller. Data is nil when there is none.
func (s Exchange) Get(ctx context.Context, who Caller, id SubmissionID) (Fetched, error) {
	if err := s.requireAddressee(who); err != nil {
		return Fetched{}, err
	}
	var (
		f              Fetched
		metadata, data []byte
	)
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if f.Submission, err = s.waiting(tx, who, id); err != nil {
			return err
		}
		if metadata, err = inline(tx, f.Submission.Metadata.Body); err != nil {
			return err
		}
		f.Callback = nil // where the author is called is none of the addressee's business
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
func (s Exchange) OpenAttachment(ctx context.Context, who Caller, id SubmissionID, att AttachmentID) (Attachment, io.ReadSeekCloser, error) {
	if err := s.requireAddressee(who); err != nil {
		return Attachment{}, nil, err
	}
	var (
		a     Attachment
		small []byte
	)
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if _, err := s.waiting(tx, who, id); err != nil {
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
func (s Exchange) missing(ctx context.Context, who Caller, id SubmissionID, cause error) error {
	err := s.Store.View(ctx, func(tx Tx) error {
		_, err := s.waiting(tx, who, id)
		return err
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("a sealed body of %s %s cannot be opened: %w", s.kind, id, cause)
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
