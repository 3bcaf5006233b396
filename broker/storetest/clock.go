package storetest

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// storeClock reads the store's clock, twice in a transaction and between transactions: it does not stand still for long, and in one
// transaction, and from one to the next, it does not go back. Which time it shows is the store's business.
func storeClock(h *harness) {
	read := func(run func(context.Context, func(broker.Tx) error) error) (first, second time.Time) {
		h.Helper()
		err := run(context.Background(), func(tx broker.Tx) (err error) {
			if first, err = tx.Now(); err != nil {
				return err
			}
			second, err = tx.Now()
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
		return first, second
	}
	var last time.Time
	for range 5 {
		for _, run := range []func(context.Context, func(broker.Tx) error) error{h.store.Update, h.store.View} {
			first, second := read(run)
			if second.Before(first) || first.Before(last) || first.IsZero() {
				h.Errorf("the clock went from %s to %s to %s", last, first, second)
			}
			last = second
		}
	}
}
