package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
)

// A plan that finds tens of thousands of things tells how many of which kind, and a page of them.
func TestManyFindingsArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan := "/orgs/" + string(w.subscriber.org) + "/routes/plan"
	body := w.manyUnknown(30, 2000)
	ask := func(query string) (p wire.RoutePlan) {
		t.Helper()
		a := w.manage(w.subscriber, http.MethodPost, plan+query, body).want(t, 200)
		if most := len(body) + 1<<20; len(a.body) > most {
			t.Errorf("%s: the answer has %d bytes, want at most %d", query, len(a.body), most)
		}
		a.decode(&p)
		return p
	}
	first := ask("?limit=100")
	if !first.Refused || len(first.Findings) != 100 || first.Findings[0].Severity != "error" || first.TotalFindings <= 60_000 {
		t.Fatalf("got %d of %d findings, refused %v, want the errors first", len(first.Findings), first.TotalFindings, first.Refused)
	}
	sum := 0
	for _, c := range first.FindingCounts {
		sum += c.Total
		if c.Code == "region-unknown" && (c.Total != 60_000 || c.Severity != "warning") {
			t.Errorf("got %+v, want 60000 warnings", c)
		}
	}
	if sum != first.TotalFindings {
		t.Errorf("the counts make %d, want %d", sum, first.TotalFindings)
	}
	last := ask("?code=region-unknown&offset=59999&limit=500")
	if len(last.Findings) != 1 || last.Findings[0].Code != "region-unknown" || last.TotalFindings != 60_000 || !last.Refused {
		t.Errorf("got %d of %d findings, want the last one", len(last.Findings), last.TotalFindings)
	}
	w.manage(w.subscriber, http.MethodPost, plan+"?limit=501", body).wantProblem(t, 400, "bad-request", "limit")
}

// manyUnknown is a body that puts routes in regions that do not exist.
func (w *world) manyUnknown(routes, regions int) string {
	var all wire.RouteChanges
	for r := range routes {
		d := wire.RouteDraft{Key: fmt.Sprintf("r%d", r), DestinationID: "none", Name: "Amt", Coverage: []wire.RouteCoverage{{Services: []string{service}}}}
		for i := range regions {
			d.Coverage[0].Regions = append(d.Coverage[0].Regions, fmt.Sprintf("DE16%010d", r*regions+i+1)) // 0 would be the Land
		}
		all.Put = append(all.Put, d)
	}
	return text(w.t, all)
}
