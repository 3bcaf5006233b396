package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/vierkant/vierkant/broker"
)

// onlyIf changes one fact if another one, or the same one, is still as it was; did says whether it was.
func onlyIf(f fact, was any, change func(broker.Tx) error, did *bool) func(broker.Tx) error {
	return func(tx broker.Tx) error {
		now, err := f.read(tx)
		if *did = err == nil && now == was; !*did {
			return err
		}
		return change(tx)
	}
}

// checkAndChange has two callers change each fact if nobody did before. One of them is the first.
func checkAndChange(h *harness) {
	forFacts(h, 0, func(f fact, was any, _ int) (fns []func(broker.Tx) error, did []bool) {
		did = make([]bool, 2)
		for i := range did {
			fns = append(fns, onlyIf(f, was, f.change, &did[i]))
		}
		return fns, did
	})
}

// noWriteSkew crosses each fact with a case: one caller changes the case if the fact is as it was, the other one the fact if the case is as it
// was. Transactions that are as if one came after the other leave one of them without its reason; what only keeps rows that were
// written from being written again lets both go on.
func noWriteSkew(h *harness) {
	forFacts(h, 100_000, func(f fact, was any, n int) (fns []func(broker.Tx) error, did []bool) {
		did = make([]bool, 2)
		other := eventFacts(n + 5)[0]
		return []func(broker.Tx) error{
			onlyIf(f, was, other.change, &did[0]),
			onlyIf(other, 0, f.change, &did[1]),
		}, did
	})
}

// forFacts sets up facts of each kind, several times each and several at once, and has functions race that are made for them, of which one is to
// find things as they were.
func forFacts(h *harness, from int, racers func(f fact, was any, n int) ([]func(broker.Tx) error, []bool)) {
	const (
		times = 5
		lanes = 8
	)
	race := func(f fact, n int) {
		h.update(f.setup)
		was := must(h, f.read)
		fns, did := racers(f, was, n)
		atOnce(h, fns...)
		if found := len(slices.DeleteFunc(did, func(did bool) bool { return !did })); found != 1 {
			h.Errorf("%s: %d of %d functions found things as they were, want the first", f.name, found, len(fns))
		}
	}
	kinds := len(facts(0))
	free := make(chan struct{}, lanes)
	var wg sync.WaitGroup
	for i := range kinds * times {
		n := from + i*10
		f := facts(n)[i%kinds]
		if f.alone {
			continue
		}
		free <- struct{}{}
		wg.Go(func() {
			race(f, n)
			<-free
		})
	}
	wg.Wait()
	for i := range kinds * times {
		n := from + i*10
		if f := facts(n)[i%kinds]; f.alone {
			clearDeliveries(h)
			race(f, n)
		}
	}
}

// clearDeliveries leaves nothing owed.
func clearDeliveries(h *harness) {
	h.Helper()
	h.update(func(tx broker.Tx) error {
		all, err := tx.DueDeliveries(epoch, 10_000)
		for _, d := range all {
			err = errors.Join(err, tx.DeleteDelivery(d.ID))
		}
		return err
	})
}

// atOnce runs functions in transactions of their own, all at once, which must succeed.
func atOnce(h *harness, fns ...func(broker.Tx) error) {
	h.Helper()
	var wg sync.WaitGroup
	for _, fn := range fns {
		wg.Go(func() {
			if err := h.store.Update(context.Background(), fn); err != nil {
				h.Errorf("Update: %v", err)
			}
		})
	}
	wg.Wait()
}
