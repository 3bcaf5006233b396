package signin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Timers is the queue of when what is kept here for a while is over. The ID of a timer is the kind and id of an entry.
const Timers broker.TimerQueue = "signin"

func timerOf(k broker.EntryKind, id string) string { return string(k) + " " + id }

// keep writes an entry that is over at a time.
func keep(tx broker.Tx, k broker.EntryKind, id, owner string, until time.Time, value any) error {
	if err := broker.WriteEntry(tx, k, id, owner, value); err != nil {
		return err
	}
	return tx.PutTimer(broker.Timer{Queue: Timers, ID: timerOf(k, id), At: until})
}

// drop removes an entry and its timer.
func drop(tx broker.Tx, k broker.EntryKind, id string) error {
	if err := tx.DeleteTimer(Timers, timerOf(k, id)); err != nil {
		return err
	}
	return tx.DeleteEntry(k, id)
}

// dropAll removes those of a kind that an owner has, of which there are few.
func dropAll(tx broker.Tx, k broker.EntryKind, owner string) error {
	all, _, err := tx.EntriesOf(k, owner, broker.Page{Limit: broker.MaxPage})
	for i := 0; err == nil && i < len(all); i++ {
		err = drop(tx, k, all[i].ID)
	}
	return err
}

// forgetBatch is how many entries that are over are removed in one transaction.
const forgetBatch = 100

// Forget removes what is over. It is worth nothing before that either.
func (s *Service) Forget(ctx context.Context) error {
	for left := forgetBatch; left == forgetBatch; {
		err := s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
			due, err := tx.DueTimers(Timers, s.cfg.Now(), forgetBatch)
			if left = len(due); err != nil {
				return err
			}
			for _, t := range due {
				if err := forget(tx, s.cfg.Now(), t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget removes an entry, unless it is good for longer by now.
func forget(tx broker.Tx, now time.Time, t broker.Timer) error {
	kind, id, _ := strings.Cut(t.ID, " ")
	k := broker.EntryKind(kind)
	e, err := tx.Entry(k, id)
	if errors.Is(err, broker.ErrNoRow) {
		return tx.DeleteTimer(Timers, t.ID)
	}
	if err != nil {
		return err
	}
	var kept struct {
		Expires time.Time `json:"expires"`
	}
	if err := json.Unmarshal(e.Value, &kept); err != nil {
		return err
	}
	if now.Before(kept.Expires) {
		return tx.PutTimer(broker.Timer{Queue: Timers, ID: t.ID, At: kept.Expires})
	}
	return drop(tx, k, id)
}
