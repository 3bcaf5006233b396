package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// explained is an explanation in short: the region, the verdicts at each level that has any, and the outcome.
func (w *world) explained(query string) (short string, e wire.Explanation) {
	w.t.Helper()
	var list wire.RouteList
	w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&"+query, "").want(w.t, 200).decode(&list)
	if list.Explanation == nil {
		w.t.Fatalf("%s: got no explanation", query)
	}
	e = *list.Explanation
	short = e.Region
	answers := 0
	for _, level := range e.Levels {
		for i, c := range level.Candidates {
			if i == 0 {
				short += " " + level.Region + ":"
			}
			if short += " " + c.DestinationName + " " + c.Verdict; c.Verdict == "answers" {
				answers++
			}
		}
	}
	if answers != list.TotalCount {
		w.t.Errorf("%s: %d candidates answer, and %d routes do", query, answers, list.TotalCount)
	}
	return short, e
}

func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("Bund", "DE")
	w.publish("Bayern", "DE09")
	next, past, low, city := w.publish("Bald", "DE09"), w.publish("Vorbei", "DE09"), w.publish("Nachrangig", "DE09"), w.publish("München", "DE09162")
	now := w.clock.Now()
	w.change(next, func(r *broker.Route) { r.From = now.Add(time.Hour) })
	w.change(past, func(r *broker.Route) { r.Until = now })
	w.change(low, func(r *broker.Route) { r.Priority = -1 })
	for query, want := range map[string]string{
		"ars=09&explain=1":              "DE09 DE09: Bayern answers Bald not-yet Vorbei no-longer Nachrangig lower-priority DE: Bund passed-over",
		"ars=091620000000&explain=true": "DE09162 DE09162: München answers DE09: Bayern passed-over Bald not-yet Vorbei no-longer Nachrangig passed-over DE: Bund passed-over",
		"ags=01001999&explain=1":        " DE: Bund answers",
		"areaId=4711&explain=1":         "",
	} {
		if got, _ := w.explained(query); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	w.change(city, func(r *broker.Route) { r.Offline = true })
	got, e := w.explained("ags=09162000&explain=1")
	if !strings.HasPrefix(got, "DE09162 DE09162: München offline DE09: Bayern passed-over") {
		t.Errorf("got %q, want nobody instead of who is offline", got)
	}
	if e.Area == nil || e.Area.ARS != "091620000000" || strings.Join(e.Notes, " ") != "AGS 09162000 is ARS 091620000000." ||
		!strings.Contains(e.Outcome, "Nobody answers: the routes for") || !strings.Contains(e.Outcome, "München") || !e.At.Equal(now) {
		t.Errorf("got %+v", e)
	}
	if candidate := e.Levels[0].Candidates[0]; candidate.DestinationID != city || !strings.Contains(candidate.Reason, "offline") {
		t.Errorf("got %+v", candidate)
	}
	_, e = w.explained("ars=09&explain=1")
	for i, want := range []string{"nothing nearer", "from " + now.Add(time.Hour).UTC().Format(time.RFC3339), "until " + now.UTC().Format(time.RFC3339), "higher priority"} {
		if got := e.Levels[0].Candidates[i].Reason; !strings.Contains(got, want) {
			t.Errorf("got the reason %q, want %q", got, want)
		}
	}
	for _, bad := range []string{"explain=yes", "explain=1&explain=1"} {
		w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&ars=09&"+bad, "").wantProblem(t, 400, "bad-request", "explain")
	}
	plain := w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&ars=09&explain=0", "")
	if strings.Contains(string(plain.body), "explanation") || strings.Contains(string(plain.body), string(w.subscriber.org)) {
		t.Errorf("got %s", plain.body)
	}
}

// TestExplainMany cuts what is too long to read.
func TestExplainMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.publish("Viele", "DE09")
	w.change(one, func(r *broker.Route) { r.Priority = 1 })
	err := w.store.Update(t.Context(), func(tx broker.Tx) error {
		all, err := tx.Routes()
		for i := 0; i < 150 && err == nil; i++ {
			r := all[0]
			r.ID, r.Destination, r.Name = broker.NewID[broker.RouteID](), broker.NewID[broker.DestinationID](), fmt.Sprint("Nr. ", i)
			err = tx.PutRoute(r)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.broker.Routes.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list wire.RouteList
	w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&ars=09&limit=1&explain=1", "").decode(&list)
	level := list.Explanation.Levels[0]
	if list.Count != 1 || list.TotalCount != 151 || len(level.Candidates) != 100 || level.Omitted != 51 {
		t.Errorf("got %d of %d routes, %d candidates and %d more", list.Count, list.TotalCount, len(level.Candidates), level.Omitted)
	}
}

// TestFormerKeys asks by keys that the list of areas had once.
func TestFormerKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	federal, merged := w.publish("Bund", "DE"), w.publish("Neustadt", "DE060110002002")
	base := []area.Area{{ARS: "06", AGS: "06", Name: "Hessen", Kind: "Land"}, {ARS: "06011", AGS: "06011", Name: "Kreis", Kind: "Landkreis", Parent: "06"}}
	with := func(ars ...string) *area.Catalogue {
		all := base
		for _, a := range ars {
			all = append(all[:len(all):len(all)], area.Area{ARS: a, AGS: a[:5] + a[9:], Name: "Gemeinde " + a[9:], Kind: "Gemeinde", Parent: "06011"})
		}
		return must(area.New(all))(t)
	}
	old, now := with("060110001001", "060110003003"), with("060110002002")
	w.areas.Store(must(now.Succeed(old, []area.Succession{{Old: "060110001001", New: "060110002002"}}))(t))
	for query, want := range map[string]string{
		"ars=060110001001": merged, "ags=06011001": merged, "areaId=060110001001": merged,
		"ars=060110003003": federal, "areaId=060110003003": federal, "ars=060110004004": federal,
	} {
		if got := w.found(query); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	_, e := w.explained("ars=060110001001&explain=1")
	if e.Region != "DE060110002002" || e.Area.ID != "060110002002" || !strings.Contains(strings.Join(e.Notes, " "), "its successor is 060110002002") {
		t.Errorf("got %+v, want where its successor is", e)
	}
	_, e = w.explained("ars=060110003003&explain=1")
	if e.Region != "DE060110003003" || !strings.Contains(strings.Join(e.Notes, " "), "no successor is known") {
		t.Errorf("got %+v, want a note", e)
	}
}
