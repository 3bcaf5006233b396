package figures

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// marks are entries of this kind: the one there is says up to which day old sheets were looked for.
const marks broker.EntryKind = "figures-swept"

const (
	theMark  = "days"
	moveMost = 50 // sheets in one transaction
)

type markRecord struct {
	Day string `json:"day"`
}

// slack are days by which sheets stay longer than anything is written to them, since nodes' clocks differ.
const slack = 2

// Sweep moves the days whose hours are kept no longer to the sheets of their months, and removes the months that are kept no longer. It goes
// on from the day up to which it was done, so that whatever did not run for long makes up for it.
func (f *Figures) Sweep(ctx context.Context) error {
	last := f.calendar.midnight(f.Now(), -keepHours-slack)
	from, err := f.swept(ctx, last)
	if err != nil {
		return err
	}
	for day := from; !day.After(last); day = f.calendar.midnight(day, 1) {
		if err := errors.Join(f.closeDay(ctx, f.calendar.dayOf(day)), f.forgetMonth(ctx, f.calendar.first(day, -keepMonths-1))); err != nil {
			return err
		}
		if err := f.markSwept(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

// swept is the day to begin with: after the last that was done, or, if none was, the last there is to do.
func (f *Figures) swept(ctx context.Context, last time.Time) (from time.Time, err error) {
	err = f.Store.View(ctx, func(tx broker.Tx) error {
		from = last
		mark, err := broker.ReadEntry[markRecord](tx, marks, theMark)
		if errors.Is(err, broker.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		done, err := time.ParseInLocation(dayLayout, mark.Day, f.calendar.zone)
		from = f.calendar.midnight(done, 1)
		return err
	})
	return from, err
}

func (f *Figures) markSwept(ctx context.Context, day time.Time) error {
	return f.Store.Update(ctx, func(tx broker.Tx) error {
		return broker.WriteEntry(tx, marks, theMark, "", markRecord{f.calendar.dayOf(day)})
	})
}

// closeDay moves all sheets of a day.
func (f *Figures) closeDay(ctx context.Context, day string) error {
	return f.eachOf(ctx, hourSheets, day, func(tx broker.Tx, e broker.Entry) error {
		stored, err := broker.DecodeEntry[sheetRecord](e)
		if err != nil {
			return err
		}
		var sum Counts
		for _, counts := range stored.domain() {
			sum = sum.add(counts)
		}
		to := sheetName{daySheets, day[:len(monthLayout)], Subject(e.ID[len(day)+1:])}
		return addTo(tx, to, lines{day: sum})
	})
}

// forgetMonth removes all sheets of a month.
func (f *Figures) forgetMonth(ctx context.Context, month time.Time) error {
	return f.eachOf(ctx, daySheets, f.calendar.monthOf(month), func(broker.Tx, broker.Entry) error { return nil })
}

// eachOf goes through the sheets of a period, some in one transaction, and removes each after it was seen.
func (f *Figures) eachOf(ctx context.Context, kind broker.EntryKind, period string, see func(broker.Tx, broker.Entry) error) error {
	for {
		var some []broker.Entry
		err := f.Store.View(ctx, func(tx broker.Tx) (err error) {
			some, _, err = tx.EntriesOf(kind, period, broker.Page{Limit: moveMost})
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		err = f.Store.Update(ctx, func(tx broker.Tx) error {
			for _, e := range some {
				if err := take(tx, e, see); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// take sees and removes an entry, unless another node did.
func take(tx broker.Tx, e broker.Entry, see func(broker.Tx, broker.Entry) error) error {
	e, err := tx.Entry(e.Kind, e.ID)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := see(tx, e); err != nil {
		return err
	}
	return tx.DeleteEntry(e.Kind, e.ID)
}
