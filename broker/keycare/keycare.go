package keycare

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/revocation"
)

// Config is what a Keeper needs.
type Config struct {
	Store broker.Store     // required
	Now   func() time.Time // wall clock; required
	Log   *slog.Logger     // required

	FourEyes   bool           // keys take effect by a second person's release or by signature
	LegalNames bool           // certificates have to be about the organisation
	Roots      *x509.CertPool // the trust anchors; nil: nobody is asked after revocation

	// Fetch makes the calls to responders; required with Roots. It holds where calls may go, and bounds their time and size.
	Fetch func(context.Context, revocation.Call) ([]byte, error)

	// Tell tells the contact of a destination, in the transaction of what it tells of. Nil: nobody is told.
	Tell func(broker.Tx, News) error
}

// Keeper looks after the keys of an environment.
type Keeper struct {
	cfg    Config
	fresh  chan broker.DestinationID // whose keys changed on this node
	survey atomic.Pointer[Survey]    // of the last round
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Keeper, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.Log == nil {
		return nil, errors.New("keycare: config lacks Store, Now or Log")
	}
	if cfg.Roots != nil && cfg.Fetch == nil {
		return nil, errors.New("keycare: with Roots, Fetch is required")
	}
	if cfg.Tell == nil {
		cfg.Tell = func(broker.Tx, News) error { return nil }
	}
	return &Keeper{cfg: cfg, fresh: make(chan broker.DestinationID, maxFresh)}, nil
}

// maxFresh is how many destinations whose keys changed are remembered until they are looked at; what is beyond waits for the next round.
const maxFresh = 1024

// Rules is what the services of package broker hold, and tell the keeper.
func (k *Keeper) Rules() broker.KeyCare {
	rules := broker.KeyCare{LegalNames: k.cfg.LegalNames, Added: k.added, Changed: k.changed, Deleted: k.deleted}
	if k.cfg.FourEyes {
		rules.Propose = k.propose
	}
	return rules
}

// Topic says what is told.
type Topic string

// The topics.
const (
	Changed  Topic = "changed"  // a key took effect
	Proposed Topic = "proposed" // a key waits for a second person
	Expiring Topic = "expiring" // certificates end
	Revoked  Topic = "revoked"
)

// News is what the contact of a destination is told of a key.
type News struct {
	Topic       Topic
	Destination broker.Destination
	Key         broker.DestinationKey
	Days        int    // Expiring: the threshold that was reached
	By          string // Changed, Proposed: broker.Caller.Name
	Proposal    string // Proposed
}

// added is broker.KeyCare.Added.
func (k *Keeper) added(tx broker.Tx, d broker.Destination, key broker.DestinationKey) error {
	tx.OnCommit(func() { k.lookSoon(d.ID) })
	return tx.PutTimer(place(d, key))
}

// changed is broker.KeyCare.Changed.
func (k *Keeper) changed(tx broker.Tx, who broker.Caller, d broker.Destination, c keys.Change) error {
	tx.OnCommit(func() { k.lookSoon(d.ID) })
	if err := enlist(tx, d); err != nil {
		return err
	}
	key, err := tx.DestinationKey(d.ID, c.KID)
	if err != nil {
		return err
	}
	return k.cfg.Tell(tx, News{Topic: Changed, Destination: d, Key: key, By: who.Name()})
}

func (k *Keeper) lookSoon(d broker.DestinationID) {
	select {
	case k.fresh <- d:
	default:
	}
}
