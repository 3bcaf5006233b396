package keycare

import (
	"context"
	"errors"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
)

// pause is between rounds; asking is how many responders are asked at once.
const (
	pause  = time.Hour
	asking = 8
)

// Run goes round until ctx ends, for the first time at once. retire is broker.Destinations.RetireKey.
func (k *Keeper) Run(ctx context.Context, retire Retire) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	k.complain(ctx, k.Round(ctx, retire))
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.complain(ctx, k.Round(ctx, retire))
		case d := <-k.fresh:
			k.complain(ctx, k.lookAt(ctx, retire, d))
		}
	}
}

// Retire notes that nothing is sealed for a key any more, if that is so.
type Retire func(ctx context.Context, d broker.DestinationID, kid string) (bool, error)

func (k *Keeper) complain(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		k.cfg.Log.Error("keys of destinations cannot all be looked after; it is tried again", "error", err)
	}
}

// Round looks at all keys of all destinations, does what is due, and renews the Survey.
func (k *Keeper) Round(ctx context.Context, retire Retire) error {
	counted := newSurvey(k.cfg.Now())
	var failed []error
	var due []task
	for d, err := range k.destinations(ctx) {
		if err != nil {
			return err
		}
		found, err := k.lookOver(ctx, retire, d, counted)
		due = append(due, found...)
		failed = append(failed, err)
	}
	k.survey.Store(counted)
	return errors.Join(append(failed, k.ask(ctx, due))...)
}

// lookAt does what is due for one destination.
func (k *Keeper) lookAt(ctx context.Context, retire Retire, id broker.DestinationID) error {
	var d broker.Destination
	err := k.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		d, err = tx.Destination(id)
		return err
	})
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	due, err := k.lookOver(ctx, retire, d, newSurvey(k.cfg.Now()))
	return errors.Join(err, k.ask(ctx, due))
}

// task is a key whose issuer is to be asked.
type task struct {
	destination broker.DestinationID
	kid         string
}

func (k *Keeper) ask(ctx context.Context, due []task) error {
	var group errgroup.Group
	group.SetLimit(asking)
	calls := k.newCalls()
	for _, t := range due {
		group.Go(func() error { return k.inquire(ctx, calls, t) })
	}
	return group.Wait()
}

// lookOver reminds, retires and counts, and returns which issuers are to be asked.
func (k *Keeper) lookOver(ctx context.Context, retire Retire, d broker.Destination, counted *Survey) (due []task, err error) {
	all, err := k.listed(ctx, d)
	if err != nil || d.Status == broker.DestinationDecommissioned {
		return nil, err
	}
	var failed []error
	for _, key := range all {
		switch key.State(d) {
		case broker.DestinationKeyReplaced:
			_, err := retire(ctx, d.ID, key.KID)
			failed = append(failed, err)
		case broker.DestinationKeyCurrent, broker.DestinationKeyNext:
			if key, err = k.remind(ctx, d, key); err != nil {
				failed = append(failed, err)
			}
			counted.add(key)
			if k.unasked(key) {
				due = append(due, task{d.ID, key.KID})
			}
		}
	}
	return due, errors.Join(failed...)
}

// listed returns the keys of a destination, which stand where they belong in the list of the organisation then.
func (k *Keeper) listed(ctx context.Context, d broker.Destination) (all []broker.DestinationKey, err error) {
	wrong := false
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		if all, err = tx.DestinationKeys(d.ID); err != nil {
			return err
		}
		wrong, err = misplaced(tx, d, all)
		return err
	})
	if err == nil && wrong {
		err = k.putRight(ctx, d.ID)
	}
	return all, err
}

// destinations goes through those of all organisations, in short read transactions.
func (k *Keeper) destinations(ctx context.Context) iter.Seq2[broker.Destination, error] {
	return func(yield func(broker.Destination, error) bool) {
		for org, err := range broker.EachEntry(k.orgs(ctx)) {
			if err != nil {
				yield(broker.Destination{}, err)
				return
			}
			for offset, total := 0, 1; offset < total; offset += broker.MaxPage {
				page, n, err := k.page(ctx, broker.OrgID(org.ID), offset)
				if err != nil {
					yield(broker.Destination{}, err)
					return
				}
				total = n
				for _, d := range page {
					if !yield(d, nil) {
						return
					}
				}
			}
		}
	}
}

func (k *Keeper) orgs(ctx context.Context) func(broker.Page) ([]broker.Entry, int, error) {
	return func(p broker.Page) (page []broker.Entry, total int, err error) {
		err = k.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
			page, total, err = tx.Entries(broker.OrgEntries, p)
			return err
		})
		return page, total, err
	}
}

func (k *Keeper) page(ctx context.Context, org broker.OrgID, offset int) (page []broker.Destination, total int, err error) {
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		page, total, err = tx.Destinations(org, broker.Page{Offset: offset, Limit: broker.MaxPage})
		return err
	})
	return page, total, err
}
