package postgres

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// deliveryLocks names a delivery that is written, and the lists that it is in.
func deliveryLocks(d broker.Delivery) []lock {
	return []lock{
		alone(aDelivery, string(d.ID)), shared(theDeliveries, ""),
		shared(deliveriesTo, string(d.Receiver())), shared(deliveriesOf, string(d.Submission)),
	}
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
	over, overNano := overColumns(d)
	return t.save(deliveryLocks(d), record.NewDelivery(d), `with was as (select over is null as owed from deliveries where id = $2),
		written as (insert into deliveries (record, id, due, due_nano, receiver, submission, over, over_nano) values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict (id) do update set record = excluded.record, due = excluded.due, due_nano = excluded.due_nano,
			over = excluded.over, over_nano = excluded.over_nano),
		counted (list, n) as (select '`+theDeliveries+`', ($7::timestamptz is null)::int - coalesce((select owed::int from was), 0)
			union all select '`+deliveriesTo+` ' || $5, 1 where not exists (select from was))
		insert into tallies (list, shard, n) select list, `+shard+`, n from counted where n <> 0
			on conflict (list, shard) do update set n = tallies.n + excluded.n`,
		string(d.ID), due, nano, string(d.Receiver()), string(d.Submission), over, overNano)
}

// overColumns are the columns over and over_nano; null for what is owed.
func overColumns(d broker.Delivery) (over *time.Time, nano *int16) {
	if d.Over.IsZero() {
		return nil, nil
	}
	micro, rest := instant(d.Over)
	return &micro, &rest
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
	const which = "from deliveries where over is null and (due, due_nano) <= ($1, $2) order by due, due_nano, place limit $3"
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
	d, err := fetch[record.Delivery](t, []lock{alone(theDeliveries, "")}, "select record from deliveries where over is null order by due, due_nano, place limit 1")
	return d.NotBefore, err
}

// DeliveriesTo implements broker.Tx.
func (t *tx) DeliveriesTo(r broker.Receiver, p broker.Page) (all []broker.Delivery, total int, err error) {
	list := alone(deliveriesTo, string(r))
	if total, err = t.total(list, list.name); err != nil || p.Offset >= total {
		return nil, total, err
	}
	all, err = fetchAll[record.Delivery](t, nil, "select record from deliveries where receiver = $1 order by place offset $2 limit $3",
		string(r), p.Offset, p.Limit)
	return all, total, err
}

// DeliveriesOf implements broker.Tx. They are few, and counted.
func (t *tx) DeliveriesOf(s broker.SubmissionID, p broker.Page) (all []broker.Delivery, total int, err error) {
	list := []lock{alone(deliveriesOf, string(s))}
	err = t.askOne(list, []any{&total}, "select count(*) from deliveries where submission = $1", string(s))
	if err != nil || p.Offset >= total {
		return nil, total, ignoreNoRow(err)
	}
	all, err = fetchAll[record.Delivery](t, list, "select record from deliveries where submission = $1 order by place offset $2 limit $3",
		string(s), p.Offset, p.Limit)
	return all, total, err
}

// DeleteDelivery implements broker.Tx.
func (t *tx) DeleteDelivery(id broker.DeliveryID) error {
	if err := t.writable(); err != nil {
		return err
	}
	d, err := t.Delivery(id)
	if err != nil {
		return ignoreNoRow(err)
	}
	return t.dropDeliveries([]broker.Delivery{d}, nil)
}

// dropDeliveries removes what was read.
func (t *tx) dropDeliveries(all []broker.Delivery, err error) error {
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Over.IsZero() {
			t.tally(theDeliveries, -1)
		}
		t.tally(deliveriesTo+" "+string(d.Receiver()), -1)
		if err := t.put(deliveryLocks(d), "delete from deliveries where id = $1", string(d.ID)); err != nil {
			return err
		}
	}
	return nil
}

// ForgetDeliveries implements broker.Tx. Who has the list alone knows that nobody changes what is in it.
func (t *tx) ForgetDeliveries(before time.Time, limit int) (int, error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	end, nano := instant(before)
	old, err := fetchAll[record.Delivery](t, []lock{alone(theDeliveries, "")}, `select record from deliveries
		where over is not null and (over, over_nano) < ($1, $2) order by over, over_nano, place limit $3`, end, nano, limit)
	return len(old), t.dropDeliveries(old, err)
}

// DeliveryBacklog implements broker.Tx.
func (t *tx) DeliveryBacklog() (b broker.Backlog, err error) {
	list := alone(theDeliveries, "")
	oldest, err := fetch[record.Delivery](t, []lock{list}, "select record from deliveries where over is null order by place limit 1")
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
