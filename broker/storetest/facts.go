package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// fact is something to be read, and a write that changes it.
type fact struct {
	name   string
	setup  func(tx broker.Tx) error
	read   func(tx broker.Tx) (any, error)
	change func(tx broker.Tx) error
	alone  bool // it counts things of all callers: nobody else may be at work
}

// facts returns one of each kind of read with each kind of write that it depends on, on things numbered from n on that no other ones use.
func facts(n int) []fact {
	return slices.Concat(ownerFacts(n), destinationFacts(n), submissionFacts(n), caseFacts(n), eventFacts(n), workFacts(n), receiptFacts(n), entryFacts(n), timerFacts(n))
}

func nothing(broker.Tx) error { return nil }

func ownerFacts(n int) []fact {
	org, client, use := named[broker.OrgID](n), named[broker.ClientID](n), broker.KeyUse(fmt.Sprint("use ", n))
	route := named[broker.RouteID](n)
	publish := func(tx broker.Tx) error { return tx.PutRoute(broker.Route{ID: route}) }
	published := func(tx broker.Tx) (any, error) {
		all, err := tx.Routes()
		return slices.ContainsFunc(all, func(r broker.Route) bool { return r.ID == route }), err
	}
	return []fact{
		{name: "an org", setup: nothing,
			read:   func(tx broker.Tx) (any, error) { o, err := tx.Org(org); return o.Name, ignoreNoRow(err) },
			change: func(tx broker.Tx) error { return tx.PutOrg(broker.Org{ID: org, Name: "new"}) }},
		{name: "a client", setup: func(tx broker.Tx) error { return tx.PutClient(broker.Client{ID: client}) },
			read:   func(tx broker.Tx) (any, error) { c, err := tx.Client(client); return c.Disabled, err },
			change: func(tx broker.Tx) error { return tx.PutClient(broker.Client{ID: client, Disabled: true}) }},
		{name: "keys of a use", setup: nothing,
			read: func(tx broker.Tx) (any, error) { all, err := tx.ServiceKeys(use); return len(all), err },
			change: func(tx broker.Tx) error {
				return tx.PutServiceKey(broker.ServiceKey{Use: use, KID: "k", State: broker.KeyCurrent})
			}},
		{name: "routes, one more", setup: nothing, read: published, change: publish},
		{name: "routes, one less", setup: publish, read: published, change: func(tx broker.Tx) error { return tx.DeleteRoute(route) }},
	}
}

func destinationFacts(n int) []fact {
	d := broker.Destination{ID: named[broker.DestinationID](n), Org: named[broker.OrgID](n), Clients: []broker.ClientID{named[broker.ClientID](n)}}
	put := func(change func(*broker.Destination)) func(broker.Tx) error {
		return func(tx broker.Tx) error {
			d := d
			change(&d)
			return tx.PutDestination(d)
		}
	}
	asIs := put(func(*broker.Destination) {})
	renamed := put(func(d *broker.Destination) { d.Name = "new" })
	moved := put(func(d *broker.Destination) { d.Org = named[broker.OrgID](n + 1) })
	unassigned := put(func(d *broker.Destination) { d.Clients = nil })
	remove := func(tx broker.Tx) error { return tx.DeleteDestination(d.ID) }
	addKey := func(tx broker.Tx) error {
		return tx.PutDestinationKey(broker.DestinationKey{Destination: d.ID, KID: "k"})
	}
	withKey := func(tx broker.Tx) error { return errors.Join(asIs(tx), addKey(tx)) }

	one := func(tx broker.Tx) (any, error) { got, err := tx.Destination(d.ID); return got.Name, ignoreNoRow(err) }
	there := func(tx broker.Tx) (any, error) {
		_, err := tx.Destination(d.ID)
		return err == nil, ignoreNoRow(err)
	}
	owned := func(tx broker.Tx) (any, error) {
		all, total, err := tx.Destinations(d.Org, whole)
		return fmt.Sprint(total, each(all, func(d broker.Destination) string { return d.Name })), err
	}
	assigned := func(tx broker.Tx) (any, error) {
		all, err := tx.AssignedDestinations(d.Clients[0])
		return fmt.Sprint(len(all), each(all, func(d broker.Destination) string { return d.Name })), err
	}
	keys := func(tx broker.Tx) (any, error) { all, err := tx.DestinationKeys(d.ID); return len(all), err }
	key := func(tx broker.Tx) (any, error) {
		k, err := tx.DestinationKey(d.ID, "k")
		return k.KID, ignoreNoRow(err)
	}
	return []fact{
		{name: "a destination, renamed", setup: asIs, read: one, change: renamed},
		{name: "a destination, deleted", setup: asIs, read: there, change: remove},
		{name: "a destination, created", setup: nothing, read: there, change: asIs},
		{name: "destinations of an org, created", setup: nothing, read: owned, change: asIs},
		{name: "destinations of an org, renamed", setup: asIs, read: owned, change: renamed},
		{name: "destinations of an org, moved away", setup: asIs, read: owned, change: moved},
		{name: "destinations of an org, moved in", setup: moved, read: owned, change: asIs},
		{name: "destinations of an org, deleted", setup: asIs, read: owned, change: remove},
		{name: "destinations of a client, assigned", setup: unassigned, read: assigned, change: asIs},
		{name: "destinations of a client, renamed", setup: asIs, read: assigned, change: renamed},
		{name: "destinations of a client, unassigned", setup: asIs, read: assigned, change: unassigned},
		{name: "destinations of a client, deleted", setup: asIs, read: assigned, change: remove},
		{name: "keys, added", setup: asIs, read: keys, change: addKey},
		{name: "keys, deleted", setup: withKey, read: keys, change: remove},
		{name: "a key, added", setup: asIs, read: key, change: addKey},
		{name: "a key, deleted", setup: withKey, read: key, change: remove},
	}
}

func submissionFacts(n int) []fact {
	sub := submissionOf(n)
	put := func(change func(*broker.Submission)) func(broker.Tx) error {
		return func(tx broker.Tx) error {
			sub := sub
			change(&sub)
			return tx.PutSubmission(sub)
		}
	}
	asIs := put(func(*broker.Submission) {})
	announced := put(func(s *broker.Submission) { s.State = broker.StateIncomplete })
	decided := put(func(s *broker.Submission) { s.State = broker.StateAccepted })
	forwarded := put(func(s *broker.Submission) { s.State = broker.StateForwarded })
	uploaded := put(func(s *broker.Submission) { s.State, s.Uploaded = broker.StateIncomplete, 7 })

	one := func(tx broker.Tx) (any, error) {
		got, err := tx.Submission(sub.ID)
		return got.State, ignoreNoRow(err)
	}
	waiting := func(tx broker.Tx) (any, error) {
		all, total, err := tx.Waiting([]broker.Inbox{sub.Inbox()}, whole)
		return fmt.Sprint(total, each(all, func(s broker.Submission) broker.State { return s.State })), err
	}
	ofCase := func(tx broker.Tx) (any, error) {
		all, total, err := tx.CaseSubmissions(sub.Case, sub.Kind, whole)
		return fmt.Sprint(total, each(all, func(s broker.Submission) broker.State { return s.State })), err
	}
	pending := func(tx broker.Tx) (any, error) { return tx.Pending(sub.Author) }
	attach := func(tx broker.Tx) error {
		return tx.PutAttachment(broker.Attachment{ID: named[broker.AttachmentID](n), Submission: sub.ID})
	}
	attached := func(tx broker.Tx) (any, error) { all, err := tx.Attachments(sub.ID); return len(all), err }
	attachment := func(tx broker.Tx) (any, error) {
		a, err := tx.Attachment(sub.ID, named[broker.AttachmentID](n))
		return a.ID, ignoreNoRow(err)
	}
	return []fact{
		{name: "a submission, announced", setup: nothing, read: one, change: announced},
		{name: "a submission, decided", setup: asIs, read: one, change: decided},
		{name: "waiting, submitted", setup: announced, read: waiting, change: asIs},
		{name: "waiting, forwarded", setup: asIs, read: waiting, change: forwarded},
		{name: "waiting, decided", setup: asIs, read: waiting, change: decided},
		{name: "submissions of a case, announced", setup: nothing, read: ofCase, change: announced},
		{name: "submissions of a case, decided", setup: asIs, read: ofCase, change: decided},
		{name: "pending, announced", setup: nothing, read: pending, change: announced},
		{name: "pending, uploaded", setup: announced, read: pending, change: uploaded},
		{name: "pending, submitted", setup: uploaded, read: pending, change: asIs},
		{name: "attachments", setup: asIs, read: attached, change: attach},
		{name: "an attachment", setup: asIs, read: attachment, change: attach},
		bodyFact(),
	}
}

// submissionOf returns one whose names are all of number n.
func submissionOf(n int) broker.Submission {
	return broker.Submission{
		ID: named[broker.SubmissionID](n), Kind: broker.KindReply, Case: named[broker.CaseID](n), Destination: named[broker.DestinationID](n),
		Sender: named[broker.ClientID](n), Author: named[broker.ClientID](n), State: broker.StateSubmitted,
	}
}

// caseOfFacts returns a case whose names are all of number n.
func caseOfFacts(n int) broker.Case {
	return broker.Case{ID: named[broker.CaseID](n), Sender: named[broker.ClientID](n), Destination: named[broker.DestinationID](n)}
}

func caseFacts(n int) []fact {
	c := caseOfFacts(n)
	open := func(tx broker.Tx) error { return tx.PutCase(c) }
	change := func(tx broker.Tx) error {
		c := c
		c.Events = 7
		return tx.PutCase(c)
	}
	sub := submissionOf(n)
	e := broker.Event{Case: c.ID, Number: 1, ID: named[broker.EventID](n), Submission: sub.ID}
	full := func(tx broker.Tx) error { return errors.Join(open(tx), tx.PutSubmission(sub), tx.AppendEvent(e)) }
	remove := func(tx broker.Tx) error { return tx.DeleteCase(c.ID) }
	inside := func(tx broker.Tx) (any, error) { _, n, err := tx.CaseSubmissions(c.ID, sub.Kind, whole); return n, err }
	waiting := func(tx broker.Tx) (any, error) {
		_, n, err := tx.Waiting([]broker.Inbox{sub.Inbox()}, whole)
		return n, err
	}
	log := func(tx broker.Tx) (any, error) { _, n, err := tx.Events(c.ID, whole); return n, err }
	event := func(tx broker.Tx) (any, error) { _, err := tx.EventByID(e.ID); return err == nil, ignoreNoRow(err) }
	seen := func(all []broker.Case, total int, err error) (any, error) {
		return fmt.Sprint(total, each(all, func(c broker.Case) int { return c.Events })), err
	}
	sent := func(tx broker.Tx) (any, error) { return seen(tx.SenderCases(c.Sender, whole)) }
	arrived := func(tx broker.Tx) (any, error) {
		return seen(tx.DestinationCases([]broker.DestinationID{c.Destination}, whole))
	}
	return []fact{
		{name: "cases of a sender, opened", setup: nothing, read: sent, change: open},
		{name: "cases of a sender, changed", setup: open, read: sent, change: change},
		{name: "cases at a destination, opened", setup: nothing, read: arrived, change: open},
		{name: "cases at a destination, changed", setup: open, read: arrived, change: change},
		{name: "cases of a sender, deleted", setup: open, read: sent, change: remove},
		{name: "cases at a destination, deleted", setup: open, read: arrived, change: remove},
		{name: "submissions of a case, deleted", setup: full, read: inside, change: remove},
		{name: "waiting, deleted with the case", setup: full, read: waiting, change: remove},
		{name: "a log, deleted with the case", setup: full, read: log, change: remove},
		{name: "an event by id, deleted with the case", setup: full, read: event, change: remove},
	}
}

func receiptFacts(n int) []fact {
	r := broker.Receipt{Client: named[broker.ClientID](n), Key: "key", Made: epoch, Digest: []byte("first")}
	put := func(tx broker.Tx) error { return tx.PutReceipt(r) }
	replace := func(tx broker.Tx) error {
		r := r
		r.Digest = []byte("second")
		return tx.PutReceipt(r)
	}
	read := func(tx broker.Tx) (any, error) {
		got, err := tx.Receipt(r.Client, r.Key)
		return string(got.Digest), ignoreNoRow(err)
	}
	forget := func(tx broker.Tx) error { _, err := tx.ForgetReceipts(epoch.Add(1), 10_000); return err }
	return []fact{
		{name: "a receipt, made", setup: nothing, read: read, change: put},
		{name: "a receipt, replaced", setup: put, read: read, change: replace},
		{name: "a receipt, forgotten", setup: put, read: read, change: forget, alone: true}, // with all the others
	}
}

func entryFacts(n int) []fact {
	kind := broker.EntryKind(fmt.Sprint("kind-", n))
	e := broker.Entry{Kind: kind, ID: "id", Owner: "owner", Value: []byte("first")}
	put := func(tx broker.Tx) error { return tx.PutEntry(e) }
	change := func(tx broker.Tx) error {
		e := e
		e.Value = []byte("second")
		return tx.PutEntry(e)
	}
	remove := func(tx broker.Tx) error { return tx.DeleteEntry(kind, e.ID) }
	one := func(tx broker.Tx) (any, error) {
		got, err := tx.Entry(kind, e.ID)
		return string(got.Value), ignoreNoRow(err)
	}
	seen := func(all []broker.Entry, total int, err error) (any, error) {
		return fmt.Sprint(total, each(all, func(e broker.Entry) string { return string(e.Value) })), err
	}
	ofKind := func(tx broker.Tx) (any, error) { return seen(tx.Entries(kind, whole)) }
	ofOwner := func(tx broker.Tx) (any, error) { return seen(tx.EntriesOf(kind, e.Owner, whole)) }
	return []fact{
		{name: "an entry, put", setup: nothing, read: one, change: put},
		{name: "an entry, changed", setup: put, read: one, change: change},
		{name: "an entry, deleted", setup: put, read: one, change: remove},
		{name: "entries of a kind, one more", setup: nothing, read: ofKind, change: put},
		{name: "entries of a kind, changed", setup: put, read: ofKind, change: change},
		{name: "entries of a kind, one less", setup: put, read: ofKind, change: remove},
		{name: "entries of an owner, one more", setup: nothing, read: ofOwner, change: put},
		{name: "entries of an owner, changed", setup: put, read: ofOwner, change: change},
		{name: "entries of an owner, one less", setup: put, read: ofOwner, change: remove},
	}
}

// timerFacts leave DueTimers out, as workFacts do with DueDeliveries.
func timerFacts(n int) []fact {
	timer := broker.Timer{Queue: broker.TimerQueue(fmt.Sprint("queue-", n)), ID: "id", At: epoch}
	put := func(tx broker.Tx) error { return tx.PutTimer(timer) }
	sooner := func(tx broker.Tx) error {
		return tx.PutTimer(broker.Timer{Queue: timer.Queue, ID: "other", At: epoch.Add(-1)})
	}
	later := func(tx broker.Tx) error {
		return tx.PutTimer(broker.Timer{Queue: timer.Queue, ID: timer.ID, At: epoch.Add(1)})
	}
	remove := func(tx broker.Tx) error { return tx.DeleteTimer(timer.Queue, timer.ID) }
	one := func(tx broker.Tx) (any, error) {
		t, err := tx.Timer(timer.Queue, timer.ID)
		return t.At.UTC(), ignoreNoRow(err)
	}
	next := func(tx broker.Tx) (any, error) {
		at, err := tx.NextTimer(timer.Queue)
		return at.UTC(), ignoreNoRow(err)
	}
	return []fact{
		{name: "a timer, put", setup: nothing, read: one, change: put},
		{name: "a timer, put again", setup: put, read: one, change: later},
		{name: "a timer, deleted", setup: put, read: one, change: remove},
		{name: "next timer, one more", setup: put, read: next, change: sooner},
		{name: "next timer, put off", setup: put, read: next, change: later},
		{name: "next timer, deleted", setup: put, read: next, change: remove},
	}
}

func bodyFact() fact {
	var id broker.BodyID
	return fact{
		name:   "a body",
		setup:  func(tx broker.Tx) (err error) { id, err = tx.AddBody([]byte("body")); return err },
		read:   func(tx broker.Tx) (any, error) { got, err := tx.Body(id); return string(got), ignoreNoRow(err) },
		change: func(tx broker.Tx) error { return tx.DeleteBody(id) },
	}
}

func eventFacts(n int) []fact {
	c, sub := named[broker.CaseID](n), named[broker.SubmissionID](n)
	changed := caseOfFacts(n)
	changed.Events = 7
	e := broker.Event{Case: c, Number: 1, ID: named[broker.EventID](n), Submission: sub}
	app := func(tx broker.Tx) error { return tx.AppendEvent(e) }
	sign := func(tx broker.Tx) error { _, err := tx.SignEvent(e.Ref(), "token"); return err }
	tokens := func(all []broker.Event) []string {
		return each(all, func(e broker.Event) string { return "token " + e.Token })
	}
	one := func(tx broker.Tx) (any, error) {
		got, err := tx.Event(e.Ref())
		return got.Token + string(got.ID), ignoreNoRow(err)
	}
	byID := func(tx broker.Tx) (any, error) {
		got, err := tx.EventByID(e.ID)
		return got.Token + string(got.ID), ignoreNoRow(err)
	}
	log := func(tx broker.Tx) (any, error) {
		all, total, err := tx.Events(c, whole)
		return fmt.Sprint(total, tokens(all)), err
	}
	ofSubmission := func(tx broker.Tx) (any, error) {
		all, total, err := tx.SubmissionEvents(sub, whole)
		return fmt.Sprint(total, tokens(all)), err
	}
	unsigned := func(tx broker.Tx) (any, error) {
		all, err := tx.Unsigned(10_000)
		return slices.ContainsFunc(all, func(has broker.Event) bool { return has.ID == e.ID }), err
	}
	debt := func(tx broker.Tx) (any, error) { b, err := tx.SigningBacklog(); return b.Count, err }
	return []fact{
		{name: "a case", setup: nothing,
			read:   func(tx broker.Tx) (any, error) { got, err := tx.Case(c); return got.Events, ignoreNoRow(err) },
			change: func(tx broker.Tx) error { return tx.PutCase(changed) }},
		{name: "an event, appended", setup: nothing, read: one, change: app},
		{name: "an event, signed", setup: app, read: one, change: sign},
		{name: "an event by id, appended", setup: nothing, read: byID, change: app},
		{name: "an event by id, signed", setup: app, read: byID, change: sign},
		{name: "a log, appended", setup: nothing, read: log, change: app},
		{name: "a log, signed", setup: app, read: log, change: sign},
		{name: "a submission's log, appended", setup: nothing, read: ofSubmission, change: app},
		{name: "a submission's log, signed", setup: app, read: ofSubmission, change: sign},
		{name: "unsigned, appended", setup: nothing, read: unsigned, change: app},
		{name: "unsigned, signed", setup: app, read: unsigned, change: sign},
		{name: "signing backlog, appended", setup: nothing, read: debt, change: app, alone: true},
		{name: "signing backlog, signed", setup: app, read: debt, change: sign, alone: true},
	}
}

// workFacts leave DueDeliveries out, which is for claims: it may skip what somebody else is claiming.
func workFacts(n int) []fact {
	id := named[broker.DeliveryID](n)
	owe := func(tx broker.Tx) error { return tx.PutDelivery(broker.Delivery{ID: id, NotBefore: epoch}) }
	lease := func(tx broker.Tx) error {
		return tx.PutDelivery(broker.Delivery{ID: id, NotBefore: epoch, Lease: "lease"})
	}
	sooner := func(tx broker.Tx) error { return tx.PutDelivery(broker.Delivery{ID: id}) }
	gone := func(tx broker.Tx) error { return tx.DeleteDelivery(id) }
	over := func(tx broker.Tx) error { return tx.PutDelivery(broker.Delivery{ID: id, Over: epoch}) }
	seen := func(all []broker.Delivery, total int, err error) (any, error) {
		return fmt.Sprint(total, each(all, func(d broker.Delivery) bool { return d.Over.IsZero() })), err
	}
	about := broker.Delivery{ID: id, Destination: named[broker.DestinationID](n), Submission: named[broker.SubmissionID](n)}
	tell := func(tx broker.Tx) error { return tx.PutDelivery(about) }
	told := func(tx broker.Tx) error {
		d := about
		d.Over = epoch
		return tx.PutDelivery(d)
	}
	to := func(tx broker.Tx) (any, error) { return seen(tx.DeliveriesTo(about.Receiver(), whole)) }
	of := func(tx broker.Tx) (any, error) { return seen(tx.DeliveriesOf(about.Submission, whole)) }
	one := func(tx broker.Tx) (any, error) {
		d, err := tx.Delivery(id)
		return d.Lease + string(d.ID), ignoreNoRow(err)
	}
	count := func(tx broker.Tx) (any, error) { b, err := tx.DeliveryBacklog(); return b.Count, err }
	next := func(tx broker.Tx) (any, error) { at, err := tx.NextDelivery(); return at.UTC(), ignoreNoRow(err) }
	return []fact{
		{name: "a delivery, owed", setup: nothing, read: one, change: owe},
		{name: "a delivery, leased", setup: owe, read: one, change: lease},
		{name: "a delivery, deleted", setup: owe, read: one, change: gone},
		{name: "deliveries to a receiver, one more", setup: nothing, read: to, change: tell},
		{name: "deliveries to a receiver, over", setup: tell, read: to, change: told},
		{name: "deliveries to a receiver, one less", setup: tell, read: to, change: gone},
		{name: "deliveries of a submission, one more", setup: nothing, read: of, change: tell},
		{name: "deliveries of a submission, over", setup: tell, read: of, change: told},
		{name: "deliveries of a submission, one less", setup: tell, read: of, change: gone},
		{name: "delivery backlog, owed", setup: nothing, read: count, change: owe, alone: true},
		{name: "delivery backlog, over", setup: owe, read: count, change: over, alone: true},
		{name: "delivery backlog, deleted", setup: owe, read: count, change: gone, alone: true},
		{name: "next delivery", setup: owe, read: next, change: sooner, alone: true},
	}
}
