package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// town is what many callers work on at once: few things, so that they meet. Whatever the order in which they come, some sentences
// stay true; invariants tells them.
type town struct {
	*harness
	orgs         []broker.OrgID
	clients      []broker.ClientID
	destinations []broker.DestinationID
	submissions  []broker.SubmissionID
	cases        []broker.CaseID

	mu   sync.Mutex
	told map[broker.EventID]error // what Update returned to who appended an event; guarded by mu
}

func newTown(h *harness) *town {
	t := &town{harness: h, told: map[broker.EventID]error{}}
	for n := range 2 {
		t.orgs = append(t.orgs, named[broker.OrgID](n))
	}
	for n := range 3 {
		t.clients = append(t.clients, named[broker.ClientID](n))
		t.destinations = append(t.destinations, named[broker.DestinationID](n))
		var c broker.Case
		asCase(&c, n)
		t.cases = append(t.cases, c.ID)
		h.update(func(tx broker.Tx) error { return tx.PutCase(c) })
	}
	for n := range someSubmissions {
		var sub broker.Submission
		asSubmission(&sub, n)
		t.submissions = append(t.submissions, sub.ID)
		h.update(func(tx broker.Tx) error { return tx.PutSubmission(sub) })
	}
	return t
}

// deed is a random transaction.
type deed struct {
	fn    func(broker.Tx) error
	event broker.EventID // that it appends whenever it commits, if there is one
}

// deed returns a random deed; some fail after they wrote.
func (t *town) deed(r *rand.Rand) deed {
	deeds := [...]func(*rand.Rand) deed{t.advance, t.advance, t.advance, t.open, t.remember, t.sign, t.deliver, t.assign, t.close}
	d := deeds[r.IntN(len(deeds))](r)
	if r.IntN(4) > 0 {
		return d
	}
	return deed{func(tx broker.Tx) error { return errors.Join(d.fn(tx), errRefused) }, d.event}
}

// do does a deed and notes what it was told.
func (t *town) do(d deed) {
	err := t.store.Update(context.Background(), d.fn)
	if err != nil && !errors.Is(err, errRefused) {
		t.Errorf("a deed: %v", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told[d.event] = err
}

// advance changes the state of a submission and says so in the log, as services do.
func (t *town) advance(r *rand.Rand) deed {
	id, state := t.submissions[r.IntN(len(t.submissions))], stateOf(r.IntN(6))
	event, delivery := broker.NewID[broker.EventID](), broker.NewID[broker.DeliveryID]()
	bytes := r.Int64N(1000)
	return deed{func(tx broker.Tx) error {
		sub, err := tx.Submission(id)
		if err != nil {
			return err
		}
		sub.State, sub.Uploaded = state, bytes
		owed := broker.Delivery{ID: delivery, Submission: sub.ID, NotBefore: epoch, Created: epoch}
		return errors.Join(tx.PutSubmission(sub), t.record(tx, sub, event), tx.PutDelivery(owed))
	}, event}
}

// open announces a submission in a new case, and a reply with it.
func (t *town) open(r *rand.Rand) deed {
	event := broker.NewID[broker.EventID]()
	c := broker.Case{ID: broker.NewID[broker.CaseID](), Sender: t.clients[r.IntN(2)], Destination: t.destinations[r.IntN(len(t.destinations))]}
	sub := broker.Submission{
		ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: c.ID, Destination: c.Destination, Sender: c.Sender, Author: c.Sender,
		State: broker.StateIncomplete, Uploaded: r.Int64N(1000),
	}
	reply := sub
	reply.ID, reply.Kind, reply.Author = broker.NewID[broker.SubmissionID](), broker.KindReply, t.clients[2]
	return deed{func(tx broker.Tx) error {
		return errors.Join(tx.PutCase(c), tx.PutSubmission(sub), tx.PutSubmission(reply), t.record(tx, reply, event))
	}, event}
}

// remember is what a repeated request does: of those who make it one is the first. The oldest are forgotten.
func (t *town) remember(r *rand.Rand) deed {
	made := epoch.Add(time.Duration(r.IntN(100)))
	id := broker.Receipt{Client: t.clients[r.IntN(2)], Key: receiptKey(r.IntN(someReceipts)), Made: made}
	return deed{fn: func(tx broker.Tx) error {
		_, err := tx.Receipt(id.Client, id.Key)
		if errors.Is(err, broker.ErrNoRow) {
			return tx.PutReceipt(id)
		}
		n, forgetErr := tx.ForgetReceipts(made, 2)
		if err := errors.Join(err, forgetErr); err != nil || n == 0 {
			return err
		}
		left, err := tx.ForgetReceipts(made, 2*someReceipts)
		if n < 2 && left > 0 {
			err = errors.Join(err, fmt.Errorf("%d of at most 2 receipts were forgotten, and then %d more", n, left))
		}
		return err
	}}
}

// record appends an event that proves the state of a submission.
func (t *town) record(tx broker.Tx, sub broker.Submission, id broker.EventID) error {
	c, err := tx.Case(sub.Case)
	if err != nil {
		return err
	}
	c.Events++
	e := broker.Event{Case: c.ID, Number: c.Events, ID: id, Submission: sub.ID, Type: string(sub.State), Recorded: epoch}
	return errors.Join(tx.AppendEvent(e), tx.PutCase(c))
}

// sign signs the oldest events.
func (t *town) sign(r *rand.Rand) deed {
	token := fmt.Sprint("token ", r.Uint64())
	return deed{fn: func(tx broker.Tx) error {
		all, err := tx.Unsigned(2)
		for _, e := range all {
			got, signErr := tx.SignEvent(e.Ref(), token)
			if got != token {
				err = errors.Join(err, fmt.Errorf("an unsigned event got the token %q, not %q", got, token))
			}
			err = errors.Join(err, signErr)
		}
		return err
	}}
}

// deliver does what is owed, and says so in the log.
func (t *town) deliver(*rand.Rand) deed {
	event := broker.NewID[broker.EventID]()
	return deed{fn: func(tx broker.Tx) error {
		due, err := tx.DueDeliveries(epoch, 1)
		if err != nil || len(due) == 0 {
			return err
		}
		sub, err := tx.Submission(due[0].Submission)
		return errors.Join(err, t.record(tx, sub, event), tx.DeleteDelivery(due[0].ID))
	}}
}

// assign puts a destination.
func (t *town) assign(r *rand.Rand) deed {
	d := broker.Destination{ID: t.destinations[r.IntN(len(t.destinations))], Org: t.orgs[r.IntN(len(t.orgs))]}
	for range r.IntN(3) {
		d.Clients = append(d.Clients, t.clients[r.IntN(len(t.clients))])
	}
	k := broker.DestinationKey{Destination: d.ID, KID: kidOf(r.IntN(someKeys))}
	return deed{fn: func(tx broker.Tx) error { return errors.Join(tx.PutDestination(d), tx.PutDestinationKey(k)) }}
}

// close deletes a destination that is there.
func (t *town) close(r *rand.Rand) deed {
	id := t.destinations[r.IntN(len(t.destinations))]
	return deed{fn: func(tx broker.Tx) error {
		if err := tx.DeleteDestination(id); !errors.Is(err, broker.ErrNoRow) {
			return err
		}
		return nil
	}}
}

// randomDeeds has many callers do random deeds at once, and others look on.
func randomDeeds(h *harness) {
	t := newTown(h)
	ctx, stop := context.WithCancel(context.Background())
	var work, look sync.WaitGroup
	for range 2 {
		look.Go(func() {
			for ctx.Err() == nil {
				if err := h.store.View(ctx, t.invariants); err != nil && ctx.Err() == nil {
					h.Errorf("on the way: %v", err)
					return
				}
			}
		})
	}
	seed := rand.Uint64()
	for w := range uint64(workers) {
		work.Go(func() {
			r := rand.New(rand.NewPCG(seed, w))
			for range rounds {
				t.do(t.deed(r))
			}
		})
	}
	work.Wait()
	stop()
	look.Wait()
	is(h, "at the end", h.store.View(context.Background(), t.invariants), nil)
	h.reopen()
	is(h, "after a restart", h.store.View(context.Background(), t.invariants), nil)
	is(h, "acknowledged and refused", h.store.View(context.Background(), t.answersHold), nil)
}
