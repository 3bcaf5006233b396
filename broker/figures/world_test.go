package figures_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	service = "urn:de:fim:leika:leistung:99050012104000"
	secret  = "a-secret-that-only-broker-and-receiver-know"
	day     = 24 * time.Hour
)

// pairs are the key pairs of this test binary, each about a second of work.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

var sealedPart = sync.OnceValues(func() ([]byte, error) {
	p, err := pairs()
	if err != nil {
		return nil, err
	}
	sealed, err := seal.Seal(p.encryption.Public, seal.JSON, []byte(`"x"`))
	return []byte(sealed), err
})

// clock stands still unless it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a sender's organisation and an authority's with one destination, on a real store.
type world struct {
	*broker.Broker
	store   broker.Store
	figures *figures.Figures
	clock   *clock

	service, city      broker.OrgID
	sender, subscriber broker.Caller
	destination        broker.DestinationID
}

// onBothStores runs a test on each kind of store; at is where it is, for further nodes.
func onBothStores(t *testing.T, test func(t *testing.T, w *world, at stores.Place)) {
	t.Helper()
	stores.OnBothPlaces(t, func(t *testing.T, at stores.Place) {
		store, _ := at()
		test(t, newWorld(t, store), at)
	})
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// morning is when worlds begin: a Friday before the night in which a German day has 23 hours.
func morning() time.Time { return time.Date(2026, 3, 27, 9, 30, 0, 0, time.UTC) }

func newWorld(t testing.TB, store broker.Store) *world {
	t.Helper()
	return newWorldThat(t, store, figures.Note)
}

// newWorldThat is a world whose broker tells somebody what happens; nil: nobody.
func newWorldThat(t testing.TB, store broker.Store, happened func(broker.Tx, broker.Fact) error) *world {
	t.Helper()
	w := &world{store: store, clock: &clock{now: morning()}}
	w.figures = w.node(t, store)
	dir := t.TempDir()
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(t.Context(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Now: w.clock.Now})
	must(t, err)
	w.Broker, err = broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Test(), Callbacks: broker.CallbackRule{Insecure: true},
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
		Now:  w.clock.Now, Deadline: w.clock.Now, Happened: happened,
	})
	must(t, err)
	w.join(t)
	return w
}

// node is what one more node counts with.
func (w *world) node(t testing.TB, store broker.Store) *figures.Figures {
	t.Helper()
	f, err := figures.New(figures.Config{Store: store, Now: w.clock.Now, Log: quiet()})
	must(t, err)
	return f
}

func (w *world) join(t testing.TB) {
	t.Helper()
	caller := func(org broker.OrgID, n broker.NewClient) broker.Caller {
		c, _, err := w.Clients.Register(t.Context(), broker.Operator(org), n)
		must(t, err)
		return broker.Caller{Client: c.ID, Org: c.Org, Scopes: c.Scopes()}
	}
	w.service, w.city = w.org(t, "Onlinedienst"), w.org(t, "Stadt")
	w.sender = caller(w.service, broker.NewClient{Name: "sender", Kind: broker.Sender})
	w.subscriber = caller(w.city, broker.NewClient{Name: "subscriber", Kind: broker.Subscriber, Manage: true})
	w.destination = w.open(t)
}

func (w *world) org(t testing.TB, name string) broker.OrgID {
	t.Helper()
	org, err := w.Clients.RegisterOrg(t.Context(), broker.Operator(""), name)
	must(t, err)
	return org.ID
}

// open makes a destination of the city that takes submissions.
func (w *world) open(t testing.TB) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	d, err := w.Destinations.Create(t.Context(), w.subscriber, broker.DestinationDraft{
		Name: "Amt", Contact: broker.Contact{LegalName: "Stadt", Email: "amt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"},
			Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: seal.JSON}},
		}},
		EncryptionKID: p.encryption.KID, MetadataVersions: []string{"2.1.0"},
		Callback: &broker.CallbackDraft{URL: "http://127.0.0.1:1/authority", Secret: secret},
	}, public(t, p.encryption), public(t, p.signing))
	must(t, err)
	_, err = w.Destinations.Change(t.Context(), w.subscriber, d.ID, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status = broker.DestinationActive
		return d, nil
	})
	must(t, err)
	return d.ID
}

func public(t testing.TB, k keys.Private) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(k.Public)
	must(t, err)
	return raw
}

func (w *world) announce(t testing.TB, attachments ...broker.AttachmentID) broker.Submission {
	t.Helper()
	sub, err := w.Submissions.Announce(t.Context(), w.sender, broker.Announcement{
		Destination: w.destination, Service: broker.Service{Identifier: service}, Attachments: attachments,
	}, broker.Repeat{})
	must(t, err)
	return sub
}

// submit sends an application with an attachment.
func (w *world) submit(t testing.TB) broker.Submission {
	t.Helper()
	sealed, err := sealedPart()
	must(t, err)
	id := broker.NewID[broker.AttachmentID]()
	sub := w.announce(t, id)
	must(t, w.Submissions.Upload(t.Context(), w.sender, broker.V2(), sub.ID, id, bytes.NewReader(sealed)))
	sub, err = w.Submissions.Submit(t.Context(), w.sender, broker.V2(), sub.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
	return sub
}

// reply sends one into a case.
func (w *world) reply(t testing.TB, who broker.Caller, in broker.CaseID) {
	t.Helper()
	sub, err := w.Replies.Announce(t.Context(), who, broker.ReplyAnnouncement{Case: in}, broker.Repeat{})
	must(t, err)
	sealed, err := sealedPart()
	must(t, err)
	_, err = w.Replies.Submit(t.Context(), who, broker.V2(), sub.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
}

// decide has the destination say what becomes of a submission, and why.
func (w *world) decide(t testing.TB, sub broker.Submission, event string, problems ...string) {
	t.Helper()
	p, err := pairs()
	must(t, err)
	payload := set.Payload{}
	for _, one := range problems {
		payload.Problems = append(payload.Problems, set.Problem{Type: one})
	}
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: broker.NewID[string](), Issuer: string(w.destination), IssuedAt: w.clock.Now().Unix(),
		Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(sub.Case), Event: event, Payload: payload.Bytes(),
	}.Bytes()
	must(t, err)
	token, err := set.Sign(claims, p.signing.KID, p.signing.Secret)
	must(t, err)
	must(t, w.Cases.Post(t.Context(), w.subscriber, broker.V2(), sub.Case, token))
}

// pass moves the clock and does what is due by then.
func (w *world) pass(t testing.TB, d time.Duration) {
	t.Helper()
	w.clock.forward(d)
	for {
		n, err := w.Retention.Act(t.Context(), 50)
		must(t, err)
		if n == 0 {
			return
		}
	}
}

func (w *world) fold(t testing.TB) int {
	t.Helper()
	n, err := w.figures.Fold(t.Context())
	must(t, err)
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
