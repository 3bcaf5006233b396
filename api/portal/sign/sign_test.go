package sign_test

import (
	"encoding/base32"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/cmd/node"
)

const (
	email  = "anna.muster@stadt.example"
	phrase = "korrektes Pferd Batterie"
)

// open lets whoever wants sign up.
func open(cfg *node.Config) { cfg.SignUp = node.SignUpOpen }

func mailed(t testing.TB, w *portaltest.World, kind string) string {
	t.Helper()
	return w.Mailed(t, "", `/portal(/link/`+kind+`\?code=\S+)`)
}

func counted(t testing.TB, w *portaltest.World, template mail.Template) (n int) {
	t.Helper()
	all, _, err := w.Node.Mails.All(t.Context(), broker.Operator(""), broker.Page{Limit: broker.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Template == template {
			n++
		}
	}
	return n
}

// app is what makes codes, of the page that shows its seed.
type app struct {
	t     testing.TB
	seed  []byte
	last  int64
	ahead time.Duration // of the clock of the node
}

func scan(t testing.TB, a portaltest.Answer) *app {
	t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(a.Find(`<code>([A-Z2-7 ]+)</code>`), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return &app{t: t, seed: seed}
}

// code is one that was not shown before: the one of now, or the next one, which is good too.
func (a *app) code() string {
	a.t.Helper()
	step := max(time.Now().Add(a.ahead).Unix()/30, a.last+1)
	a.last = step
	return portaltest.Code(a.seed, step)
}

func form(values ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		f.Set(values[i], values[i+1])
	}
	return f
}

// signUp goes the way of somebody new, and returns their app and recovery codes.
func signUp(t testing.TB, w *portaltest.World, b *portaltest.Browser) (*app, []string) {
	t.Helper()
	b.Post("/sign-up", form("name", "Anna Muster", "email", email)).Want(http.StatusOK, "Postfach", email)
	link := mailed(t, w, "sign-up")
	b.Get(link).Want(http.StatusOK, email, "Passwort festlegen")
	a := b.Post(link, form("code", link[strings.Index(link, "=")+1:], "password", phrase, "again", phrase)).Want(http.StatusOK, "<svg", "App für Einmalcodes")
	phone := scan(t, a)
	done := b.Post("/sign-in/enrol", form("name", "Telefon", "code", phone.code())).Want(http.StatusOK, "Wiederherstellungscodes", "nur dieses eine Mal")
	return phone, strings.Split(done.Find(`(?s)<code>([A-Z2-7\-\n]+)</code>`), "\n")
}

func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	phone, recovery := signUp(t, w, b)
	if len(recovery) != 10 {
		t.Errorf("got the recovery codes %q", recovery)
	}
	b.Get("/account").Want(http.StatusOK, "Anna Muster", email, "1 eingerichtet, 10 Wiederherstellungscodes")
	b.Post("/sign-out", nil).Want(http.StatusOK, "Sie sind abgemeldet")
	if a := b.Get("/account"); a.URL.Path != "/portal/sign-in" {
		t.Errorf("signed out, led to %s", a.URL)
	}
	b.Post("/sign-in", form("email", email, "password", "falsch")).Want(http.StatusUnprocessableEntity, "passen nicht zusammen")
	a := b.Post("/sign-in", form("email", email, "password", phrase, "back", "/portal/account/sessions")).Want(http.StatusOK, "Zweiter Faktor", "Anna Muster")
	if a.URL.Query().Get("back") != "/portal/account/sessions" {
		t.Errorf("the second step forgot where to go: %s", a.URL)
	}
	b.Post("/sign-in/second", form("code", "000000")).Want(http.StatusUnprocessableEntity, "Der Code ist falsch")
	a = b.Post("/sign-in/second", form("code", phone.code(), "back", "/portal/account/sessions")).Want(http.StatusOK, "Dieser Browser", "127.0.0.0/24", "Passwort, App")
	if a.URL.Path != "/portal/account/sessions" {
		t.Errorf("led to %s", a.URL)
	}
	b.Post("/sign-out", nil)
	b.Post("/sign-in", form("email", email, "password", phrase))
	b.Post("/sign-in/second", form("code", strings.ToLower(recovery[0])))
	b.Get("/account").Want(http.StatusOK, "9 Wiederherstellungscodes")
}

// Cookies of the way in cannot be read by scripts, go to no other site, and change at every step.
func TestCookies(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	phone, _ := signUp(t, w, b)
	before := cookie(t, b, portaltest.SessionCookie)
	b.Post("/sign-out", nil)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	at, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: portaltest.SessionCookie, Value: "planted", Path: "/"}})
	first := b.Post("/sign-in", form("email", email, "password", phrase))
	if first.Status != http.StatusSeeOther {
		t.Fatalf("got %d", first.Status)
	}
	second := b.Post("/sign-in/second", form("code", phone.code()))
	for _, a := range []portaltest.Answer{first, second} {
		for _, set := range a.Header["Set-Cookie"] {
			if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Path=/") {
				t.Errorf("got the cookie %q", set)
			}
		}
	}
	session, attempt := cookie(t, b, portaltest.SessionCookie), cookie(t, b, "attempt-test")
	if session == "planted" || session == before || session == "" || attempt != "" {
		t.Errorf("the session %q, before %q, the attempt %q", session, before, attempt)
	}
}

func cookie(t testing.TB, b *portaltest.Browser, name string) string {
	t.Helper()
	at, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	phone, _ := signUp(t, w, b)
	other := w.Anybody(t)
	known := other.Post("/forgotten", form("email", email)).Want(http.StatusOK, "Postfach")
	unknown := other.Post("/forgotten", form("email", "nobody@stadt.example")).Want(http.StatusOK, "Postfach")
	if strings.ReplaceAll(known.Body, email, "") != strings.ReplaceAll(unknown.Body, "nobody@stadt.example", "") {
		t.Error("the answers for a known and an unknown address differ")
	}
	if n := counted(t, w, mail.PasswordReset); n != 1 {
		t.Errorf("%d mails", n)
	}
	link := mailed(t, w, "password")
	code := link[strings.Index(link, "=")+1:]
	other.Get(link).Want(http.StatusOK, email, "zweiten Faktor")
	const next = "ein ganz anderes Wort davor"
	other.Post(link, form("code", code, "password", next, "again", "x", "second", "1")).Want(http.StatusUnprocessableEntity, "verschieden")
	other.Post(link, form("code", code, "password", "anna.muster1", "again", "anna.muster1", "second", "1")).Want(http.StatusUnprocessableEntity, "Lassen Sie diese weg")
	other.Post(link, form("code", code, "password", next, "again", next, "second", "000000")).Want(http.StatusUnprocessableEntity, "Der Code ist falsch")
	other.Post(link, form("code", code, "password", next, "again", next, "second", phone.code())).Want(http.StatusOK, "Ihr Passwort wurde geändert")
	other.Get("/account").Want(http.StatusOK, "Anna Muster")
	if a := b.Get("/account"); a.URL.Path != "/portal/sign-in" {
		t.Error("the session from before is good still")
	}
	other.Get(link).Want(http.StatusNotFound, "wurde bereits verwendet")
}

// What is sensitive takes a second factor of the last ten minutes; whoever shows it comes back to where they were, under another secret.
func TestSensitivePagesAskAgain(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := portaltest.Start(t, open, func(cfg *node.Config) {
		cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	b := w.Anybody(t)
	phone, _ := signUp(t, w, b)
	sensitive := []string{"/account/password", "/account/address", "/account/factors/app", "/account/factors/recovery"}
	for _, path := range sensitive {
		if a := b.Get(path).Want(http.StatusOK); a.URL.Path != "/portal"+path {
			t.Errorf("%s just after signing in: led to %s", path, a.URL)
		}
	}
	phone.ahead = 11 * time.Minute
	ahead.Store(int64(phone.ahead))
	for _, path := range sensitive {
		b.Get(path).Want(http.StatusOK, "noch einmal aus")
		b.Post(path, form("email", "eve@elsewhere.example")).Want(http.StatusOK, "noch einmal aus")
	}
	for _, path := range []string{"/account/sessions/others", "/account/sessions/end/" + broker.NewID[string](), "/account/tokens"} {
		b.Post(path, form("name", "Skript", "days", "7")).Want(http.StatusOK, "noch einmal aus").Lacks("vkp_")
	}
	if counted(t, w, mail.NewAddress) != 0 {
		t.Error("what was sent without a proof was done")
	}
	before := cookie(t, b, portaltest.SessionCookie)
	b.Post("/prove", form("code", "000000", "back", "/portal/account/address")).Want(http.StatusUnprocessableEntity, "Der Code ist falsch")
	if a := b.Post("/prove", form("code", phone.code(), "back", "/portal/account/address")).Want(http.StatusOK); a.URL.Path != "/portal/account/address" {
		t.Errorf("led to %s", a.URL)
	}
	if cookie(t, b, portaltest.SessionCookie) == before {
		t.Error("the secret of the session did not change")
	}
	phone.ahead += 31 * time.Minute
	ahead.Store(int64(phone.ahead))
	if a := b.Get("/account"); a.URL.Path != "/portal/sign-in" || a.URL.Query().Get("back") != "/portal/account" {
		t.Errorf("half an hour later: led to %s", a.URL)
	}
}

// Who comes too late for the second step begins again and gets to where they wanted to go; and who is signed in stays so, whatever page of the way in is opened.
func TestTooLateForTheSecondStep(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	phone, _ := signUp(t, w, b)
	if a := b.Get("/sign-in/second"); a.URL.Path == "/portal/sign-in" || a.Status != http.StatusOK {
		t.Errorf("signed in already: got %d at %s", a.Status, a.URL)
	}
	b.Get("/account").Want(http.StatusOK, "Anna Muster")
	b.Post("/sign-out", nil)
	for name, a := range map[string]portaltest.Answer{
		"opened": b.Get("/sign-in/second?back=/portal/account/sessions"), "sent": b.Post("/sign-in/second", form("code", "123456", "back", "/portal/account/sessions")),
	} {
		if a.URL.Path != "/portal/sign-in" || a.URL.Query().Get("back") != "/portal/account/sessions" {
			t.Errorf("%s: led to %s", name, a.URL)
		}
	}
	back := b.Get("/sign-in/second").URL.Query().Get("back")
	b.Post("/sign-in", form("email", email, "password", phrase, "back", back)).Want(http.StatusOK, "Zweiter Faktor")
	b.Post("/sign-in/second", form("code", phone.code(), "back", back)).Want(http.StatusOK)
	b.Get("/account").Want(http.StatusOK, "Anna Muster")
}

// Signing in anew ends the session that the browser had.
func TestSigningInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	phone, _ := signUp(t, w, b)
	before := cookie(t, b, portaltest.SessionCookie)
	b.Post("/sign-in", form("email", email, "password", phrase)).Want(http.StatusOK, "Zweiter Faktor")
	b.Post("/sign-in/second", form("code", phone.code())).Want(http.StatusOK)
	if _, err := w.Node.Accounts.Signed(t.Context(), before, ""); !errors.Is(err, broker.Unauthenticated) {
		t.Errorf("the session before: got %v", err)
	}
	b.Get("/account").Want(http.StatusOK, "Anna Muster")
	now := cookie(t, b, portaltest.SessionCookie)
	b.Post("/sign-out", nil).Want(http.StatusOK, "Sie sind abgemeldet")
	if _, err := w.Node.Accounts.Signed(t.Context(), now, ""); !errors.Is(err, broker.Unauthenticated) {
		t.Errorf("signed out, for whoever knows the cookie: got %v", err)
	}
}

// Who tries passwords of many people from one network has to pause, whoever they are; who is elsewhere has not.
func TestANetworkPauses(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, func(cfg *node.Config) {
		cfg.BehindProxy, cfg.TrustedProxies = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b := w.Anybody(t)
	from := func(network, path string, f url.Values) portaltest.Answer {
		return b.Send(http.MethodPost, path, "application/x-www-form-urlencoded", f.Encode(), "X-Forwarded-For", network)
	}
	for n := range 31 {
		from("192.0.2.1", "/link/address", form("code", strconv.Itoa(n)))
	}
	for _, path := range []string{"/sign-in", "/sign-in/passkey", "/link/password"} {
		a := from("192.0.2.1", path, form("email", "somebody@stadt.example", "password", phrase, "code", "123456", "answer", "{}"))
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s, after thirty wrong codes: got %d and no word on when to try again", path, a.Status)
		}
	}
	from("198.51.100.1", "/sign-in", form("email", "somebody@stadt.example", "password", phrase)).Want(http.StatusUnprocessableEntity, "passen nicht zusammen")
}

// Nobody has the portal write to the whole world from one network.
func TestMailsThatAreAskedForAreBounded(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	for n := range 25 {
		address := strconv.Itoa(n) + "@stadt.example"
		a := b.Post("/sign-up", form("name", "Anna", "email", address))
		if n >= 20 && (a.Status != http.StatusUnprocessableEntity || a.Header.Get("Retry-After") == "") {
			t.Errorf("%d: got %d", n, a.Status)
		}
	}
	if a := b.Post("/forgotten", form("email", "0@stadt.example")); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("forgotten: got %d", a.Status)
	}
	if n := counted(t, w, mail.SignUp); n != 20 {
		t.Errorf("%d mails, want 20", n)
	}
}

// Sessions are ended by whoever shows once more who they are: one that was taken over shuts nobody else out.
func TestSessionsAreEnded(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := portaltest.Start(t, func(cfg *node.Config) {
		cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	b := w.Person(t, broker.RoleOwner)
	start := func() (account.SessionID, string) {
		s, secret, err := w.Node.Accounts.StartSession(t.Context(), b.Person.ID, account.NewSession{Agent: "anderswo"})
		if err != nil {
			t.Fatal(err)
		}
		return s.ID, secret
	}
	good := func(secret string) bool {
		_, err := w.Node.Accounts.Signed(t.Context(), secret, "")
		return err == nil
	}
	one, first := start()
	_, other := start()
	b.Get("/account/sessions").Want(http.StatusOK, "anderswo", "/account/sessions/end/"+string(one))
	b.Post("/account/sessions/end/"+string(one), nil).Want(http.StatusOK, "Die Sitzung ist beendet")
	if good(first) || !good(other) {
		t.Errorf("one was to end: got %v %v", good(first), good(other))
	}
	b.Post("/account/sessions/others", nil).Want(http.StatusOK, "Alle anderen Sitzungen sind beendet")
	if good(other) || !good(b.Secret) {
		t.Errorf("all others were to end: got %v %v", good(other), good(b.Secret))
	}
	ahead.Store(int64(11 * time.Minute))
	late, third := start()
	for _, path := range []string{"/account/sessions/end/" + string(late), "/account/sessions/others"} {
		a := b.Send(http.MethodPost, path, "application/x-www-form-urlencoded", "", "Referer", w.URL+"/portal/account/sessions").Want(http.StatusOK, "noch einmal aus")
		if a.URL.Query().Get("back") != "/portal/account/sessions" {
			t.Errorf("%s: from the proof back to %s", path, a.URL)
		}
	}
	if !good(third) {
		t.Error("it was ended without a proof")
	}
}

// Whatever strangers send, nothing breaks, and nothing of it comes back as markup.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	member := w.Person(t, broker.RoleOwner)
	for _, hostile := range []string{"", "<script>alert(1)</script>@x.example", "' OR 1=1 --", strings.Repeat("a", 1<<20), "\u202egnp.exe@x.example", "a\x00b", "\xff\xfe"} {
		for _, path := range []string{"/sign-in", "/sign-up", "/forgotten", "/link/sign-up", "/link/password", "/link/address", "/sign-in/passkey", "/sign-in/enrol", "/sign-in/second"} {
			f := form("email", hostile, "password", hostile, "again", hostile, "name", hostile, "code", hostile, "answer", hostile, "back", hostile)
			if a := b.Post(path, f); a.Status >= 500 || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("%s with %.20q: got %d", path, hostile, a.Status)
			}
		}
		for _, path := range []string{"/account", "/account/password", "/account/address", "/account/factors/app", "/account/factors/passkey", "/account/tokens", "/prove", "/prove/passkey", "/account/sessions/end/x", "/account/factors/remove/x", "/account/tokens/revoke/x"} {
			f := form("name", hostile, "email", hostile, "password", hostile, "again", hostile, "present", hostile, "code", hostile, "answer", hostile, "days", hostile, "language", hostile)
			if a := member.Post(path, f); a.Status >= 500 || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("%s with %.20q: got %d", path, hostile, a.Status)
			}
		}
	}
	b.Send(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", "email=a@b.example&password=x", "Sec-Fetch-Site", "cross-site").Want(http.StatusForbidden)
	stranger := w.Person(t, broker.RoleReader)
	sessions, err := w.Node.Accounts.Sessions(t.Context(), broker.Operator(""), stranger.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	member.Post("/account/sessions/end/"+string(sessions[0].ID), nil).Want(http.StatusNotFound)
	stranger.Get("/account").Want(http.StatusOK)
}

func TestAccountPages(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Person(t, broker.RoleOwner)
	for _, lang := range []string{"de", "en"} {
		b.Lang = lang
		for _, path := range []string{
			"/account", "/account/address", "/account/password", "/account/factors", "/account/factors/app", "/account/factors/passkey",
			"/account/factors/recovery", "/account/sessions", "/account/tokens", "/prove",
		} {
			b.Get(path).Want(http.StatusOK, `<html lang="`+lang+`"`)
		}
	}
	b.Lang = "de"
	a := b.Post("/account/tokens", form("name", "Rechner", "days", "7")).Want(http.StatusOK, "nur dieses eine Mal")
	token := a.Find(`<code>(vkp_[A-Za-z0-9_-]+)</code>`)
	if _, err := w.Node.Accounts.Authenticate(t.Context(), token, ""); err != nil {
		t.Error(err)
	}
	if b.Get("/account/tokens").Want(http.StatusOK, "Rechner").Lacks(token); a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the token may be kept: %q", a.Header.Get("Cache-Control"))
	}
	b.Post(a.Find(`action="/portal(/account/tokens/revoke/[^"]+)"`), nil).Want(http.StatusOK, "widerrufen")
	if _, err := w.Node.Accounts.Authenticate(t.Context(), token, ""); err == nil {
		t.Error("revoked, and good")
	}
	b.Post("/account", form("name", "Kim Neu", "language", "en")).Want(http.StatusOK, "Kim Neu", "About me")
	b.Post("/account/address", form("email", "kim.neu@example.org")).Want(http.StatusOK, "look into your new mailbox")
	link := mailed(t, w, "address")
	b.Get(link).Want(http.StatusOK, "kim.neu@example.org")
	b.Post(link, form("code", link[strings.Index(link, "=")+1:])).Want(http.StatusOK, "The new address is in force", "kim.neu@example.org")
	b.Post("/account/password", form("password", phrase, "again", phrase)).Want(http.StatusOK, "Your password was changed")
}

// Whoever was invited makes an account for that address at once, and accepts with it.
func TestSignUpByInvitation(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	b := w.Anybody(t)
	b.Get("/sign-up").Want(http.StatusOK, "durch eine Einladung").Lacks(`name="email"`)
	b.Post("/sign-up", form("name", "Anna Muster", "email", email)).Want(http.StatusUnprocessableEntity, "durch eine Einladung")
	owner := w.Person(t, broker.RoleOwner)
	who := broker.PersonCaller(owner.Person.ID, w.Org, broker.RoleOwner)
	if _, err := w.Node.Accounts.Invite(t.Context(), who, w.Org, email, broker.RoleDeveloper); err != nil {
		t.Fatal(err)
	}
	code := w.Mailed(t, w.Org, `/portal/invitation\?code=(\S+)`)
	back := "/portal/invitation?code=" + code
	b.Get("/sign-up?invitation="+code).Want(http.StatusOK, email, "Stadt Musterhausen")
	b.Get("/sign-up?invitation=other").Want(http.StatusNotFound)
	a := b.Post("/sign-up", form("name", "Anna Muster", "invitation", code, "back", b.Get("/sign-up?invitation="+code).Find(`name="back" value="([^"]+)"`))).Want(http.StatusOK, email, "Passwort festlegen")
	link := a.URL.Query().Get("code")
	a = b.Post("/link/sign-up", form("code", link, "password", phrase, "again", phrase, "back", back)).Want(http.StatusOK, "App für Einmalcodes")
	a = b.Post("/sign-in/enrol", form("name", "Telefon", "code", scan(t, a).code(), "back", back)).Want(http.StatusOK, "Wiederherstellungscodes")
	b.Get("/invitation?code="+a.Find(`href="/portal/invitation\?code=([^"]+)"`)).Want(http.StatusOK, "Stadt Musterhausen")
}

// Whoever wants to see what happens during maintenance gets in and out; nothing else is done, and pages say why.
func TestMaintenanceLetsPeopleIn(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open)
	b := w.Anybody(t)
	_, recovery := signUp(t, w, b)
	now := time.Now()
	notice := broker.Notice{From: now.Add(-time.Minute), Until: now.Add(time.Hour), ReadOnly: true, Text: "Umzug in ein <anderes> Rechenzentrum"}
	if err := w.Node.Broker.Notices.Announce(t.Context(), broker.Operator(""), notice); err != nil {
		t.Fatal(err)
	}
	b.Post("/sign-out", nil).Want(http.StatusOK, "Sie sind abgemeldet", "Wartung vom", "Umzug in ein &lt;anderes&gt; Rechenzentrum", "nichts geändert werden")
	b.Post("/sign-in", form("email", email, "password", phrase)).Want(http.StatusOK, "Zweiter Faktor")
	b.Post("/sign-in/second", form("code", recovery[0])).Want(http.StatusOK)
	b.Get("/account").Want(http.StatusOK, "Anna Muster", "9 Wiederherstellungscodes")
	b.Post("/prove", form("code", recovery[1])).Want(http.StatusOK, "Anna Muster")
	for _, path := range []string{"/account", "/account/password", "/account/factors/recovery", "/orgs/new", "/sign-up", "/forgotten"} {
		a := b.Post(path, form("name", "Anna Neu", "password", phrase)).Want(http.StatusServiceUnavailable, "Das geht nach der Wartung wieder", "Wartung vom", "Anna Muster")
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: nothing says when to come again", path)
		}
	}
	operator := w.Operator(t)
	operator.Lang = "en"
	operator.Post("/orgs/new", nil).Want(http.StatusServiceUnavailable, "This can be done after the maintenance", "Maintenance from")
	operator.Post("/platform/notice/withdraw", nil).Want(http.StatusOK).Lacks("Maintenance from")
	b.Post("/account", form("name", "Anna Neu", "language", "de")).Want(http.StatusOK, "Anna Neu").Lacks("Wartung vom")
}
