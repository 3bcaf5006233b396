package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker/publication"
)

// keptDraft is a body that keeps what another one changes.
func keptDraft(t *testing.T, changes, was string) string {
	t.Helper()
	var d wire.RoutesDraftChange
	if err := json.Unmarshal([]byte(changes), &d.RouteChanges); err != nil {
		t.Fatal(err)
	}
	d.Was = was
	return text(t, d)
}

func TestDraftsArePublishedAsReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := string(w.subscriber.org)
	draft := "/orgs/" + org + "/routes/draft"
	if none := decoded[wire.RoutesDraft](w.manage(w.subscriber, http.MethodGet, draft, "")); none.Digest != "" || none.ChangedAt != nil {
		t.Errorf("got %+v, want none", none)
	}
	w.manage(w.subscriber, http.MethodGet, draft+"/plan", "").wantProblem(t, 404, "draft-not-found", "published or discarded")
	body := w.draftOf(w.subscriber, "muenchen", "DE09162")
	kept := decoded[wire.RoutesDraft](w.manage(w.subscriber, http.MethodPut, draft, keptDraft(t, body, "")))
	if len(kept.Put) != 1 || kept.Put[0].Info.Deadline.Description["en"] != "soon" || kept.Put[0].Offline != nil || kept.ChangedAt == nil {
		t.Errorf("got %+v", kept)
	}
	w.manage(w.subscriber, http.MethodPut, draft, keptDraft(t, body, "")).wantProblem(t, 409, "draft-changed", "window")
	colleague, _ := w.human(org, "owner")
	if other := decoded[wire.RoutesDraft](w.manage(colleague, http.MethodGet, draft, "")); other.Digest != "" {
		t.Errorf("got %+v, want no draft of somebody else", other)
	}

	review := decoded[wire.RoutesReview](w.manage(w.subscriber, http.MethodGet, draft+"/plan?limit=1", ""))
	if review.Refused || len(review.Changes) != 1 || len(review.Stale) != 0 {
		t.Errorf("got %+v", review)
	}
	w.manage(w.subscriber, http.MethodPost, "/orgs/"+org+"/routes/apply", body).want(t, 200)
	publish := text(t, wire.RoutesDraftPublish{Digest: review.Digest, Comment: "because"})
	w.manage(w.subscriber, http.MethodPost, draft+"/publish", publish).wantProblem(t, 409, "plan-changed", "the draft is kept")
	w.manage(w.subscriber, http.MethodPut, draft, keptDraft(t, `{"desired":{"routes":[]}}`, kept.Digest)).want(t, 200)
	review = decoded[wire.RoutesReview](w.manage(w.subscriber, http.MethodGet, draft+"/plan", ""))
	publish = text(t, wire.RoutesDraftPublish{Digest: review.Digest, Comment: "because"})
	out := decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, draft+"/publish", publish))
	if out.Revision == nil || out.Revision.Deleted != 1 || out.Revision.Comment != "because" {
		t.Errorf("got %+v", out)
	}
	w.manage(w.subscriber, http.MethodPost, draft+"/publish", publish).wantProblem(t, 404, "draft-not-found", "second click")

	w.manage(w.subscriber, http.MethodPut, draft, keptDraft(t, `{"delete":["never"]}`, "")).want(t, 200)
	w.manage(w.subscriber, http.MethodPost, draft+"/publish", publish).wantProblem(t, 422, "routes-refused", "never")
	w.manage(w.subscriber, http.MethodDelete, draft, "").want(t, 204)
	w.manage(w.subscriber, http.MethodGet, draft+"/plan", "").wantProblem(t, 404, "draft-not-found", "discarded")
}

func TestCoverageAndGapsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	routes := "/orgs/" + string(w.subscriber.org) + "/routes"
	w.operate(http.MethodPost, "/orgs/"+string(w.subscriber.org)+"/grants", `{"region":"DE09","services":["`+service+`"]}`).want(t, 201)
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", w.draftOf(w.subscriber, "muenchen", "DE09162")).want(t, 200)
	all := decoded[wire.ReachList](w.manage(w.subscriber, http.MethodGet, routes+"/coverage", ""))
	if all.TotalCount != 1 || all.Reach[0].Service != service || all.Reach[0].Own != 1 || all.Reach[0].Missing != all.Reach[0].Municipalities-1 {
		t.Errorf("got %+v", all)
	}
	place := "?service=" + url.QueryEscape(service)
	parts := decoded[wire.ReachList](w.manage(w.subscriber, http.MethodGet, routes+"/coverage"+place, ""))
	if parts.TotalCount != 1 || parts.Reach[0].Region != "DE09" || parts.Reach[0].Name != "Bayern" {
		t.Errorf("got %+v", parts)
	}
	gaps := decoded[wire.ReachList](w.manage(w.subscriber, http.MethodGet, routes+"/gaps"+place+"&limit=1", ""))
	if gaps.Count != 1 || gaps.TotalCount < 1 || gaps.Reach[0].Missing != gaps.Reach[0].Municipalities {
		t.Errorf("got %+v", gaps)
	}
	w.manage(w.subscriber, http.MethodGet, routes+"/gaps", "").wantProblem(t, 400, "bad-request", "service")
	w.manage(w.subscriber, http.MethodGet, routes+"/coverage"+place+"&region=x", "").wantProblem(t, 400, "bad-request", "x")

	for query, want := range map[string]int{
		"": 1, place: 1, "?service=" + url.QueryEscape("urn:x:y"): 0, "?region=DE09": 1, "?region=DE05": 0, "?search=MUEN": 1, "?offline=true": 0, "?destination=x": 0,
	} {
		if found := decoded[wire.ManagedRouteList](w.manage(w.subscriber, http.MethodGet, routes+query, "")); found.TotalCount != want {
			t.Errorf("%q: got %d routes, want %d", query, found.TotalCount, want)
		}
	}
	w.manage(w.subscriber, http.MethodGet, routes+"?offline=x", "").wantProblem(t, 400, "bad-request", "offline")
	w.manage(w.subscriber, http.MethodGet, routes+"?region=x", "").wantProblem(t, 400, "bad-request", "x")
}

func TestDecisionsAreExplained(t *testing.T) {
	t.Parallel()
	w := newWorldUnder(t, publication.Rule{Open: true, FourEyes: true})
	org := string(w.subscriber.org)
	second, id := w.human(org, "operator")
	out := decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, "/orgs/"+org+"/routes/apply", w.draftOf(w.subscriber, "muenchen", "DE09162")))
	decision := "/orgs/" + org + "/proposals/" + out.Proposal.ProposalID + "/decision"
	d := decoded[wire.Decision](w.manage(second, http.MethodGet, decision, ""))
	if !d.Release.Allowed || !d.Refuse.Allowed || d.Withdraw.Allowed || d.Withdraw.Code != "forbidden" || len(d.Releasers) != 1 || d.Releasers[0].PersonID != id {
		t.Errorf("got %+v", d)
	}
	d = decoded[wire.Decision](w.manage(w.subscriber, http.MethodGet, decision, ""))
	if d.Release.Allowed || d.Release.Code != "second-person-needed" || !d.Withdraw.Allowed {
		t.Errorf("got %+v", d)
	}
}
