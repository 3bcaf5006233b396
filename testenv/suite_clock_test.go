package testenv

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// lone is one environment with clocks that a test moves, without callbacks over http.
type lone struct {
	node    *node.Node
	session *Session
}

// startLone starts a test environment an hour ago, has a token given, and lets it be now.
func startLone(t *testing.T) lone {
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
	return lone{n, newSession(t, cfg)}
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
	world := startLone(t)
	for _, c := range Suite() {
		if !slices.Contains([]int{9, 42}, c.Number) {
			continue
		}
		if err := c.Run(t.Context(), world.session); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	decommission := func(c *trial) { c.decommission(world.node) }
	if err := conform(54, "decommission", decommission).Run(t.Context(), world.session); err != nil {
		t.Error(err)
	}
}

// decommission ends the life of a destination.
func (t *trial) decommission(n *node.Node) {
	const month, tooEarly = 30 * 24 * time.Hour, time.Minute
	ended := map[string]any{"status": "decommissioned"}
	o := t.activeOffice()
	waiting := t.submitted(o, 1)
	t.patch(o, map[string]any{"status": "inactive"}).is(http.StatusOK)
	t.must("clock", n.Forward(month-tooEarly))
	t.patch(o, ended).problem(http.StatusConflict, "destination-state-invalid", "30 days")
	t.checkFetched(waiting)
	t.must("clock", n.Forward(tooEarly))
	t.patch(o, ended).is(http.StatusOK).want("status", "decommissioned")
	for _, status := range []string{"active", "inactive"} {
		t.setStatus(o, status, false).problem(http.StatusConflict, "destination-state-invalid", "allowed")
		t.setStatus(o, status, true).problem(http.StatusConflict, "destination-state-invalid", "allowed")
	}
	t.delete(o).problem(http.StatusConflict, "destination-state-invalid", "created")
	t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), announcement(o)).
		problem(http.StatusUnprocessableEntity, "destination-state-invalid", "active")
	for _, path := range []string{waiting.path(), waiting.attachment(waiting.ids0()), "/submissions?destinationId=" + o.id} {
		t.get(t.submissions(path), t.subscriber()).problem(http.StatusForbidden, "destination-state-invalid", "decommissioned")
	}
	t.post(waiting, t.accept(waiting)).is(http.StatusNoContent)
	t.wantLog(waiting, "create-submission", "submit-submission", "accept-submission")
}
