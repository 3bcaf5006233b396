package bolt

import (
	"bytes"
	"errors"
	"math"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutDelivery implements broker.Tx.
func (t *tx) PutDelivery(d broker.Delivery) error {
	n, err := t.claim(deliveryNumbers, []byte(d.ID))
	if err != nil {
		return err
	}
	if err := t.undue(n); err != nil {
		return err
	}
	r := record.NewDelivery(d)
	if err := t.put(due, dueKey(r.NotBefore, n), num(n)); err != nil {
		return err
	}
	raw, err := encode(deliveries, r)
	if err != nil {
		return err
	}
	return t.insert(deliveries, nil, n, raw)
}

func dueKey(at time.Time, n uint64) key { return make(key, 0, timeSize+8).time(at).num(n) }

// undue takes a delivery out of the order in which they are due, if it is in it.
func (t *tx) undue(n uint64) error {
	was, err := load[record.Delivery](t, deliveries, num(n))
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.delete(due, dueKey(was.NotBefore, n))
}

// Delivery implements broker.Tx.
func (t *tx) Delivery(id broker.DeliveryID) (d broker.Delivery, err error) {
	n, known := t.numberOf(deliveryNumbers, []byte(id))
	if !known {
		return d, broker.ErrNoRow
	}
	return fetch[record.Delivery](t, deliveries, num(n))
}

// DueDeliveries implements broker.Tx.
func (t *tx) DueDeliveries(now time.Time, limit int) (all []broker.Delivery, err error) {
	last := dueKey(now, math.MaxUint64)
	c := t.bucket(due).Cursor()
	for at, n := c.First(); at != nil && bytes.Compare(at, last) <= 0 && len(all) < limit; at, n = c.Next() {
		d, err := fetch[record.Delivery](t, deliveries, n)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// NextDelivery implements broker.Tx.
func (t *tx) NextDelivery() (time.Time, error) {
	_, n := t.bucket(due).Cursor().First()
	if n == nil {
		return time.Time{}, broker.ErrNoRow
	}
	d, err := fetch[record.Delivery](t, deliveries, n)
	return d.NotBefore, err
}

// DeleteDelivery implements broker.Tx.
func (t *tx) DeleteDelivery(id broker.DeliveryID) error {
	n, known := t.numberOf(deliveryNumbers, []byte(id))
	if !known {
		return t.writable()
	}
	if err := t.undue(n); err != nil {
		return err
	}
	if err := t.remove(deliveries, nil, n); err != nil {
		return err
	}
	return t.delete(deliveryNumbers, []byte(id))
}

// DeliveryBacklog implements broker.Tx.
func (t *tx) DeliveryBacklog() (b broker.Backlog, err error) {
	err = t.walk(deliveries, nil, 1, 0, 1, func(raw []byte) error {
		oldest, err := decode[record.Delivery](deliveries, raw)
		b = broker.Backlog{Count: t.count(deliveries, nil), Oldest: oldest.Created}
		return err
	})
	return b, err
}
