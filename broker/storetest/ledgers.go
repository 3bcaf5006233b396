package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// ledgers: all that was announced stands in the ledgers of both sides, the latest first, whatever becomes of it until its case is deleted; who
// goes from mark to mark sees each once.
func ledgers(h *harness) {
	f := &filler{}
	var all []broker.Submission
	for n := range 11 {
		s := filled[broker.Submission](f)
		s.ID, s.Kind, s.State = named[broker.SubmissionID](n), broker.KindSubmission, broker.StateIncomplete
		s.Org, s.Office = named[broker.OrgID](0), named[broker.OrgID](n%2)
		s.Sender, s.Destination = named[broker.ClientID](n%3), named[broker.DestinationID](n%4)
		s.Author, s.Created = s.Sender, epoch.Add(time.Duration(n/3)) // some came at the same instant
		all = append(all, s)
	}
	for _, n := range []int{3, 10, 0, 1, 9, 8, 2, 4, 5, 7, 6} {
		h.update(func(tx broker.Tx) error { return tx.PutSubmission(all[n]) })
	}
	checkLedgers(h, "announced", all)
	for n, state := range []broker.State{broker.StateSubmitted, broker.StateForwarded, broker.StateRejected, broker.StateDeleted} {
		move(h, &all[n], state)
	}
	checkLedgers(h, "some went on", all)
	h.reopen()
	checkLedgers(h, "after a restart", all)
	h.update(func(tx broker.Tx) error { return tx.DeleteCase(all[5].Case) })
	checkLedgers(h, "without a case", slices.Delete(all, 5, 6))
}

// Ledgers are submissions that an implementation has to enter into them after a step from before there were ledgers.
type Ledgers struct {
	t   testing.TB
	all []broker.Submission
}

// OldLedgers writes submissions as older programs did, which came at instants that are hard to keep; at one of their destinations there is nothing any more.
func OldLedgers(t testing.TB, s broker.Store) Ledgers {
	t.Helper()
	l := Ledgers{t: t}
	for n := range 2 * someInstants {
		sub := broker.Submission{
			ID: named[broker.SubmissionID](n), Kind: broker.KindSubmission, Case: named[broker.CaseID](n / 2), Destination: named[broker.DestinationID](n % 2),
			Sender: named[broker.ClientID](n % 3), Org: named[broker.OrgID](0), State: broker.StateDeleted, Created: instant(n / 2), Region: "NUL \x00",
		}
		sub.Author = sub.Sender
		l.all = append(l.all, sub)
	}
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		err := tx.PutDestination(broker.Destination{ID: named[broker.DestinationID](1), Org: named[broker.OrgID](1)})
		for _, sub := range l.all {
			err = errors.Join(err, tx.PutSubmission(sub))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range l.all { // what the step finds out
		if l.all[n].Opens = n%2 == 0; n%2 == 1 {
			l.all[n].Office = named[broker.OrgID](1)
		}
	}
	return l
}

// Check finds them in every ledger.
func (l Ledgers) Check(s broker.Store) {
	l.t.Helper()
	m := &model{submissions: l.all}
	for _, name := range ledgersOf(l.all) {
		err := s.View(context.Background(), func(tx broker.Tx) error {
			want, _ := m.Ledger(name, broker.Mark{}, whole.Limit)
			return expect("ledger "+string(name), want)(tx.Ledger(name, broker.Mark{}, whole.Limit))
		})
		if err != nil {
			l.t.Error(err)
		}
	}
}

// checkLedgers reads every ledger of submissions in pages of two.
func checkLedgers(h *harness, what string, all []broker.Submission) {
	h.Helper()
	m := &model{submissions: all}
	for _, l := range ledgersOf(all) {
		want, _ := m.Ledger(l, broker.Mark{}, whole.Limit)
		got := must(h, func(tx broker.Tx) (got []broker.Submission, err error) {
			for before := (broker.Mark{}); ; {
				page, err := tx.Ledger(l, before, 2)
				if got = append(got, page...); err != nil || len(page) == 0 {
					return got, err
				}
				before = broker.MarkOf(page[len(page)-1])
			}
		})
		same(h, fmt.Sprintf("%s: ledger %s", what, l), got, want)
	}
}

func ledgersOf(all []broker.Submission) (names []broker.Ledger) {
	for _, s := range all {
		names = append(names, s.Ledgers()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
