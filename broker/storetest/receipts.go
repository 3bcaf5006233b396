package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// receipts are each client's own, and forgotten oldest first, as many as asked, none that was made at the moment or after it.
func receipts(h *harness) {
	f := &filler{}
	clients := filled[[]broker.ClientID](f)
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }
	var all []broker.Receipt
	for i, minutes := range []int{30, 10, 20, 10, 40} {
		r := filled[broker.Receipt](f)
		r.Client, r.Key, r.Made = clients[i%2], fmt.Sprint("key ", i/2), at(minutes)
		h.update(func(tx broker.Tx) error { return tx.PutReceipt(r) })
		all = append(all, r)
	}
	check := func(what string, want ...int) {
		h.Helper()
		var left []int
		for i, r := range all {
			got, err := try(h, func(tx broker.Tx) (broker.Receipt, error) { return tx.Receipt(r.Client, r.Key) })
			if errors.Is(err, broker.ErrNoRow) {
				continue
			}
			is(h, what, err, nil)
			same(h, what, got, r)
			left = append(left, i)
		}
		same(h, what, left, want)
	}
	forget := func(before time.Time, limit, want int) {
		h.Helper()
		got := 0
		h.update(func(tx broker.Tx) (err error) { got, err = tx.ForgetReceipts(before, limit); return err })
		if got != want {
			h.Errorf("before %s: %d were forgotten, want %d", before, got, want)
		}
	}
	check("as put", 0, 1, 2, 3, 4)
	forget(at(10), 10, 0)
	check("before any", 0, 1, 2, 3, 4)
	forget(at(30), 1, 1)
	check("of two that are as old, the first", 0, 2, 3, 4)

	fresh := filled[broker.Receipt](f)
	fresh.Client, fresh.Key, fresh.Made = all[3].Client, all[3].Key, at(50)
	all[3] = fresh
	h.update(func(tx broker.Tx) error { return tx.PutReceipt(fresh) })
	check("one replaced", 0, 2, 3, 4)
	h.reopen()
	forget(at(30), 10, 1)
	check("older than the oldest but one", 0, 3, 4)
	forget(at(30).Add(time.Nanosecond), 10, 1)
	check("a nanosecond later", 3, 4)
	forget(at(1000), 10, 2)
	check("none is left")
	h.update(func(tx broker.Tx) error { return tx.PutReceipt(all[1]) })
	check("one made again", 1)
}
