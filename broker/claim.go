package broker

import (
	"context"
	"time"
)

// Claimed is a delivery that is this node's to call until its lease ends.
type Claimed struct {
	Delivery
	Suspect bool // the endpoint is in trouble: its latest call failed
}

// Claim leases due deliveries to this node, looking at up to limit of them; more is true when there may be others that are due. Until the lease
// ends nobody else gets them; a node that dies loses nothing, they are due again then. What is due at an endpoint that is paused is put off
// until the pause is over, and what is due at a stopped one is given up; neither is claimed.
func (s *Deliveries) Claim(ctx context.Context, lease time.Duration, limit int) (claimed []Claimed, more bool, err error) {
	now := s.Now()
	if due, err := s.Next(ctx); err != nil || due.IsZero() || due.After(now) {
		return nil, false, err
	}
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		claimed, more, err = claim(tx, lease, limit)
		return err
	})
	for i := range claimed {
		claimed[i].NotBefore = now.Add(lease) // at the latest: the store's lease began after now
	}
	return claimed, more, err
}

func claim(tx Tx, lease time.Duration, limit int) (claimed []Claimed, more bool, err error) {
	now, err := tx.Now()
	if err != nil {
		return nil, false, err
	}
	due, err := tx.DueDeliveries(now, limit)
	if err != nil {
		return nil, false, err
	}
	_, inTrouble, err := tx.Entries(endpointEntries, Page{Limit: 1})
	if err != nil {
		return nil, false, err
	}
	g := gate{tx: tx, now: now, lease: lease, open: inTrouble == 0}
	for _, d := range due {
		d, pass, suspect, err := g.judge(d)
		if err != nil {
			return nil, false, err
		}
		if pass {
			claimed = append(claimed, Claimed{d, suspect})
		}
	}
	return claimed, len(due) == limit, nil
}

// gate stands before the endpoints in a claim.
type gate struct {
	tx    Tx
	now   time.Time
	lease time.Duration
	open  bool // no endpoint is in trouble
}

// judge leases a delivery, puts it off, or gives it up, and writes that.
func (g *gate) judge(d Delivery) (_ Delivery, pass, suspect bool, err error) {
	e, suspect, err := g.trouble(d)
	if err != nil {
		return d, false, false, err
	}
	switch {
	case suspect && e.Stopped:
		d = d.over(g.now, Attempt{At: g.now, Reason: "not called: the receiver had answered 410 before"})
		d.GivenUp = true
	case suspect && g.now.Before(e.Until):
		d.NotBefore = e.wait(g.now)
	default:
		d.Lease, d.NotBefore = newToken(), g.now.Add(g.lease)
		d.Attempt++
		pass = true
	}
	if pass && !e.Until.IsZero() {
		e.Trying, e.Until = true, g.now.Add(g.lease)
		if err := e.put(g.tx); err != nil {
			return d, false, false, err
		}
	}
	return d, pass, suspect, g.tx.PutDelivery(d)
}

// trouble returns the endpoint of a delivery, if it is in trouble.
func (g *gate) trouble(d Delivery) (e Endpoint, is bool, err error) {
	if g.open {
		return e, false, nil
	}
	return TroubleOf(g.tx, d)
}
