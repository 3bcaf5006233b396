package retention

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what a Sweeper needs. Store, Retention, Deadline and Log are required; zero fields of the others mean the defaults.
type Config struct {
	Store     broker.Store // keeps the lease
	Retention *broker.Retention
	Deadline  func() time.Time // clock of deadlines
	Log       *slog.Logger

	Batch int           // timers in one transaction; 50
	Pause time.Duration // after each batch, for others; 20 ms
	Rest  time.Duration // at most until it looks again; a minute, less where periods are shorter
}

const (
	gather = time.Second // after a sweep: what is due next waits for more
	putOff = time.Hour
)

// Sweeper looks for what is due.
type Sweeper struct {
	cfg   Config
	lease lease
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Sweeper, error) {
	if cfg.Store == nil || cfg.Retention == nil || cfg.Deadline == nil || cfg.Log == nil {
		return nil, errors.New("retention: Store, Retention, Deadline and Log are required")
	}
	if cfg.Batch == 0 {
		cfg.Batch = 50
	}
	if cfg.Pause == 0 {
		cfg.Pause = 20 * time.Millisecond
	}
	if cfg.Rest == 0 {
		cfg.Rest = min(time.Minute, cfg.Retention.Periods.Shortest()/4)
	}
	return &Sweeper{cfg: cfg, lease: newLease(cfg.Store)}, nil
}

// Run acts until ctx ends. wake has it look at once, as when the clock was moved.
func (s *Sweeper) Run(ctx context.Context, wake broker.Signal) {
	defer s.lease.release(ctx)
	trouble := broker.Setbacks{Log: s.cfg.Log, Over: "deadlines are acted on again", First: time.Second, Last: time.Minute}
	for ctx.Err() == nil {
		rest, err := s.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			trouble.Worked()
		default:
			rest = trouble.Failed("deadlines cannot be acted on; what is due waits", err)
		}
		wake.Await(ctx, rest)
	}
}

// round does what is due, unless another node does, and returns for how long there is nothing to do.
func (s *Sweeper) round(ctx context.Context) (rest time.Duration, err error) {
	next, some, err := s.cfg.Retention.Next(ctx)
	if err != nil || !some {
		return s.cfg.Rest, err
	}
	if wait := next.Sub(s.cfg.Deadline()); wait > 0 {
		return min(wait, s.cfg.Rest), nil
	}
	others, err := s.lease.take(ctx)
	if err != nil || others > 0 {
		return min(others, s.cfg.Rest), err
	}
	return min(gather, s.cfg.Rest), s.sweep(ctx)
}

// sweep does all that is due, as long as the lease lasts.
func (s *Sweeper) sweep(ctx context.Context) error {
	for {
		handled, err := s.batch(ctx)
		if err != nil || handled == 0 {
			return err
		}
		broker.Signal(nil).Await(ctx, s.cfg.Pause)
		if others, err := s.lease.take(ctx); err != nil || others > 0 || ctx.Err() != nil {
			return err
		}
	}
}

// batch handles some timers. One that cannot be handled makes way.
func (s *Sweeper) batch(ctx context.Context) (handled int, err error) {
	handled, err = s.cfg.Retention.Act(ctx, s.cfg.Batch)
	var stuck *broker.TimerError
	if ctx.Err() != nil || !errors.As(err, &stuck) {
		return handled, err
	}
	s.cfg.Log.Error("a deadline cannot be acted on; it is tried again in an hour", "timer", stuck.ID, "error", stuck.Err)
	return 1, s.cfg.Retention.PutOff(ctx, stuck.Timer, putOff)
}
