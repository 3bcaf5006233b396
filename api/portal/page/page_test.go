package page_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

func TestRefusalIsAPage(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	owner.Get("/nowhere").Want(http.StatusNotFound, "Seite nicht gefunden", "Testumgebung", owner.Person.Name)
	owner.Lang = "en"
	owner.Get("/nowhere").Want(http.StatusNotFound, "Page not found", `lang="en"`)
	w.Anybody(t).Get("/static/page/portal.css").Want(http.StatusOK, "--space")
	w.Anybody(t).Get("/static/page/../../key").Want(http.StatusNotFound)
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	for asked, want := range map[string]string{"": "de", "fr": "de", "en-GB,de;q=0.5": "en", "de-AT": "de", "\x00": "de"} {
		if asked == "\x00" {
			continue
		}
		b.Lang = asked
		b.Get("/nowhere").Want(http.StatusNotFound, `<html lang="`+want+`"`)
	}
	b.Lang = "de"
	for back, want := range map[string]string{
		"/portal/nowhere": "/portal/nowhere", "//evil.example/portal": "/portal", "https://evil.example": "/portal", "/portal\\@evil.example": "/portal", "/elsewhere": "/portal",
	} {
		a := b.Get("/language/en?back=" + strings.NewReplacer("\\", "%5C", ":", "%3A").Replace(back))
		if !strings.HasPrefix(a.URL.Path, want) || want == "/portal" && a.URL.Path == back || a.URL.Host != strings.TrimPrefix(w.URL, "http://") {
			t.Errorf("back to %q led to %s", back, a.URL)
		}
	}
	b.Get("/nowhere").Want(http.StatusNotFound, `<html lang="en"`)
	b.Get("/language/fr").Want(http.StatusNotFound)
}

// Operators of the platform may act for any organisation, and read its name where its people do, though they do not belong to it.
func TestOperatorReadsWhoseNameItIs(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Operator(t)
	b.Get(b.Home+"/team").Want(http.StatusOK, "<strong>Stadt Musterhausen</strong>")
	b.Get("/orgs/" + broker.NewID[string]() + "/team").Want(http.StatusNotFound)
}

// Whatever the portal answers, browsers take nothing from elsewhere, guess nothing, tell nobody and keep nothing but files that all may see.
func TestHeadersOfPages(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleReader)
	b.Client.CheckRedirect = asItIs
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'"
	for _, a := range []portaltest.Answer{
		b.Get("/account").Want(http.StatusOK), b.Get("/nowhere").Want(http.StatusNotFound), b.Get("/platform/people").Want(http.StatusForbidden),
		b.Get(b.Home + "/audit.csv").Want(http.StatusOK), w.Anybody(t).Get("/sign-in").Want(http.StatusOK), b.Get("/language/de").Want(http.StatusSeeOther),
		b.Send(http.MethodPost, "/sign-out", "application/x-www-form-urlencoded", "", "Sec-Fetch-Site", "cross-site").Want(http.StatusForbidden),
		b.Get("/static/page/portal.css").Want(http.StatusOK), b.Get("/static/page/nothing.css").Want(http.StatusNotFound),
	} {
		cached := "no-store"
		if a.Status == http.StatusOK && strings.Contains(a.What, "/static/") {
			cached = "no-cache"
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": cached, "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: got %s %q, want %q", a.What, name, got, want)
			}
		}
		a.Lacks("<style", "style=", "onclick", "<script>")
	}
}

// asItIs keeps a browser from going where it is led.
func asItIs(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Where the portal is reached by https, whatever it has a browser keep is bound to this host, out of reach of scripts, and not sent along from other sites.
func TestCookies(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, func(c *node.Config) { c.PublicURL = "https://portal.example:{port}" })
	b := w.Person(t, broker.RoleOwner)
	b.Client = &http.Client{CheckRedirect: asItIs}
	b.URL = strings.Replace(w.URL, "https://portal.example", "http://127.0.0.1", 1) + "/portal"
	send := func(method, path, body string) portaltest.Answer {
		return b.Send(method, path, "application/x-www-form-urlencoded", body, "Cookie", "__Host-session="+b.Secret).Want(http.StatusSeeOther)
	}
	seen := map[string]bool{}
	for _, a := range []portaltest.Answer{
		send(http.MethodGet, "/language/en", ""), send(http.MethodPost, "/account", "name=Kim&language=de"), send(http.MethodPost, "/sign-out", ""),
	} {
		for _, set := range a.Header["Set-Cookie"] {
			name, _, _ := strings.Cut(set, "=")
			seen[name] = true
			for _, want := range []string{"; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
				if !strings.Contains(set, want) {
					t.Errorf("%s: got the cookie %q, want %q in it", a.What, set, want)
				}
			}
			if !strings.HasPrefix(set, "__Host-") || strings.Contains(set, "Domain") {
				t.Errorf("%s: got the cookie %q, want it bound to the host", a.What, set)
			}
		}
		if a.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: browsers may come back without TLS", a.What)
		}
	}
	for _, want := range []string{"lang", "notice", "session"} {
		if !seen["__Host-"+want] {
			t.Errorf("no cookie %s was set; got %v", want, seen)
		}
	}
}

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	w.Browse(t, "testdata/pages.mjs", map[string]any{"secret": w.Person(t, broker.RoleOwner).Secret})
}
