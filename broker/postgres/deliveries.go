package postgres

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

func deliveryLocks(id broker.DeliveryID) []lock {
	return []lock{alone(aDelivery, string(id)), shared(theDeliveries, "")}
}

// instant splits a time into what timestamptz holds and the nanoseconds that it does not.
func instant(at time.Time) (micro time.Time, nano int16) {
	nano = int16(at.Nanosecond() % 1000)
	return at.Add(-time.Duration(nano)).UTC(), nano
}

// PutDelivery implements broker.Tx.
func (t *tx) PutDelivery(d broker.Delivery) error {
	t.hint |= DeliveriesOwed
	due, nano := instant(d.NotBefore)
	return t.save(deliveryLocks(d.ID), record.NewDelivery(d), `with was as (select from deliveries where id = $2),
		written as (insert into deliveries (record, id, due, due_nano) values ($1, $2, $3, $4)
			on conflict (id) do update set record = excluded.record, due = excluded.due, due_nano = excluded.due_nano)
		insert into tallies (list, shard, n) select '`+theDeliveries+`', `+shard+`, 1 where not exists (select from was)
			on conflict (list, shard) do update set n = tallies.n + excluded.n`, string(d.ID), due, nano)
}

// Delivery implements broker.Tx.
func (t *tx) Delivery(id broker.DeliveryID) (broker.Delivery, error) {
	return fetch[record.Delivery](t, []lock{alone(aDelivery, string(id))}, "select record from deliveries where id = $1", string(id))
}

// DueDeliveries implements broker.Tx. Inside Update it takes them alone, and leaves out those that another transaction is at work on, so that
// nodes that claim at the same time get different ones. A row that is locked here is as it was committed last; the name is locked
// by trying, since whoever has it may be waiting for the row.
func (t *tx) DueDeliveries(now time.Time, limit int) ([]broker.Delivery, error) {
	due, nano := instant(now)
	const which = "from deliveries where (due, due_nano) <= ($1, $2) order by due, due_nano, place limit $3"
	if t.plan == nil {
		return fetchAll[record.Delivery](t, nil, "select record "+which, due, nano, limit)
	}
	all, err := fetchAll[record.Delivery](t, nil, `with free as materialized (select id, record, due, due_nano, place `+which+` for no key update skip locked)
		select record from free where pg_try_advisory_xact_lock(hashtextextended('`+aDelivery+` ' || id, 0)) order by due, due_nano, place`, due, nano, limit)
	for _, d := range all {
		t.held[alone(aDelivery, string(d.ID)).name] = true
	}
	return all, err
}

// NextDelivery implements broker.Tx.
func (t *tx) NextDelivery() (time.Time, error) {
	d, err := fetch[record.Delivery](t, []lock{alone(theDeliveries, "")}, "select record from deliveries order by due, due_nano, place limit 1")
	return d.NotBefore, err
}

// DeleteDelivery implements broker.Tx.
func (t *tx) DeleteDelivery(id broker.DeliveryID) error {
	return t.remove(deliveryLocks(id), `with gone as (delete from deliveries where id = $1 returning id)
		insert into tallies (list, shard, n) select '`+theDeliveries+`', `+shard+`, -1 from gone
			on conflict (list, shard) do update set n = tallies.n + excluded.n`, string(id))
}

// DeliveryBacklog implements broker.Tx.
func (t *tx) DeliveryBacklog() (b broker.Backlog, err error) {
	list := alone(theDeliveries, "")
	oldest, err := fetch[record.Delivery](t, []lock{list}, "select record from deliveries order by place limit 1")
	if err != nil {
		return b, ignoreNoRow(err)
	}
	b.Oldest = oldest.Created
	b.Count, err = t.total(list, theDeliveries)
	return b, err
}

func ignoreNoRow(err error) error {
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	return err
}
