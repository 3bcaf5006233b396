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
	is := record.NewDelivery(d)
	was, err := load[record.Delivery](t, deliveries, num(n))
	switch {
	case errors.Is(err, broker.ErrNoRow):
		err = t.listDelivery(n, is)
	case err == nil:
		err = t.reschedule(n, was, is)
	}
	if err != nil {
		return err
	}
	return t.save(deliveries, num(n), is)
}

// listDelivery enters a new delivery into all lists.
func (t *tx) listDelivery(n uint64, r record.Delivery) error {
	if err := t.insert(deliveriesTo, receiverOf(r), n, num(n)); err != nil {
		return err
	}
	if r.Submission != "" {
		s, err := t.claim(submissionNumbers, []byte(r.Submission))
		if err != nil {
			return err
		}
		if err := t.insert(deliveriesOf, num(s), n, num(n)); err != nil {
			return err
		}
	}
	return t.schedule(n, r)
}

func receiverOf(r record.Delivery) key { return text(string(r.Domain().Receiver())) }

// schedule enters a delivery that is owed, or over, among its like.
func (t *tx) schedule(n uint64, r record.Delivery) error {
	if !r.Over.IsZero() {
		return t.put(over, timeKey(r.Over, n), num(n))
	}
	if err := t.insert(owed, nil, n, num(n)); err != nil {
		return err
	}
	return t.put(due, timeKey(r.NotBefore, n), num(n))
}

// unschedule takes it out again.
func (t *tx) unschedule(n uint64, r record.Delivery) error {
	if !r.Over.IsZero() {
		return t.delete(over, timeKey(r.Over, n))
	}
	if err := t.remove(owed, nil, n); err != nil {
		return err
	}
	return t.delete(due, timeKey(r.NotBefore, n))
}

func (t *tx) reschedule(n uint64, was, is record.Delivery) error {
	if was.Over.IsZero() && is.Over.IsZero() { // as with each claim: it keeps its place among those that are owed
		if err := t.delete(due, timeKey(was.NotBefore, n)); err != nil {
			return err
		}
		return t.put(due, timeKey(is.NotBefore, n), num(n))
	}
	if err := t.unschedule(n, was); err != nil {
		return err
	}
	return t.schedule(n, is)
}

// timeKey orders numbered things by a time.
func timeKey(at time.Time, n uint64) key { return make(key, 0, timeSize+8).time(at).num(n) }

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
	last := timeKey(now, math.MaxUint64)
	c := t.bucket(due).Cursor()
	for at, n := c.First(); at != nil && bytes.Compare(at, last) <= 0 && len(all) < limit; at, n = c.Next() {
		if err := t.collectDeliveries(&all)(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *tx) collectDeliveries(into *[]broker.Delivery) func([]byte) error {
	return func(n []byte) error {
		d, err := fetch[record.Delivery](t, deliveries, n)
		*into = append(*into, d)
		return err
	}
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

// DeliveriesTo implements broker.Tx.
func (t *tx) DeliveriesTo(r broker.Receiver, p broker.Page) (all []broker.Delivery, total int, err error) {
	list := text(string(r))
	err = t.page(deliveriesTo, list, p, t.collectDeliveries(&all))
	return all, t.count(deliveriesTo, list), err
}

// DeliveriesOf implements broker.Tx.
func (t *tx) DeliveriesOf(id broker.SubmissionID, p broker.Page) (all []broker.Delivery, total int, err error) {
	s, known := t.numberOf(submissionNumbers, []byte(id))
	if !known {
		return nil, 0, nil
	}
	err = t.page(deliveriesOf, num(s), p, t.collectDeliveries(&all))
	return all, t.count(deliveriesOf, num(s)), err
}

// DeleteDelivery implements broker.Tx.
func (t *tx) DeleteDelivery(id broker.DeliveryID) error {
	n, known := t.numberOf(deliveryNumbers, []byte(id))
	if !known {
		return t.writable()
	}
	return t.dropDelivery(n)
}

func (t *tx) dropDelivery(n uint64) error {
	r, err := load[record.Delivery](t, deliveries, num(n))
	if err != nil {
		return err
	}
	if err := t.unschedule(n, r); err != nil {
		return err
	}
	if s, known := t.numberOf(submissionNumbers, []byte(r.Submission)); known {
		if err := t.remove(deliveriesOf, num(s), n); err != nil {
			return err
		}
	}
	if err := t.remove(deliveriesTo, receiverOf(r), n); err != nil {
		return err
	}
	if err := t.delete(deliveryNumbers, []byte(r.ID)); err != nil {
		return err
	}
	return t.delete(deliveries, num(n))
}

// ForgetDeliveries implements broker.Tx.
func (t *tx) ForgetDeliveries(before time.Time, limit int) (int, error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	old := t.numbersBefore(over, before, limit)
	for _, n := range old {
		if err := t.dropDelivery(n); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// DeliveryBacklog implements broker.Tx.
func (t *tx) DeliveryBacklog() (b broker.Backlog, err error) {
	err = t.walk(owed, nil, 1, 0, 1, func(n []byte) error {
		oldest, err := load[record.Delivery](t, deliveries, n)
		b = broker.Backlog{Count: t.count(owed, nil), Oldest: oldest.Created}
		return err
	})
	return b, err
}
