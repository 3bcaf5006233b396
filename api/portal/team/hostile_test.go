package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
)

// filled is a form of these pages, filled in as it should be.
type filled struct {
	path   string // below the portal; HOME is that of the organisation
	fields url.Values
}

func forms() []filled {
	return []filled{
		{"/orgs/new", url.Values{"name": {"Stadt"}}},
		{"HOME/team/invite", url.Values{"email": {"gast@example.org"}, "role": {"reader"}}},
		{"HOME/settings", url.Values{"name": {"Stadt"}, "language": {"de"}}},
		{"HOME/settings/legal-names", url.Values{"names": {"Stadt"}}},
		{"HOME/mails/ask", url.Values{"address": {"amt@example.org"}}},
		{"/confirm-address", url.Values{"code": {"ABC"}}},
		{"/invitation", url.Values{"code": {"ABC"}}},
		{"/platform/notice", url.Values{"day": {"2199-01-01"}, "from": {"10:00"}, "until": {"11:00"}, "text": {"x"}}},
		{"/platform/addresses", url.Values{"address": {"amt@example.org"}}},
	}
}

// hostile are values that want to be more than values.
func hostile() map[string]string {
	return map[string]string{
		"script": `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`, "sql": `'; DROP TABLE entries; --`, "template": "{{.Secret}}",
		"right to left": "\u202eexe.tma", "control": "a\x00b\x1b[31m", "not UTF-8": "\xff\xfe", "a megabyte": strings.Repeat("Ä", 1<<19-100), "empty": "", "spaces": " \u00a0 ",
	}
}

// Whatever is sent to a form, nothing breaks, nothing of it becomes a part of a page, and the page says what is wrong, unless it is a text like any other.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	operator := w.Operator(t) // who may send them all
	for _, form := range forms() {
		path := strings.Replace(form.path, "HOME", operator.Home, 1)
		for name, value := range hostile() {
			for field := range form.fields {
				if name == "a megabyte" && form.path != "/orgs/new" { // the kit bounds all alike
					continue
				}
				sent := url.Values{}
				for other, usual := range form.fields {
					sent[other] = usual
				}
				sent.Set(field, value)
				a := operator.Post(path, sent)
				if a.Status >= http.StatusInternalServerError || a.Status == http.StatusOK && name == "right to left" && field != "code" {
					t.Errorf("%s, %s in %s: got %d", path, name, field, a.Status)
				}
				if a.Status == http.StatusUnprocessableEntity && !strings.Contains(a.Body, `role="alert"`) {
					t.Errorf("%s, %s in %s: no message", path, name, field)
				}
				a.Lacks("<script>alert", "<img src=x", "⟦no text⟧")
				if a.Status == http.StatusOK { // what is refused stands in the form again, to be mended
					a.Lacks("\u202e", "\x1b[31m", "\x00")
				}
			}
		}
		operator.Post(path, nil).Lacks("⟦no text⟧")
		operator.Send(http.MethodPost, path, "application/x-www-form-urlencoded", form.fields.Encode(), "Sec-Fetch-Site", "cross-site").Want(http.StatusForbidden, "fremden Seite")
		operator.Send(http.MethodPost, path, "text/plain", "x").Lacks("⟦no text⟧")
		operator.Send(http.MethodTrace, path, "", "").Want(http.StatusMethodNotAllowed)
		if a := operator.Send(http.MethodPost, path, "application/x-www-form-urlencoded", "name=%zz&role"); a.Status >= http.StatusInternalServerError {
			t.Errorf("%s, malformed: got %d", path, a.Status)
		}
	}
}

// Of another organisation nobody learns anything, whatever id stands in the path, and whoever is not signed in any more is led to sign in.
func TestForeignPaths(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner := w.Person(t, broker.RoleOwner)
	foreign := w.Organisation(t, "Geheime Stelle")
	stranger := w.PersonOf(t, foreign, broker.RoleOwner)
	theirs := "/orgs/" + string(foreign)
	for _, path := range []string{"", "/team", "/team/invite", "/settings", "/mails", "/mails/ask", "/audit", "/audit.csv", "/team/" + string(stranger.Person.ID)} {
		owner.Get(theirs+path).Want(http.StatusNotFound).Lacks("Geheime", stranger.Person.Email)
		owner.Get("/orgs/x"+path).Lacks("Geheime", "⟦no text⟧")
	}
	for path, fields := range map[string]url.Values{
		"/team/invite": {"email": {"a@example.org"}, "role": {"owner"}}, "/settings": {"name": {"Meine"}, "language": {"de"}},
		"/team/" + string(stranger.Person.ID): {"role": {"reader"}}, "/team/" + string(stranger.Person.ID) + "/remove": {}, "/mails/ask": {"address": {"a@example.org"}},
	} {
		owner.Post(theirs+path, fields).Want(http.StatusNotFound).Lacks("Geheime")
		if a := owner.Post(owner.Home+path, fields); strings.Contains(path, string(stranger.Person.ID)) && a.Status != http.StatusNotFound {
			t.Errorf("somebody of another organisation under one's own: got %d", a.Status)
		}
	}
	stranger.Get(theirs).Want(http.StatusOK, "Geheime Stelle")
	if err := w.Node.Accounts.EndSession(t.Context(), owner.Secret); err != nil {
		t.Fatal(err)
	}
	owner.Post(owner.Home+"/settings", url.Values{"name": {"Zu spät"}, "language": {"de"}}).Lacks("gespeichert")
	stranger.Get(theirs + "/audit").Lacks("Zu spät")
	operator := w.Operator(t)
	operator.Get(owner.Home + "/settings").Lacks("Zu spät")
}
