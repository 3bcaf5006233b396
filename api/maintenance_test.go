package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// TestMaintenance announces it and then looks at answers of all kinds.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	notices := w.broker.Notices
	announce := func(from time.Duration, readOnly bool) {
		t.Helper()
		now := w.clock.Now()
		n := broker.Notice{From: now.Add(from), Until: now.Add(from + time.Hour), Text: "Größere Platte", ReadOnly: readOnly}
		if err := notices.Announce(t.Context(), broker.Operator(""), n); err != nil {
			t.Fatal(err)
		}
	}
	told := func(a answer) bool { return a.header.Get(wire.MaintenanceHeader) != "" }
	if told(w.call(http.MethodGet, "/submission-api/v2/info", "")) {
		t.Error("told of maintenance that nobody announced")
	}
	announce(time.Hour, true)
	for _, path := range []string{"/submission-api/v2/info", "/nowhere", "/portal/.well-known/jwks.json", "/submission-api/v2/cases"} {
		if !told(w.call(http.MethodGet, path, "")) {
			t.Errorf("%s: not told of maintenance", path)
		}
	}
	var info wire.Info
	w.call(http.MethodGet, "/submission-api/v1/info", "").decode(&info)
	if info.Maintenance == nil || info.Maintenance.Text != "Größere Platte" || !info.Maintenance.ReadOnly {
		t.Errorf("got %+v", info.Maintenance)
	}
	w.announce(destination) // it has not begun

	announce(-time.Minute, true)
	refused := w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, nil), as(w.sender))
	refused.wantProblem(t, http.StatusServiceUnavailable, "maintenance", "nothing can be changed")
	if got := refused.header.Get("Retry-After"); got != "3540" {
		t.Errorf("Retry-After: got %q, want the 59 minutes that are left", got)
	}
	w.call(http.MethodPost, "/submission-api/v2/submissions", "{}").wantProblem(t, http.StatusUnauthorized, "unauthorized", "")
	if a := w.call(http.MethodGet, "/submission-api/v2/cases", "", as(w.sender)); a.status != http.StatusOK {
		t.Errorf("reading: got %d", a.status)
	}
	announce(-2*time.Minute, false)
	w.announce(destination)
	if err := notices.Withdraw(t.Context(), broker.Operator("")); err != nil || told(w.call(http.MethodGet, "/nowhere", "")) {
		t.Errorf("withdrawn: got %v, or still told", err)
	}
}

func TestMaintenanceRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.Now()
	good := broker.Notice{From: now, Until: now.Add(time.Hour)}
	if err := w.broker.Notices.Announce(t.Context(), broker.Caller{}, good); err == nil {
		t.Error("announced by nobody")
	}
	for name, change := range map[string]func(*broker.Notice){
		"backward": func(n *broker.Notice) { n.Until = n.From },
		"over":     func(n *broker.Notice) { n.From, n.Until = now.Add(-2*time.Hour), now.Add(-time.Hour) },
		"for ever": func(n *broker.Notice) { n.Until = now.Add(1000 * time.Hour) },
		"a novel":  func(n *broker.Notice) { n.Text = strings.Repeat("a", 501) },
		"lines":    func(n *broker.Notice) { n.Text = "a\nb" },
		"bytes":    func(n *broker.Notice) { n.Text = "\xff" },
	} {
		n := good
		change(&n)
		if err := w.broker.Notices.Announce(t.Context(), broker.Operator(""), n); err == nil {
			t.Errorf("%s: announced", name)
		}
	}
}

// Operators announce by API too, and take it back while nothing else can be changed.
func TestMaintenanceByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	owner, _ := w.human(org, "owner")
	platform, person := w.human("", "")
	w.operate(http.MethodPost, "/people/"+person+"/appoint", "").want(t, 200)
	now := w.clock.Now().UTC()
	draft := text(t, wire.Maintenance{From: now, Until: now.Add(time.Hour), ReadOnly: true, Text: "Umzug"})
	w.manage(owner, http.MethodPut, "/maintenance", draft).wantProblem(t, 403, "forbidden", "operator")
	var told wire.Announcement
	w.manage(platform, http.MethodGet, "/maintenance", "").want(t, 200).decode(&told)
	if told.Maintenance != nil {
		t.Errorf("got %+v", told)
	}
	w.manage(platform, http.MethodPut, "/maintenance", draft).want(t, 200).decode(&told)
	w.manage(owner, http.MethodGet, "/maintenance", "").want(t, 200).decode(&told)
	if told.Maintenance == nil || !told.Maintenance.ReadOnly || told.Maintenance.Text != "Umzug" {
		t.Errorf("got %+v", told)
	}
	w.manage(owner, http.MethodPatch, "/orgs/"+org, `{"name":"Stadt"}`).wantProblem(t, 503, "maintenance", "until")
	w.manage(owner, http.MethodDelete, "/maintenance", "").wantProblem(t, 403, "forbidden", "operator")
	w.manage(platform, http.MethodDelete, "/maintenance", "").want(t, 204)
	w.manage(owner, http.MethodPatch, "/orgs/"+org, `{"name":"Stadt"}`).want(t, 200)
}
