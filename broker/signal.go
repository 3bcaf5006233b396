package broker

import (
	"context"
	"log/slog"
	"time"
)

// Signal tells a background worker that there is something to do. Setting it never blocks, and setting it twice is
// the same as once.
type Signal chan struct{}

func newSignal() Signal { return make(Signal, 1) }

// Set raises the signal.
func (s Signal) Set() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// Await waits until the signal was set, a time has passed, or ctx ends, and takes the signal back if it was set. A nil Signal is never set.
func (s Signal) Await(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-s:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Gather has write called a while after the signal was set, so that what comes in between is written together, until ctx ends. An error of write is
// for failed to tell.
func (s Signal) Gather(ctx context.Context, pause time.Duration, write func(context.Context) error, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s:
		}
		if Signal(nil).Await(ctx, pause); ctx.Err() != nil {
			return
		}
		if err := write(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// Setbacks are the failures in a row of what a background worker tries again. The first one is logged, and the end of the row; each pause is
// twice the one before. They belong to one goroutine.
type Setbacks struct {
	Log         *slog.Logger
	Over        string        // what is logged at the end of a row
	First, Last time.Duration // the pause after the first failure, and the longest

	failures int // in a row
}

// Failed counts a failure and returns for how long to pause. what and reason are logged if it is the first in a row.
func (s *Setbacks) Failed(what string, reason any) (pause time.Duration) {
	if s.failures == 0 {
		s.Log.Error(what, "error", reason)
	}
	pause = min(s.First<<min(s.failures, 10), s.Last)
	s.failures++
	return pause
}

// Worked ends the row.
func (s *Setbacks) Worked() {
	if s.failures > 0 {
		s.Log.Info(s.Over, "failures", s.failures)
	}
	s.failures = 0
}
