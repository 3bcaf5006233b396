package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// TestRoutesInTime shows that what counts is the wall clock, and that a route that is offline keeps its place.
func TestRoutesInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	federal, land, second := w.publish("Bund", "DE"), w.publish("Bayern", "DE09"), w.publish("Bayern II", "DE09")
	start := w.clock.Now()
	w.change(second, func(r *broker.Route) { r.Until = start })
	w.change(land, func(r *broker.Route) { r.From, r.Until = start.Add(time.Hour), start.Add(2*time.Hour) })
	for _, step := range []struct {
		pass time.Duration
		want string
	}{{0, federal}, {time.Hour - time.Second, federal}, {time.Second, land}, {time.Hour - time.Second, land}, {time.Second, federal}} {
		w.clock.forward(step.pass)
		if got := w.found("ars=09162"); got != step.want {
			t.Errorf("at %v: got %q, want %q", w.clock.Now().Sub(start), got, step.want)
		}
	}
	w.change(land, func(r *broker.Route) { r.From, r.Until, r.Offline = time.Time{}, time.Time{}, true })
	for query, want := range map[string]string{"ars=09": "", "ags=09162000": "", "ars=08": federal} {
		if got := w.found(query); got != want {
			t.Errorf("%s, offline: got %q, want %q", query, got, want)
		}
	}
	w.change(second, func(r *broker.Route) { r.Until, r.Priority = time.Time{}, -1 })
	if got := w.found("ars=09"); got != second {
		t.Errorf("beside one that is offline: got %q, want %q", got, second)
	}
	w.change(land, func(r *broker.Route) { r.Offline = false })
	if got := w.found("ars=09"); got != land {
		t.Errorf("of a higher priority: got %q, want %q", got, land)
	}
	w.change(second, func(r *broker.Route) { r.Priority = 0 })
	if got := w.found("ars=09"); got != land+" "+second {
		t.Errorf("of one priority: got %q, want the older first", got)
	}
}

// found is the destinations of an answer.
func (w *world) found(query string) string {
	w.t.Helper()
	var list struct {
		Routes []struct{ DestinationID string }
	}
	w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&"+query, "").decode(&list)
	ids := make([]string, len(list.Routes))
	for i, r := range list.Routes {
		ids[i] = r.DestinationID
	}
	return strings.Join(ids, " ")
}
