package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// largeValues keeps records of a hundred kilobytes and more, and many megabytes in one transaction.
func largeValues(h *harness) {
	f := &filler{long: 8 << 10}
	w := newWorld(f)
	w.dest.Clients = nil
	for n := range 500 {
		w.dest.Clients = append(w.dest.Clients, named[broker.ClientID](n))
	}
	w.dest.Clients = append(w.dest.Clients, w.client.ID)
	w.key.KID = strings.Repeat("k", 64)
	w.own.KID = w.key.KID
	w.key.JWK = json.RawMessage(`{"x5c":"` + strings.Repeat("A", 64<<10) + `"}`)
	w.sub.Announced = nil
	for n := range 1000 {
		w.sub.Announced = append(w.sub.Announced, named[broker.AttachmentID](n))
	}
	w.e.Claims = bytes.Repeat([]byte("\x00\xff claims"), 8<<10)
	w.body = bytes.Repeat([]byte("\x00\xff body"), 150_000)
	h.update(w.write)
	w.check(h)
	token := strings.Repeat("token", 20_000)
	h.update(func(tx broker.Tx) error { _, err := tx.SignEvent(w.e.Ref(), token); return err })
	h.reopen()
	got := must(h, func(tx broker.Tx) (broker.Event, error) { return tx.Event(w.e.Ref()) })
	if got.Token != token || !bytes.Equal(got.Claims, w.e.Claims) {
		h.Errorf("a large event came back as another one")
	}
	manyMegabytes(h)
}

// manyMegabytes adds them in one transaction that fails, and in one that does not.
func manyMegabytes(h *harness) {
	var ids []broker.BodyID
	add := func(tx broker.Tx) error {
		ids = nil
		for n := range 12 {
			id, err := tx.AddBody(bytes.Repeat([]byte{byte(n)}, 1<<20))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}
	err := h.store.Update(context.Background(), func(tx broker.Tx) error { return errors.Join(add(tx), errRefused) })
	is(h, "megabytes refused", err, errRefused)
	for _, id := range ids {
		_, err := try(h, func(tx broker.Tx) ([]byte, error) { return tx.Body(id) })
		is(h, "a megabyte that was refused", err, broker.ErrNoRow)
	}
	h.update(add)
	for n, id := range ids {
		got := must(h, func(tx broker.Tx) ([]byte, error) { return tx.Body(id) })
		if !bytes.Equal(got, bytes.Repeat([]byte{byte(n)}, 1<<20)) {
			h.Errorf("megabyte %d came back as %d other bytes", n, len(got))
		}
	}
}

// emptyValues: what is there and empty is told from what is not there; whether a list is nil or empty is not.
func emptyValues(h *harness) {
	d := broker.Destination{
		ID: named[broker.DestinationID](0), Org: named[broker.OrgID](0),
		Services:         []broker.OfferedService{{}, {Regions: []string{}, Schemas: []broker.SubmissionSchema{{}}}},
		MetadataVersions: []string{""},
		Clients:          []broker.ClientID{},
		Callback:         &broker.Callback{},
		ReplyChannels:    &broker.ReplyChannels{},
	}
	r := broker.Route{ID: named[broker.RouteID](0), Coverage: []broker.Coverage{{}, {Services: []string{}, Regions: []string{""}}}}
	s := broker.Submission{State: broker.StateSubmitted, Announced: []broker.AttachmentID{}, Callback: &broker.Callback{}, Notified: []string{}}
	asSubmission(&s, 0)
	c := broker.Case{Callback: &broker.Callback{}}
	asCase(&c, 0)
	client := broker.Client{ID: s.Sender, Grants: []broker.Grant{{}}}
	unnamed := broker.Receipt{Client: s.Sender}
	e := broker.Event{Case: named[broker.CaseID](0), Number: 1, ID: named[broker.EventID](0), Submission: s.ID, Claims: []byte{}}
	owed := broker.Delivery{ID: named[broker.DeliveryID](0)}
	var nothing broker.BodyID
	h.update(func(tx broker.Tx) (err error) {
		nothing, err = tx.AddBody(nil)
		return errors.Join(err, tx.PutDestination(d), tx.PutRoute(r), tx.PutSubmission(s), tx.PutCase(c), tx.AppendEvent(e), tx.PutDelivery(owed),
			tx.PutReceipt(unnamed), tx.PutClient(client))
	})
	check := func(what string) {
		h.Helper()
		err := h.store.View(context.Background(), func(tx broker.Tx) error {
			return first(
				expect("destination", d)(tx.Destination(d.ID)),
				expectOne("destinations", d)(tx.Destinations(d.Org, whole)),
				expect("routes", []broker.Route{r})(tx.Routes()),
				expectOne("waiting", s)(tx.Waiting([]broker.Inbox{s.Inbox()}, whole)),
				expectOne("submissions of a case", s)(tx.CaseSubmissions(c.ID, s.Kind, whole)),
				expectOne("cases of a sender", c)(tx.SenderCases(c.Sender, whole)),
				expect("receipt", unnamed)(tx.Receipt(unnamed.Client, "")),
				expect("client", client)(tx.Client(client.ID)),
				expectOne("events", e)(tx.Events(e.Case, whole)),
				expect("signing backlog", broker.Backlog{Count: 1})(tx.SigningBacklog()),
				expect("due", []broker.Delivery{owed})(tx.DueDeliveries(time.Time{}, 1)),
				expect("next", time.Time{})(tx.NextDelivery()),
				expect("delivery backlog", broker.Backlog{Count: 1})(tx.DeliveryBacklog()),
				expect("body", []byte(nil))(tx.Body(nothing)),
			)
		})
		if err != nil {
			h.Errorf("%s: %v", what, err)
		}
	}
	check("as put")
	h.reopen()
	check("after a restart")
}

// sameInstant puts things that say that they came at the same moment, with names in another order: lists keep the order in which they were put.
func sameInstant(h *harness) {
	const n = 8
	org, client, dest := named[broker.OrgID](0), named[broker.ClientID](0), named[broker.DestinationID](50)
	sub, one := named[broker.SubmissionID](50), named[broker.CaseID](50)
	name := func(i int) string { return fmt.Sprintf("%d0000000-0000-4000-8000-000000000000", 9-i*5%n) }
	var want []string
	for i := range n {
		want = append(want, name(i))
	}
	put := func(tx broker.Tx, i int) error {
		id := name(i)
		return errors.Join(
			tx.PutDestination(broker.Destination{ID: broker.DestinationID(id), Org: org, Clients: []broker.ClientID{client}, Created: epoch}),
			tx.PutDestinationKey(broker.DestinationKey{Destination: dest, KID: id, Added: epoch}),
			tx.PutSubmission(broker.Submission{
				ID: broker.SubmissionID(id), Kind: broker.KindSubmission, Case: one, Destination: dest, Sender: client, Author: client,
				State: broker.StateSubmitted, Created: epoch, Submitted: epoch,
			}),
			tx.PutCase(broker.Case{ID: broker.CaseID(id), Sender: client, Destination: dest, Created: epoch}),
			tx.AppendEvent(broker.Event{Case: broker.CaseID(id), Number: 1, ID: broker.EventID(id), Submission: sub, Recorded: epoch}),
			tx.PutDelivery(broker.Delivery{ID: broker.DeliveryID(id), NotBefore: epoch, Created: epoch}),
			tx.PutServiceKey(broker.ServiceKey{Use: broker.TokenKeys, KID: id, Created: epoch, Changed: epoch}),
			tx.PutRoute(broker.Route{ID: broker.RouteID(id), Published: epoch}),
		)
	}
	h.update(func(tx broker.Tx) error { // half of them in one transaction
		for i := range n / 2 {
			if err := put(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	for i := n / 2; i < n; i++ {
		h.update(func(tx broker.Tx) error { return put(tx, i) })
	}
	for range 2 {
		for name, read := range orders(org, client, dest, one, sub) {
			same(h, name, must(h, read), want)
		}
		h.reopen()
	}
}

// orders read the names of all in each list.
func orders(org broker.OrgID, client broker.ClientID, dest broker.DestinationID, one broker.CaseID, sub broker.SubmissionID) map[string]func(broker.Tx) ([]string, error) {
	return map[string]func(broker.Tx) ([]string, error){
		"destinations": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.Destinations(org, whole)
			return each(all, func(d broker.Destination) string { return string(d.ID) }), err
		},
		"assigned destinations": func(tx broker.Tx) ([]string, error) {
			all, err := tx.AssignedDestinations(client)
			return each(all, func(d broker.Destination) string { return string(d.ID) }), err
		},
		"destination keys": func(tx broker.Tx) ([]string, error) {
			all, err := tx.DestinationKeys(dest)
			return each(all, func(k broker.DestinationKey) string { return k.KID }), err
		},
		"waiting": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.Waiting([]broker.Inbox{broker.SubmissionsAt(dest)}, whole)
			return each(all, func(s broker.Submission) string { return string(s.ID) }), err
		},
		"submissions of a case": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.CaseSubmissions(one, broker.KindSubmission, whole)
			return each(all, func(s broker.Submission) string { return string(s.ID) }), err
		},
		"cases of a sender": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.SenderCases(client, whole)
			return each(all, func(c broker.Case) string { return string(c.ID) }), err
		},
		"cases at a destination": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.DestinationCases([]broker.DestinationID{dest}, whole)
			return each(all, func(c broker.Case) string { return string(c.ID) }), err
		},
		"submission events": func(tx broker.Tx) ([]string, error) {
			all, _, err := tx.SubmissionEvents(sub, whole)
			return each(all, func(e broker.Event) string { return string(e.ID) }), err
		},
		"unsigned": func(tx broker.Tx) ([]string, error) {
			all, err := tx.Unsigned(100)
			return each(all, func(e broker.Event) string { return string(e.ID) }), err
		},
		"due deliveries": func(tx broker.Tx) ([]string, error) {
			all, err := tx.DueDeliveries(epoch, 100)
			return each(all, func(d broker.Delivery) string { return string(d.ID) }), err
		},
		"service keys": func(tx broker.Tx) ([]string, error) {
			all, err := tx.ServiceKeys(broker.TokenKeys)
			return each(all, func(k broker.ServiceKey) string { return k.KID }), err
		},
		"routes": func(tx broker.Tx) ([]string, error) {
			all, err := tx.Routes()
			return each(all, func(r broker.Route) string { return string(r.ID) }), err
		},
	}
}
