package keycare

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

const day = 24 * time.Hour

// Thresholds are how many days before the end of a certificate its owner is told.
func Thresholds() []int { return []int{90, 30, 14, 7, 1} }

// reached returns the last threshold that was passed; 0 before the first.
func reached(expires, now time.Time) (last int) {
	for _, days := range Thresholds() {
		if !now.Before(expires.Add(-time.Duration(days) * day)) {
			last = days
		}
	}
	return last
}

// due returns which threshold the owner of a key is to be told; 0 is none.
func due(key broker.DestinationKey, now time.Time) int {
	last := reached(key.Expires, now)
	if key.Expires.IsZero() || last == 0 || key.Reminded != 0 && key.Reminded <= last {
		return 0
	}
	return last
}

// remind tells the contact what is due, once among all nodes, and returns the key as it is then.
func (k *Keeper) remind(ctx context.Context, d broker.Destination, key broker.DestinationKey) (broker.DestinationKey, error) {
	if key.Expires.IsZero() {
		return k.date(ctx, d, key)
	}
	if due(key, k.cfg.Now()) == 0 {
		return key, nil
	}
	err := k.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		if key, err = tx.DestinationKey(d.ID, key.KID); err != nil {
			return err
		}
		days := due(key, k.cfg.Now())
		if days == 0 {
			return nil
		}
		key.Reminded = days
		if err := tx.PutDestinationKey(key); err != nil {
			return err
		}
		return k.cfg.Tell(tx, News{Topic: Expiring, Destination: d, Key: key, Days: days})
	})
	return key, err
}

// date notes when the certificates of a key end that an older program added. It is looked at as a whole in the next round.
func (k *Keeper) date(ctx context.Context, d broker.Destination, key broker.DestinationKey) (broker.DestinationKey, error) {
	public, err := keys.ParsePublic(key.JWK)
	if err != nil || public.Expires().IsZero() {
		return key, err
	}
	err = k.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		if key, err = tx.DestinationKey(d.ID, key.KID); err != nil {
			return err
		}
		key.Expires = public.Expires()
		return tx.PutDestinationKey(key)
	})
	return key, err
}
