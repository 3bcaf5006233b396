package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/vierkant/vierkant/broker"
)

// counter is two cases, the second of which always has minus what the first has, and somebody who counts up.
type counter struct {
	a, b         broker.CaseID
	acknowledged int
}

// next writes the next number.
func (c *counter) next(tx broker.Tx) error {
	n := c.acknowledged + 1
	return errors.Join(tx.PutCase(broker.Case{ID: c.a, Events: n}), tx.PutCase(broker.Case{ID: c.b, Events: -n}))
}

// count counts until the store refuses, and tells of each step that it acknowledged.
func (c *counter) count(store broker.Store, acknowledged chan<- struct{}) {
	for store.Update(context.Background(), c.next) == nil {
		c.acknowledged++
		acknowledged <- struct{}{}
	}
}

// check finds what was acknowledged, or one step more, both halves of it, and goes on from there.
func (c *counter) check(h *harness) {
	h.Helper()
	got := must(h, func(tx broker.Tx) ([2]int, error) {
		a, errA := tx.Case(c.a)
		b, errB := tx.Case(c.b)
		return [2]int{a.Events, b.Events}, errors.Join(ignoreNoRow(errA), ignoreNoRow(errB))
	})
	if got[0] != -got[1] || got[0] < c.acknowledged || got[0] > c.acknowledged+1 {
		h.Errorf("after a restart: got %d and %d, acknowledged was %d", got[0], got[1], c.acknowledged)
	}
	c.acknowledged = got[0]
}

// restarts closes the store under its callers. What was acknowledged is there when it is opened again, and what was not is there whole
// or not at all.
func restarts(h *harness) {
	counters := make([]counter, workers/2)
	for i := range counters {
		counters[i].a, counters[i].b = named[broker.CaseID](2*i), named[broker.CaseID](2*i+1)
	}
	for restart := range 4 {
		acknowledged := make(chan struct{})
		var wg sync.WaitGroup
		for i := range counters {
			wg.Go(func() { counters[i].count(h.store, acknowledged) })
		}
		for range 1 + restart*len(counters) {
			<-acknowledged
		}
		ended := make(chan struct{})
		go func() { wg.Wait(); close(ended) }()
		go drain(acknowledged, ended)
		if err := h.store.Close(); err != nil {
			h.Fatalf("Close: %v", err)
		}
		<-ended
		h.store = h.open(h.T, h.dir)
		for i := range counters {
			counters[i].check(h)
		}
	}
}

// drain takes what comes until the end.
func drain(from <-chan struct{}, end <-chan struct{}) {
	for {
		select {
		case <-from:
		case <-end:
			return
		}
	}
}

// ignoreNoRow takes what is not there for zero.
func ignoreNoRow(err error) error {
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	return err
}
