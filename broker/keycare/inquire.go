package keycare

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/revocation"
)

// How often issuers are asked: again soon where nothing was learned.
const (
	askAgain  = 6 * time.Hour
	askSooner = 50 * time.Minute // less than a pause, so that each round asks
	patience  = 20 * time.Second // for one key
)

// unasked reports whether it is time to ask the issuer of a key.
func (k *Keeper) unasked(key broker.DestinationKey) bool {
	after := askAgain
	if key.Revocation.Status == string(revocation.Unknown) || key.Revocation.Status == "" {
		after = askSooner
	}
	return k.cfg.Roots != nil && !k.cfg.Now().Before(key.Revocation.Checked.Add(after))
}

// inquire asks the issuer of a key and keeps the answer. It is noted first that it is asked, so that of many nodes one does.
func (k *Keeper) inquire(ctx context.Context, calls *calls, t task) error {
	key, mine, err := k.claim(ctx, t)
	if err != nil || !mine {
		return err
	}
	public, err := keys.ParsePublic(key.JWK)
	if err != nil {
		return err
	}
	return k.keep(ctx, t, k.find(ctx, calls, public))
}

func (k *Keeper) claim(ctx context.Context, t task) (key broker.DestinationKey, mine bool, err error) {
	err = k.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		if key, err = tx.DestinationKey(t.destination, t.kid); err != nil {
			return err
		}
		if mine = k.unasked(key); !mine {
			return nil
		}
		key.Revocation.Checked = k.cfg.Now()
		return tx.PutDestinationKey(key)
	})
	return key, mine, err
}

func (k *Keeper) find(ctx context.Context, calls *calls, public keys.Public) revocation.Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path, err := public.PathTo(k.cfg.Roots, k.cfg.Now())
	if err != nil {
		return revocation.Finding{Status: revocation.Unknown, Why: err.Error()}
	}
	return revocation.Checker{Fetch: calls.fetch, Now: k.cfg.Now}.Chain(ctx, path)
}

// keep writes what was found.
func (k *Keeper) keep(ctx context.Context, t task, found revocation.Finding) error {
	return k.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		d, err := tx.Destination(t.destination)
		if err != nil {
			return err
		}
		key, err := tx.DestinationKey(t.destination, t.kid)
		if err != nil {
			return err
		}
		was := key.Revoked()
		key.Revocation = after(key.Revocation, found, k.cfg.Now())
		if err := tx.PutDestinationKey(key); err != nil {
			return err
		}
		if was == key.Revoked() {
			return nil
		}
		return k.turn(tx, d, key)
	})
}

// after is what is known of a key once it was asked after again. Not to know makes no revoked key better.
func after(was broker.Revocation, found revocation.Finding, now time.Time) broker.Revocation {
	if found.Status == revocation.Unknown && was.Status == broker.RevocationRevoked {
		was.Checked = now
		return was
	}
	is := broker.Revocation{Status: string(found.Status), By: found.By, Why: found.Why, Since: found.Since, Checked: now, Good: was.Good}
	if found.Status == revocation.Good {
		is.Good = now
	}
	return is
}

// turn does what follows when a key turned out to be revoked, or to be good after all, which only a hold becomes.
func (k *Keeper) turn(tx broker.Tx, d broker.Destination, key broker.DestinationKey) error {
	deed := "destination.key-revoked"
	if !key.Revoked() {
		deed = "destination.key-good-again"
	}
	if key.KID == d.EncryptionKID {
		d.RevokedKID = ""
		if key.Revoked() {
			d.RevokedKID = key.KID
		}
		if err := tx.PutDestination(d); err != nil {
			return err
		}
	}
	tx.OnCommit(func() {
		k.cfg.Log.Warn("the revocation of a key of a destination changed", "destination", d.ID, "kid", key.KID, "revoked", key.Revoked(), "current", d.EncryptionKID == key.KID)
	})
	if err := broker.Note(tx, k.cfg.Now(), broker.Operator(d.Org), broker.Deed{
		Org: d.Org, Deed: deed, Subject: string(d.ID), Detail: key.KID + ": " + key.Revocation.Why,
	}); err != nil || !key.Revoked() {
		return err
	}
	return k.cfg.Tell(tx, News{Topic: Revoked, Destination: d, Key: key})
}
