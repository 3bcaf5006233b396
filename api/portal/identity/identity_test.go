package identity_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv/idp"
)

// start starts a node at which people sign in by a provider that is trusted to see to two factors, or not.
func start(t *testing.T, trusted bool, change ...func(*node.Config)) (*portaltest.World, *idp.Provider) {
	t.Helper()
	provider := idp.Start(t, time.Now)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(idp.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := portaltest.Start(t, func(c *node.Config) {
		c.OIDC = []node.Provider{{Name: "land", Label: "Landeskonto", Issuer: provider.URL, ClientID: idp.ClientID, SecretFile: secret, Trust: trusted}}
		c.PrivateProviders = []string{strings.TrimPrefix(provider.URL, "http://")}
		for _, more := range change {
			more(c)
		}
	})
	return w, provider
}

// visit goes to the provider by a form with these fields, agrees there, and comes back.
func visit(b *portaltest.Browser, provider *idp.Provider, form url.Values) portaltest.Answer {
	return goBy(b, provider, "/oidc/land", form)
}

// goBy is the same from another page.
func goBy(b *portaltest.Browser, provider *idp.Provider, path string, form url.Values) portaltest.Answer {
	leave := b.Post(path, form).Want(http.StatusOK, "Weiter zu Landeskonto", strings.TrimPrefix(provider.URL, "http://"))
	address := html.UnescapeString(leave.Find(`rel="noreferrer" href="([^"]*)"`))
	return b.Send(http.MethodGet, "/oidc/land/return?"+provider.Agree(address).Encode(), "", "", "Sec-Fetch-Site", "cross-site")
}

func TestSignInByProvider(t *testing.T) {
	t.Parallel()
	w, provider := start(t, true)
	stranger := w.Anybody(t)
	visit(stranger, provider, nil).Want(http.StatusForbidden, "mit niemandem verknüpft")
	owner := w.Person(t, broker.RoleOwner)
	owner.Get("/identities").Want(http.StatusOK, "Es ist kein Konto verknüpft", "Konto bei Landeskonto verknüpfen")
	goBy(owner, provider, "/identities/link/land", nil).Want(http.StatusOK, "Das Konto ist verknüpft", "ada")
	visit(stranger, provider, nil).Want(http.StatusOK, "Stadt Musterhausen", owner.Person.Name)
	other := w.Anybody(t)
	if a := visit(other, provider, url.Values{"back": {"/portal" + owner.Home + "/team"}}).Want(http.StatusOK); !strings.HasSuffix(a.URL.Path, "/team") {
		t.Errorf("led to %s", a.URL)
	}
	if a := visit(w.Anybody(t), provider, url.Values{"back": {"https://evil.example/portal"}}).Want(http.StatusOK); a.URL.Host != strings.TrimPrefix(w.URL, "http://") {
		t.Errorf("led to %s", a.URL)
	}
	path := owner.Get("/identities").Find(`action="/portal(/identities/[^"]*/unlink)"`)
	w.PersonOf(t, w.Org, broker.RoleOwner).Post(path, nil).Want(http.StatusNotFound)
	owner.Post(path, nil).Want(http.StatusOK, "gelöst")
	visit(w.Anybody(t), provider, nil).Want(http.StatusForbidden)
}

// An answer counts in the browser that asked, once, and nowhere else.
func TestAnswersOfOthers(t *testing.T) {
	t.Parallel()
	w, provider := start(t, true)
	owner := w.Person(t, broker.RoleOwner)
	goBy(owner, provider, "/identities/link/land", nil).Want(http.StatusOK)
	attacker, victim := w.Anybody(t), w.Anybody(t)
	ask := func(b *portaltest.Browser) string {
		return provider.Agree(html.UnescapeString(b.Post("/oidc/land", nil).Find(`rel="noreferrer" href="([^"]*)"`))).Encode()
	}
	theirs := ask(attacker)
	victim.Get("/oidc/land/return?" + theirs).Want(http.StatusConflict).Lacks("Stadt Musterhausen")
	ask(victim)
	victim.Get("/oidc/land/return?" + theirs).Want(http.StatusConflict).Lacks("Stadt Musterhausen")
	attacker.Get("/oidc/land/return?"+theirs).Want(http.StatusOK, "Stadt Musterhausen")
	attacker.Get("/oidc/land/return?" + theirs).Want(http.StatusConflict)
	victim.Send(http.MethodPost, "/oidc/land", "application/x-www-form-urlencoded", "", "Sec-Fetch-Site", "cross-site").Want(http.StatusForbidden, "fremden Seite")
	victim.Post("/oidc/nobody", nil).Want(http.StatusNotFound)
	if a := victim.Post("/identities/link/land", nil); strings.Contains(a.Body, "Weiter zu Landeskonto") {
		t.Error("somebody who is not signed in links an account")
	}
}

// To link an account, and to have one let nobody in any more, takes a proof of who one is, from which one comes back to the page of accounts, signed in still.
func TestLinkingTakesAProof(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w, _ := start(t, true, func(c *node.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	owner := w.Person(t, broker.RoleOwner)
	ahead.Store(int64(11 * time.Minute))
	for _, deed := range []string{"link/land", broker.NewID[string]() + "/unlink"} {
		a := owner.Send(http.MethodPost, "/identities/"+deed, "application/x-www-form-urlencoded", "", "Referer", w.URL+"/portal/identities").
			Want(http.StatusOK, "noch einmal aus").Lacks("Weiter zu Landeskonto")
		if a.URL.Path != "/portal/prove" || a.URL.Query().Get("back") != "/portal/identities" {
			t.Errorf("%s: led to %s", deed, a.URL)
		}
	}
	owner.Get("/account").Want(http.StatusOK, owner.Person.Name)
}

// A provider that did not say that it saw to two factors lets nobody in by itself.
func TestOneFactorIsNotEnough(t *testing.T) {
	t.Parallel()
	w, provider := start(t, false)
	owner := w.Person(t, broker.RoleOwner)
	goBy(owner, provider, "/identities/link/land", nil).Want(http.StatusOK)
	b := w.Anybody(t)
	visit(b, provider, nil).Lacks("Stadt Musterhausen")
	b.Get(owner.Home).Lacks("Stadt Musterhausen")
}

// Where the portal is reached by https, cookies are bound to this host, out of reach of scripts and not sent along from other sites.
func TestCookiesAreBoundToTheHost(t *testing.T) {
	t.Parallel()
	w, _ := start(t, true, func(c *node.Config) { c.PublicURL = "https://portal.example:{port}" })
	b := w.Anybody(t)
	b.Client.Jar = nil
	b.URL = strings.Replace(w.URL, "https://portal.example", "http://127.0.0.1", 1) + "/portal"
	all := b.Post("/oidc/land", nil).Want(http.StatusOK).Header["Set-Cookie"]
	for _, set := range all {
		if !strings.HasPrefix(set, "__Host-") || !strings.Contains(set, "; Secure") || !strings.Contains(set, "; HttpOnly") || !strings.Contains(set, "; SameSite=Lax") || !strings.Contains(set, "; Path=/") || strings.Contains(set, "Domain") {
			t.Errorf("got %q", set)
		}
	}
	if len(all) == 0 {
		t.Error("no cookie was set")
	}
}
