package retention

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// leases are entries of this kind.
const leases broker.EntryKind = "lease"

const (
	leaseName = "deadlines"

	leaseTime = 30 * time.Second
	leaveTime = 2 * time.Second // for the store, to give the lease back
)

// leased is what is stored. Until is by the store's clock.
type leased struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// lease is one sweeper's part in it.
type lease struct {
	store  broker.Store
	holder string
}

func newLease(store broker.Store) lease { return lease{store, rand.Text()} }

// take takes the lease or prolongs it, and returns for how long it is another one's; zero: it is ours. As long as most of it is left nothing is
// written.
func (l lease) take(ctx context.Context) (others time.Duration, err error) {
	var left time.Duration
	look := func(tx broker.Tx) error {
		has, now, err := l.read(tx)
		if err != nil {
			return err
		}
		left, others = has.Until.Sub(now), 0
		if has.Holder != l.holder {
			left, others = 0, max(0, left)
		}
		return nil
	}
	if err := l.store.View(ctx, look); err != nil || others > 0 || left > leaseTime/2 {
		return others, err
	}
	err = l.store.Update(ctx, func(tx broker.Tx) error {
		if err := look(tx); err != nil || others > 0 {
			return err
		}
		now, err := tx.Now()
		return errors.Join(err, broker.WriteEntry(tx, leases, leaseName, "", leased{l.holder, now.Add(leaseTime).UTC()}))
	})
	return others, err
}

func (l lease) read(tx broker.Tx) (has leased, now time.Time, err error) {
	has, err = broker.ReadEntry[leased](tx, leases, leaseName)
	if errors.Is(err, broker.ErrNoRow) {
		err = nil
	}
	now, clockErr := tx.Now()
	return has, now, errors.Join(err, clockErr)
}

// release gives the lease back, so that nobody waits for it after this one has ended.
func (l lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	ours := func(tx broker.Tx) (bool, error) {
		has, _, err := l.read(tx)
		return has.Holder == l.holder, err
	}
	some := false
	err := l.store.View(ctx, func(tx broker.Tx) (err error) {
		some, err = ours(tx)
		return err
	})
	if err != nil || !some {
		return // it ends by itself
	}
	_ = l.store.Update(ctx, func(tx broker.Tx) error {
		if still, err := ours(tx); err != nil || !still {
			return err
		}
		return tx.DeleteEntry(leases, leaseName)
	})
}
