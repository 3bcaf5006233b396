package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// deliveries come up in the order in which they are due, however often that is changed.
func deliveries(h *harness) {
	f := &filler{}
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }
	ds := make([]broker.Delivery, 4)
	put := func(i int, due time.Time) {
		h.Helper()
		ds[i].NotBefore = due
		h.update(func(tx broker.Tx) error { return tx.PutDelivery(ds[i]) })
	}
	check := func(what string, now time.Time, limit int, want ...int) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]broker.Delivery, error) { return tx.DueDeliveries(now, limit) })
		same(h, what, got, each(want, func(i int) broker.Delivery { return ds[i] }))
	}
	next := func(what string, want time.Time) {
		h.Helper()
		same(h, what, must(h, broker.Tx.NextDelivery), want)
	}
	backlog := func(what string, count int, oldest time.Time) {
		h.Helper()
		same(h, what, must(h, broker.Tx.DeliveryBacklog), broker.Backlog{Count: count, Oldest: oldest})
	}
	for i, minutes := range []int{30, 10, 20, 40} {
		ds[i] = filled[broker.Delivery](f)
		ds[i].Over = time.Time{}
		put(i, at(minutes))
	}
	backlog("all", 4, ds[0].Created)
	next("the earliest", at(10))
	check("before any", at(10).Add(-time.Nanosecond), 10)
	check("at the very moment", at(10), 10, 1)
	check("most overdue first", at(100), 10, 1, 2, 0, 3)
	check("at most", at(100), 2, 1, 2)
	check("some", at(35), 10, 1, 2, 0)

	put(1, at(35)) // claimed, or to be tried again
	next("after one was put off", at(20))
	check("put off", at(36), 10, 2, 0, 1)
	ds[3].Attempt, ds[3].Lease = 7, ""
	put(3, time.Time{})
	next("due at once", time.Time{})
	check("due at once", epoch, 10, 3)
	put(2, time.Date(1820, 1, 1, 0, 0, 0, 5, time.UTC))
	check("far times", time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC), 10, 3, 2, 0, 1)

	h.reopen()
	remove := func(i int) {
		h.update(func(tx broker.Tx) error { return tx.DeleteDelivery(ds[i].ID) }, func(tx broker.Tx) error { return tx.DeleteDelivery(ds[i].ID) })
	}
	remove(0)
	remove(3)
	backlog("two are done", 2, ds[1].Created)
	check("two are done", at(100), 10, 2, 1)
	_, err := try(h, func(tx broker.Tx) (broker.Delivery, error) { return tx.Delivery(ds[0].ID) })
	is(h, "a deleted delivery", err, broker.ErrNoRow)
	remove(1)
	remove(2)
	backlog("all are done", 0, time.Time{})
	_, err = try(h, broker.Tx.NextDelivery)
	is(h, "nothing owed", err, broker.ErrNoRow)
}

// overDeliveries are kept: they are neither due nor owed, stay in the lists of their receiver and of their submission, may be owed again, and are
// forgotten in the order in which they were over.
func overDeliveries(h *harness) {
	f := &filler{}
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }
	ds := make([]broker.Delivery, 5)
	first := filled[broker.Delivery](f)
	put := func(i int, over time.Time) {
		h.Helper()
		ds[i].Over = over
		h.update(func(tx broker.Tx) error { return tx.PutDelivery(ds[i]) })
	}
	for i := range ds {
		ds[i] = filled[broker.Delivery](f)
		ds[i].Destination, ds[i].Sender, ds[i].Submission, ds[i].NotBefore = first.Destination, "", first.Submission, epoch
		if i == 4 {
			ds[i].Sender = first.Sender
		}
		put(i, time.Time{})
	}
	check := func(what string, there []int, owed ...int) {
		h.Helper()
		which := func(ns []int) []broker.Delivery { return each(ns, func(i int) broker.Delivery { return ds[i] }) }
		to := slices.DeleteFunc(slices.Clone(there), func(i int) bool { return i == 4 })
		same(h, what+", to the destination", paged(h, func(tx broker.Tx) ([]broker.Delivery, int, error) {
			return tx.DeliveriesTo(broker.ToDestination(first.Destination), whole)
		}), list[broker.Delivery]{which(to), len(to)})
		same(h, what+", of the submission", paged(h, func(tx broker.Tx) ([]broker.Delivery, int, error) {
			return tx.DeliveriesOf(first.Submission, broker.Page{Offset: 1, Limit: 2})
		}), list[broker.Delivery]{which(there[min(1, len(there)):min(3, len(there))]), len(there)})
		same(h, what+", due", must(h, func(tx broker.Tx) ([]broker.Delivery, error) { return tx.DueDeliveries(epoch, 10) }), which(owed))
		backlog := must(h, broker.Tx.DeliveryBacklog)
		same(h, what+", owed", backlog.Count, len(owed))
	}
	forget := func(before time.Time, limit, want int) {
		h.Helper()
		got := 0
		h.update(func(tx broker.Tx) (err error) { got, err = tx.ForgetDeliveries(before, limit); return err })
		same(h, fmt.Sprintf("forgotten before %s", before), got, want)
	}
	check("as put", []int{0, 1, 2, 3, 4}, 0, 1, 2, 3, 4)
	same(h, "to the sender", must(h, func(tx broker.Tx) (int, error) {
		_, n, err := tx.DeliveriesTo(broker.ToSender(first.Sender), whole)
		return n, err
	}), 1)
	put(3, at(10))
	put(0, at(20))
	put(1, at(10))
	check("three are over", []int{0, 1, 2, 3, 4}, 2, 4)
	put(1, time.Time{})
	check("one is owed again", []int{0, 1, 2, 3, 4}, 1, 2, 4)
	put(1, at(30))
	h.reopen()
	forget(at(10), 10, 0)
	forget(at(1000), 1, 1)
	check("the oldest is forgotten", []int{0, 1, 2, 4}, 2, 4)
	forget(at(30), 10, 1)
	check("and the next", []int{1, 2, 4}, 2, 4)
	forget(at(30).Add(time.Nanosecond), 10, 1)
	check("those owed are left", []int{2, 4}, 2, 4)
	put(0, time.Time{})
	check("one that comes again is the last", []int{2, 4, 0}, 2, 4, 0)
}

// serviceKeys are listed by use, in the order they were created.
func serviceKeys(h *harness) {
	f := &filler{}
	put := func(use broker.KeyUse, kid string, state broker.KeyState) {
		k := filled[broker.ServiceKey](f)
		k.Use, k.KID, k.State = use, kid, state
		h.update(func(tx broker.Tx) error { return tx.PutServiceKey(k) })
	}
	put(broker.ServiceKeys, "z", broker.KeyCurrent)
	put(broker.TokenKeys, "z", broker.KeyCurrent)
	put(broker.ServiceKeys, "a", broker.KeyNext)
	put(broker.ServiceKeys, "z", broker.KeyRetired)
	all := must(h, func(tx broker.Tx) ([]broker.ServiceKey, error) { return tx.ServiceKeys(broker.ServiceKeys) })
	got := each(all, func(k broker.ServiceKey) string { return fmt.Sprint(k.KID, " ", k.State) })
	same(h, "keys", got, []string{"z retired", "a next"})
}

// routes are listed in the order they were published.
func routes(h *harness) {
	f := &filler{}
	all := make([]broker.Route, 4)
	for i := range all {
		all[i] = filled[broker.Route](f)
		h.update(func(tx broker.Tx) error { return tx.PutRoute(all[i]) })
	}
	h.update(func(tx broker.Tx) error { return tx.DeleteRoute(all[1].ID) }, func(tx broker.Tx) error { return tx.DeleteRoute(all[1].ID) })
	h.reopen()
	same(h, "those that are left", must(h, broker.Tx.Routes), []broker.Route{all[0], all[2], all[3]})
	h.update(func(tx broker.Tx) error { return tx.PutRoute(all[1]) })
	same(h, "one published again", must(h, broker.Tx.Routes), []broker.Route{all[0], all[2], all[3], all[1]})
}
