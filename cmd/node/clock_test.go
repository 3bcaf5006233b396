package node_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// call asks the node of a configuration as its operator.
func call(t testing.TB, cfg node.Config, method, path string, in, out any) error {
	t.Helper()
	operator, err := node.Reach(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := operator.Close(); err != nil {
			t.Error(err)
		}
	}()
	return operator.Call(t.Context(), method, path, in, out)
}

func ahead(t testing.TB, cfg node.Config) string {
	t.Helper()
	var state node.ClockState
	if err := call(t, cfg, http.MethodGet, "/test/clock", nil, &state); err != nil {
		t.Fatal(err)
	}
	if got := state.Deadlines.Sub(state.Wall).String(); got != state.Ahead {
		t.Errorf("the clocks are %s apart, and said to be %s", got, state.Ahead)
	}
	return state.Ahead
}

// TestTheClockOfDeadlinesIsKept moves it while the node runs and while it does not.
func TestTheClockOfDeadlinesIsKept(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	n := start(t, cfg)
	if err := call(t, cfg, http.MethodPost, "/test/clock", node.ClockMove{Forward: "72h"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := ahead(t, cfg); got != "72h0m0s" {
		t.Errorf("after a move by 72h: got %s", got)
	}
	stop(t, n)
	if got := ahead(t, cfg); got != "72h0m0s" {
		t.Errorf("of a stopped node: got %s", got)
	}
	if err := call(t, cfg, http.MethodPost, "/test/clock", node.ClockMove{Forward: "30m"}, nil); err != nil {
		t.Fatal(err)
	}
	n = start(t, cfg)
	defer stop(t, n)
	if err := n.Forward(time.Second); err != nil {
		t.Fatal(err)
	}
	if got := ahead(t, cfg); got != "72h30m1s" {
		t.Errorf("after a restart and two more moves: got %s", got)
	}
}

func TestTheClockOfDeadlinesRefuses(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	defer stop(t, start(t, cfg))
	for forward, want := range map[string]string{
		"-1s": "forward only", "600000h": "by at most", "three days": "no duration like 72h", "": "no duration",
	} {
		err := call(t, cfg, http.MethodPost, "/test/clock", node.ClockMove{Forward: forward}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("by %q: got %v, want %q", forward, err, want)
		}
	}
	if err := call(t, cfg, http.MethodPost, "/test/clock", map[string]int{"backward": 1}, nil); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("an unknown member: got %v", err)
	}
	if got := ahead(t, cfg); got != "0s" {
		t.Errorf("after all that: got %s, want 0s", got)
	}
}

func TestTheClockOfDeadlinesIsRealOutsideTest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"reference", "production"} {
		cfg := madeConfig(t)
		cfg.Environment = environment(name)
		n := start(t, cfg)
		err := call(t, cfg, http.MethodPost, "/test/clock", node.ClockMove{Forward: "1h"}, nil)
		if err == nil || !strings.Contains(err.Error(), "cannot be moved: rehearse in test") {
			t.Errorf("%s: got %v", name, err)
		}
		if got := ahead(t, cfg); got != "0s" {
			t.Errorf("%s: got %s ahead, want 0s", name, got)
		}
		stop(t, n)
	}
}

// TestNodesShareTheClockOfDeadlines moves it at one node and reads it at the other.
func TestNodesShareTheClockOfDeadlines(t *testing.T) {
	t.Parallel()
	one, other := config(t), config(t)
	one.Database, one.Volatile = pgtest.Start(t), true
	other.Database, other.Volatile, other.KeyFile = one.Database, true, filepath.Join(one.Data, "key")
	if err := node.Migrate(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	a := start(t, one)
	defer stop(t, a)
	defer stop(t, start(t, other))
	if err := a.Forward(5 * time.Hour); err != nil {
		t.Fatal(err)
	}
	limit := time.After(patience)
	for tick := time.Tick(20 * time.Millisecond); ahead(t, other) != "5h0m0s"; {
		select {
		case <-tick:
		case <-limit:
			t.Fatal("the other node never hears of it")
		}
	}
}
