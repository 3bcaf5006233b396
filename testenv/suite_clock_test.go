package testenv

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// startLone starts one environment with clocks that a test moves, without callbacks over http: an hour ago, when it has a token given,
// and then lets it be now.
func startLone(t *testing.T) *Session {
	t.Helper()
	const past = time.Hour
	var behind atomic.Int64
	behind.Store(int64(past))
	n, err := node.Open(t.Context(), node.Config{
		Environment: node.Environments()[0], Data: t.TempDir(), Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopNode(t, n) })
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	env := describe("test", n.URLs())
	own := seedStranger(t, n)
	env.Sender, env.Subscriber, env.Destinations = &own.Sender, &own.Subscriber, []Destination{{}}
	cfg := SessionConfig{World: World{Environments: []Environment{env}}}
	asking := &trial{Session: newSession(t, cfg), ctx: t.Context()}
	if cfg.Expired = asking.sender(); asking.err != nil {
		t.Fatal(asking.err)
	}
	behind.Store(0)
	cfg.Forward = n.Forward
	return newSession(t, cfg)
}

func stopNode(t *testing.T, n *node.Node) {
	t.Helper()
	if err := n.Stop(context.Background()); err != nil {
		t.Errorf("stop the node: %v", err)
	}
}

// TestSuiteApart asks what needs a world of its own: a token whose time is over, callbacks to https only, and (the second half of
// conformance case 53, and 54) a clock that is moved.
func TestSuiteApart(t *testing.T) {
	t.Parallel()
	session := startLone(t)
	for _, c := range Suite() {
		if !needApart(c) {
			continue
		}
		if err := c.Run(t.Context(), session); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}
