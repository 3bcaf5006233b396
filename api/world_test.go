package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/route"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/template"
	"github.com/vierkant/vierkant/broker/tracking"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/token"
	"github.com/vierkant/vierkant/routing/area"
)

const (
	publicURL = "https://test.example.org"
	service   = "urn:de:fim:leika:leistung:99050012104000"
	secret32  = "a-callback-secret-of-32-charact-"
)

// pairs are the RSA keys of this test binary, each about a second of work. The broker signs with the destination's signing key:
// nothing here is about whose it is.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

// sealed is a text sealed to the destination of the tests.
func sealed(t testing.TB, cty, plaintext string) string {
	t.Helper()
	p, err := pairs()
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := seal.Seal(p.encryption.Public, cty, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return jwe
}

// clock stands still unless it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
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

// world is the surface over a real broker, served over real HTTP.
type world struct {
	t           testing.TB
	url         string
	broker      *broker.Broker
	publication *publication.Publisher
	store       broker.Store
	areas       atomic.Pointer[area.Catalogue]
	clock       *clock // of everything
	witness     *golive.Witness
	log         *logBuffer
	handler     http.Handler
	surface     apiConfig

	operator http.Handler // made when it is needed

	sender, other       client // two organisations' senders
	subscriber, foreign client // two organisations' subscribers, both managers
	reader              client // a subscriber of the first organisation without the right to manage

	mu   sync.Mutex // guards seen
	seen []string   // what Observe was told
}

type client struct {
	id, secret string
	org        broker.OrgID
	token      string
}

// logBuffer is a log that tests read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type (
	brokerConfig = broker.Config
	apiConfig    = api.Config
)

// newWorld makes a world; change alters its configuration.
func newWorld(t testing.TB, change ...func(*brokerConfig, *apiConfig)) *world {
	t.Helper()
	return newWorldUnder(t, publication.Rule{Open: true}, change...)
}

// newWorldUnder makes a world in which routes are published by a rule.
func newWorldUnder(t testing.TB, rule publication.Rule, change ...func(*brokerConfig, *apiConfig)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Now().Truncate(time.Second)}, log: new(logBuffer)}
	ctx := context.Background()
	folder := t.TempDir()
	w.areas.Store(must(area.Sample())(t))
	store := must(bolt.Open(bolt.Config{Path: filepath.Join(folder, "db")}))(t)
	blobs := must(blobdir.Open(filepath.Join(folder, "blobs")))(t)
	wrapper := must(keys.CreateWrapper(filepath.Join(folder, "key")))(t)
	keyring := must(broker.OpenKeyring(ctx, broker.KeyringConfig{Store: store, Wrapper: wrapper, Make: makers(), Now: w.clock.Now}))(t)
	logger := slog.New(slog.NewJSONHandler(w.log, nil))
	signing := must(signer.New(signer.Config{Store: store, Keyring: keyring, Log: logger}))(t)
	witness := must(golive.NewWitness(golive.WitnessConfig{Store: store, Now: w.clock.Now}))(t)
	w.witness = witness
	keeper := must(keycare.New(keycare.Config{Store: store, Now: w.clock.Now, Log: logger}))(t)
	brokers := broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Test(), KeyCare: keeper.Rules(),
		Issuer: publicURL + "/submission-api", Portal: publicURL + "/portal", Sign: signing.Sign, Now: w.clock.Now, Deadline: w.clock.Now,
		Join: template.Join, Withdraw: publication.Withdraw, Shown: witness.Shown,
		Happened: func(tx broker.Tx, f broker.Fact) error {
			return errors.Join(figures.Note(tx, f), witness.Happened(tx, f))
		},
	}
	surface := api.Config{
		Keyring: keyring, PublicURL: publicURL, Environment: "test", Routing: route.Config{Areas: w.areas.Load},
		Log: logger, Now: w.clock.Now, Observe: w.observe,
		Management: manage.Config{
			Accounts:   must(account.New(account.Config{Store: store, Now: w.clock.Now}))(t),
			Catalogues: must(catalogues.New(catalogues.Config{Store: store, Blobs: blobs, Log: logger, Now: w.clock.Now}))(t),
			Releases:   account.Releases{"test": w.release},
			Mails: must(mail.New(mail.Config{
				Store: store, Log: logger, Now: w.clock.Now, URL: publicURL, From: "vierkant@test.example.org", Gather: time.Second,
			}))(t),
			Diagnosis: must(diagnosis.New(diagnosis.Config{
				Store: store, Periods: broker.ContractPeriods(), Now: w.clock.Now, Deadline: w.clock.Now,
			}))(t),
			Tracking: must(tracking.New(tracking.Config{Store: store, Keyring: keyring, Issuer: publicURL + "/submission-api", Deadline: w.clock.Now, Sign: signing.Sign}))(t),
			Keys:     keeper,
			Try:      w.try,
			Figures:  must(figures.New(figures.Config{Store: store, Now: w.clock.Now, Log: logger}))(t),
		},
	}
	surface.Management.SignIn = must(signin.New(signin.Config{
		Accounts: surface.Management.Accounts, Store: store, Mails: surface.Management.Mails, Wrapper: wrapper, Now: w.clock.Now, URL: publicURL, Name: "Vierkant",
	}))(t)
	surface.Issue, surface.Verify = w.tokens(keyring)
	for _, f := range change {
		f(&brokers, &surface)
	}
	w.store, w.broker = brokers.Store, must(broker.New(brokers))(t)
	var err error
	w.publication = must(publication.New(publication.Config{
		Store: w.store, Routes: w.broker.Routes, Areas: w.areas.Load, Now: w.clock.Now, Rule: rule,
	}))(t)
	surface.Management.GoLive = must(golive.New(golive.Config{
		Store: w.store, Keyring: keyring, Now: w.clock.Now, Environment: "test", Portal: publicURL + "/portal", Faults: true,
		Next: keys.Strict("reference", x509.NewCertPool()), Routes: w.broker.Routes.To, Confirmed: mail.Confirmed,
	}))(t)
	surface.Broker, surface.Management.Publication = w.broker, w.publication
	surface.Management.Operation = w.operation(surface.Management.Keys)
	surface.Management.Templates, surface.Management.Adoptions, err = template.New(template.Config{
		Store: w.store, Routes: w.broker.Routes, Publisher: w.publication, Now: w.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	surface.Management.Releases[publication.Subject] = surface.Management.Adoptions.ReleaseRoutes
	surface.Management.Releases[template.Subject] = surface.Management.Templates.Release
	surface.Management.OIDC = must(oidc.New(oidc.Config{
		Accounts: surface.Management.Accounts, Store: w.store, Wrap: wrapper.Wrap, Unwrap: wrapper.Unwrap, URL: publicURL + "/portal", Now: w.clock.Now, Log: logger,
	}))(t)
	w.handler, w.surface = must(api.New(surface))(t), surface
	server := httptest.NewServer(w.handler)
	w.url = server.URL
	t.Cleanup(func() { server.Close(); store.Close(); blobs.Close() })
	w.populate(ctx)
	return w
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func makers() map[broker.KeyUse]func() (broker.KeyPair, error) {
	rsa := func() (broker.KeyPair, error) {
		p, err := pairs()
		if err != nil {
			return broker.KeyPair{}, err
		}
		public, err := p.signing.Public.MarshalJSON()
		return broker.KeyPair{KID: p.signing.KID, Public: public, Private: p.signing.Secret}, err
	}
	ec := func() (broker.KeyPair, error) {
		key, err := token.GenerateKey()
		if err != nil {
			return broker.KeyPair{}, err
		}
		kid, public, err := token.PublicJWK(&key.PublicKey)
		return broker.KeyPair{KID: kid, Public: public, Private: key}, err
	}
	return map[broker.KeyUse]func() (broker.KeyPair, error){broker.ServiceKeys: rsa, broker.PortalKeys: rsa, broker.TokenKeys: ec}
}

// tokens is the token key of the keyring as the surface wants it.
func (w *world) tokens(keyring *broker.Keyring) (func(string, []string) (string, token.Claims, error), func(string) (token.Claims, error)) {
	w.t.Helper()
	kid, key, err := keyring.Current(broker.TokenKeys)
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := token.ParsePublic(keyring.All(broker.TokenKeys)[0].Public)
	if err != nil {
		w.t.Fatal(err)
	}
	issuer := must(token.NewIssuer(token.IssuerConfig{
		Issuer: publicURL, Audience: publicURL, Key: key, KID: kid, Lifetime: 30 * time.Minute, Now: w.clock.Now,
	}))(w.t)
	verifier := must(token.NewVerifier(token.VerifierConfig{
		Issuer: publicURL, Audience: publicURL, Now: w.clock.Now, CacheSize: 100,
		Keys: func(asked string) (*ecdsa.PublicKey, bool) { return public, asked == kid },
	}))(w.t)
	return issuer.Issue, verifier.Verify
}

func (w *world) observe(route string, status int, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, fmt.Sprintf("%s %d", route, status))
}

func (w *world) observed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.seen...)
}

// release does what proposals about "test" propose: nothing.
// try calls receivers for a trial; all of them answer 204.
func (w *world) try(ctx context.Context, who broker.Caller, id broker.DestinationID) (broker.Trial, error) {
	o, err := outbox.New(outbox.Config{
		Deliveries: w.broker.Deliveries, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now,
		Post: func(context.Context, string, http.Header, []byte) (outbox.Answer, error) {
			return outbox.Answer{Status: http.StatusNoContent}, nil
		},
	})
	if err != nil {
		return broker.Trial{}, err
	}
	return o.Try(ctx, who, id)
}

func (w *world) release(ctx context.Context, who broker.Caller, id account.ProposalID, digest string) (p account.Proposal, err error) {
	err = w.broker.Clients.Store.Update(ctx, func(tx broker.Tx) (err error) {
		p, err = account.Release(tx, w.clock.Now(), who, id, digest)
		return err
	})
	return p, err
}

func (w *world) populate(ctx context.Context) {
	w.t.Helper()
	for _, org := range []struct{ sender, subscriber, reader *client }{
		{&w.sender, &w.subscriber, &w.reader}, {&w.other, &w.foreign, new(client)},
	} {
		o := must(w.broker.Clients.RegisterOrg(ctx, broker.Operator(""), "An organisation"))(w.t)
		*org.sender = w.register(ctx, o.ID, broker.NewClient{Kind: broker.Sender})
		*org.subscriber = w.register(ctx, o.ID, broker.NewClient{Kind: broker.Subscriber, Manage: true})
		*org.reader = w.register(ctx, o.ID, broker.NewClient{Kind: broker.Subscriber})
	}
}

func (w *world) register(ctx context.Context, org broker.OrgID, n broker.NewClient) client {
	w.t.Helper()
	c, secret, err := w.broker.Clients.Register(ctx, broker.Operator(org), n)
	if err != nil {
		w.t.Fatal(err)
	}
	made := client{id: string(c.ID), secret: secret, org: org}
	made.token = w.fetchToken(made)
	return made
}

func (w *world) fetchToken(c client) string {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
	a := w.call(http.MethodPost, "/token", form.Encode(), as(client{}), typed("application/x-www-form-urlencoded"))
	var answer wire.Token
	a.decode(&answer)
	return answer.AccessToken
}
