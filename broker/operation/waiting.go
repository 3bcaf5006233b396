package operation

import (
	"context"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Waiting is what waits to be fetched and decided on.
type Waiting struct {
	At      time.Time // when this was read
	Count   int       // submissions, everywhere
	Slowest []Slow    // destinations at which one waits longest, those first, at most listed
}

// Slow is a destination at which something waits.
type Slow struct {
	Destination broker.DestinationID
	Name        string
	Org         broker.Org
	Status      broker.DestinationStatus
	Count       int       // submissions
	Oldest      time.Time // when the first of them was submitted, by the clock of deadlines
}

const (
	// together is how many destinations are looked at in one read transaction.
	together = 64
	// fresh is how long an answer is good for whoever asks next.
	fresh = 30 * time.Second
)

// waits returns what waits, as it was at most half a minute ago. Who asks while somebody reads waits for that.
func (o *Operation) waits(ctx context.Context) (Waiting, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if age := o.Now().Sub(o.waiting.At); age >= 0 && age < fresh {
		return o.waiting, nil
	}
	w, err := o.lookAround(ctx)
	if err == nil {
		o.waiting = w
	}
	return w, err
}

func (o *Operation) lookAround(ctx context.Context) (Waiting, error) {
	w := Waiting{At: o.Now()}
	for entry, err := range broker.EachEntry(o.orgs(ctx)) {
		if err != nil {
			return Waiting{}, err
		}
		if err := o.lookAtOrg(ctx, broker.OrgID(entry.ID), &w); err != nil {
			return Waiting{}, err
		}
	}
	return w, nil
}

// orgs lists all organisations, each page in a read transaction of its own.
func (o *Operation) orgs(ctx context.Context) func(broker.Page) ([]broker.Entry, int, error) {
	return func(p broker.Page) (all []broker.Entry, total int, err error) {
		err = o.Store.View(ctx, func(tx broker.Tx) (err error) {
			all, total, err = tx.Entries(broker.OrgEntries, p)
			return err
		})
		return all, total, err
	}
}

func (o *Operation) lookAtOrg(ctx context.Context, id broker.OrgID, w *Waiting) error {
	for p, total := (broker.Page{Limit: together}), 1; p.Offset < total; p.Offset += together {
		var found []Slow
		err := o.Store.View(ctx, func(tx broker.Tx) error {
			org, err := tx.Org(id)
			if err != nil {
				return err
			}
			all, n, err := tx.Destinations(id, p)
			if err != nil {
				return err
			}
			total = n
			found, err = slow(tx, org, all)
			return err
		})
		if err != nil {
			return err
		}
		w.add(found)
	}
	return nil
}

// slow returns those destinations at which something waits. What fits into one page is told apart there; of more, the destinations are halved until
// it does, or until one is left.
func slow(tx broker.Tx, org broker.Org, all []broker.Destination) ([]Slow, error) {
	inboxes := make([]broker.Inbox, len(all))
	for i, d := range all {
		inboxes[i] = broker.SubmissionsAt(d.ID)
	}
	found, count, err := tx.Waiting(inboxes, broker.Page{Limit: broker.MaxPage})
	switch {
	case err != nil || count == 0:
		return nil, err
	case count == len(found):
		return apart(org, all, found), nil
	case len(all) == 1:
		return []Slow{slowOf(org, all[0], found[0], count)}, nil
	}
	left, err := slow(tx, org, all[:len(all)/2])
	if err != nil {
		return nil, err
	}
	right, err := slow(tx, org, all[len(all)/2:])
	return append(left, right...), err
}

// apart tells by destination what waits, which is listed destination by destination, the oldest first.
func apart(org broker.Org, all []broker.Destination, found []broker.Submission) (some []Slow) {
	for _, d := range all {
		n := 0
		for n < len(found) && found[n].Destination == d.ID {
			n++
		}
		if n > 0 {
			some = append(some, slowOf(org, d, found[0], n))
		}
		found = found[n:]
	}
	return some
}

func slowOf(org broker.Org, d broker.Destination, first broker.Submission, count int) Slow {
	return Slow{Destination: d.ID, Name: d.Name, Org: org, Status: d.Status, Count: count, Oldest: first.Submitted}
}

// add keeps those of more at which one waits longest.
func (w *Waiting) add(more []Slow) {
	for _, s := range more {
		w.Count += s.Count
	}
	w.Slowest = append(w.Slowest, more...)
	slices.SortStableFunc(w.Slowest, func(a, b Slow) int { return a.Oldest.Compare(b.Oldest) })
	w.Slowest = w.Slowest[:min(len(w.Slowest), listed)]
}
