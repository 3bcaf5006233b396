package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// sameNumber has many append the event of the same number: one of them does, the others are told of the Conflict.
func sameNumber(h *harness) {
	c, s := named[broker.CaseID](0), named[broker.SubmissionID](0)
	for round := range 5 {
		errs := make([]error, workers)
		var wg sync.WaitGroup
		for w := range errs {
			e := broker.Event{Case: c, Number: round + 1, ID: named[broker.EventID](100*round + w), Submission: s}
			wg.Go(func() {
				errs[w] = h.store.Update(context.Background(), func(tx broker.Tx) error { return tx.AppendEvent(e) })
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			is(h, "one of the others", err, broker.Conflict)
		}
		_, total, err := everyPage(func(p broker.Page) (all []broker.Event, total int, err error) {
			l := paged(h, func(tx broker.Tx) ([]broker.Event, int, error) { return tx.Events(c, p) })
			return l.Page, l.Total, nil
		})
		if won != 1 || total != round+1 || err != nil {
			h.Errorf("event %d was appended by %d, and the log has %d, %v", round+1, won, total, err)
		}
	}
}

// claimDue leases what is due, as the outbox does, and returns what it got.
func claimDue(h *harness, now time.Time, lease string, limit int) (claimed []broker.Delivery) {
	h.Helper()
	h.update(func(tx broker.Tx) error {
		claimed = nil
		due, err := tx.DueDeliveries(now, limit)
		for _, d := range due {
			d.Attempt++
			d.Lease, d.NotBefore = lease, now.Add(time.Minute)
			err = errors.Join(err, tx.PutDelivery(d))
			claimed = append(claimed, d)
		}
		return err
	})
	return claimed
}

// report deletes a delivery if the lease still stands.
func report(h *harness, d broker.Delivery) (held bool) {
	h.Helper()
	h.update(func(tx broker.Tx) error {
		stored, err := tx.Delivery(d.ID)
		if held = err == nil && stored.Lease == d.Lease; !held {
			return nil
		}
		return tx.DeleteDelivery(d.ID)
	})
	return held
}

// leases: what is claimed belongs to one until the lease ends, and from that instant on to whoever claims it next.
func leases(h *harness) {
	const owed = 40
	for n := range owed {
		h.update(func(tx broker.Tx) error {
			return tx.PutDelivery(broker.Delivery{ID: named[broker.DeliveryID](n), NotBefore: epoch, Created: epoch})
		})
	}
	first := claimAll(h, epoch, "first", owed)
	if got := claimDue(h, epoch.Add(time.Minute-time.Nanosecond), "early", owed); len(got) > 0 {
		h.Errorf("%d deliveries were claimed before their leases ended", len(got))
	}
	same(h, "when the leases end", must(h, broker.Tx.NextDelivery), epoch.Add(time.Minute))

	for _, d := range first[:owed/2] {
		if !report(h, d) {
			h.Errorf("a lease that stands does not count")
		}
	}
	second := claimAll(h, epoch.Add(time.Minute), "second", owed/2)
	for _, d := range second {
		if d.Attempt != 2 {
			h.Errorf("attempt %d, want 2", d.Attempt)
		}
	}
	for _, d := range first {
		if report(h, d) {
			h.Errorf("a lease that ended counts")
		}
	}
	same(h, "owed still", must(h, broker.Tx.DeliveryBacklog), broker.Backlog{Count: owed / 2, Oldest: epoch})
	for _, d := range second {
		if !report(h, d) || report(h, d) {
			h.Errorf("a delivery was not done exactly once")
		}
	}
	same(h, "owed in the end", must(h, broker.Tx.DeliveryBacklog), broker.Backlog{})
}

// claimAll has many claim at once until nothing is due, and sees that each delivery was claimed once.
func claimAll(h *harness, now time.Time, who string, want int) (all []broker.Delivery) {
	h.Helper()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for w := range workers / 2 {
		wg.Go(func() {
			for n := 0; ; n++ {
				got := claimDue(h, now, fmt.Sprint(who, w, n), 3)
				if len(got) == 0 {
					return
				}
				mu.Lock()
				all = append(all, got...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	times := map[broker.DeliveryID]int{}
	for _, d := range all {
		times[d.ID]++
	}
	if len(all) != want || len(times) != want {
		h.Fatalf("%s: %d claims of %d deliveries, want each of %d once", who, len(all), len(times), want)
	}
	return all
}
