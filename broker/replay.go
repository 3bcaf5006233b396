package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// MaxReplay bounds how many callbacks are replayed by one call.
	MaxReplay = 10_000

	replayLook  = 50_000 // callbacks that are looked at for it
	replayBatch = 200    // of them are written in one transaction
	resumeBack  = 15 * 24 * time.Hour
)

// toAct are the rights of which one is enough to test, replay and resume: those of developers and of operators of the organisation.
func toAct() []Right { return []Right{RightDraft, RightRelease} }

// MayTest returns where a destination is called, for a call that shows whether it can be.
func (s *Deliveries) MayTest(ctx context.Context, who Caller, id DestinationID) (t Target, err error) {
	var d Destination
	err = s.Store.View(ctx, func(tx Tx) error {
		f, err := findReceiver(tx, who, string(id), toAct()...)
		if err != nil {
			return err
		}
		d, err = f.called()
		return err
	})
	if err != nil {
		return Target{}, err
	}
	return s.unwrap(*d.Callback, secretContext(id))
}

// Tested writes into the audit log that somebody had a destination called to see whether it can be, and what came of it.
func (s *Deliveries) Tested(ctx context.Context, who Caller, id DestinationID, result string) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		return s.noteCallback(tx, who, who.Org, "callback.tested", ToDestination(id), result)
	})
}

func (s *Deliveries) noteCallback(tx Tx, who Caller, org OrgID, deed string, r Receiver, detail string) error {
	return Note(tx, s.Now(), who, Deed{Org: org, Deed: deed, Subject: string(r), Detail: detail})
}

// Replay has a callback made again, or now if it waits for its next attempt. One that is being made at this moment is a Conflict.
func (s *Deliveries) Replay(ctx context.Context, who Caller, id DeliveryID) (d Delivery, err error) {
	var org OrgID
	rule := func(tx Tx) error {
		if d, org, err = ownDelivery(tx, who, id, toAct()...); err == nil && d.Lease != "" {
			err = Conflict.New("callback-under-way", "this callback is being made at this moment: look at what came of it in a minute")
		}
		return err
	}
	return d, s.decide(ctx, rule, func(tx Tx) error {
		if d, err = s.oweAnew(tx, d); err != nil {
			return err
		}
		return s.noteCallback(tx, who, org, "callback.replayed", d.Receiver(), "callback "+string(d.ID))
	})
}

// oweAnew has a callback be due now, as if it had never been tried.
func (s *Deliveries) oweAnew(tx Tx, d Delivery) (Delivery, error) {
	d.Over, d.GivenUp, d.Attempt, d.Replayed = time.Time{}, false, 0, s.Now()
	return s.hurry(tx, d)
}

// hurry has a callback be due now.
func (s *Deliveries) hurry(tx Tx, d Delivery) (_ Delivery, err error) {
	if d.NotBefore, err = tx.Now(); err != nil {
		return d, err
	}
	tx.OnCommit(s.deliveriesOwed.Set)
	return d, tx.PutDelivery(d)
}

// Which says what of the callbacks to a receiver is replayed.
type Which struct {
	Since       time.Time // owed since then
	Undelivered bool      // only those that nobody has taken
}

// has reports whether a callback is meant; one that is being made at this moment is not.
func (w Which) has(d Delivery) bool {
	return d.Lease == "" && !d.Created.Before(w.Since) && !(w.Undelivered && !d.Over.IsZero() && !d.GivenUp)
}

func (w Which) text(n int) string {
	text := fmt.Sprintf("%d since %s", n, w.Since.UTC().Format(time.RFC3339))
	if w.Undelivered {
		text += ", those that nobody had taken"
	}
	return text
}

// ReplayTo has the callbacks to a destination or a client made again, in the order in which they came to be owed, and tells how many. What is
// being made at this moment is left out. More than MaxReplay is refused, and nothing is replayed.
func (s *Deliveries) ReplayTo(ctx context.Context, who Caller, id string, w Which) (n int, err error) {
	f, all, whole, err := s.find(ctx, who, id, w)
	if err != nil {
		return 0, err
	}
	if !whole || len(all) > MaxReplay {
		return 0, Unprocessable.New("too-many-callbacks", "since %s more than %d callbacks were owed: say a later time", w.Since.UTC().Format(time.RFC3339), MaxReplay)
	}
	if err := s.Store.Update(ctx, func(tx Tx) error {
		return s.noteCallback(tx, who, f.org, "callback.replayed", f.Receiver, w.text(len(all)))
	}); err != nil {
		return 0, err
	}
	return len(all), s.each(ctx, all, func(tx Tx, d Delivery) (err error) {
		if w.has(d) {
			_, err = s.oweAnew(tx, d)
		}
		return err
	})
}

// Resume forgets the troubles of a receiver, so that it is called as if nothing had been, and returns how many endpoints were in trouble. What
// waited is due now, up to MaxReplay of the latest; what was given up stays so until it is replayed.
func (s *Deliveries) Resume(ctx context.Context, who Caller, id string) (n int, err error) {
	f, waiting, _, err := s.find(ctx, who, id, Which{Since: s.Now().Add(-resumeBack), Undelivered: true})
	if err != nil {
		return 0, err
	}
	if err := s.Store.Update(ctx, func(tx Tx) error {
		n, err = f.forgetTrouble(tx)
		return errors.Join(err, s.noteCallback(tx, who, f.org, "callback.resumed", f.Receiver, ""))
	}); err != nil {
		return 0, err
	}
	return n, s.each(ctx, waiting, func(tx Tx, d Delivery) (err error) {
		if d.Lease == "" && d.Over.IsZero() {
			_, err = s.hurry(tx, d)
		}
		return err
	})
}

func (f found) forgetTrouble(tx Tx) (n int, err error) {
	all, err := f.trouble(tx)
	for _, e := range all {
		err = errors.Join(err, tx.DeleteEntry(endpointEntries, endpointID(e.Receiver, e.URL)))
	}
	return len(all), err
}

// each does something to callbacks that are still there, a batch in each transaction.
func (s *Deliveries) each(ctx context.Context, ids []DeliveryID, do func(Tx, Delivery) error) error {
	for batch := range slices.Chunk(ids, replayBatch) {
		if err := s.Store.Update(ctx, func(tx Tx) error {
			for _, id := range batch {
				d, err := tx.Delivery(id)
				if err == nil {
					err = do(tx, d)
				}
				if ignoreNoRow(err) != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// find collects what is meant of the callbacks to a receiver, oldest first; whole is false if there are more than may be looked at.
func (s *Deliveries) find(ctx context.Context, who Caller, id string, w Which) (f found, all []DeliveryID, whole bool, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if f, err = findReceiver(tx, who, id, toAct()...); err != nil {
			return err
		}
		all, whole, err = w.find(tx, f.Receiver)
		return err
	})
	slices.Reverse(all)
	return f, all, whole, err
}

// find goes from the latest back, page by page.
func (w Which) find(tx Tx, r Receiver) (all []DeliveryID, whole bool, err error) {
	_, end, err := tx.DeliveriesTo(r, Page{Limit: 1})
	for looked := 0; err == nil && end > 0; {
		if looked >= replayLook || len(all) > MaxReplay {
			return all, false, nil
		}
		begin := max(0, end-MaxPage)
		page, _, err := tx.DeliveriesTo(r, Page{Offset: begin, Limit: end - begin})
		if err != nil {
			return nil, false, err
		}
		for _, d := range slices.Backward(page) {
			if d.Created.Before(w.Since) {
				return all, true, nil
			}
			if w.has(d) {
				all = append(all, d.ID)
			}
		}
		looked, end = looked+len(page), begin
	}
	return all, true, err
}
