package oidc_test

import (
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv/idp"
)

// world is a provider, and accounts on a real store, with a clock that stands still unless it is moved.
type world struct {
	*oidc.Service
	t        testing.TB
	idp      *idp.Provider
	accounts *account.Accounts
	cfg      oidc.Config
	store    broker.Store
	code     string // of the last invitation

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

var (
	nobody  broker.Caller
	machine = broker.Operator("")
)

func newWorld(t testing.TB, change ...func(*oidc.Provider)) *world {
	t.Helper()
	w := &world{t: t, now: time.Now().Truncate(time.Second)}
	w.idp = idp.Start(t, w.clock)
	store := stores.Files(t)
	wrapper, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	w.store = store
	w.accounts, err = account.New(account.Config{Store: store, Now: w.clock, Post: func(_ broker.Tx, l account.Letter) error {
		_, w.code, _ = strings.Cut(l.Link, "code=")
		return nil
	}})
	must(t, err)
	p := w.provider("land")
	for _, c := range change {
		c(&p)
	}
	w.cfg = oidc.Config{
		Accounts: w.accounts, Store: store, Providers: []oidc.Provider{p}, Wrap: wrapper.Wrap, Unwrap: wrapper.Unwrap,
		URL: "https://vierkant.example/portal", Now: w.clock, Log: slog.New(slog.DiscardHandler),
	}
	w.Service, err = oidc.New(w.cfg)
	must(t, err)
	return w
}

func (w *world) provider(name string) oidc.Provider {
	return oidc.Provider{
		Name: name, Label: "Landeskonto", Issuer: w.idp.URL, ClientID: idp.ClientID, Secret: idp.Secret,
		HTTP: guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true}),
	}
}

// person is somebody who is known here, linked to "ada" at the provider if linked.
func (w *world) person(linked bool) broker.PersonID {
	w.t.Helper()
	p, err := w.accounts.AddPerson(w.t.Context(), machine, account.NewPerson{Name: "Ada", Email: broker.NewID[string]() + "@stadt.example"})
	must(w.t, err)
	if linked {
		r, err := w.visit(oidc.Purpose{Person: p.ID}, broker.PersonCaller(p.ID, "", ""))
		must(w.t, err)
		if r.Person != p.ID || !r.Linked {
			w.t.Fatalf("got %+v", r)
		}
	}
	return p.ID
}

// visit goes to the provider, agrees, and comes back.
func (w *world) visit(purpose oidc.Purpose, who broker.Caller) (oidc.Result, error) {
	w.t.Helper()
	address, keep, err := w.Begin(w.t.Context(), "land", purpose)
	must(w.t, err)
	return w.Finish(w.t.Context(), "land", keep, w.idp.Agree(address), who)
}

func (w *world) invite() {
	w.t.Helper()
	var org broker.Org
	must(w.t, w.store.Update(w.t.Context(), func(tx broker.Tx) (err error) {
		org, err = broker.AddOrg(tx, w.clock(), machine, "Stadt")
		return err
	}))
	_, err := w.accounts.Invite(w.t.Context(), machine, org.ID, broker.NewID[string]()+"@stadt.example", broker.RoleDeveloper)
	must(w.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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

func TestSignInByProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.visit(oidc.Purpose{}, nobody); code(t, err) != "identity-unknown" {
		t.Errorf("linked to nobody: got %v", err)
	}
	p := w.person(true)
	r, err := w.visit(oidc.Purpose{Back: "/portal/x"}, nobody)
	must(t, err)
	if r.Person != p || r.Strong || r.Linked || r.Purpose.Back != "/portal/x" {
		t.Errorf("got %+v", r)
	}
	other := w.person(false)
	if _, err := w.visit(oidc.Purpose{Person: other}, broker.PersonCaller(other, "", "")); code(t, err) != "identity-taken" {
		t.Errorf("somebody else's identity: got %v", err)
	}
	all, err := w.accounts.Identities(t.Context(), broker.PersonCaller(p, "", ""), p)
	must(t, err)
	if len(all) != 1 || all[0].Issuer != w.idp.URL || all[0].Subject != "ada" || all[0].Provider != "land" {
		t.Errorf("got %+v", all)
	}
	if err := w.accounts.Unlink(t.Context(), broker.PersonCaller(other, "", ""), p, all[0].ID); code(t, err) != "person-not-found" {
		t.Errorf("unlinked by a stranger: got %v", err)
	}
	must(t, w.accounts.Unlink(t.Context(), broker.PersonCaller(p, "", ""), p, all[0].ID))
	if _, err := w.visit(oidc.Purpose{}, nobody); code(t, err) != "identity-unknown" {
		t.Errorf("unlinked: got %v", err)
	}
}

// The same address at the provider makes nobody anybody: only a link that a person made counts.
func TestAddressesLinkNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Ada", Email: "ada@stadt.example"})
	must(t, err)
	w.idp.Spoil = func(_, claims map[string]any) { claims["email"], claims["email_verified"] = p.Email, true }
	if _, err := w.visit(oidc.Purpose{}, nobody); code(t, err) != "identity-unknown" {
		t.Errorf("got %v", err)
	}
}

// Whoever has the link of an invitation becomes a person with an identity; who is one already does not become another.
func TestInvitationByProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite()
	r, err := w.visit(oidc.Purpose{Invitation: w.code}, nobody)
	must(t, err)
	p, err := w.accounts.Person(t.Context(), machine, r.Person)
	must(t, err)
	if !r.Linked || p.Name != "Ada Beispiel" || len(p.Orgs) != 1 {
		t.Errorf("got %+v and %+v", r, p)
	}
	if _, err := w.visit(oidc.Purpose{Invitation: "falsch"}, nobody); err != nil {
		t.Errorf("somebody who is known, with a link that is none: got %v", err)
	}
	w.idp.Spoil = func(_, claims map[string]any) { claims["sub"] = "eva" }
	for name, invitation := range map[string]string{"used": w.code, "none": "falsch"} {
		if _, err := w.visit(oidc.Purpose{Invitation: invitation}, nobody); code(t, err) != "invitation-not-found" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	all, total, err := w.accounts.People(t.Context(), machine, broker.Page{Limit: 10})
	if err != nil || total != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestTokensThatAreRefused spoils one thing at a time of a token that is good.
func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(w *world) {
		return func(w *world) { w.idp.Spoil = func(_, claims map[string]any) { claims[name] = value } }
	}
	for name, spoil := range map[string]func(w *world){
		"another nonce":          set("nonce", "x"),
		"no nonce":               func(w *world) { w.idp.Spoil = func(_, claims map[string]any) { delete(claims, "nonce") } },
		"for another client":     set("aud", "other"),
		"for nobody":             set("aud", []string{}),
		"of another issuer":      set("iss", "https://evil.example"),
		"no subject":             set("sub", ""),
		"a long subject":         set("sub", strings.Repeat("a", 256)),
		"a subject with a NUL":   set("sub", "ada\x00"),
		"issued to another":      set("azp", "other"),
		"for many, for nobody's": set("aud", []string{idp.ClientID, "other"}),
		"expired": func(w *world) {
			w.idp.Spoil = func(_, claims map[string]any) { claims["exp"] = w.clock().Add(-time.Second).Unix() }
		},
		"of the future": func(w *world) {
			w.idp.Spoil = func(_, claims map[string]any) { claims["iat"] = w.clock().Add(time.Hour).Unix() }
		},
		"not yet": func(w *world) {
			w.idp.Spoil = func(_, claims map[string]any) { claims["nbf"] = w.clock().Add(time.Hour).Unix() }
		},
		"not signed": func(w *world) {
			w.idp.Spoil = func(header, _ map[string]any) { header["alg"] = "none" }
			w.idp.Sign = func([]byte) []byte { return nil }
		},
		"signed with the secret": func(w *world) {
			w.idp.Spoil = func(header, _ map[string]any) { header["alg"] = "HS256" }
			w.idp.Sign = idp.HS256
		},
		"signed by another key": func(w *world) {
			w.idp.Sign = func(signed []byte) []byte { return idp.Start(t, w.clock).ES256(signed) }
		},
		"with a key of its own": func(w *world) {
			other := idp.Start(t, w.clock)
			w.idp.Sign = other.ES256
			w.idp.Spoil = func(header, _ map[string]any) {
				header["jku"] = other.URL + "/keys"
				header["jwk"] = map[string]any{"kty": "EC", "crv": "P-256", "x": idp.Number(other.Key.X), "y": idp.Number(other.Key.Y)}
			}
		},
		"signed otherwise": func(w *world) {
			w.idp.Sign = func(signed []byte) []byte { return w.idp.ES256(append(signed, 'x')) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.person(true)
			_, err := w.visit(oidc.Purpose{}, nobody)
			must(t, err)
			spoil(w)
			if _, err := w.visit(oidc.Purpose{}, nobody); code(t, err) != "sign-in-refused" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAnswersThatAreRefused brings an answer back that is not the one to what this browser asked.
func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person(true)
	ask := func(purpose oidc.Purpose) (keep string, back url.Values) {
		t.Helper()
		address, keep, err := w.Begin(t.Context(), "land", purpose)
		must(t, err)
		return keep, w.idp.Agree(address)
	}
	finish := func(keep string, back url.Values, who broker.Caller) string {
		_, err := w.Finish(t.Context(), "land", keep, back, who)
		return code(t, err)
	}
	with := func(v url.Values, name, value string) url.Values {
		v.Set(name, value)
		return v
	}
	t.Run("replayed", func(t *testing.T) {
		keep, back := ask(oidc.Purpose{})
		if got := finish(keep, back, nobody); got != "" {
			t.Fatalf("got %s", got)
		}
		if got := finish(keep, back, nobody); got != "sign-in-refused" { // the code is used at the provider
			t.Errorf("got %s", got)
		}
	})
	t.Run("another browser's", func(t *testing.T) {
		mine, _ := ask(oidc.Purpose{})
		_, theirs := ask(oidc.Purpose{})
		if got := finish(mine, theirs, nobody); got != "sign-in-over" {
			t.Errorf("got %s", got)
		}
		if got := finish("", theirs, nobody); got != "sign-in-over" {
			t.Errorf("without a cookie: got %s", got)
		}
	})
	t.Run("a code slipped in", func(t *testing.T) {
		mine, back := ask(oidc.Purpose{})
		_, theirs := ask(oidc.Purpose{})
		if got := finish(mine, with(back, "code", theirs.Get("code")), nobody); got != "sign-in-refused" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("altered", func(t *testing.T) {
		keep, back := ask(oidc.Purpose{})
		for _, altered := range []string{keep[1:], keep + "A", "AA" + keep[2:], strings.ToUpper(keep), "%"} {
			if got := finish(altered, back, nobody); got != "sign-in-over" {
				t.Errorf("got %s", got)
			}
		}
		if got := finish(keep, with(back, "iss", "https://evil.example"), nobody); got != "sign-in-refused" {
			t.Errorf("of another provider: got %s", got)
		}
		back.Del("iss")
		if got := finish(keep, with(back, "error", "access_denied"), nobody); got != "sign-in-cancelled" {
			t.Errorf("cancelled: got %s", got)
		}
	})
	t.Run("linked by somebody else", func(t *testing.T) {
		keep, back := ask(oidc.Purpose{Person: p})
		if got := finish(keep, back, nobody); got != "sign-in-over" {
			t.Errorf("signed out meanwhile: got %s", got)
		}
		keep, back = ask(oidc.Purpose{Person: p})
		if got := finish(keep, back, broker.PersonCaller(w.person(false), "", "")); got != "sign-in-over" {
			t.Errorf("another person: got %s", got)
		}
	})
	t.Run("too late", func(t *testing.T) {
		keep, back := ask(oidc.Purpose{})
		w.advance(oidc.FlowLife)
		if got := finish(keep, back, nobody); got != "sign-in-over" {
			t.Errorf("got %s", got)
		}
	})
	if _, _, err := w.Begin(t.Context(), "nobody", oidc.Purpose{}); code(t, err) != "provider-not-found" {
		t.Errorf("got %v", err)
	}
}

// A provider that lets a code be used twice does not make an answer good twice.
func TestAnAnswerIsGoodOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(true)
	address, keep, err := w.Begin(t.Context(), "land", oidc.Purpose{})
	must(t, err)
	var answers []url.Values
	for range 4 {
		answers = append(answers, w.idp.Agree(address)) // four codes for one question
	}
	var (
		all  sync.WaitGroup
		errs = make([]error, len(answers))
	)
	for n, back := range answers {
		all.Go(func() { _, errs[n] = w.Finish(t.Context(), "land", keep, back, nobody) })
	}
	all.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else if got := code(t, err); got != "sign-in-over" {
			t.Errorf("got %s", got)
		}
	}
	if good != 1 {
		t.Errorf("%d answers were good", good)
	}
	w.advance(oidc.FlowLife)
	_, err = w.visit(oidc.Purpose{}, nobody)
	must(t, err)
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		_, n, err := tx.Entries("oidc-used", broker.Page{Limit: 10})
		if n != 1 {
			t.Errorf("%d states are remembered, want the last", n)
		}
		return err
	}))
}

// By which accounts somebody comes in stands in the audit log, whenever that changes.
func TestLinksAreDeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person(true)
	me := broker.PersonCaller(p, "", "")
	all, err := w.accounts.Identities(t.Context(), me, p)
	must(t, err)
	must(t, w.accounts.Unlink(t.Context(), me, p, all[0].ID))
	part, err := w.accounts.SearchLog(t.Context(), machine, "", account.LogQuery{Noun: "identity", Limit: 10})
	must(t, err)
	var got []string
	for _, d := range part.Deeds {
		got = append(got, d.Who+" "+d.Deed+" "+d.Subject)
	}
	if want := []string{me.Name() + " identity.unlinked " + string(all[0].ID), me.Name() + " identity.linked " + string(all[0].ID)}; !slices.Equal(got, want) {
		t.Errorf("got the deeds %q, want %q", got, want)
	}
}

// What one provider was asked is not answered at the address of another, which would be given the code.
func TestProvidersAreNotMixedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.provider("kreis")
	kreis := idp.Start(t, w.clock)
	other.Issuer = kreis.URL
	cfg := w.cfg
	cfg.Providers = append(cfg.Providers, other)
	both, err := oidc.New(cfg)
	must(t, err)
	address, keep, err := both.Begin(t.Context(), "kreis", oidc.Purpose{})
	must(t, err)
	back := kreis.Agree(address)
	if _, err := both.Finish(t.Context(), "land", keep, back, nobody); code(t, err) != "sign-in-over" {
		t.Errorf("at the other's address: got %v", err)
	}
	if _, err := both.Finish(t.Context(), "kreis", keep, back, nobody); code(t, err) != "identity-unknown" {
		t.Errorf("at its own, with the code that was not given away: got %v", err)
	}
}

// Two factors are what the operator says that the provider sees to, and nothing that is absent.
func TestHowSureTheProviderIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*oidc.Provider)
		claims map[string]any
		want   bool
	}{
		"says nothing":       {func(p *oidc.Provider) { p.ACR = []string{"loa3"} }, nil, false},
		"trusted":            {func(p *oidc.Provider) { p.Trusted = true }, nil, true},
		"acr":                {func(p *oidc.Provider) { p.ACR = []string{"loa3"} }, map[string]any{"acr": "loa3"}, true},
		"another acr":        {func(p *oidc.Provider) { p.ACR = []string{"loa3"} }, map[string]any{"acr": "loa1"}, false},
		"an empty acr":       {func(p *oidc.Provider) { p.ACR = []string{"loa3"} }, map[string]any{"acr": ""}, false},
		"amr":                {func(p *oidc.Provider) { p.AMR = []string{"mfa"} }, map[string]any{"amr": []string{"pwd", "mfa"}}, true},
		"another amr":        {func(p *oidc.Provider) { p.AMR = []string{"mfa"} }, map[string]any{"amr": []string{"pwd"}}, false},
		"not asked for":      {func(*oidc.Provider) {}, map[string]any{"acr": "loa3", "amr": []string{"mfa"}}, false},
		"an acr as an array": {func(p *oidc.Provider) { p.AMR = []string{"mfa"} }, map[string]any{"acr": "mfa"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.change)
			w.person(true)
			w.idp.Spoil = func(_, claims map[string]any) {
				for k, v := range test.claims {
					claims[k] = v
				}
			}
			r, err := w.visit(oidc.Purpose{}, nobody)
			must(t, err)
			if r.Strong != test.want {
				t.Errorf("got %v, want %v", r.Strong, test.want)
			}
		})
	}
}

// Who says to be another issuer than the one that is configured is not asked for tokens.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idp.Metadata = func(m map[string]any) { m["issuer"] = "https://other.example" }
	if _, _, err := w.Begin(t.Context(), "land", oidc.Purpose{}); code(t, err) != "provider-unavailable" {
		t.Errorf("got %v", err)
	}
	w.idp.Metadata = nil
	if _, _, err := w.Begin(t.Context(), "land", oidc.Purpose{}); code(t, err) != "provider-unavailable" {
		t.Errorf("at once again: got %v", err)
	}
	w.advance(time.Minute)
	_, _, err := w.Begin(t.Context(), "land", oidc.Purpose{})
	must(t, err)
	w.advance(24 * time.Hour)
	w.idp.Broken = true
	_, _, err = w.Begin(t.Context(), "land", oidc.Purpose{})
	must(t, err) // what it said last is still good
	w = newWorld(t)
	w.idp.Metadata = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true }
	w.person(false)
	if _, err := w.visit(oidc.Purpose{}, nobody); code(t, err) != "sign-in-refused" {
		t.Errorf("a provider that names itself, and did not: got %v", err)
	}
}

func TestProvidersAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*oidc.Provider){
		"name":    func(p *oidc.Provider) { p.Name = "A/b" },
		"label":   func(p *oidc.Provider) { p.Label = "" },
		"secret":  func(p *oidc.Provider) { p.Secret = "" },
		"client":  func(p *oidc.Provider) { p.HTTP = nil },
		"issuer":  func(p *oidc.Provider) { p.Issuer = "land.example" },
		"query":   func(p *oidc.Provider) { p.Issuer = "https://land.example?x" },
		"trusted": func(p *oidc.Provider) { p.Trusted, p.ACR = true, []string{"x"} },
	} {
		p := w.provider("land")
		change(&p)
		cfg := w.cfg
		cfg.Providers = []oidc.Provider{p}
		if _, err := oidc.New(cfg); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	cfg := w.cfg
	cfg.Providers = []oidc.Provider{w.provider("land"), w.provider("land")}
	if _, err := oidc.New(cfg); err == nil {
		t.Error("two of one name were taken")
	}
	if got := w.Providers(); len(got) != 1 || got[0] != (oidc.Shown{Name: "land", Label: "Landeskonto"}) {
		t.Errorf("got %+v", got)
	}
}
