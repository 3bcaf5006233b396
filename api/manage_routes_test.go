package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker/publication"
)

// draftOf is a body that puts one route of somebody's new destination.
func (w *world) draftOf(who client, key, region string) string {
	w.t.Helper()
	var d wire.DestinationV1
	body := draft(w.t, map[string]any{"services": []any{offer(map[string]any{"regions": []string{region}})}})
	w.call(http.MethodPost, "/destination-api/v1/destinations", body, as(who)).decode(&d)
	return text(w.t, wire.RouteChanges{Put: []wire.RouteDraft{{
		Key: key, DestinationID: d.DestinationID, Name: "Amt " + key, Coverage: []wire.RouteCoverage{{Services: []string{service}, Regions: []string{region}}},
		Info: wire.RouteInfo{
			DestinationShortName: key, ContactPersons: []wire.ContactPerson{{Name: "Ada", Tel: "1"}},
			Address: &wire.Address{Street: "Weg", City: "Ort"}, PostOfficeBox: &wire.PostOfficeBox{PostOfficeBox: "7"},
			Deadline: &wire.Described{Description: map[string]string{"de": "bald", "en": "soon"}}, ProcessingDuration: &wire.Duration{Min: 1, Max: 2, Unit: "week"},
		},
	}}, Comment: "because"})
}

func TestRoutesArePublishedByTheirOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	routes := "/orgs/" + string(w.subscriber.org) + "/routes"
	body := w.draftOf(w.subscriber, "muenchen", "DE09162")
	var plan wire.RoutePlan
	w.manage(w.subscriber, http.MethodPost, routes+"/plan", body).want(t, 200).decode(&plan)
	if plan.Refused || len(plan.Changes) != 1 || plan.Changes[0].Before != nil || plan.Changes[0].After.Name != "Amt muenchen" {
		t.Errorf("got %+v", plan)
	}
	var out wire.RouteOutcome
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", body).want(t, 200).decode(&out)
	if out.Revision == nil || out.Revision.Number != 1 || out.Revision.By != "client "+w.subscriber.id || out.Revision.Comment != "because" {
		t.Errorf("got %+v", out)
	}
	var published wire.ManagedRouteList
	w.manage(w.subscriber, http.MethodGet, routes, "").want(t, 200).decode(&published)
	if published.TotalCount != 1 || published.Routes[0].Info.Deadline.Description["en"] != "soon" {
		t.Fatalf("got %+v", published)
	}

	// What is shown is put again without a change, whatever leads there.
	same := wire.RouteChanges{Desired: &wire.DesiredRoutes{Routes: []wire.RouteDraft{published.Routes[0].RouteDraft}}}
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", text(t, same)).want(t, 200).decode(&out)
	if out = decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, routes+"/apply", text(t, same))); out.Revision != nil || len(out.Plan.Changes) > 0 {
		t.Errorf("got %+v, want no change", out)
	}
	put := wire.RouteChanges{Put: same.Desired.Routes}
	if plan = decoded[wire.RoutePlan](w.manage(w.subscriber, http.MethodPost, routes+"/plan", text(t, put))); plan.Same != 1 || len(plan.Changes) > 0 {
		t.Errorf("got %+v, want no change", plan)
	}

	put.Put[0].Coverage[0].Regions = []string{"DE08"}
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", text(t, put)).wantProblem(t, 422, "routes-refused", "muenchen", "DE08")
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", `{"desired":{"routes":[]},"delete":["muenchen"]}`).wantProblem(t, 400, "bad-request", "desired")
	w.manage(w.subscriber, http.MethodPost, routes+"/plan", `{"put":[{"key":"a","info":{"origin":"me"}}]}`).wantProblem(t, 400, "bad-request", "put[0].info")

	destination := published.Routes[0].DestinationID
	for _, change := range []struct{ path, body, found string }{
		{"/offline", `{"keys":["muenchen"]}`, ""},
		{"/online", `{"keys":["muenchen"]}`, destination},
		{"/apply", `{"desired":{"routes":[]}}`, ""},
		{"/rollback", `{"revision":1}`, destination},
		{"/rollback", `{"revision":0,"plan":true}`, destination},
	} {
		out = decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, routes+change.path, change.body))
		if len(out.Plan.Changes) != 1 {
			t.Errorf("%+v: got %+v", change, out)
		}
		if got := w.found("ars=09162"); got != change.found {
			t.Errorf("%+v: the destination that answers is %q", change, got)
		}
	}
	w.manage(w.subscriber, http.MethodPost, routes+"/offline", `{"keys":["x"]}`).wantProblem(t, 404, "route-not-found", "x")
	w.manage(w.subscriber, http.MethodPost, routes+"/online", `{"keys":["x"]}`).wantProblem(t, 404, "route-not-found", "x")
}

func decoded[T any](a answer) (into T) {
	a.t.Helper()
	a.decode(&into)
	return into
}

func TestRoutesHaveAHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	routes := "/orgs/" + string(w.subscriber.org) + "/routes"
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", w.draftOf(w.subscriber, "muenchen", "DE09162")).want(t, 200)
	w.manage(w.subscriber, http.MethodPost, routes+"/apply", `{"delete":["muenchen"],"comment":"moved"}`).want(t, 200)
	history := decoded[wire.RevisionList](w.manage(w.subscriber, http.MethodGet, routes+"/revisions", ""))
	if history.TotalCount != 2 || history.Revisions[1].Deleted != 1 || history.Revisions[1].Comment != "moved" {
		t.Errorf("got %+v", history)
	}
	changes := decoded[wire.RouteChangeList](w.manage(w.subscriber, http.MethodGet, routes+"/revisions/2", ""))
	if changes.TotalCount != 1 || changes.Changes[0].Before == nil || changes.Changes[0].After != nil {
		t.Errorf("got %+v", changes)
	}
	w.manage(w.subscriber, http.MethodGet, routes+"/revisions/7", "").wantProblem(t, 404, "revision-not-found", "7")
	w.manage(w.subscriber, http.MethodGet, routes+"/revisions/x", "").wantProblem(t, 400, "bad-request", "revision")
	w.manage(w.subscriber, http.MethodPost, routes+"/rollback", `{"revision":7}`).wantProblem(t, 404, "revision-not-found", "7")
	w.manage(w.subscriber, http.MethodPost, routes+"/rollback", `{}`).wantProblem(t, 400, "bad-request", "revision")

	// A rollback follows the rules of now: meanwhile the place is another's.
	w.operate(http.MethodPost, "/orgs/"+string(w.foreign.org)+"/grants", `{"region":"DE09"}`).want(t, 201)
	w.manage(w.foreign, http.MethodPost, "/orgs/"+string(w.foreign.org)+"/routes/apply", w.draftOf(w.foreign, "bayern", "DE09")).want(t, 200)
	w.manage(w.subscriber, http.MethodPost, routes+"/rollback", `{"revision":1}`).wantProblem(t, 422, "routes-refused", "consent")
}

func TestPreviewSaysWhoAnswersAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	routes := "/orgs/" + string(w.subscriber.org) + "/routes"
	w.publish("Bund", "DE")
	body := w.draftOf(w.subscriber, "muenchen", "DE09162")
	question := "/preview?service=" + service + "&region=DE091620000000"
	now := decoded[wire.RoutePreview](w.manage(w.subscriber, http.MethodGet, routes+question+"&at=2027-01-01T00:00:00%2B01:00", ""))
	if len(now.Answers) != 1 || now.Answers[0].Name != "Bund" || now.Region != "DE" || now.At.Format("2006-01-02T15") != "2026-12-31T23" {
		t.Errorf("got %+v", now)
	}
	then := decoded[wire.RoutePreview](w.manage(w.subscriber, http.MethodPost, routes+question, body))
	if len(then.Answers) != 1 || then.Answers[0].Key != "muenchen" || then.Region != "DE09162" {
		t.Errorf("got %+v", then)
	}
	other := decoded[wire.RoutePreview](w.manage(w.foreign, http.MethodGet, "/orgs/"+string(w.foreign.org)+"/routes"+question, ""))
	if len(other.Answers) != 1 || other.Answers[0].Key != "" {
		t.Errorf("got %+v, want no key of another organisation", other)
	}
	w.manage(w.subscriber, http.MethodGet, routes+question+"&at=tomorrow", "").wantProblem(t, 400, "bad-request", "at")
	w.manage(w.subscriber, http.MethodPost, routes+question, `{"delete":["x"]}`).wantProblem(t, 422, "routes-refused", "x")
}

func TestProposedRoutesArePublishedBySecondPerson(t *testing.T) {
	t.Parallel()
	w := newWorldUnder(t, publication.Rule{Open: true, FourEyes: true})
	org := string(w.subscriber.org)
	routes := "/orgs/" + org + "/routes"
	second, _ := w.human(org, "operator")
	body := w.draftOf(w.subscriber, "muenchen", "DE09162")
	first := decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, routes+"/apply", body))
	if first.Revision != nil || first.Proposal == nil || w.found("ars=09162") != "" {
		t.Fatalf("got %+v, want a proposal and nothing published", first)
	}
	other := decoded[wire.RouteOutcome](w.manage(w.subscriber, http.MethodPost, routes+"/apply", body))
	release := func(p *wire.Proposal) answer {
		return w.manage(second, http.MethodPost, "/orgs/"+org+"/proposals/"+p.ProposalID+"/release", `{"digest":"`+p.Digest+`"}`)
	}
	if got := decoded[wire.Proposal](release(first.Proposal)); got.State != "released" {
		t.Errorf("got %+v", got)
	}
	if w.found("ars=09162") == "" {
		t.Error("what was released is not published")
	}
	release(other.Proposal).wantProblem(t, 409, "proposal-outdated", "muenchen")
	history := decoded[wire.RevisionList](w.manage(second, http.MethodGet, routes+"/revisions", ""))
	if history.TotalCount != 1 || history.Revisions[0].ProposalID != first.Proposal.ProposalID || !strings.HasPrefix(history.Revisions[0].ReleasedBy, "person ") {
		t.Errorf("got %+v", history)
	}
}
