package team_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
)

// send fills in the form of a page and sends it to where it goes.
func send(t testing.TB, b *portaltest.Browser, path string, pairs ...string) portaltest.Answer {
	t.Helper()
	form := url.Values{"once": {b.Get(path).Want(http.StatusOK).Once()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.Post(path, form)
}

// invited has somebody invited and returns the path of the link, which stands in the outbox for want of a mail server.
func invited(t testing.TB, owner *portaltest.Browser, email, role string) string {
	t.Helper()
	send(t, owner, owner.Home+"/team/invite", "email", email, "role", role).Want(http.StatusOK, email+" ist eingeladen", "Offene Einladungen")
	mail := owner.Get(owner.Home+"/mails").Want(http.StatusOK, "Einladung", email, "kein E-Mail-Server").Find(`(?s).*href="/portal([^"]*/mails/[0-9a-f-]{36})"`)
	return owner.Get(mail).Want(http.StatusOK).Find(`/portal(/invitation\?code=[A-Z2-7]+)`)
}

func TestInvitationIsAccepted(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	guest := w.PersonOf(t, w.Organisation(t, "Kreis Beispiel"), broker.RoleReader)
	link := invited(t, owner, strings.ToUpper(guest.Person.Email), "developer")

	w.Anybody(t).Get(link).Want(http.StatusOK, "Stadt Musterhausen", "Melden Sie sich an", "Entwicklung").Lacks("Einladung annehmen</span>")
	stranger := w.PersonOf(t, w.Organisation(t, "Fremd"), broker.RoleOwner)
	page := stranger.Get(link).Want(http.StatusOK, "Die Einladung gilt für eine andere", stranger.Person.Email)
	code := strings.TrimPrefix(link, "/invitation?code=")
	stranger.Post("/invitation", url.Values{"code": {code}}).Want(http.StatusUnprocessableEntity, "andere E-Mail-Adresse")
	page.Lacks("Einladung annehmen</span>")

	once := guest.Get(link).Want(http.StatusOK, "Einladung annehmen").Once()
	guest.Post("/invitation", url.Values{"code": {code}, "once": {once}}).Want(http.StatusOK, "Sie gehören der Organisation jetzt an", "Entwicklung")
	guest.Post("/invitation", url.Values{"code": {code}, "once": {once}}).Want(http.StatusConflict, "bereits abgesendet")
	guest.Get(link).Want(http.StatusOK, "gilt nicht mehr")
	owner.Get(owner.Home+"/team").Want(http.StatusOK, guest.Person.Email, "Zurzeit ist niemand eingeladen")
	owner.Get(owner.Home+"/audit?noun=invitation").Want(http.StatusOK, "Einladung angenommen", owner.Person.Name, guest.Person.Name).Lacks("Mitglied aufgenommen")
}

func TestInvitationIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	link := invited(t, owner, "gast@example.org", "reader")
	path := owner.Get(owner.Home + "/team").Find(`action="/portal([^"]*/withdraw)"`)
	reader := w.Person(t, broker.RoleReader)
	reader.Get(reader.Home+"/team").Want(http.StatusOK, "gast@example.org").Lacks("withdraw")
	reader.Post(path, nil).Want(http.StatusForbidden, "Ihre Rolle")
	mail := owner.Get(owner.Home + "/mails").Find(`href="/portal([^"]*/mails/[0-9a-f-]{36})"`)
	reader.Get(mail).Want(http.StatusOK, "•••••").Lacks("code=")
	w.Anybody(t).Get(link).Want(http.StatusOK, "Konto anlegen")
	owner.Post(path, nil).Want(http.StatusOK, "zurückgezogen")
	w.Anybody(t).Get(link).Want(http.StatusOK, "gilt nicht mehr")
	owner.Post(path, nil).Want(http.StatusNotFound)
}

func TestMembers(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner, reader := w.Person(t, broker.RoleOwner), w.Person(t, broker.RoleReader)
	at := owner.Home + "/team/" + string(reader.Person.ID)
	send(t, owner, at, "role", "operator").Want(http.StatusOK, "ist geändert")
	reader.Get(reader.Home).Want(http.StatusOK, "Freigabe und Betrieb")
	own := owner.Home + "/team/" + string(owner.Person.ID)
	send(t, owner, own, "role", "reader").Want(http.StatusUnprocessableEntity, "niemanden mehr")
	send(t, owner, own+"/remove").Want(http.StatusUnprocessableEntity, "niemanden mehr")
	reader.Get(at).Want(http.StatusOK, "Diese Organisation verlassen").Lacks("Rolle ändern")
	reader.Get(own).Want(http.StatusOK).Lacks("/remove")
	reader.Post(own+"/remove", nil).Want(http.StatusUnprocessableEntity, "Ihre Rolle")
	send(t, reader, at+"/remove").Want(http.StatusOK, "Sie haben die Organisation verlassen")
	reader.Get(reader.Home).Want(http.StatusNotFound)
}

func TestHomeTellsWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	owner.Get(owner.Home).Want(http.StatusOK, "Stadt Musterhausen", "Personen, die Vorschläge freigeben können: nur 1")
	w.Person(t, broker.RoleOperator)
	owner.Get(owner.Home).Want(http.StatusOK, "Zurzeit nichts")
	send(t, owner, owner.Home+"/mails/ask", "address", "amt@example.org").Want(http.StatusOK, "amt@example.org")
	owner.Get(owner.Home).Want(http.StatusOK, "noch nicht bestätigt sind: 1")
	send(t, owner, owner.Home+"/mails/ask", "address", "amt@example.org").Want(http.StatusUnprocessableEntity, "weniger als einem Tag")
	w.Anybody(t).Get("/confirm-address?code=ABC").Want(http.StatusOK, `value="ABC"`)
	w.Anybody(t).Post("/confirm-address", url.Values{"code": {"ABC"}}).Want(http.StatusUnprocessableEntity, "Der Code ist falsch")
}

func TestOrganisations(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	if a := owner.Get("").Want(http.StatusOK); !strings.HasSuffix(a.URL.Path, owner.Home) {
		t.Errorf("who has one organisation is led to %s", a.URL)
	}
	send(t, owner, "/orgs/new", "name", "Gemeinde <b>Neu</b>").Want(http.StatusOK, "Gemeinde &lt;b&gt;Neu&lt;/b&gt;", "Inhaberin").Lacks("<b>Neu")
	owner.Get("").Want(http.StatusOK, "Stadt Musterhausen", "Gemeinde &lt;b&gt;Neu")
	owner.Get("/orgs/" + string(w.Organisation(t, "Geheim"))).Want(http.StatusNotFound).Lacks("Geheim")
	send(t, owner, owner.Home+"/settings", "name", "Stadt Neustadt", "language", "de").Want(http.StatusOK, "gespeichert", "Stadt Neustadt")
	reader := w.Person(t, broker.RoleReader)
	reader.Get(reader.Home+"/settings").Want(http.StatusOK, "Stadt Neustadt").Lacks(`name="language"`)
	reader.Post(reader.Home+"/settings", url.Values{"name": {"X"}, "language": {"de"}}).Want(http.StatusUnprocessableEntity, "Ihre Rolle")
	owner.Get(owner.Home + "/settings/legal-names").Want(http.StatusForbidden)
	operator := w.Operator(t)
	send(t, operator, owner.Home+"/settings/legal-names", "names", "Stadt Neustadt\r\n\r\nStadtwerke Neustadt GmbH").Want(http.StatusOK, "Stadtwerke Neustadt GmbH")
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	for range 60 {
		w.Person(t, broker.RoleReader)
	}
	send(t, owner, owner.Home+"/settings", "name", "=1+1", "language", "both").Want(http.StatusOK, "gespeichert")
	first := owner.Get(owner.Home+"/audit").Want(http.StatusOK, "Organisation umbenannt", "Mitglied aufgenommen", "Ältere Einträge")
	older := strings.ReplaceAll(first.Find(`rel="next" href="/portal([^"]*)"`), "&amp;", "&")
	owner.Get(older).Want(http.StatusOK, "Organisation angelegt").Lacks("Ältere Einträge")
	owner.Get(owner.Home+"/audit?noun=organisation&from=2026-01-01&until=2200-01-01").Want(http.StatusOK, "umbenannt").Lacks("Mitglied aufgenommen")
	owner.Get(owner.Home+"/audit?until=2001-01-01").Want(http.StatusOK, "In diesem Abschnitt steht nichts")
	for _, bad := range []string{"from=gestern", "until=2026-13-01", "from=2026-02-01&until=2026-01-01", "noun=%3Cscript%3E", "noun=%27+OR+1"} {
		owner.Get(owner.Home+"/audit?"+bad).Want(http.StatusOK, `role="alert"`).Lacks("<script>", "OR 1<")
		owner.Get(owner.Home + "/audit.csv?" + bad).Want(http.StatusBadRequest)
	}
	file := owner.Get(owner.Home + "/audit.csv").Want(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 65 { // the head, the organisation, 61 members, name and language
		t.Fatalf("got %d rows, %v", len(rows), err)
	}
	if !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("got %v", file.Header)
	}
	owner.Get("/platform/audit").Want(http.StatusForbidden)
	w.Operator(t).Get("/platform/audit").Want(http.StatusOK, "Für den Betrieb ernannt", string(w.Org))
}

// A cell that a spreadsheet would take for a formula is a text.
func TestCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	operator := w.Operator(t)
	for _, name := range []string{"=1+1", "+1", "-1+1", "@SUM(A1)"} {
		send(t, operator, owner.Home+"/settings/legal-names", "names", name).Want(http.StatusOK)
	}
	rows, err := csv.NewReader(strings.NewReader(owner.Get(owner.Home + "/audit.csv?noun=organisation").Want(http.StatusOK).Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, row := range rows {
		for _, cell := range row {
			if regexp.MustCompile(`^[=+\-@\t\r]`).MatchString(cell) {
				t.Errorf("%q is a formula", cell)
			}
			if strings.HasPrefix(cell, "'") {
				found++
			}
		}
	}
	if found != 4 {
		t.Errorf("%d cells were escaped, want 4", found)
	}
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner, operator := w.Person(t, broker.RoleOwner), w.Operator(t)
	for _, path := range []string{"/platform/orgs", "/platform/people", "/platform/notice", "/platform/catalogues", "/platform/catalogues/areas", "/platform/catalogues/services", "/platform/mails", "/platform/addresses", "/platform/audit"} {
		owner.Get(path).Want(http.StatusForbidden)
		operator.Get(path).Want(http.StatusOK)
		w.Anybody(t).Get(path).Lacks("Postausgang der Umgebung", string(w.Org))
	}
	operator.Get("/platform/orgs").Want(http.StatusOK, "Stadt Musterhausen")
	at := operator.Get("/platform/people?search="+url.QueryEscape(strings.ToUpper(owner.Person.Email))).Want(http.StatusOK, owner.Person.Email).Lacks(operator.Person.Email).Find(`href="/portal(/platform/people/[^"]*)"`)
	owner.Post(at+"/appoint", nil).Want(http.StatusForbidden)
	operator.Get(at).Want(http.StatusOK, "Person sperren", "Stadt Musterhausen")
	operator.Post(at+"/disable", nil).Want(http.StatusOK, "ist gesperrt", "entsperren")
	if a := owner.Get(owner.Home); strings.Contains(a.Body, "Stadt Musterhausen") {
		t.Error("who is shut out still sees pages")
	}
	operator.Post(at+"/enable", nil).Want(http.StatusOK, "ist entsperrt")
	operator.Post(at+"/appoint", nil).Want(http.StatusOK, "gehört jetzt zum Betrieb")
	operator.Post(at+"/dismiss", nil).Want(http.StatusOK, "gehört nicht mehr")
	operator.Post(at+"/promote", nil).Want(http.StatusNotFound)
	self := "/platform/people/" + string(operator.Person.ID)
	operator.Get(self).Want(http.StatusOK, "Das sind Sie selbst").Lacks("Person sperren")
	operator.Post(self+"/disable", nil).Want(http.StatusForbidden)
	send(t, operator, "/platform/addresses", "address", "amt@example.org").Want(http.StatusOK, "amt@example.org ist bestätigt")
}

func TestNotice(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	operator := w.Operator(t)
	announce := func(pairs ...string) portaltest.Answer {
		return send(t, operator, "/platform/notice", pairs...)
	}
	announce("day", "2199-01-01", "from", "22", "until", "23:00").Want(http.StatusUnprocessableEntity, "Uhrzeit")
	announce("day", "2001-01-01", "from", "22:00", "until", "23:00").Want(http.StatusUnprocessableEntity, "over already")
	announce("day", "2199-01-01", "from", "22:00", "until", "01:00", "readonly", "yes", "text", "Umzug").Want(http.StatusOK, "ist angekündigt", "02.01.2199, 01:00", "Umzug")
	operator.Post("/platform/notice/withdraw", nil).Want(http.StatusOK, "zurückgenommen").Lacks("Umzug")
}
