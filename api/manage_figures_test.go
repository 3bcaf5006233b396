package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// TestFigures asks for figures as everybody who may, and as who may not.
func TestFigures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	sub := w.submitted(destination)
	w.call(http.MethodPost, "/submission-api/v2/cases/"+sub.CaseID+"/events", w.event(destination, sub, "accept-submission"), as(w.subscriber), typed("application/jose")).want(t, 204)
	if _, err := w.surface.Management.Figures.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	city, elsewhere := management+"/orgs/"+string(w.subscriber.org)+"/figures", management+"/orgs/"+string(w.foreign.org)+"/figures"
	reader, _ := w.human(string(w.subscriber.org), "reader") // the sender's and the subscriber's organisation are one
	neighbour, _ := w.human(string(w.foreign.org), "reader")
	for name, ask := range map[string]struct {
		who  client
		path string
		want int
	}{
		"received":             {reader, city, 1},
		"by a client":          {w.subscriber, city, 1},
		"at a destination":     {reader, city + "?destination=" + destination, 1},
		"at another one":       {reader, city + "?destination=" + w.active(), 0},
		"sent":                 {reader, city + "?side=sent", 1},
		"sent by its client":   {reader, city + "?client=" + w.sender.id, 1},
		"of the last hours":    {reader, city + "?step=hour", 1},
		"of the last months":   {reader, city + "?step=month", 1},
		"of a time":            {reader, city + "?from=" + w.clock.Now().UTC().Format(time.RFC3339), 1},
		"of days long ago":     {reader, city + "?from=2026-01-01&to=2026-01-31", 0},
		"that others received": {neighbour, elsewhere, 0},
		"that others sent":     {neighbour, elsewhere + "?side=sent", 0},
	} {
		var got wire.Figures
		w.call(http.MethodGet, ask.path, "", as(ask.who)).want(t, http.StatusOK).decode(&got)
		if got.Sum.Announced != ask.want || got.Sum.Submitted != ask.want || got.Sum.Accepted != ask.want {
			t.Errorf("%s: got %+v, want %d each", name, got.Sum, ask.want)
		}
		if ask.want == 1 && (got.Sum.AcceptanceP50 == nil || *got.Sum.AcceptanceP50 != 60 || got.Sum.Acceptance[0] != 1 || got.Sum.Bytes == 0) {
			t.Errorf("%s: got %+v, want one accepted within the first minute", name, got.Sum)
		}
	}
	stranger, _ := w.human(w.organisation(), "owner")
	for _, ask := range []struct {
		who    client
		path   string
		status int
		code   string
		word   string
	}{
		{stranger, city, 404, "organisation-not-found", ""},
		{neighbour, city, 404, "organisation-not-found", ""},
		{neighbour, elsewhere + "?destination=" + destination, 404, "destination-not-found", "has no destination"},
		{neighbour, elsewhere + "?client=" + w.sender.id, 404, "client-not-found", "has no client"},
		{reader, city + "?destination=x", 400, "bad-request", ""},
		{reader, city + "?side=left", 400, "bad-request", "sent or received"},
		{reader, city + "?side=sent&destination=" + destination, 400, "bad-request", "not for several"},
		{reader, city + "?step=week", 400, "bad-request", "hour, day or month"},
		{reader, city + "?from=yesterday", 400, "bad-request", "2026-11-22"},
		{reader, city + "?from=2026-01-01&to=2025-01-01", 400, "bad-request", "before"},
		{reader, city + "?from=1970-01-01", 400, "bad-request", "too far apart"},
		{reader, city + "?step=hour&from=2026-01-01&to=2026-01-02", 400, "bad-request", "14 days"},
		{reader, management + "/figures", 403, "forbidden", "operator"},
		{client{}, city, 401, "unauthorized", ""},
	} {
		t.Log(ask.path)
		w.call(http.MethodGet, ask.path, "", as(ask.who)).wantProblem(t, ask.status, ask.code, ask.word)
	}
	w.operate(http.MethodGet, "/figures?step=week", "").wantProblem(t, 400, "bad-request", "hour, day or month")
	var all wire.Figures
	w.operate(http.MethodGet, "/figures", "").want(t, http.StatusOK).decode(&all)
	if all.Sum.Submitted != 1 || len(all.Points) != 30 {
		t.Errorf("of all: got %d submitted in %d points, want 1 in 30", all.Sum.Submitted, len(all.Points))
	}
}
