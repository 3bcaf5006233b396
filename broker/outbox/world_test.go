package outbox_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	service = "urn:de:fim:leika:leistung:99050012104000"
	secret  = "a-secret-that-only-broker-and-receiver-know"
)

// pairs are the key pairs of this test binary, each about a second of work. The broker signs with the destination's: nothing here is
// about keys.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

// clock is a wall clock that stands still unless it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a broker on a real store, with an organisation, its clients and no destination.
type world struct {
	*broker.Broker
	now                func() time.Time
	clock              *clock // nil if now is the real time
	store              broker.Store
	files              *bolt.Store        // under store; nil: that is a database
	config             broker.Config      // of Broker
	unreached          *[]broker.Endpoint // those of which somebody was told
	sender, subscriber broker.Caller
}

// newWorld has a clock that stands still.
func newWorld(t testing.TB) *world { return newWorldOn(t, new(faulty)) }

// newWorldOn is newWorld on a store that can be told to fail.
func newWorldOn(t testing.TB, store *faulty) *world {
	c := newClock()
	files := inFiles(t, c.Now)
	store.Store = files
	w := makeWorld(t, c.Now, store)
	w.clock, w.files = c, files
	return w
}

// newRealTimeWorld is for what happens while calls take their time.
func newRealTimeWorld(t testing.TB) *world {
	files := inFiles(t, time.Now)
	w := makeWorld(t, time.Now, files)
	w.files = files
	return w
}

func makeWorld(t testing.TB, now func() time.Time, store broker.Store) *world {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(ctx, broker.KeyringConfig{
		Store: store, Wrapper: wrapper, Now: now,
		Make: map[broker.KeyUse]func() (broker.KeyPair, error){broker.ServiceKeys: func() (broker.KeyPair, error) {
			p, err := pairs()
			return broker.KeyPair{KID: p.signing.KID, Public: public(t, p.signing), Private: p.signing.Secret}, err
		}},
	})
	must(t, err)
	sign, err := signer.New(signer.Config{Store: store, Keyring: keyring, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	unreached := new([]broker.Endpoint)
	cfg := broker.Config{
		Unreached: func(tx broker.Tx, e broker.Endpoint) error {
			tx.OnCommit(func() { *unreached = append(*unreached, e) })
			return nil
		},
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring,
		Policy: keys.Test(), Callbacks: broker.CallbackRule{Insecure: true},
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: sign.Sign, Now: now, Deadline: now,
	}
	b, err := broker.New(cfg)
	must(t, err)
	w := &world{Broker: b, now: now, store: store, config: cfg, unreached: unreached}
	w.join(t)
	return w
}

// join makes an organisation with a sender and a subscriber.
func (w *world) join(t testing.TB) {
	t.Helper()
	org, err := w.Clients.RegisterOrg(context.Background(), broker.Operator(""), "Stadt")
	must(t, err)
	caller := func(n broker.NewClient) broker.Caller {
		c, _, err := w.Clients.Register(context.Background(), broker.Operator(org.ID), n)
		must(t, err)
		return broker.Caller{Client: c.ID, Org: c.Org, Scopes: c.Scopes()}
	}
	w.sender = caller(broker.NewClient{Name: "sender", Kind: broker.Sender})
	w.subscriber = caller(broker.NewClient{Name: "subscriber", Kind: broker.Subscriber, Manage: true})
}

// stranger is a subscriber of another organisation that manages its own destinations.
func (w *world) stranger(t testing.TB) broker.Caller {
	t.Helper()
	org, err := w.Clients.RegisterOrg(context.Background(), broker.Operator(""), "Andere Stadt")
	must(t, err)
	c, _, err := w.Clients.Register(context.Background(), broker.Operator(org.ID), broker.NewClient{Name: "other", Kind: broker.Subscriber, Manage: true})
	must(t, err)
	return broker.Caller{Client: c.ID, Org: c.Org, Scopes: c.Scopes()}
}

// destination makes an active destination that is called back at url.
func (w *world) destination(t testing.TB, url string) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	d, err := w.Destinations.Create(context.Background(), w.subscriber, broker.DestinationDraft{
		Name: "Amt", Contact: broker.Contact{LegalName: "Stadt", Email: "amt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"},
			Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: seal.JSON}},
		}},
		EncryptionKID: p.encryption.KID, MetadataVersions: []string{"2.1.0"},
		Callback: &broker.CallbackDraft{URL: url, Secret: secret},
	}, public(t, p.encryption), public(t, p.signing))
	must(t, err)
	w.change(t, d.ID, func(draft *broker.DestinationDraft) { draft.Status = broker.DestinationActive })
	return d.ID
}

func (w *world) change(t testing.TB, id broker.DestinationID, edit func(*broker.DestinationDraft)) {
	t.Helper()
	_, err := w.Destinations.Change(context.Background(), w.subscriber, id,
		func(d broker.DestinationDraft) (broker.DestinationDraft, error) { edit(&d); return d, nil })
	must(t, err)
}

// submit sends an application to the destination.
func (w *world) submit(t testing.TB, to broker.DestinationID) broker.Submission {
	t.Helper()
	return w.submitWith(t, to, nil)
}

// submitWith sends one whose sender wants to be called.
func (w *world) submitWith(t testing.TB, to broker.DestinationID, callback *broker.CallbackDraft) broker.Submission {
	t.Helper()
	return w.submitIn(t, to, "", callback)
}

func (w *world) submitIn(t testing.TB, to broker.DestinationID, in broker.CaseID, callback *broker.CallbackDraft) broker.Submission {
	t.Helper()
	ctx := context.Background()
	sub, err := w.Submissions.Announce(ctx, w.sender, broker.Announcement{
		Destination: to, Case: in, Service: broker.Service{Identifier: service}, Callback: callback,
	}, broker.Repeat{})
	must(t, err)
	sealed := application(t)
	sub, err = w.Submissions.Submit(ctx, w.sender, broker.V2(), sub.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
	return sub
}

func application(t testing.TB) []byte {
	t.Helper()
	p, err := pairs()
	must(t, err)
	sealed, err := seal.Seal(p.encryption.Public, seal.JSON, []byte("{}"))
	must(t, err)
	return []byte(sealed)
}

// log returns the events of a case, each by the last part of its URI, followed by its notifyType.
func (w *world) log(t testing.TB, c broker.CaseID) (names []string) {
	t.Helper()
	log, err := w.Cases.Events(context.Background(), w.sender, c, broker.Page{Limit: broker.MaxPage})
	must(t, err)
	for _, raw := range log.Tokens {
		token, err := set.Parse(raw)
		must(t, err)
		payload, err := set.ParsePayload(token.Claims.Payload)
		must(t, err)
		name := filepath.Base(token.Claims.Event)
		if payload.NotifyType != "" {
			name += " " + payload.NotifyType
		}
		names = append(names, name)
	}
	return names
}

func (w *world) wantLog(t testing.TB, c broker.CaseID, want ...string) {
	t.Helper()
	if got := w.log(t, c); !slices.Equal(got, want) {
		t.Errorf("log: got %q, want %q", got, want)
	}
}

// wantNext checks when the earliest delivery is due; the zero time is for none at all.
func (w *world) wantNext(t testing.TB, want time.Time) {
	t.Helper()
	got, err := w.Deliveries.Next(context.Background())
	must(t, err)
	if !got.Equal(want) {
		t.Errorf("next delivery: got %s, want %s", got, want)
	}
}

// outbox returns an outbox that calls real receivers on loopback and does not spread retries.
func (w *world) outbox(t testing.TB, change ...func(*outbox.Config)) *outbox.Outbox {
	t.Helper()
	client := guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true})
	t.Cleanup(client.CloseIdleConnections)
	cfg := outbox.Config{
		Deliveries: w.Deliveries, Post: outbox.Post(client), Log: slog.New(slog.DiscardHandler),
		Now: w.now, Jitter: func(d time.Duration) time.Duration { return d },
	}
	for _, f := range change {
		f(&cfg)
	}
	o, err := outbox.New(cfg)
	must(t, err)
	return o
}

// start runs an outbox and returns what ends it and waits.
func (w *world) start(t testing.TB, o *outbox.Outbox) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(ctx, w.DeliveriesOwed)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// call is what a receiver got.
type call struct {
	method string
	header http.Header
	body   []byte
}

// verify checks the authentication as a receiver does at the time now.
func (c call) verify(now time.Time) error {
	return c.verifyBy(secret, now)
}

func (c call) verifyBy(secret string, now time.Time) error {
	return hook.Verify(secret, c.header.Get(hook.HeaderTimestamp), c.header.Get(hook.HeaderAuthentication), c.body, now)
}

// verifyStandard checks it by Standard Webhooks.
func (c call) verifyStandard(secret string, now time.Time) error {
	h := c.header
	return hook.VerifyStandard(secret, h.Get(hook.HeaderID), h.Get(hook.HeaderWebhookTimestamp), h.Get(hook.HeaderSignature), c.body, now)
}

// receiver answers as told and hands on what it got.
func receiver(t testing.TB, answer http.HandlerFunc) (url string, calls <-chan call) {
	t.Helper()
	got := make(chan call, 4096)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- call{r.Method, r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/callback", got
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// lines is a log whose lines can be waited for.
type lines chan string

func (l lines) Write(p []byte) (int, error) { l <- string(p); return len(p), nil }

func logTo(l lines) func(*outbox.Config) {
	return func(c *outbox.Config) { c.Log = slog.New(slog.NewTextHandler(l, nil)) }
}

func public(t testing.TB, k keys.Private) json.RawMessage {
	t.Helper()
	raw, err := k.Public.MarshalJSON()
	must(t, err)
	return raw
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
