package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// format is the format of the file that this program writes. A change of format comes with a step in migrate that takes the file
// forward; there is no way back.
//
//	1  the first release
//	2  lists of cases and of the submissions in them, what is pending, receipts; the uploaded bytes of an incomplete submission; names of
//	   bodies may be another store's, and a file can be a side of a move (a program of format 1 would serve it all the same)
//	3  entries, one for each organisation and client among them
const format = 3

// formatRecord is the record "format" in meta.
type formatRecord struct {
	Format int `json:"format"`
}

// migrate refuses a file that is not ours or of a newer format, makes the buckets of a fresh one, and takes an older one forward.
func (s *Store) migrate() error {
	var has int
	err := s.db.View(func(b *bbolt.Tx) (err error) {
		has, err = formatOf(b)
		return err
	})
	switch {
	case err != nil || has == format:
		return err
	case has == 0:
		return s.db.Update(create)
	}
	if has == 1 {
		if err := toFormat2(s.db.Update, atOnce); err != nil {
			return fmt.Errorf("bring the file from format 1 to 2: %w", err)
		}
	}
	if err := s.db.Update(toFormat3); err != nil {
		return fmt.Errorf("bring the file from format 2 to 3: %w", err)
	}
	return nil
}

// formatOf returns the format of a file, zero for a fresh one.
func formatOf(b *bbolt.Tx) (int, error) {
	if first, _ := b.Cursor().First(); first == nil {
		return 0, nil
	}
	m := b.Bucket([]byte(layout[meta].name))
	if m == nil {
		return 0, fmt.Errorf("this is a bbolt file, but not a store of vierkant")
	}
	var r formatRecord
	if err := json.Unmarshal(m.Get([]byte("format")), &r); err != nil {
		return 0, fmt.Errorf("this is a bbolt file, but its format record cannot be read: %w", err)
	}
	if r.Format > format {
		return 0, fmt.Errorf("this file is of format %d, written by a newer vierkant; this one knows formats up to %d: use the newer program, or a backup from before", r.Format, format)
	}
	if r.Format < 1 {
		return 0, fmt.Errorf("this is a bbolt file, but its format record says %d", r.Format)
	}
	return r.Format, nil
}

func create(b *bbolt.Tx) error {
	for k := range bucketCount {
		if _, err := b.CreateBucket([]byte(layout[k].name)); err != nil {
			return fmt.Errorf("%s: %w", layout[k].name, err)
		}
	}
	return setFormat(b, format)
}

func setFormat(b *bbolt.Tx, is int) error {
	return (&tx{b: b}).save(meta, []byte("format"), formatRecord{is})
}

// atOnce is how many records one transaction of a step visits: it holds what it writes in memory.
const atOnce = 10_000

// toFormat2 fills what format 2 added from the records that are there, at most most of them in a transaction. Only the last transaction
// names the new format. A step that was broken off leaves a file of format 1 with buckets that no program of that format looks at, and that
// the next attempt makes anew.
func toFormat2(update func(func(*bbolt.Tx) error) error, most int) error {
	if err := update(emptyFormat2); err != nil {
		return err
	}
	for _, kind := range []struct {
		bucket bucket
		visit  func(t *tx, n uint64, raw []byte) error
	}{{cases, listOldCase}, {submissions, listOldSubmission}} {
		for from, more := uint64(1), true; more; {
			err := update(func(b *bbolt.Tx) (err error) {
				from, more, err = (&tx{b: b}).visitFrom(kind.bucket, from, most, kind.visit)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return update(func(b *bbolt.Tx) error { return setFormat(b, 2) })
}

func emptyFormat2(b *bbolt.Tx) error {
	return emptied(b, submissionsOfCase, pending, casesOfSender, casesAtDestination, receiptNumbers, receipts, receiptsByAge)
}

// emptied makes buckets, anew if they are there.
func emptied(b *bbolt.Tx, buckets ...bucket) error {
	for _, k := range buckets {
		name := []byte(layout[k].name)
		if err := b.DeleteBucket(name); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
			return fmt.Errorf("%s: %w", layout[k].name, err)
		}
		if _, err := b.CreateBucket(name); err != nil {
			return fmt.Errorf("%s: %w", layout[k].name, err)
		}
	}
	return nil
}

// toFormat3 makes the buckets that no file had before, and enters the organisations and clients that there are.
func toFormat3(b *bbolt.Tx) error {
	if err := emptied(b, entryNumbers, entries, entriesOfOwner); err != nil {
		return err
	}
	known, err := oldNames(b)
	if err != nil {
		return err
	}
	for _, k := range known {
		if err := (&tx{b: b}).PutEntry(k.Entry); err != nil {
			return err
		}
	}
	return setFormat(b, 3)
}

// oldName is the entry that an organisation or a client from before format 3 lacks.
type oldName struct {
	broker.Entry
	created time.Time
}

// oldNames lists them by age.
func oldNames(b *bbolt.Tx) (all []oldName, err error) {
	err = b.Bucket([]byte(layout[orgs].name)).ForEach(func(_, raw []byte) error {
		o, err := decode[record.Org](orgs, raw)
		all = append(all, oldName{broker.Entry{Kind: broker.OrgEntries, ID: o.ID}, o.Created})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = b.Bucket([]byte(layout[clients].name)).ForEach(func(_, raw []byte) error {
		c, err := decode[record.Client](clients, raw)
		all = append(all, oldName{broker.Entry{Kind: broker.ClientEntries, ID: c.ID, Owner: c.Org}, c.Created})
		return err
	})
	slices.SortStableFunc(all, func(a, b oldName) int { return a.created.Compare(b.created) })
	return all, err
}

// visitFrom visits numbered records in order, at most most, and returns with which number to go on if there is more.
func (t *tx) visitFrom(k bucket, from uint64, most int, visit func(t *tx, n uint64, raw []byte) error) (next uint64, more bool, err error) {
	c := t.bucket(k).Cursor()
	at, raw := c.Seek(num(from))
	for ; at != nil && most > 0; most-- {
		n := number(at)
		if err := visit(t, n, raw); err != nil {
			return 0, false, err
		}
		at, raw = c.Seek(num(n + 1)) // what was visited may have been written, which a cursor does not survive
	}
	if at == nil {
		return 0, false, nil
	}
	return number(at), true, nil
}

func listOldCase(t *tx, n uint64, raw []byte) error {
	r, err := decode[record.Case](cases, raw)
	if err != nil {
		return err
	}
	return t.listCase(n, r.Domain())
}

// listOldSubmission also sums up what was uploaded of a submission that may still be added to; of others nobody asks.
func listOldSubmission(t *tx, n uint64, raw []byte) error {
	r, err := decode[submissionRecord](submissions, raw)
	if err != nil {
		return err
	}
	s := r.Domain()
	if err := t.listInCase(n, s); err != nil || s.State != broker.StateIncomplete {
		return err
	}
	all, err := t.Attachments(s.ID)
	if err != nil {
		return err
	}
	r.Uploaded = 0 // also after a step that was broken off
	for _, a := range all {
		r.Uploaded += a.Sealed.Body.Size
	}
	s.Uploaded = r.Uploaded
	if err := t.countPending(s.Author, broker.Pending{}, pendingOf(s)); err != nil {
		return err
	}
	return t.save(submissions, num(n), r)
}
