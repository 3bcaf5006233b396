package keycare

import (
	"context"
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

// Keys lists those of the destinations of an organisation, destination by destination, each as they were added: all, or those in force or next whose
// certificates end within some days, 0 is all.
func (k *Keeper) Keys(ctx context.Context, who broker.Caller, org broker.OrgID, within int, p broker.Page) (page []Key, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	for offset, more := 0, 1; offset < more; offset += broker.MaxPage {
		destinations, n, err := k.page(ctx, org, offset)
		if err != nil {
			return nil, 0, err
		}
		more = n
		for _, d := range destinations {
			found, err := k.keysOf(ctx, d, within)
			if err != nil {
				return nil, 0, err
			}
			for _, key := range found {
				if total++; total > p.Offset && len(page) < p.Limit {
					page = append(page, key)
				}
			}
		}
	}
	return page, total, nil
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
	all, err := k.keysOf(ctx, d, 0)
	from := min(p.Offset, len(all))
	return all[from:min(from+p.Limit, len(all))], len(all), err
}

func (k *Keeper) keysOf(ctx context.Context, d broker.Destination, within int) (found []Key, err error) {
	limit := k.cfg.Now().Add(time.Duration(within) * day)
	err = k.cfg.Store.View(ctx, func(tx broker.Tx) error {
		found = nil
		all, err := tx.DestinationKeys(d.ID)
		for _, key := range all {
			is := Key{DestinationKey: key, Destination: d, State: key.State(d)}
			if within == 0 || is.counts() && !key.Expires.IsZero() && key.Expires.Before(limit) {
				found = append(found, is)
			}
		}
		return err
	})
	return found, err
}

// counts reports whether it matters that the certificate ends.
func (k Key) counts() bool {
	return k.State == broker.DestinationKeyCurrent || k.State == broker.DestinationKeyNext
}
