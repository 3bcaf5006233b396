package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	maxRepeats = 3
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second // a server that asks for more gets its answer handed to the caller
)

// pause is how long to wait before repeating what has failed so many times before, or false to give up. It doubles from half a
// second and is spread from half to one and a half of that by jitter (0 to 1), so that clients that failed together do not
// come back together. It begins when the server's own wish (Retry-After) is over, which it may have told all of them alike.
func pause(repeats int, asked time.Duration, jitter float64) (time.Duration, bool) {
	if repeats >= maxRepeats || asked > maxPause {
		return 0, false
	}
	own := time.Duration(float64(firstPause<<repeats) * (0.5 + jitter))
	return asked + own, true
}

// again waits before the next attempt, or returns false if there shall be none.
func (t *transport) again(ctx context.Context, repeats int, err error) bool {
	if !Retryable(err) || ctx.Err() != nil {
		return false
	}
	var (
		problem *Problem
		asked   time.Duration
	)
	if errors.As(err, &problem) {
		asked = problem.RetryAfter
	}
	wait, ok := pause(repeats, asked, rand.Float64())
	return ok && t.wait(ctx, wait) == nil
}

// sleep is the default of [Config.Wait].
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
