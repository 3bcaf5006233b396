package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
)

// timerLocks names a timer that is written, and its queue.
func timerLocks(q broker.TimerQueue, id string) []lock {
	return []lock{alone(aTimer, string(q)+" "+id), shared(theTimers, string(q))}
}

// PutTimer implements broker.Tx.
func (t *tx) PutTimer(is broker.Timer) error {
	at, nano := instant(is.At)
	return t.put(timerLocks(is.Queue, is.ID), `insert into timers (queue, id, at, at_nano) values ($1, $2, $3, $4)
		on conflict (queue, id) do update set at = excluded.at, at_nano = excluded.at_nano`, string(is.Queue), is.ID, at, nano)
}

// timers asks for timers of a queue.
func (t *tx) timers(q broker.TimerQueue, locks []lock, sql string, args ...any) (all []broker.Timer, err error) {
	err = t.ask(locks, func(rows pgx.Rows) error {
		timer := broker.Timer{Queue: q}
		var nano int16
		err := rows.Scan(&timer.ID, &timer.At, &nano)
		timer.At = timer.At.Add(time.Duration(nano)).UTC()
		all = append(all, timer)
		return err
	}, sql, append([]any{string(q)}, args...)...)
	return all, err
}

// Timer implements broker.Tx.
func (t *tx) Timer(q broker.TimerQueue, id string) (broker.Timer, error) {
	return only(t.timers(q, []lock{alone(aTimer, string(q)+" "+id)}, "select id, at, at_nano from timers where queue = $1 and id = $2", id))
}

// only returns the one row that was asked for.
func only[T any](all []T, err error) (one T, _ error) {
	if err == nil && len(all) == 0 {
		err = broker.ErrNoRow
	}
	if err != nil {
		return one, err
	}
	return all[0], nil
}

// DeleteTimer implements broker.Tx.
func (t *tx) DeleteTimer(q broker.TimerQueue, id string) error {
	return t.remove(timerLocks(q, id), "delete from timers where queue = $1 and id = $2", string(q), id)
}

// DueTimers implements broker.Tx, as DueDeliveries does.
func (t *tx) DueTimers(q broker.TimerQueue, now time.Time, limit int) ([]broker.Timer, error) {
	at, nano := instant(now)
	const which = "select id, at, at_nano from timers where queue = $1 and (at, at_nano) <= ($2, $3) order by at, at_nano, id limit $4"
	if t.plan == nil {
		return t.timers(q, nil, which, at, nano, limit)
	}
	all, err := t.timers(q, nil, `with free as materialized (`+which+` for no key update skip locked)
		select id, at, at_nano from free where pg_try_advisory_xact_lock(hashtextextended('`+aTimer+` ' || $1 || ' ' || id, 0)) order by at, at_nano, id`,
		at, nano, limit)
	for _, timer := range all {
		t.held[alone(aTimer, string(q)+" "+timer.ID).name] = true
	}
	return all, err
}

// NextTimer implements broker.Tx.
func (t *tx) NextTimer(q broker.TimerQueue) (time.Time, error) {
	next, err := only(t.timers(q, []lock{alone(theTimers, string(q))},
		"select id, at, at_nano from timers where queue = $1 order by at, at_nano limit 1"))
	return next.At, err
}
