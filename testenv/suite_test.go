package testenv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// worldVariable names a world.json to judge instead of a world of our own.
const worldVariable = "VIERKANT_WORLD"

// caseTime is more than any case needs; the longest waits for the repeat of a callback.
const caseTime = 2 * time.Minute

func TestSuite(t *testing.T) {
	t.Parallel()
	s, watch := sessionUnderTest(t)
	ran := runCases(t, s, watch != nil)
	t.Cleanup(func() { watch.checkUnseen(t, ran.Load() == int64(len(Suite()))) })
}

// needApart are the cases that our own world cannot show: TestSuiteApart and TestSuiteDeadlines do.
func needApart(c Case) bool {
	return slices.Contains([]int{9, 42, 54, 157}, c.Number) || aboutDeadlines(c)
}

// runCases runs all cases at the same time, and counts those that were not left out. A world of ours lacks nothing but, perhaps, files that are
// not in this repository.
func runCases(t *testing.T, s *Session, ours bool) *atomic.Int64 {
	t.Helper()
	var ran atomic.Int64
	for _, c := range Suite() {
		t.Run(c.String(), func(t *testing.T) {
			ran.Add(1)
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), caseTime)
			defer cancel()
			switch err := c.Run(ctx, s); {
			case errors.Is(err, ErrSkipped) && (!ours || needApart(c) || errors.Is(err, skipped(needFiles))):
				t.Skip(err)
			case err != nil:
				t.Error(err)
			}
		})
	}
	return &ran
}

func newSession(t *testing.T, cfg SessionConfig) *Session {
	t.Helper()
	s, err := NewSession(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// sessionUnderTest is with the world that the environment names, or with one that is started here and watched.
func sessionUnderTest(t *testing.T) (*Session, *watch) {
	t.Helper()
	cfg := SessionConfig{Samples: samplesFolder(t)}
	if path := os.Getenv(worldVariable); path != "" {
		world, err := ReadWorld(path)
		if err != nil {
			t.Fatal(err)
		}
		cfg.World = world
		return newSession(t, cfg), nil
	}
	running := startWorld(t, t.TempDir())
	cfg.World = running.World
	watch := newWatch(t, running.World)
	cfg.Watch = watch.see
	return newSession(t, cfg), watch
}

// TestSuiteOnPostgres judges a broker whose records and bodies are in a database.
func TestSuiteOnPostgres(t *testing.T) {
	t.Parallel()
	running := startWorldWith(t, Config{Data: t.TempDir(), Database: migrated(t)})
	runCases(t, newSession(t, SessionConfig{
		World: running.World, Samples: samplesFolder(t), Watch: newWatch(t, running.World).see,
	}), true)
}

func startWorld(t *testing.T, data string) *Running {
	t.Helper()
	return startWorldWith(t, Config{Data: data})
}

func startWorldWith(t *testing.T, cfg Config) *Running {
	t.Helper()
	cfg.AllowHTTPCallbacks, cfg.Log = true, slog.New(slog.DiscardHandler)
	running, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopWorld(t, running) })
	return running
}

// stopWorld may be called twice.
func stopWorld(t *testing.T, running *Running) {
	t.Helper()
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := running.Stop(ctx); err != nil {
		t.Errorf("stop the world: %v", err)
	}
}

// seedStranger makes a second organisation.
func seedStranger(t *testing.T, n *node.Node) *Stranger {
	t.Helper()
	seeded, err := n.Seed(t.Context(), node.Seed{Organisation: "Fremde (Suite)", Sender: "Fremder Onlinedienst", Subscriber: "Fremdes Fachverfahren"})
	if err != nil {
		t.Fatal(err)
	}
	return &Stranger{Sender: seeded.Sender, Subscriber: seeded.Subscriber}
}

// samplesFolder is beside the repository; "" where there is none.
func samplesFolder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", "shared", "data", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		return ""
	}
	return folder
}

func TestSuiteIsWellFormed(t *testing.T) {
	t.Parallel()
	cases := Suite()
	seen := map[string]bool{}
	numbers := map[int]bool{}
	for _, c := range cases {
		if seen[c.String()] {
			t.Errorf("got the case %q twice, want different names", c)
		}
		seen[c.String()], numbers[c.Number] = true, true
		if c.Run == nil || c.Name == "" {
			t.Errorf("got the case %+v, want a name and something to run", c)
		}
	}
	testContract(t, numbers)
}

// testContract holds the numbers that have a case against the contract's list.
func testContract(t *testing.T, covered map[int]bool) {
	t.Helper()
	const all = 158
	next := 1
	for _, c := range Chapters() {
		if c.First != next {
			t.Errorf("chapter %s begins with %d, want %d", c.Section, c.First, next)
		}
		next = c.Last() + 1
	}
	if next != all+1 {
		t.Errorf("got %d cases in all chapters, want %d", next-1, all)
	}
	for number := 1; number <= all; number++ {
		if !covered[number] {
			t.Errorf("case %d: there is none", number)
		}
	}
}

// TestSuiteFails sends the suite to a world that is not there.
func TestSuiteFails(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1"
	world := World{Environments: []Environment{{
		Name: "test", URL: nobody, TokenURL: nobody + "/token", SubmissionURL: nobody, DestinationURL: nobody, RoutingURL: nobody, PortalURL: nobody,
		Sender: new(node.Credentials), Subscriber: new(node.Credentials), Destinations: []Destination{{Service: service, Region: "DE14"}},
	}}}
	s := newSession(t, SessionConfig{World: world})
	for _, c := range Suite() {
		if c.Number == 124 {
			continue // asks nobody
		}
		if err := c.Run(t.Context(), s); err == nil {
			t.Errorf("%s: got no error from nobody", c)
		}
	}
	if _, err := NewSession(SessionConfig{}); err == nil {
		t.Error("got a session without a world, want an error")
	}
	if got, want := fmt.Sprint(Case{Number: 7, Name: "x"}), "007 x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
