package bolt

import (
	"errors"
	"math"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutDestination implements broker.Tx.
func (t *tx) PutDestination(d broker.Destination) error {
	n, err := t.claim(destinationNumbers, []byte(d.ID))
	if err != nil {
		return err
	}
	if err := t.unlistDestination(n); err != nil {
		return err
	}
	r := record.NewDestination(d)
	for _, l := range listsOf(r) {
		if err := t.insert(l.bucket, l.prefix, n, num(n)); err != nil {
			return err
		}
	}
	return t.save(destinations, num(n), r)
}

// destinationList is a list that a destination is in.
type destinationList struct {
	bucket bucket
	prefix key
}

func listsOf(r record.Destination) []destinationList {
	all := []destinationList{{destinationsOfOrg, text(r.Org)}}
	for _, c := range r.Clients {
		all = append(all, destinationList{destinationsOfClient, text(c)})
	}
	return all
}

// unlistDestination takes a destination out of the lists that it is in so far.
func (t *tx) unlistDestination(n uint64) error {
	was, err := load[record.Destination](t, destinations, num(n))
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, l := range listsOf(was) {
		if err := t.remove(l.bucket, l.prefix, n); err != nil {
			return err
		}
	}
	return nil
}

// Destination implements broker.Tx.
func (t *tx) Destination(id broker.DestinationID) (d broker.Destination, err error) {
	n, known := t.numberOf(destinationNumbers, []byte(id))
	if !known {
		return d, broker.ErrNoRow
	}
	return fetch[record.Destination](t, destinations, num(n))
}

// DeleteDestination implements broker.Tx.
func (t *tx) DeleteDestination(id broker.DestinationID) error {
	if err := t.writable(); err != nil {
		return err
	}
	n, known := t.numberOf(destinationNumbers, []byte(id))
	if !known {
		return broker.ErrNoRow
	}
	if err := t.unlistDestination(n); err != nil {
		return err
	}
	if err := t.deleteDestinationKeys(id); err != nil {
		return err
	}
	if err := t.delete(destinations, num(n)); err != nil {
		return err
	}
	return t.delete(destinationNumbers, []byte(id))
}

// Destinations implements broker.Tx.
func (t *tx) Destinations(org broker.OrgID, p broker.Page) (all []broker.Destination, total int, err error) {
	err = t.page(destinationsOfOrg, text(string(org)), p, t.collectDestinations(&all))
	return all, t.count(destinationsOfOrg, text(string(org))), err
}

// AssignedDestinations implements broker.Tx.
func (t *tx) AssignedDestinations(c broker.ClientID) (all []broker.Destination, err error) {
	err = t.walk(destinationsOfClient, text(string(c)), 1, 0, math.MaxInt, t.collectDestinations(&all))
	return all, err
}

func (t *tx) collectDestinations(into *[]broker.Destination) func([]byte) error {
	return func(n []byte) error {
		d, err := fetch[record.Destination](t, destinations, n)
		*into = append(*into, d)
		return err
	}
}

// keyName is what a key of a destination is known by.
func keyName(d broker.DestinationID, kid string) []byte { return append(text(string(d)), kid...) }

// PutDestinationKey implements broker.Tx.
func (t *tx) PutDestinationKey(k broker.DestinationKey) error {
	n, err := t.claim(destinationKeyNumbers, keyName(k.Destination, k.KID))
	if err != nil {
		return err
	}
	return t.save(destinationKeys, text(string(k.Destination)).num(n), record.NewDestinationKey(k))
}

// DestinationKey implements broker.Tx.
func (t *tx) DestinationKey(d broker.DestinationID, kid string) (k broker.DestinationKey, err error) {
	n, known := t.numberOf(destinationKeyNumbers, keyName(d, kid))
	if !known {
		return k, broker.ErrNoRow
	}
	return fetch[record.DestinationKey](t, destinationKeys, text(string(d)).num(n))
}

// DestinationKeys implements broker.Tx.
func (t *tx) DestinationKeys(d broker.DestinationID) ([]broker.DestinationKey, error) {
	return fetchAll[record.DestinationKey](t, destinationKeys, text(string(d)))
}

func (t *tx) deleteDestinationKeys(d broker.DestinationID) error {
	all, err := t.DestinationKeys(d)
	if err != nil {
		return err
	}
	for _, k := range all {
		name := keyName(d, k.KID)
		n, _ := t.numberOf(destinationKeyNumbers, name)
		if err := t.delete(destinationKeys, text(string(d)).num(n)); err != nil {
			return err
		}
		if err := t.delete(destinationKeyNumbers, name); err != nil {
			return err
		}
	}
	return nil
}
