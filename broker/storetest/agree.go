package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// invariants returns the first sentence that does not hold.
func (t *town) invariants(tx broker.Tx) error {
	for _, check := range []func(broker.Tx) error{t.logsProve, t.queuesAgree, t.casesAgree, t.ownersAgree, t.debtsAgree} {
		if err := check(tx); err != nil {
			return err
		}
	}
	return nil
}

// logsProve: event numbers are dense, a case knows how many it has, and the last event of a submission says its state.
func (t *town) logsProve(tx broker.Tx) error {
	ofCases, ofSubmissions := 0, 0 // of those that were there from the start
	for _, id := range t.cases {
		c, err := tx.Case(id)
		log, total, logErr := everyPage(func(p broker.Page) ([]broker.Event, int, error) { return tx.Events(id, p) })
		if err := errors.Join(err, logErr); err != nil {
			return err
		}
		if c.Events != total {
			return fmt.Errorf("a case of %d events has a log of %d", c.Events, total)
		}
		for i, e := range log {
			if e.Number != i+1 {
				return fmt.Errorf("event %d of a case stands at %d", e.Number, i+1)
			}
		}
		ofCases += total
	}
	for _, id := range t.submissions {
		sub, err := tx.Submission(id)
		log, total, logErr := everyPage(func(p broker.Page) ([]broker.Event, int, error) { return tx.SubmissionEvents(id, p) })
		if err := errors.Join(err, logErr); err != nil {
			return err
		}
		if total > 0 && log[total-1].Type != string(sub.State) {
			return fmt.Errorf("a submission is %s, and its log says %s", sub.State, log[total-1].Type)
		}
		ofSubmissions += total
	}
	if ofCases != ofSubmissions {
		return fmt.Errorf("cases have %d events, their submissions %d", ofCases, ofSubmissions)
	}
	return nil
}

// queuesAgree: exactly the retrievable submissions wait, each where it belongs.
func (t *town) queuesAgree(tx broker.Tx) error {
	inboxes := each([]int{0, 1, 2, 3, 4, 5}, inbox)
	waiting, total, err := everyPage(func(p broker.Page) ([]broker.Submission, int, error) { return tx.Waiting(inboxes, p) })
	if err != nil {
		return err
	}
	sum := 0
	for _, from := range inboxes {
		_, n, err := tx.Waiting([]broker.Inbox{from}, broker.Page{Limit: 1})
		if err != nil {
			return err
		}
		sum += n
	}
	retrievable := 0
	for _, id := range t.submissions {
		sub, err := tx.Submission(id)
		if err != nil {
			return err
		}
		if waits := slices.ContainsFunc(waiting, func(w broker.Submission) bool { return w.ID == id }); waits != sub.State.Retrievable() {
			return fmt.Errorf("that a %s submission waits is %t", sub.State, waits)
		}
		if sub.State.Retrievable() {
			retrievable++
		}
	}
	if total != retrievable || sum != total {
		return fmt.Errorf("%d submissions are retrievable, %d wait, %d one inbox at a time", retrievable, total, sum)
	}
	return nil
}

// casesAgree: the lists of senders have the cases that those of destinations have, a case's own lists have its submissions, and what is
// pending are the incomplete ones of all cases.
func (t *town) casesAgree(tx broker.Tx) error {
	var sent []broker.Case
	for _, c := range t.clients {
		all, _, err := everyPage(func(p broker.Page) ([]broker.Case, int, error) { return tx.SenderCases(c, p) })
		if err != nil {
			return err
		}
		sent = append(sent, all...)
	}
	arrived, _, err := everyPage(func(p broker.Page) ([]broker.Case, int, error) { return tx.DestinationCases(t.destinations, p) })
	if err != nil {
		return err
	}
	ofSenders, atDestinations := each(sent, caseID), each(arrived, caseID)
	slices.Sort(ofSenders)
	slices.Sort(atDestinations)
	if !slices.Equal(ofSenders, atDestinations) {
		return fmt.Errorf("senders have the cases %q, destinations %q", ofSenders, atDestinations)
	}
	return t.pendingAgrees(tx, sent)
}

func (t *town) pendingAgrees(tx broker.Tx, cases []broker.Case) error {
	incomplete := map[broker.ClientID]broker.Pending{}
	for _, c := range cases {
		for _, kind := range []broker.SubmissionKind{broker.KindSubmission, broker.KindReply} {
			all, _, err := everyPage(func(p broker.Page) ([]broker.Submission, int, error) { return tx.CaseSubmissions(c.ID, kind, p) })
			if err != nil {
				return err
			}
			for _, s := range all {
				if s.State == broker.StateIncomplete {
					sum := incomplete[s.Author]
					incomplete[s.Author] = broker.Pending{Count: sum.Count + 1, Bytes: sum.Bytes + s.Uploaded}
				}
			}
		}
	}
	for _, c := range t.clients {
		if got, err := tx.Pending(c); err != nil || got != incomplete[c] {
			return fmt.Errorf("pending of a client are %+v, %v; incomplete are %+v", got, err, incomplete[c])
		}
	}
	return nil
}

// ownersAgree: each destination is in the lists of its organisation and its clients and in no other; a key has a destination.
func (t *town) ownersAgree(tx broker.Tx) error {
	var lists, things []string
	for _, org := range t.orgs {
		all, _, err := everyPage(func(p broker.Page) ([]broker.Destination, int, error) { return tx.Destinations(org, p) })
		if err != nil {
			return err
		}
		lists = append(lists, each(all, func(d broker.Destination) string { return fmt.Sprint(org, d.ID) })...)
	}
	for _, client := range t.clients {
		all, err := tx.AssignedDestinations(client)
		if err != nil {
			return err
		}
		lists = append(lists, each(all, func(d broker.Destination) string { return fmt.Sprint(client, "in", d.ID) })...)
	}
	for _, id := range t.destinations {
		d, err := tx.Destination(id)
		if errors.Is(err, broker.ErrNoRow) {
			if keys, err := tx.DestinationKeys(id); len(keys) > 0 || err != nil {
				return fmt.Errorf("a destination that is not there has %d keys, %v", len(keys), err)
			}
			continue
		}
		if err != nil {
			return err
		}
		things = append(things, fmt.Sprint(d.Org, d.ID))
		slices.Sort(d.Clients)
		for _, c := range slices.Compact(d.Clients) {
			things = append(things, fmt.Sprint(c, "in", d.ID))
		}
	}
	slices.Sort(lists)
	slices.Sort(things)
	if !slices.Equal(lists, things) {
		return fmt.Errorf("lists have %q, the destinations themselves say %q", lists, things)
	}
	return nil
}

// debtsAgree: counters are what lists count.
func (t *town) debtsAgree(tx broker.Tx) error {
	signing, err := tx.SigningBacklog()
	unsigned, unsignedErr := tx.Unsigned(10_000)
	owed, owedErr := tx.DeliveryBacklog()
	due, dueErr := tx.DueDeliveries(epoch, 10_000)
	if err := errors.Join(err, unsignedErr, owedErr, dueErr); err != nil {
		return err
	}
	if signing.Count != len(unsigned) || owed.Count != len(due) {
		return fmt.Errorf("%d of %d events are unsigned, %d of %d deliveries owed", signing.Count, len(unsigned), owed.Count, len(due))
	}
	for _, e := range unsigned {
		if e.Token != "" {
			return fmt.Errorf("event %d is signed, and listed as unsigned", e.Number)
		}
	}
	return nil
}

// answersHold: what was acknowledged is there, what was refused is not.
func (t *town) answersHold(tx broker.Tx) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, told := range t.told {
		if id == "" {
			continue
		}
		if _, err := tx.EventByID(id); (told == nil) != (err == nil) {
			return fmt.Errorf("an event's transaction returned %v, reading it returns %v", told, err)
		}
	}
	return nil
}

// everyPage reads a list in pages, which must be of one total, and make up the whole.
func everyPage[T any](read func(broker.Page) ([]T, int, error)) (all []T, total int, err error) {
	const limit = 7
	for {
		page, n, err := read(broker.Page{Offset: len(all), Limit: limit})
		if err != nil {
			return nil, 0, err
		}
		if len(all) > 0 && n != total {
			return nil, 0, fmt.Errorf("the total became %d on the way, it was %d", n, total)
		}
		all, total = append(all, page...), n
		if len(page) < limit {
			break
		}
	}
	if len(all) != total {
		return nil, 0, fmt.Errorf("pages have %d entries of a list of %d", len(all), total)
	}
	return all, total, nil
}
