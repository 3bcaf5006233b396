package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
)

// Config is what an Outbox needs. Deliveries, Post and Log are required, the rest has defaults where zero.
type Config struct {
	Deliveries *broker.Deliveries
	// Post makes one call and returns before ctx has ended for long; see the function Post.
	Post func(ctx context.Context, url string, header http.Header, body []byte) (Answer, error)
	Log  *slog.Logger

	// Rehearse, if it is not nil, says what is to go wrong with a call, so that receivers can rehearse that.
	Rehearse func(context.Context, broker.Delivery) rehearsal.Callback

	Workers        int           // calls at a time that do not hang, to receivers that are not known to be dead or slow: 64
	SlowWorkers    int           // calls at a time to receivers that are: 32
	PerDestination int           // of these, to one destination: 2
	Timeout        time.Duration // of one call: 10 s
	Lease          time.Duration // of a claim, at least two timeouts: 60 s
	Grace          time.Duration // for running calls when Run is to end: 5 s
	GiveUp         time.Duration // after it was owed, a delivery is tried no more: 14 days

	Now    func() time.Time                  // the wall clock of the broker: time.Now
	Jitter func(time.Duration) time.Duration // spreads what failed together: Jitter
}

const defaultPerDestination = 2

func (c Config) withDefaults() Config {
	c.Workers = either(c.Workers, 64)
	c.SlowWorkers = either(c.SlowWorkers, 32)
	c.PerDestination = either(c.PerDestination, defaultPerDestination)
	c.Timeout = either(c.Timeout, 10*time.Second)
	c.Lease = either(c.Lease, time.Minute)
	c.Grace = either(c.Grace, 5*time.Second)
	c.GiveUp = either(c.GiveUp, 14*24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = Jitter
	}
	return c
}

func either[T int | time.Duration](set, otherwise T) T {
	if set == 0 {
		return otherwise
	}
	return set
}

func (c Config) check() error {
	switch {
	case c.Deliveries == nil:
		return errors.New("config lacks Deliveries")
	case c.Post == nil:
		return errors.New("config lacks Post")
	case c.Log == nil:
		return errors.New("config lacks Log")
	case c.Workers < 0 || c.SlowWorkers < 0 || c.PerDestination < 0 || c.Timeout < 0 || c.Grace < 0 || c.GiveUp < 0:
		return errors.New("config has a negative number or duration")
	case c.Lease < 2*c.Timeout:
		return fmt.Errorf("a Lease of %s is too short for a Timeout of %s: expected at least twice as long", c.Lease, c.Timeout)
	}
	return nil
}

// Outbox makes callbacks on one node.
type Outbox struct {
	cfg Config

	delivered, failed, dropped atomic.Int64
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Outbox, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Outbox{cfg: cfg}, nil
}

// Stats counts what became of calls since the start.
type Stats struct {
	Delivered int64 // answered with a 2xx
	Failed    int64 // attempts that were not
	Dropped   int64 // deliveries given up, or no longer wanted
}

// Stats returns the counts.
func (o *Outbox) Stats() Stats {
	return Stats{o.delivered.Load(), o.failed.Load(), o.dropped.Load()}
}
