package signer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// Config is what a Signer needs. Store, Keyring and Log are required.
type Config struct {
	Store   broker.Store
	Keyring *broker.Keyring
	Log     *slog.Logger

	// Workers is how many signatures the background makes at a time. Zero means half of the cores, but at least one.
	Workers int
	// Batch is how many events the background stores in one transaction. Zero means 64: less than a second of one core.
	Batch int
	// Patience is how old an event may become while the background steps back for writers. Zero means ten seconds: a burst of
	// submissions has the cores to itself for so long, and what it left is signed afterwards.
	Patience time.Duration
	// Tick is how often the background looks without being woken, for what other nodes left behind. Zero means a minute.
	Tick time.Duration
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if c.Batch == 0 {
		c.Batch = 64
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Second
	}
	if c.Tick == 0 {
		c.Tick = time.Minute
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Store == nil:
		return errors.New("config lacks Store")
	case c.Keyring == nil:
		return errors.New("config lacks Keyring")
	case c.Log == nil:
		return errors.New("config lacks Log")
	case c.Workers < 0 || c.Batch < 0 || c.Patience < 0 || c.Tick < 0:
		return errors.New("config has a negative Workers, Batch, Patience or Tick")
	}
	return nil
}

// Signer signs events on one node. Its methods may be called at the same time.
type Signer struct {
	cfg     Config
	chain   broker.Chain
	flights singleflight.Group // by event id: signatures being made
	readers gate
	made    atomic.Int64

	mu     sync.Mutex
	unkept map[broker.EventID]string // guarded by mu: signed, and the transaction that stores it has not ended
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Signer, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	return &Signer{cfg: cfg.withDefaults(), chain: cfg.Keyring.Chain(), unkept: make(map[broker.EventID]string)}, nil
}

// Sign returns the events, in their order, with their tokens. Those without one are signed now, on as many cores as there are, and stored
// in one transaction; events that have a token are returned as they are. It is the broker.Config.Sign of a node. Without a signing
// key it is broker.Unavailable.
//
// A reader that leaves (ctx) signs no further; what it has signed by then is stored all the same.
func (s *Signer) Sign(ctx context.Context, events []broker.Event) ([]broker.Event, error) {
	missing := unsigned(events)
	if len(missing) == 0 {
		return events, nil
	}
	s.readers.enter()
	defer s.readers.leave()
	tokens, err := s.settle(ctx, missing, runtime.GOMAXPROCS(0), func() {})
	if err != nil {
		return nil, err
	}
	signed := slices.Clone(events)
	for i, e := range signed {
		if e.Token == "" {
			signed[i].Token = tokens[e.ID]
		}
	}
	return signed, nil
}

func unsigned(events []broker.Event) (missing []broker.Event) {
	for _, e := range events {
		if e.Token == "" {
			missing = append(missing, e)
		}
	}
	return missing
}

// settle signs the events with so many workers and stores what was signed in one transaction. Before each signature a worker calls
// before. It returns the tokens that stand, and an error if an event has none: one that cannot be signed does not keep the others
// from it.
func (s *Signer) settle(ctx context.Context, events []broker.Event, workers int, before func()) (map[broker.EventID]string, error) {
	signed := make([]signature, len(events))
	var team errgroup.Group
	team.SetLimit(workers)
	for i, e := range events {
		team.Go(func() (err error) {
			before()
			signed[i], err = s.sign(ctx, e)
			return err
		})
	}
	failed := team.Wait() // the first of them; the group does not stop for it
	tokens, err := s.keep(context.WithoutCancel(ctx), signed)
	if err != nil {
		return nil, err
	}
	return tokens, failed
}

// signature is the token of an event.
type signature struct {
	event broker.Event
	token string // empty: could not be made
	kept  bool   // stands in the store already
}

// sign returns the token of an event, making it unless it is being made, waits to be stored, or stands in the store.
func (s *Signer) sign(ctx context.Context, e broker.Event) (signature, error) {
	if err := ctx.Err(); err != nil {
		return signature{}, err
	}
	// Others may wait for this flight: it must not end because the one who began it has left.
	ctx = context.WithoutCancel(ctx)
	made, err, _ := s.flights.Do(string(e.ID), func() (any, error) { return s.make(ctx, e) })
	if err != nil {
		return signature{}, err
	}
	return made.(signature), nil
}

// make signs an event. First it looks among what waits to be stored, then in the store: a token leaves the one only after it has
// reached the other.
func (s *Signer) make(ctx context.Context, e broker.Event) (signature, error) {
	if token := s.waiting(e.ID); token != "" {
		return signature{event: e, token: token}, nil
	}
	fact, err := s.load(ctx, e.Ref())
	if err != nil {
		return signature{}, fmt.Errorf("sign event %s: %w", e.ID, err)
	}
	if fact.Token != "" {
		return signature{event: e, token: fact.Token, kept: true}, nil
	}
	if len(fact.Claims) == 0 {
		return signature{}, fmt.Errorf("sign event %s: it has neither a token nor claims", e.ID)
	}
	kid, key, err := s.cfg.Keyring.Current(broker.ServiceKeys)
	if err != nil {
		return signature{}, err
	}
	token, err := set.Sign(fact.Claims, kid, key)
	if err != nil {
		return signature{}, fmt.Errorf("sign event %s with key %s: %w", e.ID, kid, err)
	}
	s.made.Add(1)
	s.hold(e.ID, token)
	return signature{event: e, token: token}, nil
}

func (s *Signer) load(ctx context.Context, ref broker.EventRef) (e broker.Event, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		if e, err = tx.Event(ref); err != nil || e.Token != "" {
			return err
		}
		return s.chain.Check(tx, e)
	})
	return e, err
}

// keep stores signatures in one transaction and returns what stands by event.
func (s *Signer) keep(ctx context.Context, signed []signature) (map[broker.EventID]string, error) {
	tokens := make(map[broker.EventID]string, len(signed))
	var fresh []signature
	for _, one := range signed {
		switch {
		case one.kept:
			tokens[one.event.ID] = one.token
		case one.token != "":
			fresh = append(fresh, one)
		}
	}
	if len(fresh) == 0 {
		return tokens, nil
	}
	defer s.release(fresh)
	err := s.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		for _, one := range fresh {
			if tokens[one.event.ID], err = tx.SignEvent(one.event.Ref(), one.token); err != nil {
				return fmt.Errorf("store signature of event %s: %w", one.event.ID, err)
			}
		}
		return nil
	})
	return tokens, err
}

func (s *Signer) waiting(id broker.EventID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unkept[id]
}

func (s *Signer) hold(id broker.EventID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unkept[id] = token
}

// release forgets signatures whose transaction has ended. If it failed, they are lost and will be made again.
func (s *Signer) release(ended []signature) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range ended {
		delete(s.unkept, one.event.ID)
	}
}

// Stats is what a node's signer did and what it still owes.
type Stats struct {
	Signatures int64          // made since the start, also those that another node was faster with
	Backlog    broker.Backlog // events without a token
}

// Stats returns the figures of this moment.
func (s *Signer) Stats(ctx context.Context) (Stats, error) {
	stats := Stats{Signatures: s.made.Load()}
	err := s.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		stats.Backlog, err = tx.SigningBacklog()
		return err
	})
	return stats, err
}
