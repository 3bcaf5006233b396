package portaltest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/cmd/node"
)

// World is a node of the test environment, and an organisation.
type World struct {
	Node *node.Node
	URL  string // of the environment
	Org  broker.OrgID
}

// Start starts a node on files; change may change its configuration.
func Start(t testing.TB, change ...func(*node.Config)) *World {
	t.Helper()
	data, err := os.MkdirTemp("", "vk") // short: a socket's address is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(data) })
	fresh, err := firstData()
	if err == nil {
		err = errors.Join(os.CopyFS(data, fresh), os.Chmod(filepath.Join(data, "key"), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(data)
	cfg.AllowHTTPCallbacks = true
	for _, c := range change {
		c(&cfg)
	}
	n, err := node.Open(t.Context(), cfg)
	if err == nil {
		err = n.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	w := &World{Node: n, URL: n.URLs().Base}
	w.Org = w.Organisation(t, "Stadt Musterhausen")
	return w
}

// Organisation makes another one.
func (w *World) Organisation(t testing.TB, name string) broker.OrgID {
	t.Helper()
	org, err := w.Node.Broker.Clients.RegisterOrg(t.Context(), broker.Operator(""), name)
	if err != nil {
		t.Fatal(err)
	}
	return org.ID
}

// Browser is somebody who opens pages. It follows where it is led, keeps cookies, and says with each request that it comes from this site, as
// browsers do.
type Browser struct {
	t      testing.TB
	URL    string // of the portal
	Home   string // of the organisation, below URL
	Lang   string // what it asks for; "" is German
	Person account.Person
	Client *http.Client
	Secret string // of the session
}

// Anybody is a browser in which nobody is signed in.
func (w *World) Anybody(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, URL: w.URL + "/portal", Client: &http.Client{Jar: jar}}
}

// Person is the browser of a new person who is signed in and has a role in the organisation.
func (w *World) Person(t testing.TB, role broker.Role) *Browser {
	t.Helper()
	return w.PersonOf(t, w.Org, role)
}

// PersonOf is the same for another organisation.
func (w *World) PersonOf(t testing.TB, org broker.OrgID, role broker.Role) *Browser {
	t.Helper()
	id := broker.NewID[string]()
	m, err := w.Node.Accounts.AddMember(t.Context(), broker.Operator(org), org, account.NewPerson{Name: "Kim " + string(role), Email: id + "@example.org"}, role)
	if err != nil {
		t.Fatal(err)
	}
	b := w.signedIn(t, m.Person)
	b.Home = "/orgs/" + string(org)
	return b
}

// Operator is the browser of an operator of the platform.
func (w *World) Operator(t testing.TB) *Browser {
	t.Helper()
	machine := broker.Operator("")
	p, err := w.Node.Accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Olga Operator", Email: broker.NewID[string]() + "@example.org"})
	if err == nil {
		p, err = w.Node.Accounts.Appoint(t.Context(), machine, p.ID, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := w.signedIn(t, p)
	b.Home = "/orgs/" + string(w.Org)
	return b
}

func (w *World) signedIn(t testing.TB, p account.Person) *Browser {
	t.Helper()
	b := w.Anybody(t)
	_, secret, err := w.Node.Accounts.StartSession(t.Context(), p.ID, account.NewSession{Agent: "a test", Means: []account.Means{account.ByPasskey}})
	if err != nil {
		t.Fatal(err)
	}
	b.Person, b.Secret = p, secret
	at, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.Client.Jar.SetCookies(at, []*http.Cookie{{Name: SessionCookie, Value: secret, Path: "/"}})
	return b
}

// SessionCookie is the name of the cookie in the test environment without https.
const SessionCookie = "session-test"

// Answer is what a browser got in the end.
type Answer struct {
	t      testing.TB
	What   string
	Status int
	Body   string
	Header http.Header
	URL    *url.URL // where the browser was led
}

// Get opens a page, given its path below the portal.
func (b *Browser) Get(path string) Answer {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil, "")
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.t.Helper()
	return b.send(http.MethodPost, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

// Send sends any request; headers are name and value in turn.
func (b *Browser) Send(method, path, mediaType, body string, headers ...string) Answer {
	b.t.Helper()
	return b.send(method, path, strings.NewReader(body), mediaType, headers...)
}

func (b *Browser) send(method, path string, body io.Reader, mediaType string, headers ...string) Answer {
	b.t.Helper()
	address := path
	if !strings.HasPrefix(path, "http") {
		address = b.URL + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", b.Lang)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.Client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{t: b.t, What: method + " " + path, Status: answer.StatusCode, Body: string(content), Header: answer.Header, URL: answer.Request.URL}
}

// Want holds the answer against a status, and texts that have to be in it.
func (a Answer) Want(status int, texts ...string) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: got %d, want %d:\n%s", a.What, a.Status, status, a.text())
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			a.t.Errorf("%s: %q is not on the page:\n%s", a.What, text, a.text())
		}
	}
	if strings.Contains(a.Body, "⟦no text⟧") {
		a.t.Errorf("%s: a text is missing:\n%s", a.What, a.text())
	}
	return a
}

// Lacks holds against the answer texts that must not be in it.
func (a Answer) Lacks(texts ...string) Answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			a.t.Errorf("%s: %q is on the page", a.What, text)
		}
	}
	return a
}

// Once is the field by which a form on the page names itself; the last one, if there are more.
func (a Answer) Once() string {
	a.t.Helper()
	all := regexp.MustCompile(`name="once" value="([^"]+)"`).FindAllStringSubmatch(a.Body, -1)
	if len(all) == 0 {
		a.t.Fatalf("%s: there is no form on the page:\n%s", a.What, a.text())
	}
	return all[len(all)-1][1]
}

// Find is the first group of an expression that matches on the page.
func (a Answer) Find(expression string) string {
	a.t.Helper()
	m := regexp.MustCompile(expression).FindStringSubmatch(a.Body)
	if m == nil {
		a.t.Fatalf("%s: nothing on the page is like %s:\n%s", a.What, expression, a.text())
	}
	return m[1]
}

// text is the page without its tags, for a message.
func (a Answer) text() string {
	_, main, _ := strings.Cut(a.Body, "<main")
	return fmt.Sprintf("%.2000s", regexp.MustCompile(`(?s)<[^>]*>|\s+`).ReplaceAllString(main, " "))
}
