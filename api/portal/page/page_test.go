package page_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
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

func TestHeadersOfPages(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	a := w.Person(t, broker.RoleReader).Get("/nowhere")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := a.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
	}
	a.Lacks("<style", "style=", "onclick", "<script>")
}

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	w.Browse(t, "testdata/pages.mjs", map[string]any{"secret": w.Person(t, broker.RoleOwner).Secret})
}
