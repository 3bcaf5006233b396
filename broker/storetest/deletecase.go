package storetest

import (
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

// deletedCases: of a case that is deleted nothing is left, in no list, and of the others nothing is missing.
func deletedCases(h *harness) {
	f := &filler{}
	worlds := make([]*world, 7)
	for i := range worlds {
		w := newWorld(f)
		if i > 0 { // of the same parties as the first
			w.dest, w.client = worlds[0].dest, worlds[0].client
			for _, s := range []*broker.Submission{&w.sub, &w.reply} {
				s.Destination, s.Sender = w.dest.ID, w.client.ID
			}
			w.sub.Author, w.reply.Author = w.client.ID, worlds[0].reply.Author
			w.c.Sender, w.c.Destination = w.client.ID, w.dest.ID
			w.owed.Destination, w.done.Sender = worlds[0].owed.Destination, worlds[0].done.Sender
		}
		worlds[i] = w
		h.update(w.write)
	}
	left := []int{0, 1, 2, 3, 4, 5, 6}
	for _, gone := range []int{3, 0, 6, 1} {
		deleted := worlds[gone]
		h.update(func(tx broker.Tx) error { return tx.DeleteCase(deleted.c.ID) }, func(tx broker.Tx) error { return tx.DeleteCase(deleted.c.ID) })
		left = without(left, gone)
		checkLeft(h, fmt.Sprint("without ", gone), worlds, left)
		h.update(func(tx broker.Tx) error { return nothingOf(tx, deleted) })
	}
	h.reopen()
	checkLeft(h, "after a restart", worlds, left)

	again := worlds[1]
	h.update(again.write)
	checkLeft(h, "one that comes again is the last", worlds, append(left, 1))
	same(h, "its log", pagedEvents(h, func(tx broker.Tx) ([]broker.Event, int, error) { return tx.Events(again.c.ID, whole) }),
		list[broker.EventID]{[]broker.EventID{again.e.ID}, 1})
}

func without(all []int, n int) (left []int) {
	for _, i := range all {
		if i != n {
			left = append(left, i)
		}
	}
	return left
}

// checkLeft looks at every list that cases share.
func checkLeft(h *harness, what string, worlds []*world, left []int) {
	h.Helper()
	w := worlds[0]
	cases := each(left, func(i int) broker.CaseID { return worlds[i].c.ID })
	for _, p := range []broker.Page{whole, {Offset: 1, Limit: 2}, {Offset: 2, Limit: 9}} {
		page, total, _ := cut(cases, p)
		want := list[broker.CaseID]{page, total}
		same(h, what+", of the sender", caseIDs(h, func(tx broker.Tx) ([]broker.Case, int, error) { return tx.SenderCases(w.client.ID, p) }), want)
		same(h, what+", at the destination", caseIDs(h, func(tx broker.Tx) ([]broker.Case, int, error) {
			return tx.DestinationCases([]broker.DestinationID{w.dest.ID}, p)
		}), want)
	}
	same(h, what+", waiting", waitingPage(h, whole, w.sub.Inbox()),
		list[broker.SubmissionID]{each(left, func(i int) broker.SubmissionID { return worlds[i].sub.ID }), len(left)})
	pending := broker.Pending{Count: len(left)}
	for _, i := range left {
		pending.Bytes += worlds[i].reply.Uploaded
	}
	same(h, what+", pending", must(h, func(tx broker.Tx) (broker.Pending, error) { return tx.Pending(w.reply.Author) }), pending)
	same(h, what+", unsigned", must(h, broker.Tx.SigningBacklog).Count, len(left))
	same(h, what+", owed", must(h, broker.Tx.DeliveryBacklog).Count, len(left))
	for to, count := range map[broker.Receiver]int{w.owed.Receiver(): len(left), w.done.Receiver(): len(left)} {
		same(h, what+", callbacks to "+string(to), must(h, func(tx broker.Tx) (int, error) { _, n, err := tx.DeliveriesTo(to, whole); return n, err }), count)
	}
}

// nothingOf asks for all that belonged to a case.
func nothingOf(tx broker.Tx, w *world) error {
	for what, read := range map[string]func() error{
		"case":        func() error { _, err := tx.Case(w.c.ID); return err },
		"submission":  func() error { _, err := tx.Submission(w.sub.ID); return err },
		"reply":       func() error { _, err := tx.Submission(w.reply.ID); return err },
		"attachment":  func() error { _, err := tx.Attachment(w.sub.ID, w.att.ID); return err },
		"body":        func() error { _, err := tx.Body(w.sub.Data.Body.Record); return err },
		"event":       func() error { _, err := tx.EventByID(w.e.ID); return err },
		"log":         func() error { return none(tx.Events(w.c.ID, whole)) },
		"its log":     func() error { return none(tx.SubmissionEvents(w.sub.ID, whole)) },
		"submissions": func() error { return none(tx.CaseSubmissions(w.c.ID, broker.KindSubmission, whole)) },
		"callback":    func() error { _, err := tx.Delivery(w.owed.ID); return err },
		"callbacks":   func() error { return none(tx.DeliveriesOf(w.reply.ID, whole)) },
	} {
		if err := read(); !errors.Is(err, broker.ErrNoRow) {
			return fmt.Errorf("%s of a deleted case: %v", what, err)
		}
	}
	return nil
}

// none takes an empty list for what is not there.
func none[T any](all []T, total int, err error) error {
	if len(all)+total == 0 && err == nil {
		return broker.ErrNoRow
	}
	return err
}
