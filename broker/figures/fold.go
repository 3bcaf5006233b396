package figures

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	// batch is how many facts are counted in one transaction: each is for five subjects, and PostgreSQL locks name by name.
	batch = 100
	// ahead is how far the clock of another node may be before ours, without its facts waiting for it.
	ahead = time.Minute
	// putOff is for how long a fact is left alone that cannot be read. It counts in the hour in which it can.
	putOff = time.Hour
)

// stuckError is why one fact cannot be counted, while others can.
type stuckError struct {
	broker.Timer
	err error
}

func (e *stuckError) Error() string { return fmt.Sprintf("fact %q: %v", e.ID, e.err) }
func (e *stuckError) Unwrap() error { return e.err }

// Fold counts what has happened since, in transactions of bounded size, and returns how many facts it was.
func (f *Figures) Fold(ctx context.Context) (folded int, err error) {
	for {
		n, err := f.foldSome(ctx)
		folded += n
		if err != nil || n == 0 {
			return folded, err
		}
	}
}

// foldSome counts one batch. Reading comes first and outside of the transaction that counts: in it, a submission that is read is locked, and
// facts do not change.
func (f *Figures) foldSome(ctx context.Context) (folded int, err error) {
	var read map[string]counted
	if err := f.Store.View(ctx, func(tx broker.Tx) (err error) {
		read, err = f.read(tx)
		return err
	}); err != nil || len(read) == 0 {
		return 0, f.passBy(ctx, err)
	}
	err = f.Store.Update(ctx, func(tx broker.Tx) error {
		due, err := tx.DueTimers(Queue, f.Now().Add(ahead), batch)
		if err != nil {
			return err
		}
		due = slices.DeleteFunc(due, func(t broker.Timer) bool {
			_, known := read[t.ID]
			return !known
		})
		folded = len(due)
		return f.write(tx, due, read)
	})
	if err != nil {
		return 0, err
	}
	return folded, nil
}

// passBy leaves a fact alone that keeps others from being counted.
func (f *Figures) passBy(ctx context.Context, err error) error {
	var stuck *stuckError
	if !errors.As(err, &stuck) || errors.Is(err, broker.Unavailable) || ctx.Err() != nil {
		return err
	}
	f.Log.Error("something that happened cannot be counted; it is tried again in an hour", "fact", stuck.ID, "error", stuck.err)
	return f.Store.Update(ctx, func(tx broker.Tx) error {
		return tx.PutTimer(broker.Timer{Queue: Queue, ID: stuck.ID, At: f.Now().Add(putOff)})
	})
}

// read reads the facts of one batch, by the IDs of their timers.
func (f *Figures) read(tx broker.Tx) (map[string]counted, error) {
	due, err := tx.DueTimers(Queue, f.Now().Add(ahead), batch)
	if err != nil {
		return nil, err
	}
	read := make(map[string]counted, len(due))
	for _, t := range due {
		n, err := readNoted(t)
		if err == nil {
			read[t.ID], err = count(tx, n)
		}
		if err != nil {
			return nil, &stuckError{t, err}
		}
	}
	return read, nil
}

// write adds up what the facts count, and removes them.
func (f *Figures) write(tx broker.Tx, due []broker.Timer, read map[string]counted) error {
	sums := map[sheetName]lines{}
	for _, t := range due {
		f.addUp(sums, read[t.ID])
		if err := tx.DeleteTimer(Queue, t.ID); err != nil {
			return err
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(sums), sheetName.before) {
		if err := addTo(tx, name, sums[name]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Figures) addUp(sums map[sheetName]lines, c counted) {
	for _, subject := range c.subjects {
		name, line := f.calendar.place(subject, c.at, f.Now())
		if sums[name] == nil {
			sums[name] = lines{}
		}
		sums[name][line] = sums[name][line].add(c.counts)
	}
}
