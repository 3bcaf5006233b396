package signer_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/signer"
)

func TestReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.node(t)
	facts := w.facts(t, 5)
	before := w.store.Stats()

	signed, err := s.Sign(t.Context(), facts)
	if err != nil {
		t.Fatal(err)
	}
	w.check(t, signed)
	w.ops(t, 5)
	if got := w.store.Stats().Updates - before.Updates; got != 1 {
		t.Errorf("transactions for a page of 5: got %d, want 1", got)
	}
	if facts[0].Token != "" {
		t.Error("the caller's events were changed")
	}

	again, err := s.Sign(t.Context(), facts) // as another reader holds them that read before
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i].Token != signed[i].Token {
			t.Errorf("event %d: got another token the second time", i+1)
		}
	}
	w.ops(t, 5)
	if got := w.store.Stats().Updates - before.Updates; got != 1 {
		t.Errorf("transactions after a second read: got %d, want 1", got)
	}
}

func TestTokensOfOthersStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := broker.NewID[broker.CaseID]()
	foreign := fact(t, c, 1)
	foreign.Claims, foreign.Token = nil, "a.subscriber's.token"
	w.append(t, foreign, fact(t, c, 2))
	signed, err := w.node(t).Sign(t.Context(), w.log(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := signed[0].Token, foreign.Token; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if signed[1].Token == "" {
		t.Error("the event after it was left out")
	}
	w.ops(t, 1)
}

func TestBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 10) // committed before the start, as by an earlier life
	store, done := w.drained(t)
	s := w.node(t, func(c *signer.Config) { c.Store, c.Batch, c.Workers = store, 4, 2 })
	before := w.store.Stats()
	start(t, s, nil)
	<-done
	w.check(t, w.log(t, facts[0].Case))
	w.ops(t, 10)
	if got := w.store.Stats().Updates - before.Updates; got != 3 {
		t.Errorf("transactions for 10 events in batches of 4: got %d, want 3", got)
	}
	stats, err := s.Stats(t.Context())
	if want := (signer.Stats{Signatures: 10}); err != nil || stats != want {
		t.Errorf("stats: got %+v, %v, want %+v", stats, err, want)
	}
}

func TestWake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store, done := w.drained(t)
	looked := make(chan struct{}, 8)
	first := watched{Store: store, beforeView: func() {
		select {
		case looked <- struct{}{}:
		default:
		}
	}}
	wake := make(broker.Signal, 1)
	start(t, w.node(t, func(c *signer.Config) { c.Store = first }), wake)
	<-looked // and there was nothing, or there is something by now; the wake comes after either
	facts := w.facts(t, 1)
	wake.Set()
	<-done
	w.check(t, w.log(t, facts[0].Case))
}

// TestOneSignature lets a reader and the background meet between signature and transaction, in either order.
func TestOneSignature(t *testing.T) {
	t.Parallel()
	const events = 4
	t.Run("background first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		facts := w.facts(t, events)
		arrived, leave := make(chan struct{}), make(chan struct{})
		s := w.node(t, func(c *signer.Config) { c.Store = holdFirst(w.store, arrived, leave) })
		stop := start(t, s, nil)
		<-arrived
		signed, err := s.Sign(t.Context(), facts)
		if err != nil {
			t.Fatal(err)
		}
		w.check(t, signed)
		close(leave)
		stop()
		w.check(t, signed) // the background's commit changed nothing
		w.ops(t, events)
	})
	t.Run("reader first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		facts := w.facts(t, events)
		drained, done := w.drained(t)
		arrived, leave := make(chan struct{}), make(chan struct{})
		s := w.node(t, func(c *signer.Config) { c.Store = holdFirst(drained, arrived, leave) })
		read := make(chan []broker.Event)
		go func() {
			signed, err := s.Sign(context.Background(), facts)
			if err != nil {
				t.Error(err)
			}
			read <- signed
		}()
		<-arrived
		start(t, s, nil)
		<-done // the background has stored what the reader signed
		close(leave)
		w.check(t, <-read)
		w.ops(t, events)
	})
}

// holdFirst is a store whose first Update waits before it begins.
func holdFirst(store broker.Store, arrived, leave chan struct{}) broker.Store {
	var once sync.Once
	return watched{Store: store, beforeUpdate: func() error {
		first := false
		once.Do(func() { first = true })
		if first {
			close(arrived)
			<-leave
		}
		return nil
	}}
}

func TestManyReadersAndBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 12)
	s := w.node(t, func(c *signer.Config) { c.Batch = 5 })
	stop := start(t, s, nil)
	var readers sync.WaitGroup
	for i := range 8 {
		readers.Go(func() {
			part := facts[i/2 : len(facts)-i/3]
			signed, err := s.Sign(context.Background(), part)
			if err != nil {
				t.Error(err)
				return
			}
			stored := w.log(t, facts[0].Case)[i/2:]
			for j := range signed {
				if signed[j].Token == "" || signed[j].Token != stored[j].Token {
					t.Errorf("reader %d, event %d: got %q, want %q", i, signed[j].Number, signed[j].Token, stored[j].Token)
				}
			}
		})
	}
	readers.Wait()
	stop()
	w.check(t, w.log(t, facts[0].Case))
	w.ops(t, 12)
}

// TestTwoNodes lets both sign the same event. The first to commit wins.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 1)
	arrived, leave := make(chan struct{}), make(chan struct{})
	slow := w.node(t, func(c *signer.Config) { c.Store = holdFirst(w.store, arrived, leave) })
	fast := w.node(t)
	read := make(chan []broker.Event)
	go func() {
		signed, err := slow.Sign(context.Background(), facts)
		if err != nil {
			t.Error(err)
		}
		read <- signed
	}()
	<-arrived
	winner, err := fast.Sign(t.Context(), facts)
	if err != nil {
		t.Fatal(err)
	}
	close(leave)
	if got, want := (<-read)[0].Token, winner[0].Token; got != want {
		t.Errorf("got %q, want what the other node stored: %q", got, want)
	}
	w.check(t, winner)
	w.ops(t, 2)
}

func TestNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 3)
	logged := newLines()
	s := w.node(t, func(c *signer.Config) {
		c.Keyring = openKeyring(t, w.store, w.wrapper, nil)
		c.Log = slog.New(slog.NewTextHandler(logged, nil))
	})

	if _, err := s.Sign(t.Context(), facts); !errors.Is(err, broker.Unavailable) {
		t.Errorf("reader: got %v, want %v", err, broker.Unavailable)
	}
	if got, want := w.backlog(t).Count, 3; got != want {
		t.Errorf("backlog: got %d, want %d", got, want)
	}

	wake := make(broker.Signal, 1)
	stop := start(t, s, wake)
	<-logged.first
	wake.Set()
	stop()
	if got := len(wake); got != 1 {
		t.Error("a wake cut the pause after a failure short")
	}
	if got := strings.Count(logged.text.String(), "\n"); got != 1 {
		t.Errorf("got %d lines of log, want 1:\n%s", got, logged.text.String())
	}

	signed, err := w.node(t).Sign(t.Context(), facts) // the key is back
	if err != nil {
		t.Fatal(err)
	}
	w.check(t, signed)
}

// lines is a log that says when it has its first line. It is written by one goroutine at a time, as slog's handlers do.
type lines struct {
	text  strings.Builder
	first chan struct{}
	once  sync.Once
}

func newLines() *lines { return &lines{first: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	defer l.once.Do(func() { close(l.first) })
	return l.text.Write(p)
}

// TestCrashBetweenSignatureAndCommit loses a signature that nobody has seen.
func TestCrashBetweenSignatureAndCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 2)
	broken := errors.New("power is gone")
	s := w.node(t, func(c *signer.Config) {
		c.Store = watched{Store: w.store, beforeUpdate: func() error { return broken }}
	})
	if signed, err := s.Sign(t.Context(), facts); !errors.Is(err, broken) {
		t.Fatalf("got %v, %v, want %v", signed, err, broken)
	}
	w.ops(t, 2)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}

	w.open(t)
	store, done := w.drained(t)
	stop := start(t, w.node(t, func(c *signer.Config) { c.Store = store }), nil)
	<-done
	stop()
	w.check(t, w.log(t, facts[0].Case))
	w.ops(t, 4)
}

// TestReaderLeaves keeps what a reader has signed before it left.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := w.facts(t, 40)
	ctx, leave := context.WithCancel(t.Context())
	s := w.node(t, func(c *signer.Config) { c.Store = watched{Store: w.store, beforeView: leave} })
	if _, err := s.Sign(ctx, facts); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	made, left := w.keyring.PrivateKeyOps(), w.backlog(t).Count
	if made < 1 || int(made)+left != len(facts) || left == 0 {
		t.Errorf("got %d signatures made and %d of %d events without one, want at least one and none lost", made, left, len(facts))
	}
}

// TestDamagedEvent must keep neither the background nor readers from the other events.
func TestDamagedEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	damaged := fact(t, broker.NewID[broker.CaseID](), 1)
	damaged.Claims = nil
	w.append(t, damaged)
	facts := w.facts(t, 5)
	logged := newLines()
	s := w.node(t, func(c *signer.Config) { c.Batch, c.Log = 2, slog.New(slog.NewTextHandler(logged, nil)) })
	stop := start(t, s, nil)
	<-logged.first
	stop()
	w.check(t, w.log(t, facts[0].Case))
	if _, err := s.Sign(t.Context(), w.log(t, damaged.Case)); err == nil {
		t.Error("a reader of the damaged event got no error")
	}
	if got := w.backlog(t).Count; got != 1 {
		t.Errorf("backlog: got %d, want 1", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := signer.Config{Store: w.store, Keyring: w.keyring, Log: slog.New(slog.DiscardHandler)}
	for want, spoil := range map[string]func(*signer.Config){
		"Store":    func(c *signer.Config) { c.Store = nil },
		"Keyring":  func(c *signer.Config) { c.Keyring = nil },
		"Log":      func(c *signer.Config) { c.Log = nil },
		"negative": func(c *signer.Config) { c.Workers = -1 },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := signer.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
}

// TestAlteredFact: claims that were altered in the store before they were signed must not get a genuine signature.
func TestAlteredFact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	altered := fact(t, broker.NewID[broker.CaseID](), 1)
	altered.Chain = w.keyring.Chain().Link(nil, altered)
	altered.Claims = append([]byte(" "), altered.Claims...)
	if err := w.store.Update(t.Context(), func(tx broker.Tx) error { return tx.AppendEvent(altered) }); err != nil {
		t.Fatal(err)
	}
	_, err := w.node(t).Sign(t.Context(), w.log(t, altered.Case))
	if err == nil || !strings.Contains(err.Error(), "not the one that was written") {
		t.Errorf("got %v, want a refusal", err)
	}
	w.ops(t, 0)
}
