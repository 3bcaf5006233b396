package signer_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// serviceKey is the one key pair of this test binary: making one takes about a second.
var serviceKey = sync.OnceValues(func() (keys.Private, error) {
	return keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
})

// world is one node on a real store.
type world struct {
	path    string
	store   *bolt.Store
	wrapper *keys.Wrapper
	keyring *broker.Keyring
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{path: filepath.Join(dir, "store"), wrapper: wrapper}
	w.open(t)
	t.Cleanup(func() { w.store.Close() })
	w.keyring = openKeyring(t, w.store, wrapper, map[broker.KeyUse]func() (broker.KeyPair, error){broker.ServiceKeys: pair})
	return w
}

func (w *world) open(t testing.TB) {
	t.Helper()
	store, err := bolt.Open(bolt.Config{Path: w.path})
	if err != nil {
		t.Fatal(err)
	}
	w.store = store
}

func openKeyring(t testing.TB, store broker.Store, wrapper *keys.Wrapper, how map[broker.KeyUse]func() (broker.KeyPair, error)) *broker.Keyring {
	t.Helper()
	keyring, err := broker.OpenKeyring(context.Background(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Make: how, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

func pair() (broker.KeyPair, error) {
	key, err := serviceKey()
	if err != nil {
		return broker.KeyPair{}, err
	}
	public, err := key.Public.MarshalJSON()
	return broker.KeyPair{KID: key.KID, Public: public, Private: key.Secret}, err
}

// node returns a signer on the world's store, or on what stands in for it.
func (w *world) node(t testing.TB, change ...func(*signer.Config)) *signer.Signer {
	t.Helper()
	cfg := signer.Config{Store: w.store, Keyring: w.keyring, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	s, err := signer.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// facts commits n events without tokens in a new case and returns them as a reader would find them.
func (w *world) facts(t testing.TB, n int) []broker.Event {
	t.Helper()
	c := broker.NewID[broker.CaseID]()
	all := make([]broker.Event, n)
	for i := range all {
		all[i] = fact(t, c, i+1)
	}
	w.append(t, all...)
	return w.log(t, c)
}

// append commits events as the services would, tied into the chain of their case.
func (w *world) append(t testing.TB, events ...broker.Event) {
	t.Helper()
	var before []byte
	if err := w.store.Update(context.Background(), func(tx broker.Tx) error {
		before = nil
		for _, e := range events {
			e.Chain = w.keyring.Chain().Link(before, e)
			before = e.Chain
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func fact(t testing.TB, c broker.CaseID, number int) broker.Event {
	t.Helper()
	e := broker.Event{
		Case: c, Number: number, ID: broker.NewID[broker.EventID](), Submission: broker.NewID[broker.SubmissionID](),
		Type: set.CreateSubmission, Recorded: time.Now(),
	}
	claims := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: string(e.ID), Issuer: "https://vierkant.example/submission-api",
		IssuedAt: e.Recorded.Unix(), Subject: "submission:" + string(e.Submission), Transaction: "case:" + string(c),
		Event: e.Type, Payload: json.RawMessage("{}"),
	}
	var err error
	if e.Claims, err = claims.Bytes(); err != nil {
		t.Fatal(err)
	}
	return e
}

// log reads a case as it stands in the store.
func (w *world) log(t testing.TB, c broker.CaseID) (events []broker.Event) {
	t.Helper()
	err := w.store.View(context.Background(), func(tx broker.Tx) (err error) {
		events, _, err = tx.Events(c, broker.Page{Limit: broker.MaxPage})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// check holds signed events against what stands in the store, against the claims and against the key.
func (w *world) check(t testing.TB, signed []broker.Event) {
	t.Helper()
	key, err := serviceKey()
	if err != nil {
		t.Fatal(err)
	}
	stored := w.log(t, signed[0].Case)
	for i, e := range signed {
		if e.Token == "" || e.Token != stored[i].Token {
			t.Fatalf("event %d: got token %q, want what is stored: %q", e.Number, e.Token, stored[i].Token)
		}
		token, err := set.Parse(e.Token)
		if err != nil {
			t.Fatal(err)
		}
		if err := token.Verify(key.Public); err != nil {
			t.Errorf("event %d: %v", e.Number, err)
		}
		if got, want := payload(t, e.Token), string(stored[i].Claims); got != want {
			t.Errorf("event %d: signed %s, want the fact %s", e.Number, got, want)
		}
	}
}

func payload(t testing.TB, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func (w *world) ops(t testing.TB, want int64) {
	t.Helper()
	if got := w.keyring.PrivateKeyOps(); got != want {
		t.Errorf("private-key operations: got %d, want %d", got, want)
	}
}

// watched is a store that lets a test step in around its transactions.
type watched struct {
	broker.Store
	beforeView   func()
	beforeUpdate func() error
	afterUpdate  func()
}

func (w watched) View(ctx context.Context, fn func(broker.Tx) error) error {
	if w.beforeView != nil {
		w.beforeView()
	}
	return w.Store.View(ctx, fn)
}

func (w watched) Update(ctx context.Context, fn func(broker.Tx) error) error {
	if w.beforeUpdate != nil {
		if err := w.beforeUpdate(); err != nil {
			return err
		}
	}
	err := w.Store.Update(ctx, fn)
	if w.afterUpdate != nil {
		w.afterUpdate()
	}
	return err
}

// drained returns a store and a channel that is closed when, after a transaction, nothing is unsigned any more.
func (w *world) drained(t testing.TB) (broker.Store, <-chan struct{}) {
	done := make(chan struct{})
	var once sync.Once
	return watched{Store: w.store, afterUpdate: func() {
		if w.backlog(t).Count == 0 {
			once.Do(func() { close(done) })
		}
	}}, done
}

func (w *world) backlog(t testing.TB) (b broker.Backlog) {
	t.Helper()
	if err := w.store.View(context.Background(), func(tx broker.Tx) (err error) {
		b, err = tx.SigningBacklog()
		return err
	}); err != nil {
		t.Error(err)
	}
	return b
}

// start runs the background of a node and returns what ends it and waits.
func start(t testing.TB, s *signer.Signer, wake broker.Signal) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, wake)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}
