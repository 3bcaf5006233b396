package cases_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

func short(id broker.SubmissionID) string { return string(id)[:8] }

// TestBothSidesSee a submission in their lists, on its page and in its case; what is only announced is seen by its author.
func TestBothSidesSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	authority, sender := w.Person(t, broker.RoleReader), w.PersonOf(t, w.sending, broker.RoleReader)
	begun, sent := w.announced(w.destination), w.sent(w.destination)

	authority.Get(authority.Home+"/submissions").Want(http.StatusOK, short(sent.ID), "Fachverfahren", "Ordnungsamt &lt;i&gt;Süd", "Gewerbe&lt;wbr&gt;anmeldung").
		Lacks(short(begun.ID), "Antragsportal", string(w.sender.Client))
	sender.Get(sender.Home+"/submissions").Want(http.StatusOK, short(sent.ID), short(begun.ID), "Onlinedienst", "Antragsportal &lt;b&gt;").Lacks("Ordnungsamt")
	sender.Get(sender.Home+"/submissions?side=received").Want(http.StatusOK, "Hier gibt es keine Einreichungen.")
	cases := authority.Get(authority.Home+"/cases").Want(http.StatusOK, string(sent.Case)[:8]).Lacks(string(begun.Case)[:8])
	if at := cases.Find(`/orgs/[^/"]*/([^"]*)" aria-current="page"`); at != "submissions" {
		t.Errorf("the menu says that cases belong to %s", at)
	}

	for _, b := range []*portaltest.Browser{authority, sender} {
		b.Get(b.Home+"/submissions/"+string(sent.ID)).Want(http.StatusOK, string(sent.ID), "wartet darauf, abgeholt", "angenommen oder zurückgewiesen", "DE09")
		b.Get(b.Home+"/cases/"+string(sent.Case)).Want(http.StatusOK, "Einreichung abgesendet", "Nachweis herunterladen")
	}
	authority.Get(authority.Home + "/submissions/" + string(begun.ID)).Want(http.StatusNotFound)
	authority.Get(authority.Home + "/cases/" + string(begun.Case)).Want(http.StatusNotFound)
	sender.Lang = "en"
	sender.Get(sender.Home+"/submissions/"+string(begun.ID)).Want(http.StatusOK, "Submission "+short(begun.ID), "can be submitted now", "Online service")
}

// TestForeignOrganisation sees nothing of either side, whatever id it tries.
func TestForeignOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.sent(w.destination)
	stranger := w.PersonOf(t, w.Organisation(t, "Andere"), broker.RoleOwner)
	for _, path := range []string{
		"/submissions/" + string(sent.ID), "/submissions/" + string(sent.ID) + "/evidence", "/cases/" + string(sent.Case), "/cases/" + string(sent.Case) + "/events/1",
		"/callbacks/" + string(w.destination), "/callbacks/" + string(w.destination) + "/replay", "/submissions?side=received&destination=" + string(w.destination),
		"/submissions?side=sent&client=" + string(w.sender.Client), "/deliveries/" + broker.NewID[string](),
	} {
		stranger.Get(stranger.Home + path).Want(http.StatusNotFound)
	}
	stranger.Get("/orgs/" + string(w.Org) + "/submissions").Want(http.StatusNotFound)
	for _, id := range []string{string(sent.ID), string(sent.Case), string(w.destination), string(w.sender.Client)} {
		stranger.Get(stranger.Home+"/find?id="+id).Want(http.StatusUnprocessableEntity, "Zu dieser Kennung gibt es nichts")
	}
	for _, deed := range []string{"/test", "/resume", "/replay", "/secret"} {
		stranger.Post(stranger.Home+"/callbacks/"+string(w.destination)+deed, url.Values{"since": {"2026-11-01"}, "which": {"all"}, "overlap": {"day"}}).Want(http.StatusNotFound)
	}
	for _, path := range []string{"/submissions", "/cases", "/callbacks"} {
		stranger.Get(stranger.Home+path).Want(http.StatusOK).Lacks(short(sent.ID), string(sent.Case)[:8], "Ordnungsamt", "Antragsportal")
	}
}

// TestRejection is told to both sides with its reasons, which the authority wrote, and nobody's browser runs.
func TestRejection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.sent(w.destination)
	w.reject(sent, set.Problem{Type: "https://example.org/p", Title: "Anlage fehlt", Detail: "<script>alert(1)</script>", Instance: "attachment:1"})
	for _, b := range []*portaltest.Browser{w.Person(t, broker.RoleReader), w.PersonOf(t, w.sending, broker.RoleReader)} {
		page := b.Get(b.Home+"/cases/"+string(sent.Case)).
			Want(http.StatusOK, "Einreichung zurückgewiesen", "Anlage fehlt", "&lt;script&gt;alert(1)", "attachment:1", "gültig", "Alle gezeigten Ereignisse sind geprüft").
			Lacks("<script>alert")
		token := b.Get(strings.TrimPrefix(page.Find(`href="/portal([^"]*/events/3)"`), "/portal")).Want(http.StatusOK)
		if parsed, err := set.Parse(token.Body); err != nil || parsed.Claims.Event != set.RejectSubmission {
			t.Errorf("the downloaded token is %+v, %v", parsed.Claims, err)
		}
		if got := token.Header.Get("Content-Type"); got != "application/secevent+jwt" {
			t.Errorf("got type %s", got)
		}
		b.Get(b.Home+"/cases/"+string(sent.Case)+"/events/4").Want(http.StatusNotFound, "Seite nicht gefunden")
		b.Get(b.Home + "/cases/" + string(sent.Case) + "/events/x").Want(http.StatusNotFound)

		var evidence client.Evidence
		file := b.Get(b.Home + "/submissions/" + string(sent.ID) + "/evidence").Want(http.StatusOK)
		if err := json.Unmarshal([]byte(file.Body), &evidence); err != nil {
			t.Fatal(err)
		}
		if log, err := evidence.Verify(keys.Test(), time.Now().Add(time.Minute)); err != nil || len(log) != 3 {
			t.Errorf("the evidence has %d events, %v", len(log), err)
		}
	}
}

// TestFilters narrow, keep what was typed, and say what is wrong with it.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.opened("Bauamt", nil)
	here, there := w.sent(w.destination), w.sent(other)
	w.reject(there, set.Problem{Type: "https://example.org/p"})
	b := w.Person(t, broker.RoleReader)
	list := b.Home + "/submissions?side=received&"
	for query, want := range map[string][]broker.SubmissionID{
		"destination=" + string(other): {there.ID}, "state=submitted": {here.ID}, "state=rejected&kind=submission": {there.ID}, "kind=reply": nil,
		"service=" + url.QueryEscape(service): {here.ID, there.ID}, "service=urn:none": nil, "from=2100-01-01": nil, "until=2020-01-01": nil,
		"from=" + time.Now().AddDate(0, 0, -1).Format(time.DateOnly) + "&until=" + time.Now().AddDate(0, 0, 1).Format(time.DateOnly): {here.ID, there.ID},
	} {
		page := b.Get(list + query).Want(http.StatusOK)
		for _, s := range []broker.Submission{here, there} {
			wanted := len(want) > 0 && (want[0] == s.ID || len(want) > 1)
			if got := strings.Contains(page.Body, short(s.ID)); got != wanted {
				t.Errorf("%s: that %s is listed is %t, want %t", query, s.ID, got, wanted)
			}
		}
	}
	for query, want := range map[string]string{
		"state=%3Cscript%3E": "Bitte wählen Sie eine der angebotenen", "destination=%27%20OR%201%3D1": "Das ist keine Kennung", "from=gestern": "Bitte geben Sie einen Tag an",
		"from=2026-11-02&until=2026-11-01": "vor seinem Anfang", "after=xx": "Verweis auf diese Stelle", "kind=%E2%80%AE": "Bitte wählen Sie",
	} {
		b.Get(list+query).Want(http.StatusUnprocessableEntity, want).Lacks("<script>")
	}
	b.Get(list+"service="+url.QueryEscape(`"><script>alert(1)</script>`)).Want(http.StatusOK, "&lt;script&gt;").Lacks("<script>alert")
	b.Get(b.Home+"/submissions?side=both").Want(http.StatusOK, short(here.ID))
}

// TestPagesOfAList go on where the one before ended, however much comes in between.
func TestPagesOfAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = 52 // PageSize and a few more
	want := map[string]bool{}
	for range all {
		want[short(w.announced(w.destination).ID)] = true
	}
	b := w.PersonOf(t, w.sending, broker.RoleReader)
	first := b.Get(b.Home+"/submissions").Want(http.StatusOK, "Ältere").Lacks("Zum Anfang")
	late := w.announced(w.destination)
	second := b.Get(strings.TrimPrefix(strings.ReplaceAll(first.Find(`rel="next" href="([^"]+)"`), "&amp;", "&"), "/portal")).Want(http.StatusOK, "Zum Anfang").Lacks("Ältere", short(late.ID))
	seen := regexp.MustCompile(`<th scope="row"[^>]*>[^<]*<a[^>]*>[^<]*<code>([0-9a-f]{8})`).FindAllStringSubmatch(first.Body+second.Body, -1)
	if len(seen) != all {
		t.Errorf("two pages show %d, want %d", len(seen), all)
	}
	for _, m := range seen {
		if !want[m[1]] {
			t.Errorf("%s is shown twice, or was not to be shown", m[1])
		}
		delete(want, m[1])
	}
}

// TestFind leads to what an id names.
func TestFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.sent(w.destination)
	b := w.Person(t, broker.RoleReader)
	for id, want := range map[string]string{
		string(sent.ID): "/submissions/" + string(sent.ID), strings.ReplaceAll(string(sent.Case), "-", ""): "/cases/" + string(sent.Case),
		strings.ToUpper(string(w.destination)): "/callbacks/" + string(w.destination),
	} {
		if a := b.Get(b.Home + "/find?id=" + id).Want(http.StatusOK); !strings.HasSuffix(a.URL.Path, want) {
			t.Errorf("%s leads to %s, want %s", id, a.URL.Path, want)
		}
	}
	b.Get(b.Home+"/find").Want(http.StatusOK, "Wo hängt es?")
	b.Get(b.Home+"/find?id=%3Cscript%3E").Want(http.StatusUnprocessableEntity, "Das ist keine Kennung")
	b.Get(b.Home + "/submissions/x").Want(http.StatusBadRequest)
}
