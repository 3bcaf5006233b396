package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/vierkant/vierkant/broker"
)

const (
	workers = 16
	rounds  = 20
)

// increment is a read and a write that lose something unless they are one.
func increment(id broker.CaseID) func(broker.Tx) error {
	return func(tx broker.Tx) error {
		c, err := tx.Case(id)
		if err != nil {
			return err
		}
		c.Events++
		return tx.PutCase(c)
	}
}

// beside runs many increments of one case, and beside each of them one of the other functions; it returns what those returned.
func beside(h *harness, others ...func(broker.Tx) error) []error {
	h.Helper()
	c := filled[broker.Case](&filler{})
	c.Events = 0
	h.update(func(tx broker.Tx) error { return tx.PutCase(c) })
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for w := range workers {
		wg.Go(func() {
			for range rounds {
				if err := h.store.Update(context.Background(), increment(c.ID)); err != nil {
					h.Errorf("a function that is not to fail: %v", err)
				}
			}
		})
		if len(others) == 0 {
			continue
		}
		wg.Go(func() {
			for range rounds {
				err := updateOrPanic(h.store, others[w%len(others)])
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	got := must(h, func(tx broker.Tx) (broker.Case, error) { return tx.Case(c.ID) }).Events
	if want := workers * rounds; got != want {
		h.Errorf("%d increments were acknowledged, %d are there", want, got)
	}
	return errs
}

// updateOrPanic returns a panic that comes out of Update as an error.
func updateOrPanic(s broker.Store, fn func(broker.Tx) error) error {
	return recovered(func() error { return s.Update(context.Background(), fn) })
}

func noLostUpdate(h *harness) { beside(h) }

// failuresBesideOthers fail before and after they wrote, and take nobody down but themselves.
func failuresBesideOthers(h *harness) {
	stray := filled[broker.Org](&filler{n: 900})
	errs := beside(h,
		func(tx broker.Tx) error { return errRefused },
		func(tx broker.Tx) error { return errors.Join(tx.PutOrg(stray), errRefused) },
		func(tx broker.Tx) error {
			tx.OnCommit(func() { h.Error("what was to follow a failed function ran") })
			return errors.Join(tx.PutOrg(stray), errRefused)
		},
	)
	for _, err := range errs {
		is(h, "a function that fails", err, errRefused)
	}
	_, err := try(h, func(tx broker.Tx) (broker.Org, error) { return tx.Org(stray.ID) })
	is(h, "what failed functions wrote", err, broker.ErrNoRow)
}

// panicsBesideOthers reach their callers, as Internal or as the panic, and nobody else.
func panicsBesideOthers(h *harness) {
	stray := filled[broker.Org](&filler{n: 900})
	errs := beside(h,
		func(tx broker.Tx) error { panic("before a write") },
		func(tx broker.Tx) error {
			if err := tx.PutOrg(stray); err != nil {
				return err
			}
			var none *broker.Org
			return tx.PutOrg(*none)
		},
	)
	for _, err := range errs {
		is(h, "a function that panics", err, broker.Internal)
	}
	_, err := try(h, func(tx broker.Tx) (broker.Org, error) { return tx.Org(stray.ID) })
	is(h, "what a function wrote before it panicked", err, broker.ErrNoRow)
}
