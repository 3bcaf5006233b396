package signin

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Tries of one kind.
const (
	freeTries = 5               // cost nothing
	firstWait = time.Second     // after the next one; each further one doubles it
	mostWait  = 5 * time.Minute // so that the owner is not kept out for long
	forgiven  = 15 * time.Minute
)

// triesRecord counts what was tried and did not succeed.
type triesRecord struct {
	Count   int       `json:"count"`
	Until   time.Time `json:"until,omitzero"` // nothing is tried before
	Expires time.Time `json:"expires"`        // all is forgiven
}

// triesOfEmail is what wrong passwords for an address are counted by, whether or not there is an account: a few bits of its digest, so that strangers cannot
// fill the store with counters.
func triesOfEmail(email string) string {
	return "password " + broker.Digest(account.FoldEmail(email))[:4]
}

func triesOfCode(p broker.PersonID) string { return "code " + string(p) }

// try counts a try before it is made, and refuses it while there is a pause. Success is told by takeBack or succeed.
func try(tx broker.Tx, now time.Time, what string) error {
	r, err := broker.ReadEntry[triesRecord](tx, triesEntries, what)
	if ignoreNoRow(err) != nil {
		return err
	}
	if wait := r.Until.Sub(now); wait > 0 {
		return &Paused{Wait: min(wait, mostWait), err: paused(min(wait, mostWait))}
	}
	if !now.Before(r.Expires) {
		r.Count = 0
	}
	r.Count, r.Expires = min(r.Count+1, freeTries+20), now.Add(forgiven).UTC()
	if r.Count > freeTries {
		r.Until = now.Add(min(firstWait<<(r.Count-freeTries-1), mostWait)).UTC()
	}
	return keep(tx, triesEntries, what, "", r.Expires, r)
}

// takeBack has a try not count that succeeded. What was tried in vain before still does: addresses share counters, and whoever looks for one that shares another
// person's would end the pauses there by signing in.
func takeBack(tx broker.Tx, what string) error {
	r, err := broker.ReadEntry[triesRecord](tx, triesEntries, what)
	if err != nil {
		return ignoreNoRow(err)
	}
	if r.Count--; r.Count <= 0 {
		return drop(tx, triesEntries, what)
	}
	r.Until = time.Time{}
	return keep(tx, triesEntries, what, "", r.Expires, r)
}

// succeed forgets what was tried before, by one person.
func succeed(tx broker.Tx, what string) error { return drop(tx, triesEntries, what) }

// Paused says that too much was tried, and how long to wait.
type Paused struct {
	Wait time.Duration
	err  error
}

// Error implements error.
func (p *Paused) Error() string { return p.err.Error() }

// Unwrap returns the error for the one who asks.
func (p *Paused) Unwrap() error { return p.err }

func paused(wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	return broker.RateLimited.New("too-many-tries", "too much was tried in vain: wait %d seconds, then try again", seconds)
}

// charge is try in a transaction of its own.
func (s *Service) charge(ctx context.Context, what string) error {
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error { return try(tx, s.cfg.Now(), what) })
}
