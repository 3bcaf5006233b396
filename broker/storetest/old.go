package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// TestOld opens what the first release wrote, and an implementation keeps beside its tests: before there were replies, lists of cases, pending
// work and receipts. 16 submissions were announced, one after the other, the last four in cases that were there, two attachments uploaded to
// each, and all submitted and decided, the last one first, as far as stateOf says. open is called twice.
func TestOld(t *testing.T, open func(t testing.TB) broker.Store) {
	h := &harness{T: t, open: func(t testing.TB, _ string) broker.Store { return open(t) }}
	h.store = open(t)
	t.Cleanup(func() { h.store.Close() })
	o := oldTown{h}
	o.check()
	o.goOn()
	h.reopen()
	o.checkOn()
}

const (
	oldCases       = 12
	oldSubmissions = 16
)

type oldTown struct{ *harness }

func oldSender(c int) broker.ClientID           { return named[broker.ClientID](c % 2) }
func oldDestination(c int) broker.DestinationID { return named[broker.DestinationID](c % 3) }

// numbers returns those below n that match.
func numbers(n int, match func(int) bool) (all []int) {
	for i := range n {
		if match(i) {
			all = append(all, i)
		}
	}
	return all
}

// check finds everything in the lists that the first release did not have, and in the inbox that it had.
func (o oldTown) check() {
	for sender := range 2 {
		want := numbers(oldCases, func(c int) bool { return c%2 == sender })
		o.cases(fmt.Sprint("of sender ", sender), want, func(tx broker.Tx) ([]broker.Case, int, error) {
			return tx.SenderCases(oldSender(sender), whole)
		})
	}
	for d := range 3 {
		want := numbers(oldCases, func(c int) bool { return c%3 == d })
		o.cases(fmt.Sprint("at destination ", d), want, func(tx broker.Tx) ([]broker.Case, int, error) {
			return tx.DestinationCases([]broker.DestinationID{oldDestination(d)}, whole)
		})
	}
	for c := range oldCases {
		o.ofCase(c, numbers(oldSubmissions, func(n int) bool { return n%oldCases == c })...)
	}
	for n := range oldSubmissions {
		o.submission(n)
	}
	o.ledgers()
	o.waits(0, 12, 6, 0)
	o.waits(1, 13, 7, 1)
	o.waits(2)
	o.pending(0, 3, 3000+2*(2+8+14))
	o.pending(1, 0, 0)
	o.deadlines()
}

// deadlines are those of all cases, and of all submissions that are not deleted; the rule finds out when they are.
func (o oldTown) deadlines() {
	o.Helper()
	var want []broker.Timer
	for c := range oldCases {
		want = append(want, broker.CaseDeadline(named[broker.CaseID](c), time.Time{}))
	}
	for n := range oldSubmissions {
		if stateOf(n%6) != broker.StateDeleted {
			want = append(want, broker.SubmissionDeadline(named[broker.SubmissionID](n), time.Time{}))
		}
	}
	slices.SortFunc(want, func(a, b broker.Timer) int { return cmp.Compare(a.ID, b.ID) })
	same(o.harness, "timers", must(o.harness, func(tx broker.Tx) ([]broker.Timer, error) { return tx.DueTimers(broker.Deadlines, epoch, 1000) }), want)
}

func (o oldTown) cases(what string, want []int, read func(broker.Tx) ([]broker.Case, int, error)) {
	o.Helper()
	same(o.harness, "cases "+what, caseIDs(o.harness, read), list[broker.CaseID]{each(want, named[broker.CaseID]), len(want)})
}

func (o oldTown) ofCase(c int, want ...int) {
	o.Helper()
	l := paged(o.harness, func(tx broker.Tx) ([]broker.Submission, int, error) {
		return tx.CaseSubmissions(named[broker.CaseID](c), broker.KindSubmission, whole)
	})
	same(o.harness, fmt.Sprint("submissions of case ", c), list[broker.SubmissionID]{each(l.Page, submissionID), l.Total},
		list[broker.SubmissionID]{each(want, named[broker.SubmissionID]), len(want)})
}

// submission checks what the first release did not write down.
func (o oldTown) submission(n int) {
	o.Helper()
	got := must(o.harness, func(tx broker.Tx) (broker.Submission, error) { return tx.Submission(named[broker.SubmissionID](n)) })
	want := got
	want.Kind, want.Author = broker.KindSubmission, oldSender(n%oldCases)
	if want.State = stateOf(n % 6); want.State == broker.StateIncomplete {
		want.Uploaded = int64(1000 + 2*n)
	}
	same(o.harness, fmt.Sprint("submission ", n), got, want)
}

// ledgers are those of the organisation of all destinations, and of both sides of each.
func (o oldTown) ledgers() {
	o.Helper()
	all := must(o.harness, func(tx broker.Tx) (all []broker.Submission, err error) {
		for n := range oldSubmissions {
			s, readErr := tx.Submission(named[broker.SubmissionID](n))
			is(o.harness, fmt.Sprint("submission ", n), readErr, nil)
			if want := named[broker.OrgID](0); s.Office != want || s.Opens != (n < oldCases) {
				o.Errorf("submission %d is for %q and opens its case %t, want %q, %t", n, s.Office, s.Opens, want, n < oldCases)
			}
			all = append(all, s)
		}
		return all, nil
	})
	checkLedgers(o.harness, "old", all)
}

func (o oldTown) waits(d int, want ...int) {
	o.Helper()
	same(o.harness, fmt.Sprint("waiting at ", d), waitingPage(o.harness, whole, broker.SubmissionsAt(oldDestination(d))),
		list[broker.SubmissionID]{each(want, named[broker.SubmissionID]), len(want)})
}

func (o oldTown) pending(sender, count int, bytes int64) {
	o.Helper()
	got := must(o.harness, func(tx broker.Tx) (broker.Pending, error) { return tx.Pending(oldSender(sender)) })
	same(o.harness, fmt.Sprint("pending of ", sender), got, broker.Pending{Count: count, Bytes: bytes})
}

// goOn decides what waited, submits and deletes what was pending, and adds to the lists.
func (o oldTown) goOn() {
	become := func(n int, state broker.State) func(broker.Tx) error {
		return func(tx broker.Tx) error {
			s, err := tx.Submission(named[broker.SubmissionID](n))
			s.State = state
			return errors.Join(err, tx.PutSubmission(s))
		}
	}
	c := broker.Case{ID: named[broker.CaseID](oldCases), Sender: oldSender(oldCases), Destination: oldDestination(oldCases)}
	s := broker.Submission{
		ID: named[broker.SubmissionID](oldSubmissions), Kind: broker.KindSubmission, Case: c.ID, Destination: c.Destination,
		Sender: c.Sender, Author: c.Sender, State: broker.StateIncomplete, Uploaded: 5,
	}
	further := s
	further.ID, further.Case, further.State = named[broker.SubmissionID](oldSubmissions+1), named[broker.CaseID](0), broker.StateSubmitted
	o.update(become(12, broker.StateAccepted), become(1, broker.StateForwarded), become(2, broker.StateSubmitted), become(8, broker.StateDeleted),
		func(tx broker.Tx) error {
			return errors.Join(tx.PutCase(c), tx.PutSubmission(s), tx.PutSubmission(further))
		},
		func(tx broker.Tx) error {
			return tx.PutReceipt(broker.Receipt{Client: c.Sender, Key: "key", Made: epoch})
		})
}

func (o oldTown) checkOn() {
	o.waits(0, 6, 0, oldSubmissions+1)
	o.waits(1, 13, 7, 1)
	o.waits(2, 2)
	o.pending(0, 2, 1000+2*14+5)
	o.ofCase(0, 0, 12, oldSubmissions+1)
	o.ofCase(oldCases, oldSubmissions)
	want := numbers(oldCases+1, func(c int) bool { return c%2 == 0 })
	o.cases("of the sender, one more", want, func(tx broker.Tx) ([]broker.Case, int, error) { return tx.SenderCases(oldSender(0), whole) })
	want = slices.Concat(numbers(oldCases, func(c int) bool { return c%3 == 1 }), numbers(oldCases+1, func(c int) bool { return c%3 == 0 }))
	o.cases("at two destinations, one more", want, func(tx broker.Tx) ([]broker.Case, int, error) {
		return tx.DestinationCases([]broker.DestinationID{oldDestination(1), oldDestination(0)}, whole)
	})
	o.update(func(tx broker.Tx) error { return tx.DeleteCase(named[broker.CaseID](2)) })
	o.cases("of the sender, one less", without(numbers(oldCases+1, func(c int) bool { return c%2 == 0 }), 2), func(tx broker.Tx) ([]broker.Case, int, error) {
		return tx.SenderCases(oldSender(0), whole)
	})
	o.waits(2)
	err := o.store.View(context.Background(), func(tx broker.Tx) error { _, err := tx.Receipt(oldSender(0), "key"); return err })
	is(o.harness, "a receipt", err, nil)
}

// Callbacks are owed ones that an implementation has to list after a step from before there were lists of them.
type Callbacks struct {
	t   testing.TB
	all []broker.Delivery
}

// OldCallbacks writes callbacks as older programs did.
func OldCallbacks(t testing.TB, s broker.Store) Callbacks {
	t.Helper()
	o := Callbacks{t: t}
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		o.all = nil
		for n := range someDeliveries {
			var d broker.Delivery
			asDelivery(&d, n)
			d.NotBefore, d.Created, d.Lease = epoch.Add(time.Duration(-n)), epoch, "NUL \x00"
			o.all = append(o.all, d)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Check finds them in every list, and that one of them can be over.
func (o Callbacks) Check(s broker.Store) {
	o.t.Helper()
	for n := range o.all {
		o.check(s)
		o.all[n].Over = epoch
		if err := s.Update(context.Background(), func(tx broker.Tx) error { return tx.PutDelivery(o.all[n]) }); err != nil {
			o.t.Fatal(err)
		}
	}
	o.check(s)
}

func (o Callbacks) check(s broker.Store) {
	o.t.Helper()
	m := &model{deliveries: o.all}
	for _, question := range slices.Concat(deliveryPages(whole), []step{due(epoch, whole.Limit), read("DeliveryBacklog()", broker.Tx.DeliveryBacklog)}) {
		err := s.View(context.Background(), func(tx broker.Tx) error {
			got, gotErr := question.call(side{tx, nil}, m)
			want, wantErr := question.call(side{m, nil}, m)
			if diff := differ(got, gotErr, want, wantErr); diff != "" {
				return fmt.Errorf("%s: %s", question.text, diff)
			}
			return nil
		})
		if err != nil {
			o.t.Error(err)
		}
	}
}

// Names are organisations and clients that an implementation has to list after a step from before there were entries.
type Names struct {
	t       testing.TB
	orgs    []broker.OrgID
	clients []broker.ClientID // of the last organisation
}

// OldNames writes organisations and clients as older programs did: without entries, and not in the order of their ids.
func OldNames(t testing.TB, s broker.Store) Names {
	t.Helper()
	n := Names{t: t}
	for i := range 3 {
		n.orgs, n.clients = append(n.orgs, named[broker.OrgID](7-i)), append(n.clients, named[broker.ClientID](5-i))
	}
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		for i := range 3 {
			at := time.Date(2026, 3, 28, i, 0, 0, 0, time.UTC)
			if err := tx.PutOrg(broker.Org{ID: n.orgs[i], Name: "NUL \x00", Created: at}); err != nil {
				return err
			}
			if err := tx.PutClient(broker.Client{ID: n.clients[i], Org: n.orgs[2], Name: "NUL \x00", Created: at}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Check finds them, and that more can be added.
func (n Names) Check(s broker.Store) {
	n.t.Helper()
	n.listed(s, broker.OrgEntries, "", each(n.orgs, toText))
	n.listed(s, broker.ClientEntries, string(n.orgs[2]), each(n.clients, toText))
	n.listed(s, broker.ClientEntries, string(n.orgs[0]), nil)
	more := broker.Entry{Kind: broker.ClientEntries, ID: "more", Owner: string(n.orgs[2])}
	if err := s.Update(context.Background(), func(tx broker.Tx) error { return tx.PutEntry(more) }); err != nil {
		n.t.Fatal(err)
	}
	n.listed(s, broker.ClientEntries, more.Owner, append(each(n.clients, toText), more.ID))
}

func toText[T ~string](v T) string { return string(v) }

// listed expects the list of an owner, and the same entries under their names.
func (n Names) listed(s broker.Store, kind broker.EntryKind, owner string, want []string) {
	n.t.Helper()
	err := s.View(context.Background(), func(tx broker.Tx) error {
		all, total, err := tx.EntriesOf(kind, owner, whole)
		if got := each(all, func(e broker.Entry) string { return e.ID }); total != len(want) || !slices.Equal(got, want) {
			n.t.Errorf("%s entries of %q: got %d %q, want %q", kind, owner, total, got, want)
		}
		for _, e := range all {
			if one, oneErr := tx.Entry(kind, e.ID); oneErr != nil || one.Owner != owner || one.Kind != kind {
				n.t.Errorf("%s entry %s: got %+v, %v", kind, e.ID, one, oneErr)
			}
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
}
