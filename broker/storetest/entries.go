package storetest

import (
	"context"
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

// entries of a kind, and those that an owner has of it, are in the order in which they were first put.
func entries(h *harness) {
	all := make([]broker.Entry, 5)
	put := func(i int, value string) {
		h.Helper()
		all[i] = broker.Entry{Kind: "grant", ID: fmt.Sprint("id ", 9-i), Owner: []string{"Amt", "Amt 2"}[i%2], Value: []byte(value)}
		h.update(func(tx broker.Tx) error { return tx.PutEntry(all[i]) })
	}
	check := func(what string, p broker.Page, total int, want ...int) {
		h.Helper()
		got := paged(h, func(tx broker.Tx) ([]broker.Entry, int, error) { return tx.Entries("grant", p) })
		same(h, what, got, list[broker.Entry]{each(want, func(i int) broker.Entry { return all[i] }), total})
	}
	checkOf := func(what, owner string, p broker.Page, total int, want ...int) {
		h.Helper()
		got := paged(h, func(tx broker.Tx) ([]broker.Entry, int, error) { return tx.EntriesOf("grant", owner, p) })
		same(h, what, got, list[broker.Entry]{each(want, func(i int) broker.Entry { return all[i] }), total})
	}
	remove := func(i int) {
		h.Helper()
		h.update(func(tx broker.Tx) error { return tx.DeleteEntry("grant", all[i].ID) }, func(tx broker.Tx) error { return tx.DeleteEntry("grant", all[i].ID) })
	}
	for i := range all {
		put(i, "first")
	}
	h.update(func(tx broker.Tx) error {
		return tx.PutEntry(broker.Entry{Kind: "grants", ID: all[0].ID, Owner: "Amt", Value: []byte("another kind")})
	})
	check("all", whole, 5, 0, 1, 2, 3, 4)
	check("a page", broker.Page{Offset: 1, Limit: 2}, 5, 1, 2)
	check("the end", broker.Page{Offset: 4, Limit: 2}, 5, 4)
	check("behind the end", broker.Page{Offset: 5, Limit: 2}, 5)
	checkOf("all of one", "Amt", whole, 3, 0, 2, 4)
	checkOf("a page of one", "Amt", broker.Page{Offset: 1, Limit: 1}, 3, 2)
	checkOf("all of another", "Amt 2", whole, 2, 1, 3)
	checkOf("of somebody else", "Am", whole, 0)

	put(2, "second")
	h.reopen()
	check("one put again keeps its place", whole, 5, 0, 1, 2, 3, 4)
	remove(0)
	remove(3)
	check("those that are left", whole, 3, 1, 2, 4)
	checkOf("those that are left of one", "Amt", whole, 2, 2, 4)
	put(0, "new")
	check("one that was deleted comes last", whole, 4, 1, 2, 4, 0)
	checkOf("one that was deleted comes last, of one", "Amt", whole, 3, 2, 4, 0)
}

// entryOwners keep what they have until it is deleted.
func entryOwners(h *harness) {
	mine := broker.Entry{Kind: "template", ID: "Wohnsitz", Owner: "Amt", Value: []byte("mine")}
	theirs := mine
	theirs.Owner, theirs.Value = "Amt 2", []byte("theirs")
	put := func(e broker.Entry) error {
		return h.store.Update(context.Background(), func(tx broker.Tx) error { return tx.PutEntry(e) })
	}
	is(h, "a new one", put(mine), nil)
	is(h, "of another owner", put(theirs), broker.Conflict)
	same(h, "as it was", must(h, func(tx broker.Tx) (broker.Entry, error) { return tx.Entry(mine.Kind, mine.ID) }), mine)
	h.update(func(tx broker.Tx) error { return tx.DeleteEntry(mine.Kind, mine.ID) }, func(tx broker.Tx) error { return tx.PutEntry(theirs) })
	got := paged(h, func(tx broker.Tx) ([]broker.Entry, int, error) { return tx.EntriesOf(mine.Kind, mine.Owner, whole) })
	same(h, "of who had it", got, list[broker.Entry]{nil, 0})
}
