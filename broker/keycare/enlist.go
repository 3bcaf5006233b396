package keycare

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// listOf is the queue of the keys of an organisation. Nobody waits for these timers: they are the order in which the keys are listed.
func listOf(org broker.OrgID) broker.TimerQueue {
	return broker.TimerQueue("keys of " + string(org))
}

// never is when a key ends whose end does not matter: it has no certificates, or is not in force and will not be. It is listed behind all others.
func never() time.Time { return time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC) }

// place is where a key stands in the list of its organisation.
func place(d broker.Destination, key broker.DestinationKey) broker.Timer {
	at := never()
	state := key.State(d)
	counts := state == broker.DestinationKeyCurrent || state == broker.DestinationKeyNext
	if counts && d.Status != broker.DestinationDecommissioned && !key.Expires.IsZero() {
		at = key.Expires
	}
	return broker.Timer{Queue: listOf(d.Org), ID: string(d.ID) + " " + key.KID, At: at}
}

// placed returns the key that stands at a place.
func placed(tx broker.Tx, at broker.Timer) (Key, error) {
	id, kid, _ := strings.Cut(at.ID, " ")
	d, err := tx.Destination(broker.DestinationID(id))
	if err != nil {
		return Key{}, err
	}
	key, err := tx.DestinationKey(d.ID, kid)
	return Key{DestinationKey: key, Destination: d, State: key.State(d)}, err
}

// enlist puts the keys of a destination where they belong in the list.
func enlist(tx broker.Tx, d broker.Destination) error {
	all, err := tx.DestinationKeys(d.ID)
	for _, key := range all {
		err = errors.Join(err, tx.PutTimer(place(d, key)))
	}
	return err
}

// deleted is broker.KeyCare.Deleted.
func (k *Keeper) deleted(tx broker.Tx, d broker.Destination) error {
	all, err := tx.DestinationKeys(d.ID)
	for _, key := range all {
		err = errors.Join(err, tx.DeleteTimer(listOf(d.Org), place(d, key).ID))
	}
	return err
}

// misplaced reports whether keys of a destination do not stand where they belong: an older program added them, or time brought it about.
func misplaced(tx broker.Tx, d broker.Destination, all []broker.DestinationKey) (bool, error) {
	for _, key := range all {
		want := place(d, key)
		is, err := tx.Timer(want.Queue, want.ID)
		if errors.Is(err, broker.ErrNoRow) || err == nil && !is.At.Equal(want.At) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// putRight enlists the keys of a destination as it is now.
func (k *Keeper) putRight(ctx context.Context, id broker.DestinationID) error {
	return k.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		d, err := tx.Destination(id)
		if errors.Is(err, broker.ErrNoRow) {
			return nil
		}
		return errors.Join(err, enlist(tx, d))
	})
}
