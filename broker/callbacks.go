package broker

import (
	"context"
	"errors"
	"time"
)

// What people of an organisation see of the callbacks to it, and do about them. Whose a receiver is decides: the owner of a destination, the
// organisation of a sender. A foreign one is NotFound.

// CallbackStatus is how the callbacks to a receiver stand.
type CallbackStatus struct {
	Receiver    Receiver
	URL         string    // of a destination; a sender names one with each submission
	FormerUntil time.Time // until when the secret before is good; zero: it is not
	Kept        int       // callbacks, owed and over
	Owed        int       // of the latest MaxPage
	OldestOwed  time.Time // of these
	GivenUp     int       // of these
	Latest      Delivery  // that was attempted, of these; the zero value if none was
	Trouble     []Endpoint
}

// Troubled lists the endpoints in trouble of the caller's organisation, those first that came into trouble first.
func (s *Deliveries) Troubled(ctx context.Context, who Caller, p Page) (all []Endpoint, total int, err error) {
	if err := who.MayList(who.Org, p); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		all, total, err = EntriesAs(endpointRecord.domain)(tx.EntriesOf(endpointEntries, string(who.Org), p))
		return err
	})
	return all, total, err
}

// AllTroubled lists the endpoints in trouble of all organisations, in the same order, to operators.
func (s *Deliveries) AllTroubled(ctx context.Context, who Caller, p Page) (all []Endpoint, total int, err error) {
	if err := errors.Join(who.RequireOperator(), p.Check()); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		all, total, err = EntriesAs(endpointRecord.domain)(tx.Entries(endpointEntries, p))
		return err
	})
	return all, total, err
}

// findReceiver finds whom an id names, a destination or a client that sends, and whose it is.
func findReceiver(tx Tx, who Caller, id string, to ...Right) (f found, err error) {
	d, err := tx.Destination(DestinationID(id))
	switch {
	case err == nil:
		f = found{ToDestination(d.ID), d.Org, &d}
	case isNoRow(err):
		c, err := tx.Client(ClientID(id))
		if err != nil || c.Kind != Sender {
			return found{}, noReceiver(ignoreNoRow(err), id)
		}
		f = found{ToSender(c.ID), c.Org, nil}
	default:
		return found{}, err
	}
	if err := within(who, f.org, to...); errors.Is(err, NotFound) {
		return found{}, noReceiver(nil, id)
	} else if err != nil {
		return found{}, err
	}
	return f, nil
}

// found is a receiver that was asked for.
type found struct {
	Receiver
	org         OrgID
	destination *Destination // nil: it is a sender
}

func noReceiver(err error, id string) error {
	if err != nil {
		return err
	}
	return NotFound.New("receiver-not-found", "there is no destination and no sending client %s in this organisation", clip(id))
}

// within lets those pass who act for the organisation with one of the rights. Others learn nothing of it.
func within(who Caller, org OrgID, anyOf ...Right) (err error) {
	if who.Known() && who.Org != org {
		return NoOrg(ErrNoRow, org)
	}
	for _, one := range anyOf {
		if err = who.Entitled(org, one); err == nil {
			return nil
		}
	}
	return err
}

// Status tells how the callbacks to a destination or a client stand.
func (s *Deliveries) Status(ctx context.Context, who Caller, id string) (st CallbackStatus, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		f, err := findReceiver(tx, who, id, RightRead)
		if err != nil {
			return err
		}
		st = CallbackStatus{Receiver: f.Receiver}
		if f.destination != nil && f.destination.Callback != nil {
			st.URL = f.destination.Callback.URL
			if until := f.destination.Callback.FormerUntil; s.Now().Before(until) {
				st.FormerUntil = until
			}
		}
		if st.Trouble, err = f.trouble(tx); err != nil {
			return err
		}
		return st.read(tx)
	})
	return st, err
}

// trouble returns the endpoints in trouble of a receiver: of a destination the one at which it is called now.
func (f found) trouble(tx Tx) (all []Endpoint, err error) {
	if f.destination == nil {
		return f.ofSender(tx)
	}
	if f.destination.Callback == nil {
		return nil, nil
	}
	e, err := readEndpoint(tx, f.Receiver, f.destination.Callback.URL)
	if err != nil {
		return nil, ignoreNoRow(err)
	}
	return []Endpoint{e}, nil
}

// ofSender goes through those of the organisation: there are few, since only those in trouble are kept.
func (f found) ofSender(tx Tx) (all []Endpoint, err error) {
	list := func(p Page) ([]Entry, int, error) { return tx.EntriesOf(endpointEntries, string(f.org), p) }
	for entry, err := range EachEntry(list) {
		if err != nil {
			return nil, err
		}
		one, err := DecodeEntry[endpointRecord](entry)
		if err != nil {
			return nil, err
		}
		if one.Receiver == f.Receiver {
			all = append(all, one.domain())
		}
	}
	return all, nil
}

// read sums up the latest callbacks.
func (st *CallbackStatus) read(tx Tx) error {
	_, total, err := tx.DeliveriesTo(st.Receiver, Page{Limit: 1})
	if err != nil {
		return err
	}
	latest, total, err := tx.DeliveriesTo(st.Receiver, Page{Offset: max(0, total-MaxPage), Limit: MaxPage})
	st.Kept = total
	for _, d := range latest {
		if d.Over.IsZero() {
			st.Owed++
			if st.OldestOwed.IsZero() {
				st.OldestOwed = d.Begun()
			}
		}
		if d.GivenUp {
			st.GivenUp++
		}
		if n := len(d.Attempts); n > 0 && (len(st.Latest.Attempts) == 0 || d.Attempts[n-1].At.After(st.Latest.last().At)) {
			st.Latest = d
		}
	}
	return err
}

func (d Delivery) last() Attempt { return d.Attempts[len(d.Attempts)-1] }

// To lists the callbacks to a destination or a client, in the order in which they came to be owed.
func (s *Deliveries) To(ctx context.Context, who Caller, id string, p Page) (all []Delivery, total int, err error) {
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		f, err := findReceiver(tx, who, id, RightRead)
		if err != nil {
			return err
		}
		all, total, err = tx.DeliveriesTo(f.Receiver, p)
		return err
	})
	return all, total, err
}

// Get returns a callback with its attempts.
func (s *Deliveries) Get(ctx context.Context, who Caller, id DeliveryID) (d Delivery, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		d, _, err = ownDelivery(tx, who, id, RightRead)
		return err
	})
	return d, err
}

// ownDelivery returns a callback for which the caller has one of the rights, and whose it is. A foreign one is NotFound.
func ownDelivery(tx Tx, who Caller, id DeliveryID, anyOf ...Right) (Delivery, OrgID, error) {
	d, err := tx.Delivery(id)
	if err != nil {
		return Delivery{}, "", noDelivery(err, id)
	}
	org, err := ownerOf(tx, d)
	if err != nil {
		return Delivery{}, "", noDelivery(err, id)
	}
	if err := within(who, org, anyOf...); errors.Is(err, NotFound) {
		return Delivery{}, "", noDelivery(ErrNoRow, id)
	} else if err != nil {
		return Delivery{}, "", err
	}
	return d, org, nil
}

func noDelivery(err error, id DeliveryID) error {
	return OrNotFound(err, "callback-not-found", "there is no callback %s: what is over is kept for a time only", clip(string(id)))
}

// ownerOf returns the organisation of who is told.
func ownerOf(tx Tx, d Delivery) (OrgID, error) {
	if d.Sender != "" {
		c, err := tx.Client(d.Sender)
		return c.Org, err
	}
	dest, err := tx.Destination(d.Destination)
	return dest.Org, err
}
