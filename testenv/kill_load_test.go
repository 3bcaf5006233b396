package testenv_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// load is several senders and a subscriber that use one destination, and what they know.
type load struct {
	env      testenv.Environment
	at       testenv.Destination
	sealKey  string // kid of the key to seal to
	signKey  keys.Private
	receiver *hearer
	witness  *witness
	senders  []*sender
	random   *rand.Rand
	ahead    atomic.Int64 // how far the clock of the broker is ahead, nanoseconds

	decides  bool          // a sender also plays the authority and decides; else somebody else does
	handedIn func(*parcel) // told of what is about to be submitted

	// Of the current round.
	asSender, asSubscriber caller
	reader                 *client.Client // verifies event logs
	excused                bool           // the database is killed: who is told so (503) knows as little as who gets no answer
	steps                  atomic.Int64
	fuse                   atomic.Pointer[fuse]
}

// fuse is what happens at a step.
type fuse struct {
	at   int64
	blow func() // once
}

func newLoad(t *testing.T, env testenv.Environment, callTimeout time.Duration, seed uint64) *load {
	t.Helper()
	l := &load{env: env, at: env.Destinations[0], random: rand.New(rand.NewPCG(seed, 0)), witness: newWitness()}
	l.decides, l.handedIn = true, func(*parcel) {}
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
	l.receiver = newHearer(t, l.step, l.now, callTimeout)
	l.logIn(t)
	l.receiver.register(t, l.asSubscriber, env, l.at)
	return l
}

// now is the time of the broker.
func (l *load) now() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }

// logIn gives everybody fresh connections and tokens.
func (l *load) logIn(t *testing.T) {
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
		Policy: keys.Test(), HTTP: connections, Now: l.now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run puts load on the broker until a blow cuts it off: at a random step, now and then a moment later, at the latest when all is sent.
func (l *load) run(t *testing.T, excused bool, blow func()) {
	t.Helper()
	l.logIn(t)
	l.excused = excused
	defer func() { l.excused = false }()
	moment := time.Duration(l.random.IntN(2) * l.random.IntN(5000) * int(time.Microsecond))
	dealt := make(chan struct{})
	strike := sync.OnceFunc(func() { time.AfterFunc(moment, func() { defer close(dealt); blow() }) })
	l.steps.Store(0)
	l.fuse.Store(&fuse{int64(1 + l.random.IntN(killSteps)), strike})
	var team errgroup.Group
	for _, s := range l.senders {
		team.Go(func() error { return s.work(t.Context(), perRound) })
	}
	err := team.Wait()
	strike()
	<-dealt
	l.fuse.Store(nil)
	if err != nil {
		t.Fatal(err)
	}
}

// complete brings everything to its end, and looks at it.
func (l *load) complete(t *testing.T) {
	t.Helper()
	l.verify(t)
	l.finish(t)
	l.verify(t)
	l.receiver.await(t, l.owed())
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

// step counts one step; at that of the fuse it goes off.
func (l *load) step() {
	step := l.steps.Add(1)
	if f := l.fuse.Load(); f != nil && step >= f.at {
		f.blow()
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
	var attachments, submitted, decided int
	all := l.parcels()
	for _, p := range all {
		for _, a := range p.attachments {
			attachments += given(a.stored)
		}
		submitted += given(p.submitted)
		decided += given(p.decided)
	}
	return fmt.Sprintf("%d announced, %d attachments, %d submitted, %d decided, %d events read, %s",
		len(all), attachments, submitted, decided, l.witness.count(), l.receiver.count())
}

func given(k known) int {
	if k == acknowledged {
		return 1
	}
	return 0
}
