package keycare

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Key is a key of a destination for those who look after it.
type Key struct {
	broker.DestinationKey
	Destination broker.Destination
	State       broker.DestinationKeyState
}

// PrivateNeeded tells whether the private half is still needed, and why, or why not. The public half always stays: with it what was signed is
// verified, and what was sealed is told from what was not.
func (k Key) PrivateNeeded() (needed bool, why string) {
	switch {
	case k.State == broker.DestinationKeyNext && k.Revoked():
		return true, "it is shown; it takes effect only if the revocation of its certificate is taken back"
	case k.State == broker.DestinationKeyNext:
		return true, "it is shown and may take effect"
	case k.State == broker.DestinationKeyCurrent:
		return true, "it is in force"
	case !k.Encryption:
		return false, "it was replaced, and what it signed is verified with the public half"
	case k.State == broker.DestinationKeyReplaced:
		return true, "it was replaced, and something that is sealed for it waits or may still come"
	}
	return false, "it was replaced, and nothing that waits is sealed for it"
}

// Keys lists those of the destinations of an organisation, those first whose certificates end first: all, or those in force or next whose
// certificates end within some days, 0 is all. more tells that there are further ones; how many is not known.
func (k *Keeper) Keys(ctx context.Context, who broker.Caller, org broker.OrgID, within int, p broker.Page) (page []Key, more bool, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, false, err
	}
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) error {
		page = nil
		found, err := tx.DueTimers(listOf(org), k.until(within), min(p.Offset, math.MaxInt32)+p.Limit+1)
		if err != nil {
			return err
		}
		found = found[min(p.Offset, len(found)):]
		more = len(found) > p.Limit
		for _, at := range found[:min(p.Limit, len(found))] {
			key, err := placed(tx, at)
			switch {
			case err == nil:
				page = append(page, key)
			case !errors.Is(err, broker.ErrNoRow):
				return err
			}
		}
		return nil
	})
	return page, more, err
}

// Ending counts the keys of an organisation in force or next whose certificates end within some days, or have ended, and stops at most: nobody needs to
// know of how many hundreds that is so.
func (k *Keeper) Ending(ctx context.Context, who broker.Caller, org broker.OrgID, within, most int) (n int, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return 0, err
	}
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) error {
		found, err := tx.DueTimers(listOf(org), k.until(within), most)
		n = len(found)
		return err
	})
	return n, err
}

// until is when all certificates that are asked for have ended.
func (k *Keeper) until(within int) time.Time {
	if within == 0 {
		return never()
	}
	return k.cfg.Now().Add(time.Duration(within) * day)
}

// Of lists the keys of one destination as they were added. A foreign one is NotFound.
func (k *Keeper) Of(ctx context.Context, who broker.Caller, id broker.DestinationID, p broker.Page) (page []Key, total int, err error) {
	if err := who.MayList(who.Org, p); err != nil {
		return nil, 0, err
	}
	var d broker.Destination
	if err := k.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		d, err = broker.OwnDestination(tx, who, id)
		return err
	}); err != nil {
		return nil, 0, err
	}
	all, err := k.keysOf(ctx, d)
	from := min(p.Offset, len(all))
	return all[from:min(from+p.Limit, len(all))], len(all), err
}

func (k *Keeper) keysOf(ctx context.Context, d broker.Destination) (found []Key, err error) {
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) error {
		found = nil
		all, err := tx.DestinationKeys(d.ID)
		for _, key := range all {
			found = append(found, Key{DestinationKey: key, Destination: d, State: key.State(d)})
		}
		return err
	})
	return found, err
}
