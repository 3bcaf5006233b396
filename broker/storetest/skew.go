package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

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
	return slices.Concat(ownerFacts(n), destinationFacts(n), submissionFacts(n), eventFacts(n), workFacts(n))
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
	sub := broker.Submission{ID: named[broker.SubmissionID](n), Destination: named[broker.DestinationID](n), State: broker.StateSubmitted}
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
	elsewhere := put(func(s *broker.Submission) { s.Destination = named[broker.DestinationID](n + 1) })

	one := func(tx broker.Tx) (any, error) {
		got, err := tx.Submission(sub.ID)
		return got.State, ignoreNoRow(err)
	}
	waiting := func(tx broker.Tx) (any, error) {
		all, total, err := tx.Waiting([]broker.DestinationID{sub.Destination}, whole)
		return fmt.Sprint(total, each(all, func(s broker.Submission) broker.State { return s.State })), err
	}
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
		{name: "waiting, moved away", setup: asIs, read: waiting, change: elsewhere},
		{name: "waiting, moved in", setup: elsewhere, read: waiting, change: asIs},
		{name: "attachments", setup: asIs, read: attached, change: attach},
		{name: "an attachment", setup: asIs, read: attachment, change: attach},
		bodyFact(),
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
			change: func(tx broker.Tx) error { return tx.PutCase(broker.Case{ID: c, Events: 7}) }},
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
	done := func(tx broker.Tx) error { return tx.DeleteDelivery(id) }
	one := func(tx broker.Tx) (any, error) {
		d, err := tx.Delivery(id)
		return d.Lease + string(d.ID), ignoreNoRow(err)
	}
	count := func(tx broker.Tx) (any, error) { b, err := tx.DeliveryBacklog(); return b.Count, err }
	next := func(tx broker.Tx) (any, error) { at, err := tx.NextDelivery(); return at.UTC(), ignoreNoRow(err) }
	return []fact{
		{name: "a delivery, owed", setup: nothing, read: one, change: owe},
		{name: "a delivery, leased", setup: owe, read: one, change: lease},
		{name: "a delivery, done", setup: owe, read: one, change: done},
		{name: "delivery backlog, owed", setup: nothing, read: count, change: owe, alone: true},
		{name: "delivery backlog, done", setup: owe, read: count, change: done, alone: true},
		{name: "next delivery", setup: owe, read: next, change: sooner, alone: true},
	}
}

// onlyIf changes one fact if another one, or the same one, is still as it was; did says whether it was.
func onlyIf(f fact, was any, change func(broker.Tx) error, did *bool) func(broker.Tx) error {
	return func(tx broker.Tx) error {
		now, err := f.read(tx)
		if *did = err == nil && now == was; !*did {
			return err
		}
		return change(tx)
	}
}

// checkAndChange has two callers change each fact if nobody did before. One of them is the first.
func checkAndChange(h *harness) {
	forFacts(h, 0, func(f fact, was any, _ int) (fns []func(broker.Tx) error, did []bool) {
		did = make([]bool, 2)
		for i := range did {
			fns = append(fns, onlyIf(f, was, f.change, &did[i]))
		}
		return fns, did
	})
}

// noWriteSkew crosses each fact with a case: one caller changes the case if the fact is as it was, the other one the fact if the case is as it
// was. Transactions that are as if one came after the other leave one of them without its reason; what only keeps rows that were
// written from being written again lets both go on.
func noWriteSkew(h *harness) {
	forFacts(h, 100_000, func(f fact, was any, n int) (fns []func(broker.Tx) error, did []bool) {
		did = make([]bool, 2)
		other := eventFacts(n + 5)[0]
		return []func(broker.Tx) error{
			onlyIf(f, was, other.change, &did[0]),
			onlyIf(other, 0, f.change, &did[1]),
		}, did
	})
}

// forFacts sets up facts of each kind, several times each and several at once, and has functions race that are made for them, of which one is to
// find things as they were.
func forFacts(h *harness, from int, racers func(f fact, was any, n int) ([]func(broker.Tx) error, []bool)) {
	const (
		times = 5
		lanes = 8
	)
	race := func(f fact, n int) {
		h.update(f.setup)
		was := must(h, f.read)
		fns, did := racers(f, was, n)
		atOnce(h, fns...)
		if found := len(slices.DeleteFunc(did, func(did bool) bool { return !did })); found != 1 {
			h.Errorf("%s: %d of %d functions found things as they were, want the first", f.name, found, len(fns))
		}
	}
	kinds := len(facts(0))
	free := make(chan struct{}, lanes)
	var wg sync.WaitGroup
	for i := range kinds * times {
		n := from + i*10
		f := facts(n)[i%kinds]
		if f.alone {
			continue
		}
		free <- struct{}{}
		wg.Go(func() {
			race(f, n)
			<-free
		})
	}
	wg.Wait()
	for i := range kinds * times {
		n := from + i*10
		if f := facts(n)[i%kinds]; f.alone {
			clearDeliveries(h)
			race(f, n)
		}
	}
}

// clearDeliveries leaves nothing owed.
func clearDeliveries(h *harness) {
	h.Helper()
	h.update(func(tx broker.Tx) error {
		all, err := tx.DueDeliveries(epoch, 10_000)
		for _, d := range all {
			err = errors.Join(err, tx.DeleteDelivery(d.ID))
		}
		return err
	})
}

// atOnce runs functions in transactions of their own, all at once, which must succeed.
func atOnce(h *harness, fns ...func(broker.Tx) error) {
	h.Helper()
	var wg sync.WaitGroup
	for _, fn := range fns {
		wg.Go(func() {
			if err := h.store.Update(context.Background(), fn); err != nil {
				h.Errorf("Update: %v", err)
			}
		})
	}
	wg.Wait()
}
