package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

func TestTerritoryIsGivenAndTaken(t *testing.T) {
	t.Parallel()
	w := newWorldUnder(t, publication.Rule{})
	org := string(w.subscriber.org)
	owner, _ := w.human(org, "owner")
	platform := w.platform()
	grants, body := "/orgs/"+org+"/grants", `{"services":["`+service+`"],"region":"DE09"}`
	w.manage(owner, http.MethodPost, grants, body).wantProblem(t, 403, "forbidden", "operator")
	var g, again wire.Territory
	w.manage(platform, http.MethodPost, grants, body).want(t, 201).decode(&g)
	w.manage(platform, http.MethodPost, grants, body).want(t, 201).decode(&again)
	if g.GrantID != again.GrantID || g.Region != "DE09" || g.Services[0] != service || !strings.HasPrefix(g.By, "person ") {
		t.Errorf("got %+v, and again %+v", g, again)
	}
	var all wire.TerritoryList
	w.manage(owner, http.MethodGet, grants, "").want(t, 200).decode(&all)
	if all.TotalCount != 1 || all.Grants[0].GrantID != g.GrantID {
		t.Errorf("got %+v", all)
	}

	w.publish("Bayern", "DE09")
	path := grants + "/" + g.GrantID
	w.manage(platform, http.MethodDelete, path, "").wantProblem(t, 409, "grant-in-use", "route")
	w.manage(platform, http.MethodDelete, path+"?routes=perhaps", "").wantProblem(t, 400, "bad-request", "routes")
	w.manage(platform, http.MethodDelete, "/orgs/"+string(w.foreign.org)+"/grants/"+g.GrantID, "").wantProblem(t, 404, "grant-not-found", "grant")
	var out wire.RouteOutcome
	w.manage(platform, http.MethodDelete, path+"?routes=true", "").want(t, 200).decode(&out)
	if out.Revision == nil || out.Revision.Deleted != 1 {
		t.Errorf("got %+v", out)
	}
	w.fill(1000, func(tx broker.Tx, i int) error {
		id := broker.NewID[string]()
		value := fmt.Sprintf(`{"id":%q,"org":%q,"region":"DE","services":["urn:x:%d"],"by":"test","made":"2026-01-01T00:00:00Z"}`, id, org, i)
		return tx.PutEntry(broker.Entry{Kind: "grant", ID: id, Owner: org, Value: []byte(value)})
	})
	w.manage(platform, http.MethodPost, grants, body).wantProblem(t, 409, "too-many-grants", "1000")
}

// platform is a person who is an operator.
func (w *world) platform() client {
	w.t.Helper()
	who, id := w.human("", "")
	w.operate(http.MethodPost, "/people/"+id+"/appoint", "").want(w.t, 200)
	return who
}

// fill writes many things into the store, in one transaction.
func (w *world) fill(n int, put func(tx broker.Tx, i int) error) {
	w.t.Helper()
	err := w.store.Update(context.Background(), func(tx broker.Tx) error {
		for i := range n {
			if err := put(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestConsentsLetOthersIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, foreign := string(w.subscriber.org), string(w.foreign.org)
	owner, _ := w.human(own, "owner")
	platform := w.platform()
	w.manage(platform, http.MethodPost, "/orgs/"+own+"/grants", `{"region":"DE09"}`).want(t, 201)
	w.publish("Bayern", "DE09")
	var plan wire.RoutePlan
	draft := w.draftOf(w.foreign, "muenchen", "DE09162")
	w.manage(w.foreign, http.MethodPost, "/orgs/"+foreign+"/routes/plan", draft).want(t, 200).decode(&plan)
	if !plan.Refused || plan.Findings[0].Code != "consent-missing" || plan.Findings[0].OrgID != own {
		t.Errorf("got %+v, want a missing consent", plan)
	}

	body := `{"toOrgId":"` + foreign + `","services":["` + service + `"],"region":"DE09162"}`
	var c wire.Consent
	w.manage(w.subscriber, http.MethodPost, "/orgs/"+own+"/consents", body).wantProblem(t, 403, "forbidden", "person")
	w.manage(owner, http.MethodPost, "/orgs/"+own+"/consents", body).want(t, 201).decode(&c)
	if c.FromOrgID != own || c.ToOrgID != foreign || c.Region != "DE09162" {
		t.Errorf("got %+v", c)
	}
	w.manage(w.foreign, http.MethodPost, "/orgs/"+foreign+"/routes/plan", draft).want(t, 200).decode(&plan)
	if plan.Refused {
		t.Errorf("got %+v, want no refusal", plan)
	}
	for path, want := range map[string]int{"/orgs/" + own + "/consents?given=true": 1, "/orgs/" + own + "/consents": 0, "/orgs/" + foreign + "/consents": 1, "/consents": 0} {
		var all wire.ConsentList
		w.manage(platform, http.MethodGet, path, "").want(t, 200).decode(&all)
		if len(all.Consents) != want {
			t.Errorf("%s: got %+v, want %d", path, all, want)
		}
	}
	w.manage(owner, http.MethodGet, "/orgs/"+own+"/consents?given=x", "").wantProblem(t, 400, "bad-request", "given")
	w.manage(w.foreign, http.MethodDelete, "/orgs/"+foreign+"/consents/"+c.ConsentID, "").wantProblem(t, 404, "consent-not-found", "consent")
	for _, elsewhere := range []string{"/orgs/" + foreign + "/consents/", "/consents/"} {
		w.manage(platform, http.MethodDelete, elsewhere+c.ConsentID, "").wantProblem(t, 404, "consent-not-found", "consent")
	}
	w.manage(owner, http.MethodDelete, "/orgs/"+own+"/consents/"+c.ConsentID, "").want(t, 204)

	w.manage(owner, http.MethodPost, "/consents", body).wantProblem(t, 403, "forbidden", "operator")
	w.manage(owner, http.MethodGet, "/consents", "").wantProblem(t, 403, "forbidden", "operator")
	w.manage(platform, http.MethodPost, "/consents", body).want(t, 201).decode(&c)
	w.manage(platform, http.MethodDelete, "/orgs/"+own+"/consents/"+c.ConsentID, "").wantProblem(t, 404, "consent-not-found", "consent")
	w.manage(platform, http.MethodDelete, "/consents/"+c.ConsentID, "").want(t, 204)
	w.manage(platform, http.MethodPost, "/consents", `{"toOrgId":"`+broker.NewID[string]()+`","region":"DE"}`).wantProblem(t, 404, "organisation-not-found", "organisation")

	for _, from := range []string{"", own} {
		w.fill(1000, func(tx broker.Tx, i int) error {
			id := broker.NewID[string]()
			value := fmt.Sprintf(`{"id":%q,"from":%q,"to":%q,"region":"DE","services":["urn:x:%d"],"by":"test","made":"2026-01-01T00:00:00Z"}`, id, from, foreign, i)
			return tx.PutEntry(broker.Entry{Kind: "consent", ID: id, Owner: foreign, Value: []byte(value)})
		})
	}
	w.manage(platform, http.MethodPost, "/consents", body).wantProblem(t, 409, "too-many-consents", "1000")
	w.manage(owner, http.MethodPost, "/orgs/"+own+"/consents", body).wantProblem(t, 409, "too-many-consents", "1000")
}
