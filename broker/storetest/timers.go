package storetest

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// timers come up queue by queue in the order in which they are due, and those of one instant in the order of their names.
func timers(h *harness) {
	const q, other broker.TimerQueue = "mail", "mails"
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }
	put := func(q broker.TimerQueue, id string, due time.Time) {
		h.Helper()
		h.update(func(tx broker.Tx) error { return tx.PutTimer(broker.Timer{Queue: q, ID: id, At: due}) })
	}
	check := func(what string, q broker.TimerQueue, now time.Time, limit int, want ...string) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]broker.Timer, error) { return tx.DueTimers(q, now, limit) })
		same(h, what, each(got, func(t broker.Timer) string { return t.ID }), want)
	}
	next := func(what string, q broker.TimerQueue, want time.Time) {
		h.Helper()
		same(h, what, must(h, func(tx broker.Tx) (time.Time, error) { return tx.NextTimer(q) }), want)
	}
	put(q, "c", at(10))
	put(q, "a", at(20))
	put(q, "b", at(10))
	put(q, "far", time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC))
	put(other, "a", at(5))
	next("of one queue", q, at(10))
	next("of the other", other, at(5))
	check("before any", q, at(10).Add(-time.Nanosecond), 10)
	check("at the very moment", q, at(10), 10, "b", "c")
	check("at most", q, at(100), 1, "b")
	check("of one queue", q, at(100), 10, "b", "c", "a")
	check("of the other", other, at(100), 10, "a")

	put(q, "b", at(20))
	put(q, "c", time.Time{})
	h.reopen()
	next("due at once", q, time.Time{})
	check("two were moved", q, at(20), 10, "c", "a", "b")
	same(h, "as put", must(h, func(tx broker.Tx) (broker.Timer, error) { return tx.Timer(q, "b") }), broker.Timer{Queue: q, ID: "b", At: at(20)})
	h.update(
		func(tx broker.Tx) error { return tx.DeleteTimer(q, "c") },
		func(tx broker.Tx) error { return tx.DeleteTimer(q, "c") },
		func(tx broker.Tx) error { return tx.DeleteTimer(other, "a") },
	)
	check("one is gone", q, at(20), 10, "a", "b")
	_, err := try(h, func(tx broker.Tx) (broker.Timer, error) { return tx.Timer(q, "c") })
	is(h, "one that is gone", err, broker.ErrNoRow)
	_, err = try(h, func(tx broker.Tx) (time.Time, error) { return tx.NextTimer(other) })
	is(h, "an empty queue", err, broker.ErrNoRow)
}
