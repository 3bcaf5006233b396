package signin_test

import (
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
)

const (
	base   = "https://test.broker.example"
	email  = "anna.muster@stadt.example"
	phrase = "korrektes Pferd Batterie"
)

var (
	machine = broker.Operator("")
	page    = broker.Page{Limit: broker.MaxPage}
	browser = account.NewSession{Agent: "Firefox", From: "192.0.2.0/24"}
)

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

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is the service on a real store, without a mail server: mails are read in the outbox.
type world struct {
	*signin.Service
	t        testing.TB
	accounts *account.Accounts
	mails    *mail.Mails
	store    broker.Store
	clock    *clock
	hashed   atomic.Int64 // passwords
	during   func()       // if not nil, called while one is hashed
}

// onBothStores runs a test on each kind of store.
func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store)) })
}

func newWorld(t testing.TB, store broker.Store, change ...func(*signin.Config)) *world {
	t.Helper()
	w := &world{t: t, store: store, clock: &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}}
	wrapper, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	w.accounts, err = account.New(account.Config{Store: store, Now: w.clock.Now})
	must(t, err)
	w.mails, err = mail.New(mail.Config{
		Store: store, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), From: "vierkant@broker.example", URL: base, Environment: "test",
		Wrap: wrapper.Wrap, Unwrap: wrapper.Unwrap,
	})
	must(t, err)
	cfg := signin.Config{
		Accounts: w.accounts, Store: store, Mails: w.mails, Wrapper: wrapper, Now: w.clock.Now, URL: base, Name: "Vierkant (test)", Open: true,
		Hashed: func() {
			w.hashed.Add(1)
			if during := w.during; during != nil {
				w.during = nil
				during()
			}
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	w.Service, err = signin.New(cfg)
	must(t, err)
	return w
}

// user is somebody with a password and an app that makes codes.
type user struct {
	id       broker.PersonID
	seed     []byte
	recovery []string
	in       signin.In
}

// user signs up, as people do.
func (w *world) user() user {
	w.t.Helper()
	must(w.t, w.SignUp(w.t.Context(), account.NewPerson{Name: "Anna Muster", Email: email}))
	attempt, err := w.Confirm(w.t.Context(), w.link("sign-up"), phrase)
	must(w.t, err)
	return w.enrol(attempt)
}

// enrol ends an attempt of somebody who has no second factor yet.
func (w *world) enrol(attempt string) (u user) {
	w.t.Helper()
	by, err := w.InAttempt(w.t.Context(), attempt)
	must(w.t, err)
	app, err := w.NewApp(w.t.Context(), by)
	must(w.t, err)
	u.seed = seedOf(w.t, app)
	e, err := w.ConfirmApp(w.t.Context(), by, "Telefon", signin.CodeAt(u.seed, w.clock.Now()), browser)
	must(w.t, err)
	u.recovery, u.in, u.id = e.Recovery, *e.In, e.In.Session.Person
	return u
}

// link takes the secret of the latest link of a kind out of the outbox, as the operator reads it who has no mail server.
func (w *world) link(kind string) string {
	w.t.Helper()
	all, _, err := w.mails.All(w.t.Context(), machine, page)
	must(w.t, err)
	for i := len(all) - 1; i >= 0; i-- {
		_, text, err := w.mails.Get(w.t.Context(), machine, "", all[i].ID)
		must(w.t, err)
		if found := regexp.MustCompile(base + `/portal/link/` + kind + `\?code=(\S+)`).FindStringSubmatch(text.Plain); found != nil {
			return found[1]
		}
	}
	w.t.Fatalf("there is no link %s in the outbox", kind)
	return ""
}

// mailed counts the mails of a kind.
func (w *world) mailed(template mail.Template) (n int) {
	w.t.Helper()
	all, _, err := w.mails.All(w.t.Context(), machine, page)
	must(w.t, err)
	for _, m := range all {
		if m.Template == template {
			n++
		}
	}
	return n
}

// code is the one that the app of somebody shows now.
func (w *world) code(u user) string { return signin.CodeAt(u.seed, w.clock.Now()) }

// next lets the app show another one.
func (w *world) next(u user) string {
	w.clock.advance(30 * time.Second)
	return w.code(u)
}

// begin is the first step.
func (w *world) begin(email, password string) (string, error) {
	return w.Begin(w.t.Context(), signin.Login{Email: email, Password: password})
}

// signedIn reports whether a secret is that of a session.
func (w *world) signedIn(secret string) bool {
	w.t.Helper()
	_, err := w.accounts.Signed(w.t.Context(), secret, "")
	if err != nil && !errors.Is(err, broker.Unauthenticated) {
		w.t.Fatal(err)
	}
	return err == nil
}

// session is the one with a secret, as it is now.
func (w *world) session(secret string) account.Session {
	w.t.Helper()
	signed, err := w.accounts.Signed(w.t.Context(), secret, "")
	must(w.t, err)
	return signed.Session
}

func seedOf(t testing.TB, app signin.NewApp) []byte {
	t.Helper()
	u, err := url.Parse(app.URI)
	must(t, err)
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != app.Seed || u.Query().Get("issuer") != "Vierkant (test)" ||
		strings.Contains(app.URI, "+") || u.Path != "/Vierkant (test):"+email {
		t.Errorf("got %s", app.URI)
	}
	return signin.DecodeSeed(t, app.Seed)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code returns the code of a refusal; "" is none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *broker.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	return refusal.Code
}

func second[A any](_ A, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }

// atOnce runs something n times at once.
func atOnce(n int, do func() error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do() })
	}
	all.Wait()
	return errs
}
