package broker

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/crypto/set"
)

// Deliveries are the callbacks that committed transactions owe. They are for the outbox, not for callers.
//
// What the store holds is by the store's clock (Tx.Now), so that nodes whose clocks differ agree on when a lease ends. What goes in and out
// here is by this node's clock, the one that its timers run by.
type Deliveries struct{ *core }

// Target is where a delivery goes, with the secrets that authenticate it.
type Target struct {
	URL    string
	Secret string
	Former string // the secret before, as long as it is good; none: ""
}

// Claim leases up to limit due deliveries to this node. Until the lease ends nobody else gets them; a node that dies
// loses nothing, they are due again then.
func (s *Deliveries) Claim(ctx context.Context, lease time.Duration, limit int) (claimed []Delivery, err error) {
	now := s.Now()
	if due, err := s.Next(ctx); err != nil || due.IsZero() || due.After(now) {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		claimed, err = claim(tx, lease, limit)
		return err
	})
	for i := range claimed {
		claimed[i].NotBefore = now.Add(lease) // at the latest: the store's lease began after now
	}
	return claimed, err
}

func claim(tx Tx, lease time.Duration, limit int) ([]Delivery, error) {
	now, err := tx.Now()
	if err != nil {
		return nil, err
	}
	due, err := tx.DueDeliveries(now, limit)
	if err != nil {
		return nil, err
	}
	for i := range due {
		d := &due[i]
		d.Lease, d.NotBefore = newToken(), now.Add(lease)
		d.Attempt++
		if err := tx.PutDelivery(*d); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// Next returns when the next delivery is due; the zero time when nothing is owed.
func (s *Deliveries) Next(ctx context.Context) (due time.Time, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.NextDelivery()
		if isNoRow(err) {
			due = time.Time{}
			return nil
		}
		now, clockErr := tx.Now()
		due = s.Now().Add(due.Sub(now))
		return errors.Join(err, clockErr)
	})
	return due, err
}

// Target returns where to send a claimed delivery; ok is false when its receiver no longer wants callbacks.
func (s *Deliveries) Target(ctx context.Context, d Delivery) (t Target, ok bool, err error) {
	var (
		callback *Callback
		context  string
	)
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		callback, context, err = receiver(tx, d)
		return ignoreNoRow(err)
	})
	if err != nil || callback == nil {
		return Target{}, false, err
	}
	t, err = s.unwrap(*callback, context)
	return t, err == nil, err
}

func (s *Deliveries) unwrap(c Callback, context string) (Target, error) {
	secret, err := s.Wrapper.Unwrap(c.Secret, context)
	if err != nil || len(c.Former) == 0 || !s.Now().Before(c.FormerUntil) {
		return Target{URL: c.URL, Secret: string(secret)}, err
	}
	former, err := s.Wrapper.Unwrap(c.Former, context)
	return Target{URL: c.URL, Secret: string(secret), Former: string(former)}, err
}

// receiver returns the callback of whoever is told, nil if there is none, and for what its secret was wrapped.
func receiver(tx Tx, d Delivery) (*Callback, string, error) {
	if d.Sender == "" {
		dest, err := tx.Destination(d.Destination)
		return dest.Callback, secretContext(d.Destination), err
	}
	sub, err := tx.Submission(d.Submission)
	if err != nil {
		return nil, "", err
	}
	c, err := tx.Case(d.Case)
	return senderCallback(c, sub), senderSecretContext(d.Case), err
}

// Delivered reports that the receiver answered with success: the delivery is done, and the log says that the receiver was told of what
// waits, if it still does. Nobody is told of a notification.
func (s *Deliveries) Delivered(ctx context.Context, d Delivery) error {
	return s.whileHeld(ctx, d, func(tx Tx) error {
		if err := s.end(tx, d); err != nil || d.Type == NewEvents {
			return err
		}
		return s.notify(tx, d.Submission, set.NotifiedByCallback)
	})
}

// Failed reports that a claimed delivery was not taken and is to be tried again at the given time.
func (s *Deliveries) Failed(ctx context.Context, d Delivery, again time.Time) error {
	return s.whileHeld(ctx, d, func(tx Tx) error {
		now, err := tx.Now()
		d.Lease, d.NotBefore = "", now.Add(again.Sub(s.Now()))
		return errors.Join(err, tx.PutDelivery(d))
	})
}

// Drop gives a delivery up: its destination no longer wants it, or its time is over.
func (s *Deliveries) Drop(ctx context.Context, d Delivery) error {
	d.GivenUp = true
	return s.whileHeld(ctx, d, func(tx Tx) error { return s.end(tx, d) })
}

// end has a delivery be over.
func (s *Deliveries) end(tx Tx, d Delivery) (err error) {
	d.Lease = ""
	if d.Over, err = tx.Now(); err != nil {
		return err
	}
	return tx.PutDelivery(d)
}

// whileHeld runs write if the lease of a claimed delivery is still this claim's. Who lost it has nothing more to say.
func (s *Deliveries) whileHeld(ctx context.Context, d Delivery, write func(Tx) error) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		stored, err := tx.Delivery(d.ID)
		if err != nil || stored.Lease != d.Lease {
			return ignoreNoRow(err)
		}
		return write(tx)
	})
}

func ignoreNoRow(err error) error {
	if isNoRow(err) {
		return nil
	}
	return err
}
