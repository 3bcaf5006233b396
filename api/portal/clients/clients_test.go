package clients_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

const secretOnPage = `Secret</p><pre[^>]*><code>([^<]+)</code>`

// fill is a form as it is sent, with the field that it is sent once by.
func fill(on portaltest.Answer, pairs ...string) url.Values {
	form := url.Values{"once": {on.Once()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// submit opens the page of a form and sends it.
func submit(b *portaltest.Browser, path string, pairs ...string) portaltest.Answer {
	return b.Post(path, fill(b.Get(path).Want(http.StatusOK), pairs...))
}

// register makes a client by its form and returns its page and its secret.
func register(b *portaltest.Browser, pairs ...string) (path, secret string) {
	made := submit(b, b.Home+"/clients/new", append([]string{"lasts", "0", "name", "Gewerbe"}, pairs...)...).Want(http.StatusOK)
	return b.Home + "/clients/" + made.Find(`/clients/([0-9a-f-]{36})/snippets`), made.Find(secretOnPage)
}

func login(t *testing.T, w *portaltest.World, path, secret string) (ok bool) {
	t.Helper()
	answer, err := http.PostForm(w.URL+"/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {path[strings.LastIndex(path, "/")+1:]}, "client_secret": {secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// A secret is on the page that made it and nowhere else: not on a second look, not in a list, not in the log.
func TestSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	said := new(journal)
	w := portaltest.Start(t, func(c *node.Config) {
		c.Log = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := w.Person(t, broker.RoleDeveloper)
	b.Get(b.Home+"/clients").Want(http.StatusOK, "noch keinen API-Client")
	form := fill(b.Get(b.Home+"/clients/new").Want(http.StatusOK), "name", "Gewerbe", "kind", "sender", "lasts", "365")
	made := b.Post(b.Home+"/clients/new", form).Want(http.StatusOK, "nur dieses eine Mal gezeigt")
	if got := made.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page of a secret may be kept: Cache-Control %q", got)
	}
	secret, path := made.Find(secretOnPage), b.Home+"/clients/"+made.Find(`/clients/([0-9a-f-]{36})/snippets`)
	if !login(t, w, path, secret) {
		t.Error("nobody can log in with the secret that was shown")
	}
	b.Post(b.Home+"/clients/new", form).Want(http.StatusConflict, "bereits abgesendet").Lacks(secret) // reloaded, or the back button
	b.Get(b.Home+"/clients").Want(http.StatusOK, "Gewerbe", "zugelassen").Lacks(secret)
	if _, total, err := w.Node.Broker.Clients.List(t.Context(), broker.Operator(w.Org), broker.Page{Limit: 10}); err != nil || total != 1 {
		t.Errorf("sent twice, the form made %d clients, %v", total, err)
	}
	for _, page := range []string{"", "/secret", "/change", "/disable", "/snippets", "/former-secret", "/enable"} {
		b.Get(path + page).Want(http.StatusOK).Lacks(secret)
	}
	if strings.Contains(said.String(), secret) || !strings.Contains(said.String(), "clients/new") {
		t.Errorf("the log has the secret, or nothing of what was done")
	}
}

// Two secrets are good until the older one ends, by itself or by hand.
func TestRotation(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	w := portaltest.Start(t, func(c *node.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	})
	b := w.Person(t, broker.RoleOwner)
	path, first := register(b, "kind", "subscriber")
	second := submit(b, path+"/secret", "overlap", "1", "lasts", "90").Want(http.StatusOK, "gilt daneben bis").Find(secretOnPage)
	is := func(when string, secrets map[string]bool) {
		t.Helper()
		for secret, good := range secrets {
			if login(t, w, path, secret) != good {
				t.Errorf("%s: %v is not so of one of the secrets", when, good)
			}
		}
	}
	is("in the overlap", map[string]bool{first: true, second: true})
	b.Get(path+"/secret").Want(http.StatusOK, "Zurzeit gelten zwei Secrets")
	passed.Store(int64(time.Hour + time.Minute))
	is("after it", map[string]bool{first: false, second: true})
	b = w.Person(t, broker.RoleDeveloper) // the session of the first one ended meanwhile
	third := submit(b, path+"/secret", "overlap", "720", "lasts", "0").Want(http.StatusOK).Find(secretOnPage)
	is("in the next one", map[string]bool{second: true, third: true})
	submit(b, path+"/former-secret").Want(http.StatusOK, "Nur noch das neue Secret gilt")
	is("ended by hand", map[string]bool{second: false, third: true})
	b.Get(path).Want(http.StatusOK).Lacks("Bisheriges Secret")
}

func TestDisableAndChange(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleDeveloper)
	path, secret := register(b, "kind", "sender", "grants", "DE09\n14713, 99050012104000", "region", "DE01")
	b.Get(path).Want(http.StatusOK, "send:region:DE09<", "send:region:DE14713&#43;send:service:urn:de:fim:leika:leistung:99050012104000", "send:region:DE01<")
	b.Get(path+"/disable").Want(http.StatusOK, "Tokens gelten nicht mehr")
	submit(b, path+"/disable").Want(http.StatusOK, "Der API-Client ist gesperrt", "API-Client wieder zulassen")
	if login(t, w, path, secret) {
		t.Error("who is shut out can log in")
	}
	submit(b, path+"/enable").Want(http.StatusOK, "wieder zugelassen")
	if !login(t, w, path, secret) {
		t.Error("who was let in again cannot log in")
	}
	submit(b, path+"/change", "name", "Neu", "grants", "DE02").Want(http.StatusOK, "Der API-Client ist geändert", "Neu", "DE02").Lacks("DE09")
	submit(b, path+"/change", "name", "Neu").Want(http.StatusOK, "Alles, überall")
	case_, _ := register(b, "kind", "subscriber", "manage", "yes")
	b.Get(case_).Want(http.StatusOK, "manage-destinations")
	submit(b, case_+"/change", "name", "Fach").Want(http.StatusOK, "Fach").Lacks("manage-destinations")
}

// Nobody sees or does what is not theirs, whatever they send.
func TestForeignClients(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	path, secret := register(owner, "kind", "sender")
	id := path[strings.LastIndex(path, "/")+1:]
	reader := w.Person(t, broker.RoleReader)
	reader.Get(path).Want(http.StatusOK, "Gewerbe").Lacks("/disable")
	reader.Get(owner.Home + "/clients").Want(http.StatusOK).Lacks("/clients/new")
	other := w.PersonOf(t, w.Organisation(t, "Kreis"), broker.RoleOwner)
	for _, page := range []string{"", "/secret", "/change", "/disable", "/enable", "/snippets", "/former-secret"} {
		other.Get(path + page).Want(http.StatusNotFound).Lacks("Gewerbe")
		other.Get(other.Home + "/clients/" + id + page).Want(http.StatusNotFound).Lacks("Gewerbe")
		other.Get(other.Home + "/clients/..%2f" + id + page).Want(http.StatusNotFound)
	}
	for page, form := range map[string]url.Values{
		"/secret": {"overlap": {"0"}, "lasts": {"0"}}, "/change": {"name": {"x"}}, "/disable": {}, "/enable": {}, "/former-secret": {},
	} {
		form.Set("once", broker.NewID[string]())
		other.Post(other.Home+"/clients/"+id+page, form).Want(http.StatusNotFound)
		form.Set("once", broker.NewID[string]())
		if a := reader.Post(path+page, form); a.Status < 400 || a.Status >= 500 {
			t.Errorf("a reader at %s: got %d, want a refusal", page, a.Status)
		}
		owner.Send(http.MethodPost, path+page, "application/x-www-form-urlencoded", form.Encode(), "Sec-Fetch-Site", "cross-site").Want(http.StatusForbidden)
	}
	if !login(t, w, path, secret) {
		t.Error("somebody changed what was not theirs")
	}
	other.Get(other.Home+"/clients").Want(http.StatusOK).Lacks("Gewerbe", id)
	if a := w.Anybody(t).Get(path); a.URL.Path == "/portal"+path {
		t.Errorf("who is not signed in saw %s", path)
	}
}

// Whatever is typed is either refused with a message at its field, or shown as it was typed.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	try := func(pairs ...string) portaltest.Answer {
		t.Helper()
		return submit(b, b.Home+"/clients/new", append([]string{"kind", "sender", "lasts", "0", "name", "x"}, pairs...)...)
	}
	b.Post(b.Home+"/clients/new", fill(b.Get(b.Home+"/clients/new"))).Want(http.StatusUnprocessableEntity, "Name: Bitte füllen", "Art: Bitte füllen")
	for field, values := range map[string][]string{
		"name":   {"", strings.Repeat("x", 1<<18), "a\x00b", "abc\u202etxt", "\xff\xfe"},
		"kind":   {"", "admin", "sender' or 1=1--"},
		"lasts":  {"-1", "9999999999", "x", "1"},
		"grants": {"Bayern", "DE09 <script>", "DE99999999999999", "'; drop table clients; --", strings.Repeat("DE09\n", 51), strings.Repeat("x", 200_000)},
		"region": {"\"><script>alert(1)</script>", "DE0x"},
	} {
		for _, value := range values {
			try(field, value).Want(http.StatusUnprocessableEntity, "Bitte prüfen Sie Ihre Angaben").Lacks("<script>alert", "<script>\n")
		}
	}
	try("manage", "yes").Want(http.StatusUnprocessableEntity, "only a subscriber manages")
	try("name", "<script>alert('x')</script>").Want(http.StatusOK).Lacks("<script>alert")
	b.Get(b.Home+"/clients").Want(http.StatusOK, "&lt;script&gt;alert").Lacks("<script>alert")
	path, _ := register(b, "kind", "sender", "name", `"><img src=x onerror=alert(1)>`)
	for _, page := range []string{"", "/snippets", "/change", "/disable", "/secret"} {
		b.Get(path + page).Want(http.StatusOK).Lacks("<img src=x")
	}
	for _, query := range []string{"?service=%22%3E%3Cscript%3E", "?region=%24(id)", "?service=" + strings.Repeat("x", 5000)} {
		b.Get(path+"/snippets"+query).Want(http.StatusOK, "Dafür gibt es kein Beispiel").Lacks("<script>\n", "$(id)</code>")
	}
	if a := b.Send(http.MethodPost, b.Home+"/clients/new", "application/x-www-form-urlencoded", "name="+strings.Repeat("x", 2<<20)); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB: got %d", a.Status)
	}
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleReader)
	b.Lang = "en"
	path, _ := register(w.Person(t, broker.RoleOwner), "kind", "sender", "grants", "DE09")
	b.Get(path+"/snippets").Want(http.StatusOK, "curl", "Python", "C#", w.URL, "ARS=09\n", path[strings.LastIndex(path, "/")+1:])
	b.Get(path+"/snippets?region=DE14713&service=99107023037000").Want(http.StatusOK, "ARS=14713\n", "99107023037000")
	receives, _ := register(w.Person(t, broker.RoleOwner), "kind", "subscriber")
	b.Get(receives+"/snippets").Want(http.StatusOK, "not assigned to any destination", "receive.py")
}

func TestInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	path, _ := register(owner, "kind", "sender", "grants", "DE09\nDE14713 99050012104000", "lasts", "90")
	receives, _ := register(owner, "kind", "subscriber", "manage", "yes")
	w.Browse(t, "testdata/clients.mjs", map[string]any{"secret": owner.Secret, "home": owner.Home, "path": path, "receives": receives})
}
