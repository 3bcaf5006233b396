package golive

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// WitnessConfig is what a Witness needs; all fields are required.
type WitnessConfig struct {
	Store broker.Store
	Now   func() time.Time // wall clock
}

// Witness notes what happens for the first time. Its methods may be called at the same time.
type Witness struct {
	cfg  WitnessConfig
	some broker.Signal

	mu      sync.Mutex
	known   map[key]time.Time // guarded by mu: milestones that are in the store, and when they were
	pending map[key]milestone // guarded by mu: to be noted in the background
}

// key names a milestone in memory.
type key struct {
	of    string
	point Point
}

const (
	maxPending = 10_000                 // what comes beyond is noted when it happens again
	batch      = 50                     // per transaction
	gather     = 500 * time.Millisecond // in which notes gather
)

// NewWitness checks the configuration. It starts nothing.
func NewWitness(cfg WitnessConfig) (*Witness, error) {
	if cfg.Store == nil || cfg.Now == nil {
		return nil, errors.New("golive: Store and Now are required")
	}
	return &Witness{
		cfg: cfg, some: make(broker.Signal, 1), known: make(map[key]time.Time), pending: make(map[key]milestone),
	}, nil
}

// knows tells when a milestone was, if this process knows of it.
func (w *Witness) knows(k key) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, known := w.known[k]
	return at, known
}

// learn remembers what is in the store.
func (w *Witness) learn(k key, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[k] = at
	delete(w.pending, k)
}

// note writes, in the transaction that brings it about, that subjects reached a point, those of them that had not.
func (w *Witness) note(tx broker.Tx, p Point, shown Evidence, subjects ...string) error {
	for _, of := range subjects {
		if of == "" {
			continue
		}
		if err := w.noteOne(tx, milestone{of: of, point: p, at: w.cfg.Now(), shown: shown}); err != nil {
			return err
		}
	}
	return nil
}

func (w *Witness) noteOne(tx broker.Tx, m milestone) error {
	k := key{m.of, m.point}
	if _, known := w.knows(k); known {
		return nil
	}
	at, err := reached(tx, m.of, m.point)
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = m.at
		if err := m.put(tx); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { w.learn(k, at) })
	if m.renews(at) { // another process, or this one before it was started anew, saw the first token
		return w.noteOne(tx, milestone{of: m.of, point: TokenRenewed, at: m.at})
	}
	return nil
}

// later has it noted in the background.
func (w *Witness) later(p Point, shown Evidence, of string) {
	w.laterOne(milestone{of: of, point: p, at: w.cfg.Now(), shown: shown})
}

func (w *Witness) laterOne(m milestone) {
	k := key{m.of, m.point}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.known[k]; known || m.of == "" || len(w.pending) >= maxPending {
		return
	}
	if _, waits := w.pending[k]; !waits {
		w.pending[k] = m
		w.some.Set()
	}
}

// Run notes in the background until ctx ends. An error of the store is for failed to tell; what could not be noted is when it happens again.
func (w *Witness) Run(ctx context.Context, failed func(error)) {
	w.some.Gather(ctx, gather, w.Write, failed)
}

// Write notes all that waits.
func (w *Witness) Write(ctx context.Context) error {
	for waiting := w.take(); len(waiting) > 0; waiting = w.take() {
		if err := w.cfg.Store.Update(ctx, func(tx broker.Tx) error {
			for _, m := range waiting {
				if err := w.noteOne(tx, m); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// take takes a batch of what waits.
func (w *Witness) take() (all []milestone) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, m := range w.pending {
		if len(all) == batch {
			break
		}
		all = append(all, m)
		delete(w.pending, k)
	}
	return all
}
