package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

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
		t.clients = append(t.clients, named[broker.ClientID](n))
	}
	for n := range 3 {
		t.destinations = append(t.destinations, named[broker.DestinationID](n))
		t.cases = append(t.cases, named[broker.CaseID](n))
		h.update(func(tx broker.Tx) error { return tx.PutCase(broker.Case{ID: t.cases[n]}) })
	}
	for n := range 6 {
		sub := broker.Submission{ID: named[broker.SubmissionID](n), Case: t.cases[n%3], Destination: t.destinations[n%3]}
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
	deeds := [...]func(*rand.Rand) deed{t.advance, t.advance, t.advance, t.sign, t.deliver, t.assign, t.close}
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
	moves := r.IntN(4) == 0
	to := t.destinations[r.IntN(len(t.destinations))]
	return deed{func(tx broker.Tx) error {
		sub, err := tx.Submission(id)
		if err != nil {
			return err
		}
		sub.State = state
		if moves {
			sub.Destination = to
		}
		owed := broker.Delivery{ID: delivery, Submission: sub.ID, NotBefore: epoch, Created: epoch}
		return errors.Join(tx.PutSubmission(sub), t.record(tx, sub, event), tx.PutDelivery(owed))
	}, event}
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

// invariants returns the first sentence that does not hold.
func (t *town) invariants(tx broker.Tx) error {
	for _, check := range []func(broker.Tx) error{t.logsProve, t.queuesAgree, t.ownersAgree, t.debtsAgree} {
		if err := check(tx); err != nil {
			return err
		}
	}
	return nil
}

// logsProve: event numbers are dense, a case knows how many it has, and the last event of a submission says its state.
func (t *town) logsProve(tx broker.Tx) error {
	ofCases, ofSubmissions := 0, 0
	for _, id := range t.cases {
		c, err := tx.Case(id)
		log, total, logErr := everyPage(func(p broker.Page) ([]broker.Event, int, error) { return tx.Events(id, p) })
		if err := errors.Join(err, logErr); err != nil {
			return err
		}
		if c.Events != total {
			return fmt.Errorf("a case of %d events has a log of %d", c.Events, total)
		}
		for i, e := range log {
			if e.Number != i+1 {
				return fmt.Errorf("event %d of a case stands at %d", e.Number, i+1)
			}
		}
		ofCases += total
	}
	for _, id := range t.submissions {
		sub, err := tx.Submission(id)
		log, total, logErr := everyPage(func(p broker.Page) ([]broker.Event, int, error) { return tx.SubmissionEvents(id, p) })
		if err := errors.Join(err, logErr); err != nil {
			return err
		}
		if total > 0 && log[total-1].Type != string(sub.State) {
			return fmt.Errorf("a submission is %s, and its log says %s", sub.State, log[total-1].Type)
		}
		ofSubmissions += total
	}
	if ofCases != ofSubmissions {
		return fmt.Errorf("cases have %d events, their submissions %d", ofCases, ofSubmissions)
	}
	return nil
}

// queuesAgree: exactly the retrievable submissions wait, each where it belongs.
func (t *town) queuesAgree(tx broker.Tx) error {
	waiting, total, err := everyPage(func(p broker.Page) ([]broker.Submission, int, error) { return tx.Waiting(t.destinations, p) })
	if err != nil {
		return err
	}
	sum := 0
	for _, d := range t.destinations {
		_, n, err := tx.Waiting([]broker.DestinationID{d}, broker.Page{Limit: 1})
		if err != nil {
			return err
		}
		sum += n
	}
	retrievable := 0
	for _, id := range t.submissions {
		sub, err := tx.Submission(id)
		if err != nil {
			return err
		}
		if waits := slices.ContainsFunc(waiting, func(w broker.Submission) bool { return w.ID == id }); waits != sub.State.Retrievable() {
			return fmt.Errorf("that a %s submission waits is %t", sub.State, waits)
		}
		if sub.State.Retrievable() {
			retrievable++
		}
	}
	if total != retrievable || sum != total {
		return fmt.Errorf("%d submissions are retrievable, %d wait, %d one destination at a time", retrievable, total, sum)
	}
	return nil
}

// ownersAgree: each destination is in the lists of its organisation and its clients and in no other; a key has a destination.
func (t *town) ownersAgree(tx broker.Tx) error {
	var lists, things []string
	for _, org := range t.orgs {
		all, _, err := everyPage(func(p broker.Page) ([]broker.Destination, int, error) { return tx.Destinations(org, p) })
		if err != nil {
			return err
		}
		lists = append(lists, each(all, func(d broker.Destination) string { return fmt.Sprint(org, d.ID) })...)
	}
	for _, client := range t.clients {
		all, err := tx.AssignedDestinations(client)
		if err != nil {
			return err
		}
		lists = append(lists, each(all, func(d broker.Destination) string { return fmt.Sprint(client, "in", d.ID) })...)
	}
	for _, id := range t.destinations {
		d, err := tx.Destination(id)
		if errors.Is(err, broker.ErrNoRow) {
			if keys, err := tx.DestinationKeys(id); len(keys) > 0 || err != nil {
				return fmt.Errorf("a destination that is not there has %d keys, %v", len(keys), err)
			}
			continue
		}
		if err != nil {
			return err
		}
		things = append(things, fmt.Sprint(d.Org, d.ID))
		slices.Sort(d.Clients)
		for _, c := range slices.Compact(d.Clients) {
			things = append(things, fmt.Sprint(c, "in", d.ID))
		}
	}
	slices.Sort(lists)
	slices.Sort(things)
	if !slices.Equal(lists, things) {
		return fmt.Errorf("lists have %q, the destinations themselves say %q", lists, things)
	}
	return nil
}

// debtsAgree: counters are what lists count.
func (t *town) debtsAgree(tx broker.Tx) error {
	signing, err := tx.SigningBacklog()
	unsigned, unsignedErr := tx.Unsigned(10_000)
	owed, owedErr := tx.DeliveryBacklog()
	due, dueErr := tx.DueDeliveries(epoch, 10_000)
	if err := errors.Join(err, unsignedErr, owedErr, dueErr); err != nil {
		return err
	}
	if signing.Count != len(unsigned) || owed.Count != len(due) {
		return fmt.Errorf("%d of %d events are unsigned, %d of %d deliveries owed", signing.Count, len(unsigned), owed.Count, len(due))
	}
	for _, e := range unsigned {
		if e.Token != "" {
			return fmt.Errorf("event %d is signed, and listed as unsigned", e.Number)
		}
	}
	return nil
}

// answersHold: what was acknowledged is there, what was refused is not.
func (t *town) answersHold(tx broker.Tx) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, told := range t.told {
		if id == "" {
			continue
		}
		if _, err := tx.EventByID(id); (told == nil) != (err == nil) {
			return fmt.Errorf("an event's transaction returned %v, reading it returns %v", told, err)
		}
	}
	return nil
}

// everyPage reads a list in pages, which must be of one total, and make up the whole.
func everyPage[T any](read func(broker.Page) ([]T, int, error)) (all []T, total int, err error) {
	const limit = 7
	for {
		page, n, err := read(broker.Page{Offset: len(all), Limit: limit})
		if err != nil {
			return nil, 0, err
		}
		if len(all) > 0 && n != total {
			return nil, 0, fmt.Errorf("the total became %d on the way, it was %d", n, total)
		}
		all, total = append(all, page...), n
		if len(page) < limit {
			break
		}
	}
	if len(all) != total {
		return nil, 0, fmt.Errorf("pages have %d entries of a list of %d", len(all), total)
	}
	return all, total, nil
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
