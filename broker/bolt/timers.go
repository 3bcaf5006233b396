package bolt

import (
	"bytes"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

func timerKey(q broker.TimerQueue, id string) key { return append(text(string(q)), id...) }

// timerDueKey is where a timer is in the order in which those of its queue are due.
func timerDueKey(q broker.TimerQueue, at time.Time, id string) key {
	return append(text(string(q)).time(at), id...)
}

// PutTimer implements broker.Tx.
func (t *tx) PutTimer(is broker.Timer) error {
	if err := t.unplan(is.Queue, is.ID); err != nil {
		return err
	}
	at := timerKey(is.Queue, is.ID)
	if err := t.put(timersDue, timerDueKey(is.Queue, is.At, is.ID), at); err != nil {
		return err
	}
	return t.save(timers, at, record.NewTimer(is))
}

// unplan takes a timer out of the order of its queue, if it is in it.
func (t *tx) unplan(q broker.TimerQueue, id string) error {
	was, err := t.Timer(q, id)
	if errors.Is(err, broker.ErrNoRow) {
		return t.writable()
	}
	if err != nil {
		return err
	}
	return t.delete(timersDue, timerDueKey(q, was.At, id))
}

// Timer implements broker.Tx.
func (t *tx) Timer(q broker.TimerQueue, id string) (broker.Timer, error) {
	return fetch[record.Timer](t, timers, timerKey(q, id))
}

// DeleteTimer implements broker.Tx.
func (t *tx) DeleteTimer(q broker.TimerQueue, id string) error {
	if err := t.unplan(q, id); err != nil {
		return err
	}
	return t.delete(timers, timerKey(q, id))
}

// DueTimers implements broker.Tx.
func (t *tx) DueTimers(q broker.TimerQueue, now time.Time, limit int) (all []broker.Timer, err error) {
	queue := text(string(q))
	end := text(string(q)).time(now.Add(1))
	c := t.bucket(timersDue).Cursor()
	for k, at := c.Seek(queue); k != nil && bytes.HasPrefix(k, queue) && bytes.Compare(k, end) < 0 && len(all) < limit; k, at = c.Next() {
		timer, err := fetch[record.Timer](t, timers, at)
		if err != nil {
			return nil, err
		}
		all = append(all, timer)
	}
	return all, nil
}

// NextTimer implements broker.Tx.
func (t *tx) NextTimer(q broker.TimerQueue) (time.Time, error) {
	queue := text(string(q))
	k, at := t.bucket(timersDue).Cursor().Seek(queue)
	if !bytes.HasPrefix(k, queue) {
		return time.Time{}, broker.ErrNoRow
	}
	timer, err := fetch[record.Timer](t, timers, at)
	return timer.At, err
}
