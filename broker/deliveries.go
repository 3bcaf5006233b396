package broker

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/crypto/set"
)

// Deliveries are the callbacks that committed transactions owe. What takes no Caller is for the outbox.
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

// Result is what became of a call.
type Result struct {
	URL        string // that was called; none: nobody was
	Attempt    Attempt
	RetryAfter time.Duration // for which the receiver asks to be left alone
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
	var to addressee
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		to, err = receiver(tx, d)
		return ignoreNoRow(err)
	})
	if err != nil || to.callback == nil {
		return Target{}, false, err
	}
	t, err = s.unwrap(*to.callback, to.context)
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

// addressee is who is told.
type addressee struct {
	callback *Callback // nil: it wants no callbacks
	context  string    // for what the secrets are wrapped
	org      OrgID
}

// receiver returns who is told by a delivery.
func receiver(tx Tx, d Delivery) (addressee, error) {
	if d.Sender == "" {
		dest, err := tx.Destination(d.Destination)
		return addressee{dest.Callback, secretContext(d.Destination), dest.Org}, err
	}
	sub, err := tx.Submission(d.Submission)
	if err != nil {
		return addressee{}, err
	}
	c, err := tx.Case(d.Case)
	return addressee{senderCallback(c, sub), senderSecretContext(d.Case), sub.Org}, err
}

// Delivered reports that the receiver answered with success: the delivery is done, and the log says that the receiver was told of what
// waits, if it still does. Nobody is told of a notification.
func (s *Deliveries) Delivered(ctx context.Context, d Claimed, r Result) error {
	return s.whileHeld(ctx, d.Delivery, func(tx Tx, now time.Time) error {
		if d.Suspect {
			if err := tx.DeleteEntry(endpointEntries, endpointID(d.Receiver(), r.URL)); err != nil {
				return err
			}
		}
		if err := s.called(tx, d.Delivery, r, FactCalled); err != nil {
			return err
		}
		if err := tx.PutDelivery(d.over(now, r.Attempt)); err != nil || d.Type == NewEvents {
			return err
		}
		return s.notify(tx, d.Submission, set.NotifiedByCallback)
	})
}

// Failed reports that a claimed delivery was not taken and is to be tried again at the given time, or later if the endpoint is paused,
// which it tells.
func (s *Deliveries) Failed(ctx context.Context, d Claimed, r Result, again time.Time) (paused bool, err error) {
	err = s.whileHeld(ctx, d.Delivery, func(tx Tx, now time.Time) error {
		e, err := s.noteFailure(tx, d.Delivery, r, now)
		if err != nil {
			return err
		}
		tried := d.attempted(r.Attempt)
		tried.Lease, tried.NotBefore = "", now.Add(again.Sub(s.Now()))
		if tried.NotBefore.Before(e.Until) {
			tried.NotBefore = e.Until
		}
		paused = !e.Until.IsZero()
		return tx.PutDelivery(tried)
	})
	return paused, err
}

// GiveUp reports that a delivery is tried no more: its receiver no longer wants it, its time is over, or the endpoint is gone, which is
// stopped then.
func (s *Deliveries) GiveUp(ctx context.Context, d Claimed, r Result) error {
	return s.whileHeld(ctx, d.Delivery, func(tx Tx, now time.Time) error {
		e, err := s.noteFailure(tx, d.Delivery, r, now)
		if err != nil {
			return err
		}
		given := d.over(now, r.Attempt)
		given.GivenUp = true
		if err := tx.PutDelivery(given); err != nil || !e.Stopped {
			return err
		}
		return s.noteStop(tx, e)
	})
}

// noteFailure writes down that a call failed. Nothing is written if nobody was called.
func (s *Deliveries) noteFailure(tx Tx, d Delivery, r Result, now time.Time) (Endpoint, error) {
	if r.URL == "" {
		return Endpoint{}, nil
	}
	e, err := readEndpoint(tx, d.Receiver(), r.URL)
	if isNoRow(err) {
		to, lost := receiver(tx, d)
		e, err = Endpoint{Receiver: d.Receiver(), Org: to.org, URL: r.URL}, lost
	}
	if err != nil {
		return Endpoint{}, ignoreNoRow(err)
	}
	e = e.failed(r, now)
	if err := s.tellUnreached(tx, &e, now); err != nil {
		return e, err
	}
	if err := s.called(tx, d, r, FactUncalled); err != nil {
		return e, err
	}
	return e, e.put(tx)
}

// tellUnreached has somebody told, once, of an endpoint that is called no more or was not reached for long.
func (s *Deliveries) tellUnreached(tx Tx, e *Endpoint, now time.Time) error {
	if s.Unreached == nil || e.Told || !e.Stopped && now.Sub(e.Since) < unreached {
		return nil
	}
	e.Told = true
	return s.Unreached(tx, *e)
}

func (s *Deliveries) noteStop(tx Tx, e Endpoint) error {
	return NoteItself(tx, s.Now(), Deed{
		Org: e.Org, Deed: "callback.stopped", Subject: string(e.Receiver), Detail: "the receiver answered 410 Gone: it is called no more until its URL is changed or its callbacks are resumed",
	})
}

// GiveBack reports that a claimed delivery was not begun and is somebody's to call at the given time.
func (s *Deliveries) GiveBack(ctx context.Context, d Claimed, until time.Time) error {
	return s.whileHeld(ctx, d.Delivery, func(tx Tx, now time.Time) error {
		back := d.Delivery
		back.Attempt--
		back.Lease, back.NotBefore = "", now.Add(until.Sub(s.Now()))
		return tx.PutDelivery(back)
	})
}

// attempted is the delivery with one more attempt on its list, which forgets the oldest.
func (d Delivery) attempted(a Attempt) Delivery {
	kept := d.Attempts[max(0, len(d.Attempts)+1-MaxAttempts):]
	d.Attempts = append(append(make([]Attempt, 0, len(kept)+1), kept...), a)
	return d
}

// over is the delivery after its last attempt.
func (d Delivery) over(now time.Time, last Attempt) Delivery {
	d = d.attempted(last)
	d.Lease, d.Over = "", now
	return d
}

// whileHeld runs write if the lease of a claimed delivery is still this claim's. Who lost it has nothing more to say.
func (s *Deliveries) whileHeld(ctx context.Context, d Delivery, write func(Tx, time.Time) error) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		stored, err := tx.Delivery(d.ID)
		if err != nil || stored.Lease != d.Lease {
			return ignoreNoRow(err)
		}
		now, err := tx.Now()
		if err != nil {
			return err
		}
		return write(tx, now)
	})
}

func ignoreNoRow(err error) error {
	if isNoRow(err) {
		return nil
	}
	return err
}
