package keycare_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/revocation"
	"github.com/vierkant/vierkant/testenv/pki"
)

// world is a broker with a keeper on a real store, of a reference environment with a PKI.
type world struct {
	t         *testing.T
	root      *pki.Authority
	authority *pki.Authority
	store     broker.Store
	broker    *broker.Broker
	keeper    *keycare.Keeper
	clock     *clock
	fetch     func(context.Context, revocation.Call) ([]byte, error)
	org       broker.OrgID
	who       broker.Caller

	mu   sync.Mutex
	told []keycare.News // guarded by mu
}

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

// onBothStores runs a test on each kind of store.
func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store)) })
}

func newWorld(t *testing.T, store broker.Store) *world {
	t.Helper()
	w := &world{t: t, store: store, clock: &clock{now: time.Now().Truncate(time.Second)}, root: pki.Root(t, time.Now().Add(-time.Hour))}
	w.authority = w.root.Below(t, "Ausgabestelle")
	w.keeper = w.newKeeper()
	dir := t.TempDir()
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(t.Context(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Now: w.clock.Now})
	must(t, err)
	w.broker, err = broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Strict("reference", w.root.Pool()), KeyCare: w.keeper.Rules(),
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
		Now:  w.clock.Now, Deadline: w.clock.Now,
	})
	must(t, err)
	org, err := w.broker.Clients.RegisterOrg(t.Context(), broker.Operator(""), "Stadt")
	must(t, err)
	w.org, w.who = org.ID, broker.Operator(org.ID)
	must(t, store.Update(t.Context(), func(tx broker.Tx) error { return broker.PutLegalNames(tx, w.org, []string{"Stadt"}) }))
	return w
}

// newKeeper is the keeper of one node.
func (w *world) newKeeper() *keycare.Keeper {
	w.t.Helper()
	k, err := keycare.New(keycare.Config{
		Store: w.store, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), FourEyes: true, LegalNames: true, Roots: w.root.Pool(),
		Fetch: func(ctx context.Context, c revocation.Call) ([]byte, error) {
			if w.fetch == nil {
				return nil, errors.New("nobody is there")
			}
			return w.fetch(ctx, c)
		},
		Tell: w.tell,
	})
	must(w.t, err)
	return k
}

// tell notes what was told once it is certain.
func (w *world) tell(tx broker.Tx, news keycare.News) error {
	tx.OnCommit(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, news)
	})
	return nil
}

// news takes what was told about a topic.
func (w *world) news(topic keycare.Topic) (found []keycare.News) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = slices.DeleteFunc(w.told, func(n keycare.News) bool {
		if n.Topic == topic {
			found = append(found, n)
		}
		return n.Topic == topic
	})
	return found
}

// answeredBy has a responder be what all certificates of the authority name.
func (w *world) answeredBy(r *pki.Responder) {
	w.authority.OCSP = "http://responder.example/ocsp"
	w.fetch = func(_ context.Context, c revocation.Call) ([]byte, error) {
		request, err := http.NewRequest(c.Method, c.URL, bytes.NewReader(c.Body))
		if err != nil {
			return nil, err
		}
		answer := newRecorder()
		r.ServeHTTP(answer, request)
		return io.ReadAll(&answer.body)
	}
}

// recorder is what a responder writes to.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func newRecorder() *recorder                    { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
func (r *recorder) WriteHeader(int)             {}

// destination makes one that takes submissions.
func (w *world) destination(encryption, signing keys.Private) broker.DestinationID {
	w.t.Helper()
	id := w.created(encryption, signing)
	_, err := w.broker.Destinations.Change(w.t.Context(), w.who, id, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status = broker.DestinationActive
		return d, nil
	})
	must(w.t, err)
	return id
}

// created makes a destination that takes nothing yet.
func (w *world) created(encryption, signing keys.Private) broker.DestinationID {
	w.t.Helper()
	d, err := w.broker.Destinations.Create(w.t.Context(), w.who, broker.DestinationDraft{
		Name: "Bauamt", Contact: broker.Contact{LegalName: "Stadt", Email: "bauamt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"},
			Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: "application/json"}},
		}},
		EncryptionKID: encryption.KID, MetadataVersions: []string{"2.1.0"},
	}, jwk(w.t, encryption), jwk(w.t, signing))
	must(w.t, err)
	return d.ID
}

const service = "urn:de:fim:leika:leistung:99050012104000"

func (w *world) round() {
	w.t.Helper()
	must(w.t, w.keeper.Round(w.t.Context(), w.broker.Destinations.RetireKey))
}

// key returns a key as it is kept.
func (w *world) key(d broker.DestinationID, kid string) (key broker.DestinationKey) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(tx broker.Tx) (err error) {
		key, err = tx.DestinationKey(d, kid)
		return err
	}))
	return key
}

// replace has a key take effect by signature.
func (w *world) replace(d broker.DestinationID, after, key, signer keys.Private) {
	w.t.Helper()
	_, err := w.broker.Destinations.AddKey(w.t.Context(), w.who, d, jwk(w.t, key))
	must(w.t, err)
	statement, err := keys.Change{
		Destination: string(d), Use: key.For(), KID: key.KID, Thumbprint: key.Thumbprint(), After: after.Thumbprint(), Issued: w.clock.Now(),
	}.Sign(signer)
	must(w.t, err)
	_, err = w.broker.Destinations.ActivateKey(w.t.Context(), w.who, d, key.KID, statement)
	must(w.t, err)
}

func jwk(t testing.TB, key keys.Private) []byte {
	t.Helper()
	raw, err := key.Public.MarshalJSON()
	must(t, err)
	return raw
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
