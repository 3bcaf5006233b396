package testenv_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv"
)

// Bounds of TestKill. A step is a request begun, a piece of a body sent, an answer read, or a callback taken; an application takes
// some twenty of them.
const (
	killRounds  = 16
	leastRounds = 4               // whatever the time
	killTime    = 8 * time.Second // after which no further round begins
	killSenders = 6
	killSteps   = 600 // a kill comes at one of the first so many steps of its round
	perRound    = 12  // applications of one sender in one round
	killSeed    = "VIERKANT_SEED"
)

// TestKill kills the broker under load, again and again, at random steps of random requests, and starts it on the same data: the
// program that keeps files, and a node with its database, of which either dies, or both. What was acknowledged is then there, byte for
// byte; what got no answer was done or not done, and never half. In the end every callback that is owed arrives.
//
// The environment variable VIERKANT_SEED repeats sizes, choices and steps of an earlier run; how the requests interleave is up to the
// machine.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program a dozen times")
	}
	t.Parallel()
	binary := buildProgram(t)
	for store, begin := range map[string]func(t *testing.T, binary string) *victim{"files": newUp, "postgres": newServe} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			v := begin(t, binary)
			seed := seedOf(t)
			t.Logf("%s=%d", killSeed, seed)
			v.killAgainAndAgain(t, newLoad(t, v.env, v.callTimeout, seed))
		})
	}
}

// victim is a broker that is killed.
type victim struct {
	*program
	env         testenv.Environment
	callTimeout time.Duration  // for callbacks
	server      *pgtest.Server // of the database; nil: there is none

	// revive starts it for the last round, in which callbacks that were being made when it died are to be made again.
	revive func(*testing.T, *load)
}

// newUp is "vierkant up", which keeps files.
func newUp(t *testing.T, binary string) *victim {
	p, world := startProgram(t, binary)
	env, err := world.Environment("test")
	if err != nil {
		t.Fatal(err)
	}
	return &victim{program: p, env: env, callTimeout: 10 * time.Second, revive: func(t *testing.T, l *load) { startAhead(t, p, l) }}
}

// newServe is one node with a database, on a server of its own.
func newServe(t *testing.T, binary string) *victim {
	server := pgtest.StartServer(t)
	port := freeBlock(t)
	s := newShared(t, binary, server.DSN, fmt.Sprintf("http://127.0.0.1:%d", port))
	v := &victim{program: s.node(t, port), env: s.env, callTimeout: nodeTimeout, server: server}
	v.revive = func(t *testing.T, _ *load) { v.mustBegin(t) }
	v.mustBegin(t)
	return v
}

func (p *program) mustBegin(t *testing.T) {
	t.Helper()
	if err := p.begin(); err != nil {
		t.Fatal(err)
	}
}

// blow is what is killed in a round.
type blow struct{ program, server bool }

func (b blow) String() string {
	switch {
	case b.program && b.server:
		return "both were"
	case b.server:
		return "the database was"
	}
	return "the program was"
}

func (v *victim) nextBlow(random *rand.Rand) blow {
	if v.server == nil {
		return blow{program: true}
	}
	return [...]blow{{program: true}, {server: true}, {program: true, server: true}}[random.IntN(3)]
}

// deal deals a blow, without waiting.
func (v *victim) deal(t *testing.T, b blow) {
	if b.server {
		if err := v.server.Kill(); err != nil {
			t.Error(err)
		}
	}
	if b.program {
		v.strike()
	}
}

// await returns when the program is gone, if it was struck, and the database is back.
func (v *victim) await(t *testing.T, b blow) {
	t.Helper()
	if b.program {
		<-v.ended
	}
	if b.server {
		if err := v.server.Await(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAgainAndAgain is the test. Who lost only its database goes on without being started again, and refuses nothing once it is back.
func (v *victim) killAgainAndAgain(t *testing.T, l *load) {
	began := time.Now()
	last := blow{}
	for round := 0; round < killRounds && (round < leastRounds || time.Since(began) < killTime); round++ {
		if last.program {
			v.restart(t, l.random)
		}
		l.verify(t)
		last = v.nextBlow(l.random)
		l.run(t, last.server, func() { v.deal(t, last) })
		v.await(t, last)
		t.Logf("round %d: %s killed at step %d with %s; it left %d files of uploads that were cut off",
			round+1, last, l.steps.Load(), l.count(), len(filesIn(t, tmpFolder(v.data))))
	}
	v.kill()
	v.revive(t, l)
	l.complete(t)
	t.Logf("in the end: %s", l.count())
}

// restart starts the program on what it left behind. Now and then it is killed while it starts, and then starts again.
func (v *victim) restart(t *testing.T, random *rand.Rand) {
	t.Helper()
	if random.IntN(4) == 0 {
		if err := v.startAndStrike(time.Duration(random.IntN(150)) * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	v.mustBegin(t)
	if left := filesIn(t, tmpFolder(v.data)); len(left) > 0 {
		t.Errorf("after the start there are still files of uploads that were cut off: %v", left)
	}
}

// startAhead starts the test environment of "up" in this process and with a clock that is ahead by a lease, so that callbacks that were
// being made when the program died are due again at once.
func startAhead(t *testing.T, p *program, l *load) {
	t.Helper()
	const leaseTime = time.Minute // how long a callback belongs to the node that claimed it (see broker/outbox)
	l.ahead.Store(int64(leaseTime))
	cfg, err := node.DemoAt(filepath.Join(p.data, "test"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.AllowHTTPCallbacks, cfg.Now = fmt.Sprintf("127.0.0.1:%d", p.port), true, l.now
	n, err := node.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Stop(context.Background()) })
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func tmpFolder(data string) string { return filepath.Join(data, "test", "blobs", "tmp") }

// filesIn lists the files in and below a folder, which need not be there.
func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	given := os.Getenv(killSeed)
	if given == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", killSeed, err)
	}
	return seed
}
