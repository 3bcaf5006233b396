package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// worldVariable names a world.json to judge instead of a world of our own.
const worldVariable = "VIERKANT_WORLD"

// caseTime is more than any case needs; the longest waits for the repeat of a callback.
const caseTime = 2 * time.Minute

func TestSuite(t *testing.T) {
	t.Parallel()
	s, watch := sessionUnderTest(t)
	ran := runCases(t, s, Suite())
	t.Cleanup(func() { watch.checkUnseen(t, ran.Load() == int64(len(Suite()))) })
}

// runCases runs all cases at the same time, and counts those that were not left out.
func runCases(t *testing.T, s *Session, cases []Case) *atomic.Int64 {
	t.Helper()
	var ran atomic.Int64
	for _, c := range cases {
		t.Run(c.String(), func(t *testing.T) {
			ran.Add(1)
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), caseTime)
			defer cancel()
			switch err := c.Run(ctx, s); {
			case errors.Is(err, ErrSkipped):
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
		cfg.World, cfg.Stranger = readWorldUnderTest(t, path)
		return newSession(t, cfg), nil
	}
	running := startWorld(t, t.TempDir())
	cfg.World, cfg.Stranger = running.World, seedStranger(t, running.Node("test"))
	watch := newWatch(t, running.World)
	cfg.Watch = watch.see
	return newSession(t, cfg), watch
}

// TestSuiteOnPostgres judges a broker whose records and bodies are in a database.
func TestSuiteOnPostgres(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	if err := node.Migrate(t.Context(), node.Config{Database: dsn}); err != nil {
		t.Fatal(err)
	}
	running := startWorldWith(t, Config{Data: t.TempDir(), Database: dsn})
	runCases(t, newSession(t, SessionConfig{
		World: running.World, Stranger: seedStranger(t, running.Node("test")), Samples: samplesFolder(t),
		Watch: newWatch(t, running.World).see,
	}), Suite())
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

// readWorldUnderTest reads a world.json. Beside what the world has, its test environment may have a member "stranger".
func readWorldUnderTest(t *testing.T, path string) (World, *Stranger) {
	t.Helper()
	world, err := ReadWorld(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var more struct {
		Environments []struct {
			Stranger *Stranger `json:"stranger"`
		} `json:"environments"`
	}
	if err := json.Unmarshal(raw, &more); err != nil {
		t.Fatal(err)
	}
	for _, e := range more.Environments {
		if e.Stranger != nil {
			return world, e.Stranger
		}
	}
	return world, nil
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
	for _, number := range wantedNumbers() {
		if !numbers[number] {
			t.Errorf("got no case %d of the contract", number)
		}
	}
}

// wantedNumbers are the conformance cases that are not about the first generation of the Submission API, replies, deadlines or (54) a
// clock that only an operator can move.
func wantedNumbers() []int {
	var wanted []int
	for _, span := range [][2]int{
		{1, 6}, {8, 9}, {12, 22}, {24, 29}, {31, 53}, {55, 55}, {60, 65}, {67, 73}, {76, 85}, {87, 97}, {99, 110}, {112, 126}, {129, 131}, {139, 152},
	} {
		for number := span[0]; number <= span[1]; number++ {
			wanted = append(wanted, number)
		}
	}
	return wanted
}

// TestSuiteFails sends the suite to a world that is not there.
func TestSuiteFails(t *testing.T) {
	t.Parallel()
	world := World{Environments: []Environment{{
		Name: "test", TokenURL: "http://127.0.0.1:1/token", Sender: new(node.Credentials), Subscriber: new(node.Credentials), Destinations: []Destination{{Service: service, Region: "DE14"}},
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
