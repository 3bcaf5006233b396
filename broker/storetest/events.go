package storetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/vierkant/vierkant/broker"
)

// event returns a filled, unsigned event of a case.
func event(f *filler, c broker.CaseID, number int, s broker.SubmissionID) broker.Event {
	e := filled[broker.Event](f)
	e.Case, e.Number, e.Submission, e.Token = c, number, s, ""
	return e
}

func appendAll(h *harness, events ...broker.Event) {
	h.Helper()
	h.update(func(tx broker.Tx) error {
		for _, e := range events {
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func eventID(e broker.Event) broker.EventID { return e.ID }

func pagedEvents(h *harness, read func(broker.Tx) ([]broker.Event, int, error)) list[broker.EventID] {
	h.Helper()
	l := paged(h, read)
	return list[broker.EventID]{each(l.Page, eventID), l.Total}
}

// eventLog reads the logs of two cases, whose events were written in turns, whole and in parts.
func eventLog(h *harness) {
	f := &filler{}
	c, other := filled[broker.CaseID](f), filled[broker.CaseID](f)
	s1, s2 := filled[broker.SubmissionID](f), filled[broker.SubmissionID](f)
	var all, ofS1, ofS2 []broker.Event
	for i := range 12 {
		s, of := s1, &ofS1
		if i%3 == 2 {
			s, of = s2, &ofS2
		}
		e := event(f, c, i+1, s)
		appendAll(h, e, event(f, other, i+1, filled[broker.SubmissionID](f)))
		all, *of = append(all, e), append(*of, e)
	}
	for _, e := range all {
		same(h, "by number", must(h, func(tx broker.Tx) (broker.Event, error) { return tx.Event(e.Ref()) }), e)
		same(h, "by id", must(h, func(tx broker.Tx) (broker.Event, error) { return tx.EventByID(e.ID) }), e)
	}
	for _, number := range []int{-1, 0, len(all) + 1} {
		_, err := try(h, func(tx broker.Tx) (broker.Event, error) { return tx.Event(broker.EventRef{Case: c, Number: number}) })
		is(h, fmt.Sprintf("event %d", number), err, broker.ErrNoRow)
	}
	logs := []struct {
		name string
		want []broker.Event
		read func(tx broker.Tx, p broker.Page) ([]broker.Event, int, error)
	}{
		{"case", all, func(tx broker.Tx, p broker.Page) ([]broker.Event, int, error) { return tx.Events(c, p) }},
		{"submission 1", ofS1, func(tx broker.Tx, p broker.Page) ([]broker.Event, int, error) { return tx.SubmissionEvents(s1, p) }},
		{"submission 2", ofS2, func(tx broker.Tx, p broker.Page) ([]broker.Event, int, error) { return tx.SubmissionEvents(s2, p) }},
	}
	for _, log := range logs {
		same(h, log.name, paged(h, func(tx broker.Tx) ([]broker.Event, int, error) { return log.read(tx, whole) }),
			list[broker.Event]{log.want, len(log.want)})
		for _, p := range []broker.Page{{Limit: 1}, {Offset: 1, Limit: 2}, {Offset: len(log.want) - 1, Limit: 5}, {Offset: len(log.want), Limit: 5}, {Offset: 1000, Limit: 1}} {
			from := min(p.Offset, len(log.want))
			want := each(log.want[from:min(from+p.Limit, len(log.want))], eventID)
			got := pagedEvents(h, func(tx broker.Tx) ([]broker.Event, int, error) { return log.read(tx, p) })
			same(h, fmt.Sprintf("%s, page %+v", log.name, p), got, list[broker.EventID]{want, len(log.want)})
		}
	}
}

// eventConflicts appends what is not the next event, or not a new one.
func eventConflicts(h *harness) {
	f := &filler{}
	c, s := filled[broker.CaseID](f), filled[broker.SubmissionID](f)
	first, second := event(f, c, 1, s), event(f, c, 2, s)
	refused := func(what string, e broker.Event) {
		h.Helper()
		err := h.store.Update(context.Background(), func(tx broker.Tx) error { return tx.AppendEvent(e) })
		is(h, what, err, broker.Conflict)
	}
	refused("a log that begins with 2", second)
	refused("a log that begins with 0", event(f, c, 0, s))
	appendAll(h, first)
	refused("the same event", first)
	refused("another event 1", event(f, c, 1, s))
	refused("a gap", event(f, c, 3, s))
	refused("a negative number", event(f, c, -1, s))
	twice := event(f, c, 2, s)
	twice.ID = first.ID
	refused("an id of the same case", twice)
	twice.Case, twice.Number = filled[broker.CaseID](f), 1
	refused("an id of another case", twice)

	h.update(func(tx broker.Tx) error { // a conflict that the function handles takes nothing back
		if err := tx.AppendEvent(second); err != nil {
			return err
		}
		if err := tx.AppendEvent(second); err == nil {
			return fmt.Errorf("the same event was taken twice in one transaction")
		}
		return nil
	})
	got := pagedEvents(h, func(tx broker.Tx) ([]broker.Event, int, error) { return tx.Events(c, whole) })
	same(h, "what stands", got, list[broker.EventID]{[]broker.EventID{first.ID, second.ID}, 2})
}

// signing turns events into signed ones, oldest first, whatever their case; posted tokens are signed already.
func signing(h *harness) {
	f := &filler{}
	a, b, s := filled[broker.CaseID](f), filled[broker.CaseID](f), filled[broker.SubmissionID](f)
	events := []broker.Event{event(f, b, 1, s), event(f, a, 1, s), event(f, a, 2, s), event(f, b, 2, s), event(f, b, 3, s)}
	events[3].Token, events[3].Claims = "posted.token.x", nil
	appendAll(h, events[:2]...)
	appendAll(h, events[2:]...)
	check := func(what string, limit int, count int, want ...int) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]broker.Event, error) { return tx.Unsigned(limit) })
		same(h, what, got, each(want, func(i int) broker.Event { return events[i] }))
		wait := broker.Backlog{Count: count}
		if count > 0 {
			wait.Oldest = events[want[0]].Recorded
		}
		same(h, what+": backlog", must(h, broker.Tx.SigningBacklog), wait)
	}
	check("all", 10, 4, 0, 1, 2, 4)
	check("the first two", 2, 4, 0, 1)

	sign := func(i int, token, want string) {
		h.Helper()
		var got string
		h.update(func(tx broker.Tx) (err error) { got, err = tx.SignEvent(events[i].Ref(), token); return err })
		if got != want {
			h.Errorf("SignEvent of event %d returned %q, want %q", i, got, want)
		}
		events[i].Token = want
		same(h, "signed", must(h, func(tx broker.Tx) (broker.Event, error) { return tx.EventByID(events[i].ID) }), events[i])
	}
	sign(1, "one", "one")
	sign(1, "another", "one")
	sign(3, "another", "posted.token.x")
	check("after one was signed", 10, 3, 0, 2, 4)
	h.reopen()
	sign(0, "zero", "zero")
	check("after the oldest was signed", 10, 2, 2, 4)
	sign(2, "two", "two")
	sign(4, "four", "four")
	check("none", 10, 0)
	later := event(f, a, 3, s)
	events = append(events, later)
	appendAll(h, later)
	check("a new one", 10, 1, 5)
}

// signingOnce has many sign the same event, and all get the token of one of them.
func signingOnce(h *harness) {
	f := &filler{}
	e := event(f, filled[broker.CaseID](f), 1, filled[broker.SubmissionID](f))
	appendAll(h, e)
	got := make([]string, 16)
	errs := make([]error, len(got))
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			errs[i] = h.store.Update(context.Background(), func(tx broker.Tx) (err error) {
				got[i], err = tx.SignEvent(e.Ref(), fmt.Sprintf("token %d", i))
				return err
			})
		})
	}
	wg.Wait()
	want := must(h, func(tx broker.Tx) (broker.Event, error) { return tx.Event(e.Ref()) }).Token
	for i := range got {
		if errs[i] != nil || got[i] != want || want == "" {
			h.Errorf("signer %d got %q, %v, want %q", i, got[i], errs[i], want)
		}
	}
}
