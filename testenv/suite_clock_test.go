package testenv

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// startLone starts one environment with clocks that a test moves, without callbacks over http: an hour ago, when it has a token given,
// and then lets it be now.
func startLone(t *testing.T) *Session {
	t.Helper()
	const past = time.Hour
	var behind atomic.Int64
	behind.Store(int64(past))
	n, cfg := startAlone(t, node.Config{Now: func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }})
	asking := &trial{Session: newSession(t, cfg), ctx: t.Context()}
	if cfg.Expired = asking.sender(); asking.err != nil {
		t.Fatal(asking.err)
	}
	behind.Store(0)
	cfg.Forward = n.Forward
	return newSession(t, cfg)
}

// startAlone starts one environment of which a test has all clocks, with one organisation in it.
func startAlone(t *testing.T, cfg node.Config) (*node.Node, SessionConfig) {
	t.Helper()
	cfg.Environment, cfg.Data, cfg.Listen, cfg.Log = node.Environments()[0], t.TempDir(), "127.0.0.1:0", slog.New(slog.DiscardHandler)
	n, err := node.Open(t.Context(), cfg)
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
	return n, SessionConfig{World: World{Environments: []Environment{env}}}
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
		if !needApart(c) || aboutDeadlines(c) {
			continue
		}
		if err := c.Run(t.Context(), session); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}

// aboutDeadlines are the cases for which a clock is moved by years.
func aboutDeadlines(c Case) bool {
	return c.Number == 128 || c.Number >= 132 && c.Number <= 138
}

// TestSuiteDeadlines moves the clock of a world in files, and of one in a database.
func TestSuiteDeadlines(t *testing.T) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		n, cfg := startAlone(t, node.Config{AllowHTTPCallbacks: true})
		runDeadlines(t, n, cfg)
	})
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		n, cfg := startAlone(t, node.Config{AllowHTTPCallbacks: true, Database: migrated(t), Volatile: true})
		runDeadlines(t, n, cfg)
	})
}

func runDeadlines(t *testing.T, n *node.Node, cfg SessionConfig) {
	t.Helper()
	cfg.Forward, cfg.Mails = n.Forward, mailsOf(n)
	session := newSession(t, cfg)
	for _, c := range Suite() {
		if !aboutDeadlines(c) {
			continue
		}
		if err := c.Run(t.Context(), session); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}

// mailsOf counts the mails of a node that remind of a submission.
func mailsOf(n *node.Node) func(context.Context, string) (int, error) {
	return func(ctx context.Context, submission string) (count int, err error) {
		all, _, err := n.Mails.All(ctx, broker.Operator(""), broker.Page{Limit: broker.MaxPage})
		for _, m := range all {
			about := slices.ContainsFunc(m.Facts, func(f mail.Fact) bool { return f.ID == submission })
			if about && (m.Template == mail.Waiting || m.Template == mail.WaitingStill) {
				count++
			}
		}
		return count, err
	}
}

func migrated(t *testing.T) (dsn string) {
	t.Helper()
	dsn = pgtest.Start(t)
	if err := node.Migrate(t.Context(), node.Config{Database: dsn}); err != nil {
		t.Fatal(err)
	}
	return dsn
}
