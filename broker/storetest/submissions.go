package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// putSubmission makes a submission for a destination.
func putSubmission(h *harness, f *filler, d broker.DestinationID, state broker.State) broker.Submission {
	s := filled[broker.Submission](f)
	s.Kind, s.Destination, s.Author = broker.KindSubmission, d, s.Sender
	move(h, &s, state)
	return s
}

// move brings a submission into a state.
func move(h *harness, s *broker.Submission, state broker.State) {
	h.Helper()
	s.State = state
	h.update(func(tx broker.Tx) error { return tx.PutSubmission(*s) })
}

func submissionID(s broker.Submission) broker.SubmissionID { return s.ID }

func waitingPage(h *harness, p broker.Page, from ...broker.Inbox) list[broker.SubmissionID] {
	h.Helper()
	l := paged(h, func(tx broker.Tx) ([]broker.Submission, int, error) { return tx.Waiting(from, p) })
	return list[broker.SubmissionID]{each(l.Page, submissionID), l.Total}
}

// waiting follows submissions through their life: they wait from when they are submitted until they are decided, in the order in which they
// were submitted, not announced.
func waiting(h *harness) {
	f := &filler{}
	d, other := filled[broker.DestinationID](f), filled[broker.DestinationID](f)
	check := func(what string, want ...*broker.Submission) {
		h.Helper()
		ids := each(want, func(s *broker.Submission) broker.SubmissionID { return s.ID })
		same(h, what, waitingPage(h, whole, broker.SubmissionsAt(d)), list[broker.SubmissionID]{ids, len(ids)})
	}
	a := putSubmission(h, f, d, broker.StateIncomplete)
	b := putSubmission(h, f, d, broker.StateIncomplete)
	c := putSubmission(h, f, d, broker.StateIncomplete)
	putSubmission(h, f, other, broker.StateSubmitted)
	check("announced only")
	move(h, &b, broker.StateSubmitted)
	check("b is submitted", &b)
	move(h, &a, broker.StateSubmitted)
	move(h, &c, broker.StateSubmitted)
	check("a and c follow", &b, &a, &c)
	move(h, &b, broker.StateForwarded)
	check("a forwarded one keeps its place", &b, &a, &c)
	b.Region = "DE05"
	move(h, &b, broker.StateForwarded)
	check("one written again, too", &b, &a, &c)
	same(h, "and is as written", must(h, func(tx broker.Tx) ([]broker.Submission, error) {
		all, _, err := tx.Waiting([]broker.Inbox{broker.SubmissionsAt(d)}, broker.Page{Limit: 1})
		return all, err
	}), []broker.Submission{b})
	move(h, &a, broker.StateRejected)
	check("a is rejected", &b, &c)
	move(h, &a, broker.StateDeleted)
	move(h, &b, broker.StateAccepted)
	check("b is accepted", &c)
	move(h, &b, broker.StateSubmitted)
	check("b waits again, as the last", &c, &b)
	h.reopen()
	move(h, &c, broker.StateDeleted)
	check("c is deleted after a restart", &b)
	if got := waitingPage(h, whole, broker.SubmissionsAt(other)); got.Total != 1 {
		h.Errorf("elsewhere wait %v, want one", got)
	}
}

// inboxes: what one party of a case sends waits for the other one, replies apart from submissions.
func inboxes(h *harness) {
	f := &filler{}
	d, other := filled[broker.DestinationID](f), filled[broker.DestinationID](f)
	sub := putSubmission(h, f, d, broker.StateSubmitted)
	reply := func(at broker.DestinationID, author broker.ClientID) *broker.Submission {
		s := filled[broker.Submission](f)
		s.Kind, s.Case, s.Destination, s.Sender, s.Author = broker.KindReply, sub.Case, at, sub.Sender, author
		move(h, &s, broker.StateSubmitted)
		return &s
	}
	subscriber := filled[broker.ClientID](f)
	asked, asksMore, askedElsewhere := reply(d, subscriber), reply(d, subscriber), reply(other, subscriber)
	answered := reply(d, sub.Sender)
	check := func(what string, from broker.Inbox, want ...*broker.Submission) {
		h.Helper()
		ids := each(want, func(s *broker.Submission) broker.SubmissionID { return s.ID })
		same(h, what, waitingPage(h, whole, from), list[broker.SubmissionID]{ids, len(ids)})
	}
	for range 2 {
		check("submissions at the destination", broker.SubmissionsAt(d), &sub)
		check("answers at the destination", broker.RepliesAt(d), answered)
		check("replies to the sender, of any destination", broker.RepliesTo(sub.Sender), asked, asksMore, askedElsewhere)
		check("replies to nobody", broker.RepliesTo(subscriber))
		h.reopen()
	}
	move(h, asked, broker.StateAccepted)
	check("replies to the sender, one decided", broker.RepliesTo(sub.Sender), asksMore, askedElsewhere)
	same(h, "several inboxes", waitingPage(h, broker.Page{Offset: 1, Limit: 2}, broker.RepliesAt(d), broker.RepliesTo(sub.Sender), broker.SubmissionsAt(d)),
		list[broker.SubmissionID]{[]broker.SubmissionID{asksMore.ID, askedElsewhere.ID}, 4})
}

// waitingPages reads the lists of several destinations as one.
func waitingPages(h *harness) {
	f := &filler{}
	ds := filled[[]broker.DestinationID](f)
	ds = append(ds, filled[[]broker.DestinationID](f)...)
	by := map[broker.DestinationID][]broker.SubmissionID{}
	for i := range 9 { // three each, the last destination none
		d := ds[i%3]
		by[d] = append(by[d], putSubmission(h, f, d, broker.StateSubmitted).ID)
	}
	order := each([]broker.DestinationID{ds[2], ds[3], ds[0], ds[1]}, broker.SubmissionsAt)
	all := slices.Concat(by[ds[2]], by[ds[0]], by[ds[1]])
	for offset := range 11 {
		for _, limit := range []int{1, 2, 3, 4, 7, 9, 100} {
			p := broker.Page{Offset: offset, Limit: limit}
			from := min(offset, len(all))
			want := all[from:min(from+limit, len(all))]
			same(h, fmt.Sprintf("page %+v", p), waitingPage(h, p, order...), list[broker.SubmissionID]{want, len(all)})
		}
	}
}

// attachments are listed by id, each submission's for itself.
func attachments(h *harness) {
	f := &filler{}
	s, other := filled[broker.SubmissionID](f), filled[broker.SubmissionID](f)
	var ids []broker.AttachmentID
	for i := range 6 {
		a := filled[broker.Attachment](f)
		a.Submission = s
		if i == 5 {
			a.Submission = other
		} else {
			ids = append(ids, a.ID)
		}
		h.update(func(tx broker.Tx) error { return tx.PutAttachment(a) })
	}
	got := must(h, func(tx broker.Tx) ([]broker.Attachment, error) { return tx.Attachments(s) })
	slices.Sort(ids)
	same(h, "by id", each(got, func(a broker.Attachment) broker.AttachmentID { return a.ID }), ids)
	_, err := try(h, func(tx broker.Tx) (broker.Attachment, error) { return tx.Attachment(other, ids[0]) })
	is(h, "an attachment of another submission", err, broker.ErrNoRow)
}

// bodies are bytes of any length, each under a name of its own.
func bodies(h *harness) {
	sizes := []int{0, 1, 100, 4096, 10_000, 64 << 10, 1 << 20}
	content := func(i int) []byte { return bytes.Repeat([]byte{byte(i + 1)}, sizes[i]) }
	ids := make([]broker.BodyID, len(sizes))
	for i := range sizes {
		h.update(func(tx broker.Tx) (err error) {
			given := content(i)
			ids[i], err = tx.AddBody(given)
			clear(given)
			return err
		})
	}
	check := func(what string, i int) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]byte, error) {
			first, err := tx.Body(ids[i])
			clear(first) // the caller's to keep
			if err != nil {
				return nil, err
			}
			return tx.Body(ids[i])
		})
		if !bytes.Equal(got, content(i)) {
			h.Errorf("%s: body of %d bytes came back as %d other ones", what, sizes[i], len(got))
		}
	}
	for i := range sizes {
		check("added", i)
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(ids))); len(unique) != len(sizes) {
		h.Errorf("got names %q, want all different", ids)
	}
	h.update(func(tx broker.Tx) error { return tx.DeleteBody(ids[3]) }, func(tx broker.Tx) error { return tx.DeleteBody(ids[3]) })
	_, err := try(h, func(tx broker.Tx) ([]byte, error) { return tx.Body(ids[3]) })
	is(h, "deleted", err, broker.ErrNoRow)
	h.reopen()
	check("beside a deleted one, after a restart", 2)
	check("beside a deleted one, after a restart", 4)

	var fresh broker.BodyID
	h.update(func(tx broker.Tx) (err error) { fresh, err = tx.AddBody([]byte("new")); return err })
	if slices.Contains(ids, fresh) {
		h.Errorf("the name %q was given twice", fresh)
	}
	for _, odd := range []broker.BodyID{"", "0", "../x", fresh + "0", fresh[1:], " " + fresh, "%", "\x00"} {
		is(h, fmt.Sprintf("Body(%q)", odd), h.store.View(context.Background(), func(tx broker.Tx) error {
			_, err := tx.Body(odd)
			return err
		}), broker.ErrNoRow)
	}
}
