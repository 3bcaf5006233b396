package signer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestGate(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		readers []time.Duration // when each leaves; all enter at the start
		want    time.Duration
	}{
		"nobody":              {nil, 0},
		"one":                 {[]time.Duration{10 * time.Millisecond}, 10 * time.Millisecond},
		"the last one counts": {[]time.Duration{30 * time.Millisecond, 20 * time.Millisecond}, 30 * time.Millisecond},
		"never for long":      {[]time.Duration{time.Hour}, yieldAtMost},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var g gate
				for _, stay := range c.readers {
					g.enter()
					time.AfterFunc(stay, g.leave)
				}
				began := time.Now()
				g.yield(t.Context(), yieldAtMost)
				if got := time.Since(began); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				synctest.Wait()
			})
		})
	}
}

func TestGateEndsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var g gate
		g.enter()
		time.AfterFunc(time.Millisecond, cancel)
		began := time.Now()
		g.yield(ctx, time.Hour)
		if got, want := time.Since(began), time.Millisecond; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		g.leave()
	})
}
