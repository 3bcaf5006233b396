package keycare

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Subject is that of proposals of keys.
const Subject = "destination key"

// proposed is a change as it is proposed, with what the second person wants to know.
type proposed struct {
	Destination string    `json:"destinationId"`
	Name        string    `json:"destination"`
	Use         keys.Use  `json:"use"`
	KID         string    `json:"kid"`
	Thumbprint  string    `json:"thumbprint"`
	After       string    `json:"after"`   // thumbprint of the key that it replaces
	Subject     string    `json:"subject"` // of the certificate
	Issuer      string    `json:"issuer"`
	Expires     time.Time `json:"expires"`
}

// propose is broker.KeyCare.Propose.
func (k *Keeper) propose(tx broker.Tx, who broker.Caller, d broker.Destination, c keys.Change) (string, error) {
	key, err := tx.DestinationKey(d.ID, c.KID)
	if err != nil {
		return "", err
	}
	public, err := keys.ParsePublic(key.JWK)
	if err != nil {
		return "", err
	}
	value := proposed{
		Destination: c.Destination, Name: d.Name, Use: c.Use, KID: c.KID, Thumbprint: c.Thumbprint, After: c.After, Expires: public.Expires().UTC(),
	}
	if len(public.Chain) > 0 {
		value.Subject, value.Issuer = public.Chain[0].Subject.String(), public.Chain[0].Issuer.String()
	}
	wish := account.Wish{Org: d.Org, Subject: Subject, Value: value}
	if open, found, err := account.OpenProposal(tx, wish); err != nil || found {
		return string(open.ID), err
	}
	made, err := account.Propose(tx, k.cfg.Now(), who, wish)
	if err != nil {
		return "", err
	}
	if c.Use == keys.Signature { // it changes nothing for those who seal or verify, until it takes effect
		return string(made.ID), nil
	}
	return string(made.ID), k.cfg.Tell(tx, News{Topic: Proposed, Destination: d, Key: key, By: who.Name(), Proposal: string(made.ID)})
}

// Releaser returns what releases proposals of keys: it puts the key into force by the service of destinations. It refuses what account.Release
// refuses, and a change for other keys than those in force, whose proposal is closed then.
func (k *Keeper) Releaser(destinations *broker.Destinations) func(context.Context, broker.Caller, account.ProposalID, string) (account.Proposal, error) {
	return func(ctx context.Context, who broker.Caller, id account.ProposalID, digest string) (released account.Proposal, err error) {
		err = k.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
			released, err = account.Release(tx, k.cfg.Now(), who, id, digest)
			if err != nil {
				return err
			}
			return activate(tx, destinations, who, released)
		})
		if errors.Is(err, broker.ErrKeysChanged) {
			err = errors.Join(err, k.outdate(ctx, who, id))
		}
		return released, err
	}
}

func activate(tx broker.Tx, destinations *broker.Destinations, who broker.Caller, p account.Proposal) error {
	if p.Subject != Subject {
		return broker.Conflict.New("conflict", "this proposal is not about keys but about %s: it is released there", p.Subject)
	}
	var value proposed
	if err := json.Unmarshal(p.Value, &value); err != nil {
		return err
	}
	_, err := destinations.Activate(tx, who, keys.Change{
		Destination: value.Destination, Use: value.Use, KID: value.KID, Thumbprint: value.Thumbprint, After: value.After,
	})
	return err
}

func (k *Keeper) outdate(ctx context.Context, who broker.Caller, id account.ProposalID) error {
	return k.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		_, err := account.Outdate(tx, k.cfg.Now(), who, id, broker.ErrKeysChanged.Error())
		return err
	})
}
