package bolt

import (
	"bytes"
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
//	4  timers, one for each case and for each submission that has a future; callbacks that are over, and lists of callbacks; places of cases in
//	   lists, from which they may be removed
//	5  ledgers; of a submission whose its destination is, and whether it opens its case
const format = 5

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
	return forward(has, s.db.Update, atOnce)
}

// updater runs a function in a transaction.
type updater func(func(*bbolt.Tx) error) error

// forward takes a file of an older format forward, step by step.
func forward(has int, update updater, most int) error {
	for _, step := range []func(updater, int) error{toFormat2, toFormat3, toFormat4, toFormat5}[has-1:] {
		if err := step(update, most); err != nil {
			return fmt.Errorf("bring the file from format %d to %d: %w", has, has+1, err)
		}
		has++
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
func toFormat2(update updater, most int) error {
	if err := update(emptyFormat2); err != nil {
		return err
	}
	if err := visitAll(update, most, []visitor{{cases, listOldCase}, {submissions, listOldSubmission}}); err != nil {
		return err
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
func toFormat3(update updater, _ int) error { return update(enterOldNames) }

func enterOldNames(b *bbolt.Tx) error {
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

// visitor is what a step does with the records of a bucket.
type visitor struct {
	bucket bucket
	visit  func(t *tx, at key, raw []byte) error
}

// visitAll has buckets visited, one after the other, at most most records in a transaction.
func visitAll(update updater, most int, visitors []visitor) error {
	for _, v := range visitors {
		for next := key(nil); ; {
			err := update(func(b *bbolt.Tx) (err error) {
				next, err = (&tx{b: b}).visitFrom(v, next, most)
				return err
			})
			if err != nil {
				return err
			}
			if next == nil {
				break
			}
		}
	}
	return nil
}

// visitFrom visits the records of a bucket in order, from a key on, and returns with which to go on; nil for the end. The lengths of lists, at
// number 0, are none.
func (t *tx) visitFrom(v visitor, from key, most int) (next key, err error) {
	c := t.bucket(v.bucket).Cursor()
	at, raw := c.Seek(from)
	for ; at != nil && most > 0; most-- {
		at = bytes.Clone(at)
		if number(at) != 0 {
			if err := v.visit(t, at, raw); err != nil {
				return nil, err
			}
		}
		at, raw = c.Seek(append(at, 0)) // what was visited may have been written, which a cursor does not survive
	}
	return bytes.Clone(at), nil
}

func listOldCase(t *tx, at key, raw []byte) error {
	r, err := decode[caseRecord](cases, raw)
	if err != nil {
		return err
	}
	return t.listCase(number(at), &r) // its places are noted by the step to format 4
}

// listOldSubmission also sums up what was uploaded of a submission that may still be added to; of others nobody asks.
func listOldSubmission(t *tx, at key, raw []byte) error {
	n := number(at)
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

// toFormat4 has each timer due at once: the rule finds out what is. A step that was broken off begins anew.
func toFormat4(update updater, most int) error {
	err := update(func(b *bbolt.Tx) error { return emptied(b, owed, over, deliveriesTo, deliveriesOf, timers, timersDue) })
	if err != nil {
		return err
	}
	err = visitAll(update, most, []visitor{
		{deliveries, listOldDelivery},
		{casesOfSender, notePlace(func(r *caseRecord) *uint64 { return &r.Sent })},
		{casesAtDestination, notePlace(func(r *caseRecord) *uint64 { return &r.Arrived })},
		{cases, armOldCase}, {submissions, armOldSubmission},
	})
	if err != nil {
		return err
	}
	return update(func(b *bbolt.Tx) error {
		if err := (&tx{b: b}).delete(deliveries, num(0)); err != nil { // it was a list
			return err
		}
		return setFormat(b, 4)
	})
}

func listOldDelivery(t *tx, at key, raw []byte) error {
	r, err := decode[record.Delivery](deliveries, raw)
	if err != nil {
		return err
	}
	return t.listDelivery(number(at), r)
}

// notePlace writes into a case where it is in a list.
func notePlace(place func(*caseRecord) *uint64) func(t *tx, at key, n []byte) error {
	return func(t *tx, at key, n []byte) error {
		r, err := load[caseRecord](t, cases, n)
		if err != nil {
			return err
		}
		*place(&r) = number(at)
		return t.save(cases, bytes.Clone(n), r)
	}
}

func armOldCase(t *tx, _ key, raw []byte) error {
	r, err := decode[caseRecord](cases, raw)
	if err != nil {
		return err
	}
	return t.PutTimer(broker.CaseDeadline(broker.CaseID(r.ID), time.Time{}))
}

func armOldSubmission(t *tx, _ key, raw []byte) error {
	r, err := decode[submissionRecord](submissions, raw)
	if err != nil || broker.State(r.State) == broker.StateDeleted {
		return err
	}
	return t.PutTimer(broker.SubmissionDeadline(broker.SubmissionID(r.ID), time.Time{}))
}

// toFormat5 enters all submissions into their ledgers. A step that was broken off begins anew.
func toFormat5(update updater, most int) error {
	if err := update(func(b *bbolt.Tx) error { return emptied(b, ledgers) }); err != nil {
		return err
	}
	if err := visitAll(update, most, []visitor{{submissions, enterOldSubmission}}); err != nil {
		return err
	}
	return update(func(b *bbolt.Tx) error { return setFormat(b, 5) })
}

func enterOldSubmission(t *tx, at key, raw []byte) error {
	r, err := decode[submissionRecord](submissions, raw)
	if err != nil {
		return err
	}
	if r.Office, err = t.ownerOf(r.Destination); err != nil {
		return err
	}
	r.Opens = t.opens(number(at), r.Domain())
	if err := t.enter(number(at), r.Domain()); err != nil {
		return err
	}
	return t.save(submissions, num(number(at)), r)
}

// opens reports whether a submission is the first of its case.
func (t *tx) opens(n uint64, s broker.Submission) bool {
	c, known := t.numberOf(caseNumbers, []byte(s.Case))
	if !known || s.Kind != broker.KindSubmission {
		return false
	}
	first := t.get(submissionsOfCase, num(c).text(string(s.Kind)).num(1))
	return first != nil && number(first) == n
}

// ownerOf returns the organisation of a destination; none if it is not there.
func (t *tx) ownerOf(destination string) (string, error) {
	n, known := t.numberOf(destinationNumbers, []byte(destination))
	raw := t.get(destinations, num(n))
	if !known || raw == nil {
		return "", nil
	}
	d, err := decode[record.Destination](destinations, raw)
	return d.Org, err
}
