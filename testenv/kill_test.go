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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// Bounds of TestKill. A step is a request begun, a piece of a body sent, an answer read, or a callback taken; an application takes
// some twenty of them.
const (
	killRounds  = 16
	leastRounds = 4                // whatever the time
	killTime    = 12 * time.Second // after which no further round begins
	killSenders = 6
	killSteps   = 600 // a kill comes at one of the first so many steps of its round
	perRound    = 12  // applications of one sender in one round
	killSeed    = "VIERKANT_SEED"
)

// TestKill kills the program under load, again and again, at random steps of random requests, and starts it on the same data. What was
// acknowledged is then there, byte for byte; what got no answer was done or not done, and never half. In the end every
// callback that is owed arrives.
//
// The environment variable VIERKANT_SEED repeats sizes, choices and steps of an earlier run; how the requests interleave is up to the
// machine.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program a dozen times")
	}
	t.Parallel()
	seed := seedOf(t)
	t.Logf("%s=%d", killSeed, seed)
	p, world := startProgram(t, buildProgram(t))
	l := newLoad(t, world, seed)
	began := time.Now()
	for round := 0; round < killRounds && (round < leastRounds || time.Since(began) < killTime); round++ {
		if round > 0 {
			l.restart(t, p)
		}
		l.verify(t)
		l.run(t, p)
		t.Logf("round %d: killed at step %d with %s; it left %d files of uploads that were cut off",
			round+1, l.steps.Load(), l.count(), len(filesIn(t, tmpFolder(p.data))))
	}
	lastRound(t, p, l)
}

// lastRound starts the node once more, in this process and with a clock that is ahead by a lease, so that callbacks that were being made
// when the program died are due again at once. Everything is brought to its end and looked at.
func lastRound(t *testing.T, p *program, l *load) {
	l.receiver.ahead.Store(int64(leaseTime))
	now := func() time.Time { return time.Now().Add(leaseTime) }
	startNode(t, p, now)
	l.logIn(t, now)
	l.verify(t)
	l.finish(t)
	l.verify(t)
	l.receiver.await(t, l.owed())
	t.Logf("in the end: %s", l.count())
}

// leaseTime is how long a callback belongs to the node that claimed it (see broker/outbox).
const leaseTime = time.Minute

func startNode(t *testing.T, p *program, now func() time.Time) {
	t.Helper()
	cfg, err := node.DemoAt(filepath.Join(p.data, "test"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.AllowHTTPCallbacks, cfg.Now = fmt.Sprintf("127.0.0.1:%d", p.port), true, now
	n, err := node.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Stop(context.Background()) })
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// restart starts the program on what it left behind. Now and then it is killed while it starts, and then starts again.
func (l *load) restart(t *testing.T, p *program) {
	t.Helper()
	if l.random.IntN(4) == 0 {
		if err := p.startAndStrike(time.Duration(l.random.IntN(150)) * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.start(); err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, tmpFolder(p.data)); len(left) > 0 {
		t.Errorf("after the start there are still files of uploads that were cut off: %v", left)
	}
}

func tmpFolder(data string) string { return filepath.Join(data, "test", "blobs", "tmp") }

// filesIn lists the files in and below a folder.
func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
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

// load is several senders and a subscriber that use one destination, and what they know.
type load struct {
	env      testenv.Environment
	at       testenv.Destination
	sealKey  string // kid of the key to seal to
	signKey  keys.Private
	receiver *hearer
	senders  []*sender
	random   *rand.Rand

	// Of the current round.
	asSender, asSubscriber caller
	reader                 *client.Client // verifies event logs
	steps, fatal           atomic.Int64
	strike                 func()
}

func newLoad(t *testing.T, world testenv.World, seed uint64) *load {
	t.Helper()
	env, err := world.Environment("test")
	if err != nil {
		t.Fatal(err)
	}
	l := &load{env: env, at: env.Destinations[0], random: rand.New(rand.NewPCG(seed, 0))}
	decryption, err := readKey(l.at.DecryptionKey)
	if err != nil {
		t.Fatal(err)
	}
	l.sealKey = decryption.KID
	if l.signKey, err = readKey(l.at.SigningKey); err != nil {
		t.Fatal(err)
	}
	for i := range killSenders {
		l.senders = append(l.senders, newSender(l, seed, uint64(i+1)))
	}
	l.receiver = newHearer(t, l.step)
	l.logIn(t, time.Now)
	l.receiver.register(t, l.asSubscriber, env, l.at)
	return l
}

// logIn gives everybody fresh connections and tokens.
func (l *load) logIn(t *testing.T, now func() time.Time) {
	t.Helper()
	if l.asSender.http != nil {
		l.asSender.http.CloseIdleConnections()
	}
	connections := newClient(2 * killSenders)
	var err error
	if l.asSender, err = logIn(t.Context(), connections, l.env, l.env.Sender); err != nil {
		t.Fatal(err)
	}
	if l.asSubscriber, err = logIn(t.Context(), connections, l.env, l.env.Subscriber); err != nil {
		t.Fatal(err)
	}
	l.reader, err = client.New(client.Config{
		TokenURL: l.env.TokenURL, SubmissionURL: l.env.SubmissionURL, ClientID: l.env.Sender.ClientID, ClientSecret: l.env.Sender.ClientSecret,
		Policy: keys.Test(), HTTP: connections, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run puts load on the program until it is killed: at a random step, now and then a moment later, at the latest when all is sent.
func (l *load) run(t *testing.T, p *program) {
	t.Helper()
	l.logIn(t, time.Now)
	moment := time.Duration(l.random.IntN(2) * l.random.IntN(5000) * int(time.Microsecond))
	l.strike = sync.OnceFunc(func() { time.AfterFunc(moment, p.strike) })
	l.steps.Store(0)
	l.fatal.Store(int64(1 + l.random.IntN(killSteps)))
	var team errgroup.Group
	for _, s := range l.senders {
		team.Go(func() error { return s.work(t.Context(), perRound) })
	}
	err := team.Wait()
	l.strike()
	<-p.ended
	l.fatal.Store(0)
	if err != nil {
		t.Fatal(err)
	}
}

// finish carries everything that was begun to its end, without being killed.
func (l *load) finish(t *testing.T) {
	t.Helper()
	for _, s := range l.senders {
		if err := s.work(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if s.cut != nil {
			t.Fatal(s.cut)
		}
	}
}

// step counts one step, and kills at the fatal one.
func (l *load) step() {
	if l.steps.Add(1) == l.fatal.Load() {
		l.strike()
	}
}

// parcels returns all applications that were announced.
func (l *load) parcels() (all []*parcel) {
	for _, s := range l.senders {
		all = append(all, s.parcels...)
	}
	return all
}

// owed returns the submissions whose destination must have been called.
func (l *load) owed() (ids []string) {
	for _, p := range l.parcels() {
		if p.submitted == acknowledged {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// count describes what has been acknowledged so far.
func (l *load) count() string {
	var attachments, submitted, decided, events int
	all := l.parcels()
	for _, p := range all {
		for _, a := range p.attachments {
			attachments += given(a.stored)
		}
		submitted += given(p.submitted)
		decided += given(p.decided)
		events += len(p.log)
	}
	return fmt.Sprintf("%d announced, %d attachments, %d submitted, %d decided, %d events read, %d callbacks taken",
		len(all), attachments, submitted, decided, events, l.receiver.calls.Load())
}

func given(k known) int {
	if k == acknowledged {
		return 1
	}
	return 0
}
