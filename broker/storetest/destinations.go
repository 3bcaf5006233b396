package storetest

import (
	"fmt"

	"github.com/vierkant/vierkant/broker"
)

func destinationID(d broker.Destination) broker.DestinationID { return d.ID }

// putDestinations makes n destinations of one organisation.
func putDestinations(h *harness, f *filler, org broker.OrgID, n int) []broker.DestinationID {
	var ids []broker.DestinationID
	for range n {
		d := filled[broker.Destination](f)
		d.Org = org
		h.update(func(tx broker.Tx) error { return tx.PutDestination(d) })
		ids = append(ids, d.ID)
	}
	return ids
}

func owned(h *harness, org broker.OrgID, p broker.Page) list[broker.DestinationID] {
	h.Helper()
	l := paged(h, func(tx broker.Tx) ([]broker.Destination, int, error) { return tx.Destinations(org, p) })
	return list[broker.DestinationID]{each(l.Page, destinationID), l.Total}
}

// destinations belong to an organisation, are paged in the order they were created, and leave the list when they are deleted or change hands.
func destinations(h *harness) {
	f := &filler{}
	org, other := filled[broker.OrgID](f), filled[broker.OrgID](f)
	ids := putDestinations(h, f, org, 5)
	foreign := putDestinations(h, f, other, 1)

	pages := []struct {
		page broker.Page
		want []broker.DestinationID
	}{
		{whole, ids},
		{broker.Page{Limit: 2}, ids[:2]},
		{broker.Page{Offset: 1, Limit: 3}, ids[1:4]},
		{broker.Page{Offset: 4, Limit: 3}, ids[4:]},
		{broker.Page{Offset: 5, Limit: 3}, nil},
		{broker.Page{Offset: 500, Limit: 500}, nil},
	}
	for _, p := range pages {
		same(h, fmt.Sprintf("page %+v", p.page), owned(h, org, p.page), list[broker.DestinationID]{p.want, 5})
	}

	moved := must(h, func(tx broker.Tx) (broker.Destination, error) { return tx.Destination(ids[1]) })
	moved.Org, moved.Name = other, "moved"
	h.update(
		func(tx broker.Tx) error { return tx.PutDestination(moved) },
		func(tx broker.Tx) error { return tx.DeleteDestination(ids[3]) },
	)
	same(h, "those that are left", owned(h, org, whole), list[broker.DestinationID]{[]broker.DestinationID{ids[0], ids[2], ids[4]}, 3})
	theirs := owned(h, other, whole)
	if theirs.Total != 2 || len(theirs.Page) != 2 {
		h.Errorf("the other organisation has %v, want %s and %s", theirs, foreign[0], moved.ID)
	}
	_, err := try(h, func(tx broker.Tx) (broker.Destination, error) { return tx.Destination(ids[3]) })
	is(h, "deleted", err, broker.ErrNoRow)

	again := filled[broker.Destination](f)
	again.ID, again.Org = ids[3], org
	h.update(func(tx broker.Tx) error { return tx.PutDestination(again) })
	same(h, "made again", owned(h, org, whole), list[broker.DestinationID]{[]broker.DestinationID{ids[0], ids[2], ids[4], ids[3]}, 4})
}

// assignedDestinations follows the clients of each destination.
func assignedDestinations(h *harness) {
	f := &filler{}
	a, b := filled[broker.ClientID](f), filled[broker.ClientID](f)
	assign := func(d *broker.Destination, clients ...broker.ClientID) {
		h.Helper()
		d.Clients = clients
		h.update(func(tx broker.Tx) error { return tx.PutDestination(*d) })
	}
	check := func(what string, c broker.ClientID, want ...broker.DestinationID) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]broker.Destination, error) { return tx.AssignedDestinations(c) })
		same(h, what, each(got, destinationID), want)
	}
	first, second := filled[broker.Destination](f), filled[broker.Destination](f)
	assign(&first, a, b)
	assign(&second, a)
	check("a has both", a, first.ID, second.ID)
	check("b has one", b, first.ID)

	assign(&first, b)
	assign(&second, b, a, b)
	check("a lost the first", a, second.ID)
	check("b has both, each once", b, first.ID, second.ID)

	h.update(func(tx broker.Tx) error { return tx.DeleteDestination(second.ID) })
	check("a has none", a)
	check("b has the first", b, first.ID)
}

// destinationKeys are listed in the order they were added and go with their destination.
func destinationKeys(h *harness) {
	f := &filler{}
	d, other := filled[broker.Destination](f), filled[broker.Destination](f)
	h.update(func(tx broker.Tx) error { return tx.PutDestination(d) }, func(tx broker.Tx) error { return tx.PutDestination(other) })
	put := func(id broker.DestinationID, kid string) {
		k := filled[broker.DestinationKey](f)
		k.Destination, k.KID = id, kid
		h.update(func(tx broker.Tx) error { return tx.PutDestinationKey(k) })
	}
	check := func(what string, id broker.DestinationID, want ...string) {
		h.Helper()
		got := must(h, func(tx broker.Tx) ([]broker.DestinationKey, error) { return tx.DestinationKeys(id) })
		same(h, what, each(got, func(k broker.DestinationKey) string { return k.KID }), want)
	}
	for _, kid := range []string{"z", "a", "m"} {
		put(d.ID, kid)
		put(other.ID, kid)
	}
	check("in order", d.ID, "z", "a", "m")
	put(d.ID, "z")
	check("one written again keeps its place", d.ID, "z", "a", "m")

	h.update(func(tx broker.Tx) error { return tx.DeleteDestination(d.ID) })
	check("gone with the destination", d.ID)
	check("those of another one stay", other.ID, "z", "a", "m")
	_, err := try(h, func(tx broker.Tx) (broker.DestinationKey, error) { return tx.DestinationKey(d.ID, "a") })
	is(h, "a key of a deleted destination", err, broker.ErrNoRow)
}
