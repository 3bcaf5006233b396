package portal_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// TestEveryForm sends every form that somebody can come to what nobody should send. Nothing breaks, nothing comes back as it was if a browser would take it for
// markup, and what is refused says why.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	w := inhabit(t)
	elsewhere := w.Organisation(t, "Andere Stadt")
	for _, v := range w.visitors(t) {
		t.Run(v.name, func(t *testing.T) {
			hostile := &enemy{w: w, t: t, visitor: v, elsewhere: elsewhere}
			hostile.signedIn() // who came before may have shut this one out
			seen := map[string]bool{}
			var found []form
			crawl(v.Browser, func(path string, a portaltest.Answer) {
				for _, f := range forms(path, a) {
					if name := kindOf(f.action); !seen[name] && f.action != "/sign-out" {
						seen[name] = true
						found = append(found, f)
					}
				}
			})
			for _, f := range found {
				hostile.attack(f)
			}
			t.Logf("%d forms", len(found))
		})
	}
}

// enemy sends forms.
type enemy struct {
	w *inhabited
	t *testing.T
	visitor
	elsewhere broker.OrgID
}

const script = `"><script>alert(1)</script><img src=x onerror=alert(2)>`

// typed are what goes into every field of a form at once.
func typed() map[string]string {
	return map[string]string{
		"nothing": "", "script": script, "SQL": `'; drop table entries; --" or 1=1`, "right to left": "\u202egnp.exe\u2066\u200f",
		"control characters": "a\x00b\x1b[31m\r\nSet-Cookie: session=x", "not UTF-8": "\xff\xfe\xc0\xaf", "template": "{{.Secret}}${7*7}%s%n",
		"a path": "../../../../etc/passwd", "a number": "-99999999999999999999", "long": strings.Repeat("ä", 5000), "large": strings.Repeat("x", 1<<20),
	}
}

// attack sends one form in all ways, the most harmless for its page first.
func (e *enemy) attack(f form) {
	e.t.Helper()
	e.wantRefused(f, "from another site", e.post(f, f.values("x"), "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
	e.wantRefused(f, "from another origin", e.post(f, f.values("x"), "Sec-Fetch-Site", "", "Origin", "https://evil.example"), http.StatusForbidden)
	if e.Person.ID != "" {
		e.withoutSession(f)
		e.byStranger(f)
		e.byReader(f)
	}
	for name, text := range typed() {
		e.judge(f, name, text, e.post(f, e.fresh(f, text)))
	}
	e.twice(f)
}

func (e *enemy) post(f form, v url.Values, headers ...string) portaltest.Answer {
	if !f.file {
		return e.Send(http.MethodPost, f.action, "application/x-www-form-urlencoded", v.Encode(), headers...)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range v {
		_ = w.WriteField(name, v.Get(name)) // into memory
	}
	for _, one := range f.fields {
		if one.kind == "file" {
			part, _ := w.CreateFormFile(one.name, script+".json")
			_, _ = part.Write([]byte(script))
		}
	}
	w.Close()
	return e.Send(http.MethodPost, f.action, w.FormDataContentType(), body.String(), headers...)
}

// fresh are the values of the form as its page has it now: what names it is good once.
func (e *enemy) fresh(f form, text string) url.Values {
	e.signedIn()
	for _, now := range forms(f.page, e.Get(f.page)) {
		if kindOf(now.action) == kindOf(f.action) {
			return now.values(text)
		}
	}
	return f.values(text)
}

// signedIn signs the visitor in again after a form that ended the session.
func (e *enemy) signedIn() {
	if e.Person.ID == "" {
		return
	}
	if _, err := e.w.Node.Accounts.Signed(e.t.Context(), e.Secret, ""); err == nil {
		return
	}
	machine := broker.Operator("")
	if _, err := e.w.Node.Accounts.Disable(e.t.Context(), machine, e.Person.ID, false); err != nil { // an operator's form may have shut them out
		e.t.Fatal(err)
	}
	_, secret, err := e.w.Node.Accounts.StartSession(e.t.Context(), e.Person.ID, account.NewSession{Agent: "a test", Means: []account.Means{account.ByPasskey}})
	if err != nil {
		e.t.Fatalf("%s cannot sign in any more: %v", e.name, err)
	}
	e.Secret = secret
	e.cookie(secret)
}

func (e *enemy) cookie(secret string) {
	at, _ := url.Parse(e.URL)
	e.Client.Jar.SetCookies(at, []*http.Cookie{{Name: portaltest.SessionCookie, Value: secret, Path: "/"}})
}

// withoutSession sends it when the session has ended: that leads to where one signs in, and does nothing.
func (e *enemy) withoutSession(f form) {
	e.cookie("expired")
	a := e.post(f, f.values("x"))
	e.cookie(e.Secret)
	if public := strings.HasPrefix(f.action, "/sign-") || strings.HasPrefix(f.action, "/password"); !public && !strings.HasPrefix(a.URL.Path, "/portal/sign-in") {
		e.t.Errorf("%s after the session: got %d at %s, want to be led to sign in", f.action, a.Status, a.URL.Path)
	}
}

// byStranger has somebody of another organisation send it, in the name of this one and with its ids in the name of the own one.
func (e *enemy) byStranger(f form) {
	if !strings.Contains(f.action, string(e.w.Org)) {
		return
	}
	mine := e.visitor.Browser
	stranger := e.w.PersonOf(e.t, e.elsewhere, broker.RoleOwner) // a new one each time: operators may have shut out the last one
	e.visitor.Browser = stranger
	defer func() { e.visitor.Browser = mine }()
	v := f.values("x")
	v.Del("once")
	e.wantRefused(f, "by a stranger", e.post(f, v), http.StatusNotFound)
	other := f
	other.action = strings.ReplaceAll(f.action, "/orgs/"+string(e.w.Org), stranger.Home)
	if a := e.post(other, v); anID.MatchString(strings.TrimPrefix(other.action, stranger.Home)) && a.Status < 400 {
		e.t.Errorf("%s with ids of another organisation: got %d at %s", f.action, a.Status, a.URL.Path)
	}
}

// byReader has somebody of the organisation send it who only reads, with what would be taken from others.
func (e *enemy) byReader(f form) {
	if e.name != string(broker.RoleOwner) || !strings.Contains(f.action, string(e.w.Org)) {
		return
	}
	mine := e.visitor.Browser
	e.visitor.Browser = e.w.PersonOf(e.t, e.w.Org, broker.RoleReader)
	defer func() { e.visitor.Browser = mine }()
	v := f.values("x")
	v.Del("once")
	if a := e.post(f, v); a.Status < 400 {
		e.t.Errorf("%s by a reader: got %d at %s", f.action, a.Status, a.URL.Path)
	}
}

// twice sends the same form again, as a double click or the back button does.
func (e *enemy) twice(f form) {
	v := e.fresh(f, "zweimal")
	first := e.post(f, v)
	if first.Status >= 400 || v.Get("once") == "" || e.Person.ID == "" {
		return
	}
	if second := e.post(f, v); second.Status < 400 && second.Status != http.StatusUnprocessableEntity && strings.HasPrefix(second.URL.Path, "/portal/orgs/") {
		e.t.Errorf("%s sent twice: got %d, then %d at %s", f.action, first.Status, second.Status, second.URL.Path)
	}
}

func (e *enemy) wantRefused(f form, how string, a portaltest.Answer, want int) {
	e.t.Helper()
	if a.Status != want {
		e.t.Errorf("%s %s: got %d, want %d", f.action, how, a.Status, want)
	}
}

// judge looks at what came of it.
func (e *enemy) judge(f form, name, text string, a portaltest.Answer) {
	e.t.Helper()
	switch {
	case a.Status >= 500:
		e.t.Errorf("%s with %s: got %d:\n%.600s", f.action, name, a.Status, a.Body)
	case strings.Contains(a.Body, script), strings.Contains(a.Body, "<script>alert"), strings.Contains(a.Body, "<img src=x"):
		e.t.Errorf("%s with %s: the markup comes back", f.action, name)
	case a.Header.Get("Set-Cookie") != "" && strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), " "), "session=x"):
		e.t.Errorf("%s with %s: a header was made", f.action, name)
	case a.Status >= 400 && !strings.Contains(a.Body, "<h1"):
		e.t.Errorf("%s with %s: got %d without a page", f.action, name, a.Status)
	case a.Status == http.StatusUnprocessableEntity && !strings.Contains(a.Body, `role="alert"`):
		e.t.Errorf("%s with %s: refused, and nothing says why", f.action, name)
	case strings.Contains(a.Body, "goroutine ") || strings.Contains(a.Body, "SQLSTATE") || strings.Contains(a.Body, "/api/portal/"):
		e.t.Errorf("%s with %s: the page tells of its inside", f.action, name)
	}
	for _, slip := range []string{"⟦no text⟧", "ZgotmplZ", "%!"} {
		if strings.Contains(a.Body, slip) && !strings.Contains(text, slip) {
			e.t.Errorf("%s with %s: the page shows %q", f.action, name, slip)
		}
	}
}
