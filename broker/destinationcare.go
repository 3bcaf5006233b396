package broker

import (
	"context"
	"slices"
	"time"
)

// What people of an organisation see of its destinations before they change them. A foreign one is NotFound.

// OwnDestination reads a destination of the caller's organisation.
func OwnDestination(tx Tx, who Caller, id DestinationID) (Destination, error) {
	d, err := tx.Destination(id)
	if err == nil && d.Org != who.Org {
		err = ErrNoRow
	}
	if err != nil {
		return Destination{}, noDestination(err, id)
	}
	return d, who.Entitled(d.Org, RightRead)
}

// DestinationSummary is a destination for people who look after it.
type DestinationSummary struct {
	Destination
	Expires time.Time // when the first certificate of the keys in force ends; zero: none does
	Trouble *Endpoint // where it is called, if that does not work
}

// Summaries lists the destinations of the caller's organisation in the order they were created.
func (s *Destinations) Summaries(ctx context.Context, who Caller, p Page) (page []DestinationSummary, total int, err error) {
	if err := who.MayList(who.Org, p); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		all, n, err := tx.Destinations(who.Org, p)
		if err != nil {
			return err
		}
		page, total = make([]DestinationSummary, len(all)), n
		for i, d := range all {
			if page[i], err = d.summary(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return page, total, err
}

// Summary returns a destination of the caller's organisation.
func (s *Destinations) Summary(ctx context.Context, who Caller, id DestinationID) (sum DestinationSummary, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		d, err := OwnDestination(tx, who, id)
		if err != nil {
			return err
		}
		sum, err = d.summary(tx)
		return err
	})
	return sum, err
}

func (d Destination) summary(tx Tx) (DestinationSummary, error) {
	sum := DestinationSummary{Destination: d}
	for _, encryption := range []bool{true, false} {
		key, err := d.inForce(tx, encryption)
		if err != nil {
			return sum, err
		}
		if ends := key.Expires; !ends.IsZero() && (sum.Expires.IsZero() || ends.Before(sum.Expires)) {
			sum.Expires = ends
		}
	}
	if d.Callback == nil {
		return sum, nil
	}
	e, err := readEndpoint(tx, ToDestination(d.ID), d.Callback.URL)
	if err == nil {
		sum.Trouble = &e
	}
	return sum, ignoreNoRow(err)
}

// Dependents is what hangs on a destination: whoever changes its status wants to know it first.
type Dependents struct {
	Routes      int // published for it, those that are offline too
	Submissions int // that wait to be fetched and decided on
	Replies     int // of senders, that wait likewise
	Cases       int // there ever were and are kept
	Clients     int // that fetch from it
	Moves       []DestinationMove
	Deletable   bool
}

// DestinationMove is a status that a destination can be given.
type DestinationMove struct {
	To    DestinationStatus
	Since time.Time // it can be, by the clock of deadlines; zero: it always could
	Open  bool      // it can be now
}

// Dependents tells what hangs on a destination of the caller's organisation, and where it can go from here.
func (s *Destinations) Dependents(ctx context.Context, who Caller, id DestinationID) (on Dependents, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		d, err := OwnDestination(tx, who, id)
		if err != nil {
			return err
		}
		on = Dependents{Clients: len(d.Clients), Moves: d.moves(s.Deadline()), Deletable: d.Status == DestinationCreated}
		return on.count(tx, id)
	})
	on.Routes = s.routes.View().of(id)
	return on, err
}

func (on *Dependents) count(tx Tx, id DestinationID) (err error) {
	one := Page{Limit: 1}
	if _, on.Submissions, err = tx.Waiting([]Inbox{SubmissionsAt(id)}, one); err != nil {
		return err
	}
	if _, on.Replies, err = tx.Waiting([]Inbox{RepliesAt(id)}, one); err != nil {
		return err
	}
	_, on.Cases, err = tx.DestinationCases([]DestinationID{id}, one)
	return err
}

// of is how many routes lead to a destination.
func (v View) of(id DestinationID) (n int) {
	for i := range v.s.all {
		if v.s.all[i].Destination == id {
			n++
		}
	}
	return n
}

// nextStatuses is the status machine of FIT-Connect contract 4.4.
func (d Destination) nextStatuses() []DestinationStatus {
	switch d.Status {
	case DestinationCreated:
		return []DestinationStatus{DestinationActive}
	case DestinationActive:
		return []DestinationStatus{DestinationInactive}
	case DestinationInactive:
		return []DestinationStatus{DestinationActive, DestinationDecommissioned}
	}
	return nil
}

func (d Destination) moves(now time.Time) []DestinationMove {
	var all []DestinationMove
	for _, to := range d.nextStatuses() {
		move := DestinationMove{To: to}
		if to == DestinationDecommissioned {
			move.Since = d.InactiveSince.Add(inactiveBeforeEnd)
		}
		move.Open = !now.Before(move.Since)
		all = append(all, move)
	}
	return all
}

// Unassign has a client fetch from the destination no more. One that does not is no error.
func (s *Destinations) Unassign(ctx context.Context, who Caller, id DestinationID, client ClientID) error {
	if err := who.Require(ScopeManage); err != nil {
		return err
	}
	var d Destination
	managed := func(tx Tx) (err error) {
		d, err = s.managed(tx, who, id)
		return err
	}
	return s.decide(ctx, managed, func(tx Tx) error {
		if !d.AssignedTo(client) {
			return nil
		}
		d.Clients = slices.DeleteFunc(slices.Clone(d.Clients), func(c ClientID) bool { return c == client })
		if err := tx.PutDestination(d); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.client-unassigned", string(client))
	})
}
