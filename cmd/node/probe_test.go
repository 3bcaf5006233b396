package node

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestProbe asks often, and counts how often the store is asked.
func TestProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		writes, broken := 0, error(nil)
		hang := make(chan struct{})
		close(hang)
		p := &probe{write: func() error { writes++; <-hang; return broken }}
		check := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), probeWait)
			defer cancel()
			return p.check(ctx)
		}
		for range 100 {
			if err := check(); err != nil {
				t.Fatal(err)
			}
		}
		if writes != 1 {
			t.Errorf("100 questions at once: got %d writes, want 1", writes)
		}
		time.Sleep(probeFresh + 1)
		if broken = errors.New("no room"); check() != broken {
			t.Error("what fails later is not seen")
		}
		if broken = nil; check() != nil {
			t.Error("what is well again is not seen at once")
		}
		time.Sleep(probeFresh + 1)
		hang = make(chan struct{})
		if err := check(); err == nil || p.stuck() {
			t.Errorf("a store that hangs: got %v, stuck %v", err, p.stuck())
		}
		if time.Sleep(probeStuck); !p.stuck() {
			t.Error("a store that hangs for long is not stuck")
		}
		close(hang)
		if synctest.Wait(); check() != nil || p.stuck() {
			t.Error("a store that goes on is not well")
		}
	})
}
