package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// stored is how a D is stored.
type stored[D any] interface{ Domain() D }

func encode(k bucket, r any) ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", layout[k].name, err)
	}
	return raw, nil
}

func decode[R any](k bucket, raw []byte) (r R, err error) {
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s: a record cannot be read: %w", layout[k].name, err)
	}
	return r, nil
}

// recall decodes a record that may be remembered and then is shared; see memo.
func recall[R any](t *tx, k bucket, raw []byte) (r R, err error) {
	if !remembers(k) {
		return decode[R](k, raw)
	}
	if known, ok := t.memo.get(k, raw); ok {
		return known.(R), nil
	}
	if r, err = decode[R](k, raw); err == nil {
		t.memo.put(k, raw, r)
	}
	return r, err
}

// save writes one record.
func (t *tx) save(k bucket, key []byte, r any) error {
	raw, err := encode(k, r)
	if err != nil {
		return err
	}
	return t.put(k, key, raw)
}

// submissionRecord is a submission, and where it waits.
type submissionRecord struct {
	record.Submission
	Place uint64 `json:"place,omitempty"` // number in waiting; zero while it does not wait
}

// pendingRecord is broker.Pending as it is stored.
type pendingRecord struct {
	Count int   `json:"n"`
	Bytes int64 `json:"bytes,omitempty"`
}

// Domain reads it back.
func (r pendingRecord) Domain() broker.Pending { return broker.Pending(r) }

// caseRecord is a case, and its places in the lists of its sender and of its destination.
type caseRecord struct {
	record.Case
	Sent    uint64 `json:"sent,omitempty"`
	Arrived uint64 `json:"arrived,omitempty"`
}

// eventRecord is an event, and where it is to be signed.
type eventRecord struct {
	record.Event
	Place uint64 `json:"place,omitempty"` // number in unsigned; zero once there is a token
}

// load reads one record.
func load[R any](t *tx, k bucket, key []byte) (r R, err error) {
	raw := t.get(k, key)
	if raw == nil {
		return r, broker.ErrNoRow
	}
	return recall[R](t, k, raw)
}

// fetch reads what one record stands for.
func fetch[R stored[D], D any](t *tx, k bucket, key []byte) (d D, err error) {
	r, err := load[R](t, k, key)
	if err != nil {
		return d, err
	}
	return r.Domain(), nil
}

// fetchAll reads what the records under a prefix stand for, in the order of their keys.
func fetchAll[R stored[D], D any](t *tx, k bucket, prefix []byte) (all []D, err error) {
	c := t.bucket(k).Cursor()
	for at, raw := c.Seek(prefix); at != nil && bytes.HasPrefix(at, prefix); at, raw = c.Next() {
		r, err := recall[R](t, k, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, r.Domain())
	}
	return all, nil
}

func ignoreNoRow(err error) error {
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	return err
}
