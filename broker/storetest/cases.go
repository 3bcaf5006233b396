package storetest

import (
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

func caseID(c broker.Case) broker.CaseID { return c.ID }

func putCase(h *harness, f *filler, sender broker.ClientID, d broker.DestinationID) broker.Case {
	h.Helper()
	c := filled[broker.Case](f)
	c.Sender, c.Destination = sender, d
	h.update(func(tx broker.Tx) error { return tx.PutCase(c) })
	return c
}

func caseIDs(h *harness, read func(broker.Tx) ([]broker.Case, int, error)) list[broker.CaseID] {
	h.Helper()
	l := paged(h, read)
	return list[broker.CaseID]{each(l.Page, caseID), l.Total}
}

// caseLists has every case in the list of its sender and in that of its destination, once and for good, in the order in which cases were opened.
func caseLists(h *harness) {
	f := &filler{}
	senders, ds := filled[[]broker.ClientID](f), filled[[]broker.DestinationID](f)
	ds = append(ds, filled[broker.DestinationID](f))
	ofSender, at := map[broker.ClientID][]broker.CaseID{}, map[broker.DestinationID][]broker.CaseID{}
	var last broker.Case
	for i := range 11 {
		last = putCase(h, f, senders[i%3%2], ds[i%2])
		ofSender[last.Sender] = append(ofSender[last.Sender], last.ID)
		at[last.Destination] = append(at[last.Destination], last.ID)
	}
	last.Events++
	h.update(func(tx broker.Tx) error { return tx.PutCase(last) }, func(tx broker.Tx) error { return tx.PutCase(last) })
	order := []broker.DestinationID{ds[2], ds[1], ds[0]}
	here := append(append([]broker.CaseID(nil), at[ds[1]]...), at[ds[0]]...)
	for range 2 {
		for offset := range 13 {
			for _, limit := range []int{1, 2, 5, 6, 100} {
				p := broker.Page{Offset: offset, Limit: limit}
				for _, s := range senders {
					want, total, _ := cut(ofSender[s], p)
					got := caseIDs(h, func(tx broker.Tx) ([]broker.Case, int, error) { return tx.SenderCases(s, p) })
					same(h, fmt.Sprintf("of a sender, page %+v", p), got, list[broker.CaseID]{want, total})
				}
				want, total, _ := cut(here, p)
				got := caseIDs(h, func(tx broker.Tx) ([]broker.Case, int, error) { return tx.DestinationCases(order, p) })
				same(h, fmt.Sprintf("at destinations, page %+v", p), got, list[broker.CaseID]{want, total})
			}
		}
		h.reopen()
	}
	same(h, "a list has what was put last", must(h, func(tx broker.Tx) ([]broker.Case, error) {
		all, total, err := tx.SenderCases(last.Sender, whole)
		return all[total-1:], err
	}), []broker.Case{last})
}

// caseSubmissions has every submission in the list of its kind in its case, in the order in which they were announced, whatever becomes of them.
func caseSubmissions(h *harness) {
	f := &filler{}
	c, other := putCase(h, f, filled[broker.ClientID](f), filled[broker.DestinationID](f)), filled[broker.CaseID](f)
	var subs, replies []broker.Submission
	announce := func(id broker.CaseID, k broker.SubmissionKind) broker.Submission {
		s := filled[broker.Submission](f)
		s.Case, s.Kind, s.Destination, s.Sender, s.Author = id, k, c.Destination, c.Sender, c.Sender
		move(h, &s, broker.StateIncomplete)
		return s
	}
	for range 6 {
		subs = append(subs, announce(c.ID, broker.KindSubmission))
		replies = append(replies, announce(c.ID, broker.KindReply))
		announce(other, broker.KindSubmission)
	}
	for i, n := range []int{5, 3, 4, 0} {
		move(h, &subs[n], stateOf(i))
		move(h, &replies[n], stateOf(i+1))
	}
	for range 2 {
		for kind, all := range map[broker.SubmissionKind][]broker.Submission{broker.KindSubmission: subs, broker.KindReply: replies} {
			for _, p := range []broker.Page{whole, {Limit: 1}, {Offset: 2, Limit: 3}, {Offset: 5, Limit: 9}, {Offset: 6, Limit: 1}, {Offset: 900, Limit: 1}} {
				want, total, _ := cut(all, p)
				got := paged(h, func(tx broker.Tx) ([]broker.Submission, int, error) { return tx.CaseSubmissions(c.ID, kind, p) })
				same(h, fmt.Sprintf("%s, page %+v", kind, p), got, list[broker.Submission]{want, total})
			}
		}
		h.reopen()
	}
}

// pending follows what an author has announced and not submitted, by number and by bytes.
func pending(h *harness) {
	f := &filler{}
	d := filled[broker.DestinationID](f)
	check := func(what string, author broker.ClientID, count int, bytes int64) {
		h.Helper()
		got := must(h, func(tx broker.Tx) (broker.Pending, error) { return tx.Pending(author) })
		same(h, what, got, broker.Pending{Count: count, Bytes: bytes})
	}
	announce := func(sender, author broker.ClientID, bytes int64) broker.Submission {
		s := filled[broker.Submission](f)
		s.Kind, s.Destination, s.Sender, s.Author, s.Uploaded = broker.KindReply, d, sender, author, bytes
		move(h, &s, broker.StateIncomplete)
		return s
	}
	sender, subscriber := filled[broker.ClientID](f), filled[broker.ClientID](f)
	a, b, c := announce(sender, sender, 0), announce(sender, sender, 7), announce(sender, subscriber, 1<<40)
	check("announced", sender, 2, 7)
	check("announced by the other side", subscriber, 1, 1<<40)
	a.Uploaded = 100
	move(h, &a, broker.StateIncomplete)
	b.Uploaded = 5
	move(h, &b, broker.StateIncomplete)
	check("uploaded, and uploaded again", sender, 2, 105)
	h.reopen()
	move(h, &a, broker.StateSubmitted)
	move(h, &a, broker.StateForwarded)
	check("one is submitted", sender, 1, 5)
	c.Uploaded++
	move(h, &c, broker.StateDeleted)
	check("given up", subscriber, 0, 0)
	move(h, &b, broker.StateSubmitted)
	check("all are submitted", sender, 0, 0)
	announce(sender, sender, 3)
	check("a new one", sender, 1, 3)
}
