package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// noun is how a T is put and found again.
type noun[T any] struct {
	// same makes two values one thing: it gives b the identity of a.
	same func(a T, b *T)
	put  func(broker.Tx, T) error
	get  func(tx broker.Tx, like T) (T, error)
}

// tester is a noun of any type.
type tester interface {
	roundTrip(*harness)
	ownMemory(*harness)
	missing(*harness)
}

// nouns are all that are put and found under a name, by name.
func nouns() map[string]tester {
	return map[string]tester{
		"org": noun[broker.Org]{
			func(a broker.Org, b *broker.Org) { b.ID = a.ID },
			broker.Tx.PutOrg,
			func(tx broker.Tx, like broker.Org) (broker.Org, error) { return tx.Org(like.ID) },
		},
		"client": noun[broker.Client]{
			func(a broker.Client, b *broker.Client) { b.ID = a.ID },
			broker.Tx.PutClient,
			func(tx broker.Tx, like broker.Client) (broker.Client, error) { return tx.Client(like.ID) },
		},
		"destination": noun[broker.Destination]{
			func(a broker.Destination, b *broker.Destination) { b.ID = a.ID },
			broker.Tx.PutDestination,
			func(tx broker.Tx, like broker.Destination) (broker.Destination, error) {
				return tx.Destination(like.ID)
			},
		},
		"destination key": noun[broker.DestinationKey]{
			func(a broker.DestinationKey, b *broker.DestinationKey) { b.Destination, b.KID = a.Destination, a.KID },
			broker.Tx.PutDestinationKey,
			func(tx broker.Tx, like broker.DestinationKey) (broker.DestinationKey, error) {
				return tx.DestinationKey(like.Destination, like.KID)
			},
		},
		"submission": noun[broker.Submission]{
			func(a broker.Submission, b *broker.Submission) {
				b.ID, b.Kind, b.Case, b.Destination, b.Sender, b.Author = a.ID, a.Kind, a.Case, a.Destination, a.Sender, a.Author
				b.Org, b.Office, b.Created = a.Org, a.Office, a.Created
			},
			broker.Tx.PutSubmission,
			func(tx broker.Tx, like broker.Submission) (broker.Submission, error) { return tx.Submission(like.ID) },
		},
		"attachment": noun[broker.Attachment]{
			func(a broker.Attachment, b *broker.Attachment) { b.ID, b.Submission = a.ID, a.Submission },
			broker.Tx.PutAttachment,
			func(tx broker.Tx, like broker.Attachment) (broker.Attachment, error) {
				return tx.Attachment(like.Submission, like.ID)
			},
		},
		"case": noun[broker.Case]{
			func(a broker.Case, b *broker.Case) { b.ID, b.Sender, b.Destination = a.ID, a.Sender, a.Destination },
			broker.Tx.PutCase,
			func(tx broker.Tx, like broker.Case) (broker.Case, error) { return tx.Case(like.ID) },
		},
		"delivery": noun[broker.Delivery]{
			func(a broker.Delivery, b *broker.Delivery) {
				b.ID, b.Destination, b.Sender, b.Submission = a.ID, a.Destination, a.Sender, a.Submission
			},
			broker.Tx.PutDelivery,
			func(tx broker.Tx, like broker.Delivery) (broker.Delivery, error) { return tx.Delivery(like.ID) },
		},
		"timer": noun[broker.Timer]{
			func(a broker.Timer, b *broker.Timer) { b.Queue, b.ID = a.Queue, a.ID },
			broker.Tx.PutTimer,
			func(tx broker.Tx, like broker.Timer) (broker.Timer, error) { return tx.Timer(like.Queue, like.ID) },
		},
		"receipt": noun[broker.Receipt]{
			func(a broker.Receipt, b *broker.Receipt) { b.Client, b.Key = a.Client, a.Key },
			broker.Tx.PutReceipt,
			func(tx broker.Tx, like broker.Receipt) (broker.Receipt, error) {
				return tx.Receipt(like.Client, like.Key)
			},
		},
		"service key": noun[broker.ServiceKey]{
			func(a broker.ServiceKey, b *broker.ServiceKey) { b.Use, b.KID = a.Use, a.KID },
			broker.Tx.PutServiceKey,
			func(tx broker.Tx, like broker.ServiceKey) (broker.ServiceKey, error) {
				all, err := tx.ServiceKeys(like.Use)
				return find(all, err, func(k broker.ServiceKey) bool { return k.KID == like.KID })
			},
		},
		"route": noun[broker.Route]{
			func(a broker.Route, b *broker.Route) { b.ID = a.ID },
			broker.Tx.PutRoute,
			func(tx broker.Tx, like broker.Route) (broker.Route, error) {
				all, err := tx.Routes()
				return find(all, err, func(r broker.Route) bool { return r.ID == like.ID })
			},
		},
		"entry": noun[broker.Entry]{
			func(a broker.Entry, b *broker.Entry) { b.Kind, b.ID, b.Owner = a.Kind, a.ID, a.Owner },
			broker.Tx.PutEntry,
			func(tx broker.Tx, like broker.Entry) (broker.Entry, error) { return tx.Entry(like.Kind, like.ID) },
		},
		"event": noun[broker.Event]{
			func(broker.Event, *broker.Event) {},
			func(tx broker.Tx, e broker.Event) error {
				if _, err := tx.EventByID(e.ID); err == nil {
					return nil // events are never changed
				}
				return tx.AppendEvent(e)
			},
			func(tx broker.Tx, like broker.Event) (broker.Event, error) { return tx.Event(like.Ref()) },
		},
	}
}

func find[T any](all []T, err error, match func(T) bool) (found T, _ error) {
	for _, one := range all {
		if match(one) {
			return one, err
		}
	}
	return found, errors.Join(err, broker.ErrNoRow)
}

// sample returns a filled T that may be put.
func (n noun[T]) sample(f *filler) T {
	v := filled[T](f)
	switch v := any(&v).(type) {
	case *broker.Event:
		v.Number = 1
	case *broker.Entry:
		v.Kind = "kind"
	case *broker.Timer:
		v.Queue = "queue"
	}
	return v
}

func everyField(h *harness) {
	for name, n := range nouns() {
		h.Run(name, func(t *testing.T) { n.roundTrip(h.in(t)) })
	}
}

func ownMemory(h *harness) {
	for name, n := range nouns() {
		h.Run(name, func(t *testing.T) { n.ownMemory(h.in(t)) })
	}
}

// in is the same store in a part of the test.
func (h *harness) in(t *testing.T) *harness {
	part := *h
	part.T = t
	return &part
}

// roundTrip puts a thing with every field set, changes every field, and then clears every field.
func (n noun[T]) roundTrip(h *harness) {
	f := &filler{}
	first, other := n.sample(f), n.sample(f)
	h.update(func(tx broker.Tx) error { return errors.Join(n.put(tx, first), n.put(tx, other)) })
	n.found(h, "as put", first)

	if _, isEvent := any(first).(broker.Event); isEvent {
		return
	}
	changed := n.sample(f)
	n.same(first, &changed)
	h.update(func(tx broker.Tx) error { return n.put(tx, changed) })
	n.found(h, "changed", changed)

	var cleared T
	n.same(first, &cleared)
	h.update(func(tx broker.Tx) error { return n.put(tx, cleared) })
	n.found(h, "cleared", cleared)
	n.found(h, "another one", other)
}

func (n noun[T]) found(h *harness, what string, want T) {
	h.Helper()
	same(h, what, must(h, func(tx broker.Tx) (T, error) { return n.get(tx, want) }), want)
}

// ownMemory changes what it gave while the transaction runs, and what it got, and finds the store's unchanged.
func (n noun[T]) ownMemory(h *harness) {
	const seed = 5000
	sample := func() T { return n.sample(&filler{n: seed}) }
	h.update(func(tx broker.Tx) error {
		v := sample()
		err := n.put(tx, v)
		scribbleOn(v)
		return err
	})
	n.found(h, "after the given value changed", sample())

	kept := must(h, func(tx broker.Tx) (T, error) {
		v, err := n.get(tx, sample())
		scribbleOn(v)
		if err != nil {
			return v, err
		}
		return n.get(tx, sample())
	})
	same(h, "after the returned value changed", kept, sample())

	for i := range 20 { // pages are written anew, and the old ones are used again
		v := n.sample(&filler{n: seed + 100*(i+1)})
		h.update(func(tx broker.Tx) error { return n.put(tx, v) })
	}
	same(h, "kept after the transaction", kept, sample())
}

func (n noun[T]) missing(h *harness) {
	_, err := try(h, func(tx broker.Tx) (T, error) { return n.get(tx, n.sample(&filler{})) })
	is(h, "not put", err, broker.ErrNoRow)
}

// emptyStore asks for what is not there.
func emptyStore(h *harness) {
	for name, n := range nouns() {
		h.Run(name, func(t *testing.T) { n.missing(h.in(t)) })
	}
	f := &filler{}
	reads := map[string]func(broker.Tx) error{
		"body":           func(tx broker.Tx) error { _, err := tx.Body(filled[broker.BodyID](f)); return err },
		"body, no name":  func(tx broker.Tx) error { _, err := tx.Body(""); return err },
		"event by id":    func(tx broker.Tx) error { _, err := tx.EventByID(filled[broker.EventID](f)); return err },
		"next delivery":  func(tx broker.Tx) error { _, err := tx.NextDelivery(); return err },
		"next timer":     func(tx broker.Tx) error { _, err := tx.NextTimer("queue"); return err },
		"client, no id":  func(tx broker.Tx) error { _, err := tx.Client(""); return err },
		"submission, '%": func(tx broker.Tx) error { _, err := tx.Submission("'%"); return err },
	}
	for name, read := range reads {
		is(h, name, h.store.View(context.Background(), read), broker.ErrNoRow)
	}
	writes := map[string]func(broker.Tx) error{
		"delete destination": func(tx broker.Tx) error { return tx.DeleteDestination(filled[broker.DestinationID](f)) },
		"sign event": func(tx broker.Tx) error {
			_, err := tx.SignEvent(filled[broker.EventRef](f), "token")
			return err
		},
	}
	for name, write := range writes {
		is(h, name, h.store.Update(context.Background(), write), broker.ErrNoRow)
	}
	h.update(
		func(tx broker.Tx) error { return tx.DeleteBody(filled[broker.BodyID](f)) },
		func(tx broker.Tx) error { return tx.DeleteDelivery(filled[broker.DeliveryID](f)) },
		func(tx broker.Tx) error { return tx.DeleteRoute(filled[broker.RouteID](f)) },
		func(tx broker.Tx) error { return tx.DeleteEntry("kind", "id") },
		func(tx broker.Tx) error { _, err := tx.ForgetReceipts(epoch, 10); return err },
		func(tx broker.Tx) error { _, err := tx.ForgetDeliveries(epoch, 10); return err },
		func(tx broker.Tx) error { return tx.DeleteTimer("queue", "id") },
		func(tx broker.Tx) error { return tx.DeleteCase(filled[broker.CaseID](f)) },
	)
	for name, read := range lists() {
		if n := must(h, read); n != 0 {
			h.Errorf("%s: got %d, want none", name, n)
		}
	}
}

// lists read lists of an empty store, and return how many there are of entries and in total.
func lists() map[string]func(broker.Tx) (int, error) {
	f := &filler{}
	return map[string]func(broker.Tx) (int, error){
		"destinations": func(tx broker.Tx) (int, error) {
			all, n, err := tx.Destinations(filled[broker.OrgID](f), whole)
			return len(all) + n, err
		},
		"assigned destinations": func(tx broker.Tx) (int, error) {
			all, err := tx.AssignedDestinations(filled[broker.ClientID](f))
			return len(all), err
		},
		"destination keys": func(tx broker.Tx) (int, error) {
			all, err := tx.DestinationKeys(filled[broker.DestinationID](f))
			return len(all), err
		},
		"waiting": func(tx broker.Tx) (int, error) {
			all, n, err := tx.Waiting(filled[[]broker.Inbox](f), whole)
			return len(all) + n, err
		},
		"waiting nowhere": func(tx broker.Tx) (int, error) {
			all, n, err := tx.Waiting(nil, whole)
			return len(all) + n, err
		},
		"submissions of a case": func(tx broker.Tx) (int, error) {
			all, n, err := tx.CaseSubmissions(filled[broker.CaseID](f), broker.KindSubmission, whole)
			return len(all) + n, err
		},
		"cases of a sender": func(tx broker.Tx) (int, error) {
			all, n, err := tx.SenderCases(filled[broker.ClientID](f), whole)
			return len(all) + n, err
		},
		"cases at destinations": func(tx broker.Tx) (int, error) {
			all, n, err := tx.DestinationCases(filled[[]broker.DestinationID](f), whole)
			return len(all) + n, err
		},
		"cases nowhere": func(tx broker.Tx) (int, error) {
			all, n, err := tx.DestinationCases(nil, whole)
			return len(all) + n, err
		},
		"ledger": func(tx broker.Tx) (int, error) {
			all, err := tx.Ledger(broker.SentBy(filled[broker.OrgID](f)), broker.Mark{}, 10)
			return len(all), err
		},
		"pending": func(tx broker.Tx) (int, error) {
			p, err := tx.Pending(filled[broker.ClientID](f))
			return p.Count + int(p.Bytes), err
		},
		"attachments": func(tx broker.Tx) (int, error) {
			all, err := tx.Attachments(filled[broker.SubmissionID](f))
			return len(all), err
		},
		"events": func(tx broker.Tx) (int, error) {
			all, n, err := tx.Events(filled[broker.CaseID](f), whole)
			return len(all) + n, err
		},
		"submission events": func(tx broker.Tx) (int, error) {
			all, n, err := tx.SubmissionEvents(filled[broker.SubmissionID](f), whole)
			return len(all) + n, err
		},
		"unsigned":       func(tx broker.Tx) (int, error) { all, err := tx.Unsigned(10); return len(all), err },
		"due deliveries": func(tx broker.Tx) (int, error) { all, err := tx.DueDeliveries(epoch, 10); return len(all), err },
		"due timers":     func(tx broker.Tx) (int, error) { all, err := tx.DueTimers("queue", epoch, 10); return len(all), err },
		"callbacks to a receiver": func(tx broker.Tx) (int, error) {
			all, n, err := tx.DeliveriesTo(filled[broker.Receiver](f), whole)
			return len(all) + n, err
		},
		"callbacks about a submission": func(tx broker.Tx) (int, error) {
			all, n, err := tx.DeliveriesOf(filled[broker.SubmissionID](f), whole)
			return len(all) + n, err
		},
		"service keys": func(tx broker.Tx) (int, error) { all, err := tx.ServiceKeys(broker.TokenKeys); return len(all), err },
		"routes":       func(tx broker.Tx) (int, error) { all, err := tx.Routes(); return len(all), err },
		"entries": func(tx broker.Tx) (int, error) {
			all, n, err := tx.Entries("kind", whole)
			return len(all) + n, err
		},
		"entries of an owner": func(tx broker.Tx) (int, error) {
			all, n, err := tx.EntriesOf("kind", "", whole)
			return len(all) + n, err
		},
		"signing backlog": func(tx broker.Tx) (int, error) {
			b, err := tx.SigningBacklog()
			return b.Count, noOldest(b, err)
		},
		"delivery backlog": func(tx broker.Tx) (int, error) {
			b, err := tx.DeliveryBacklog()
			return b.Count, noOldest(b, err)
		},
	}
}

func noOldest(b broker.Backlog, err error) error {
	if err == nil && !b.Oldest.IsZero() {
		return fmt.Errorf("nothing waits since %s", b.Oldest)
	}
	return err
}
