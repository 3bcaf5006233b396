package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

const management = "/manage-api/v1"

// operate asks as the operator of the machine.
func (w *world) operate(method, path, body string) answer {
	w.t.Helper()
	if w.operator == nil {
		w.operator = must(api.Operator(w.surface))(w.t)
	}
	r := httptest.NewRequest(method, management+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	asked := *r.URL
	got := httptest.NewRecorder()
	w.operator.ServeHTTP(got, r)
	a := answer{w.t, got.Code, got.Header(), got.Body.Bytes(), method + " " + path}
	r.URL = &asked
	checkDescribed(w.t, r, []byte(body), counted(a))
	return a
}

// manage asks as somebody.
func (w *world) manage(who client, method, path, body string) answer {
	w.t.Helper()
	return w.call(method, management+path, body, as(who))
}

// organisation is one without anybody.
func (w *world) organisation() string {
	w.t.Helper()
	var org wire.Org
	w.operate(http.MethodPost, "/orgs", `{"name":"Stadt Beispiel"}`).want(w.t, 201).decode(&org)
	return org.OrgID
}

// human is a person with a token, in a role of an organisation, or of none.
func (w *world) human(org, role string) (who client, id string) {
	w.t.Helper()
	var made struct{ PersonID, Token string }
	address := broker.NewID[string]() + "@stadt.example"
	if org == "" {
		w.operate(http.MethodPost, "/people", text(w.t, wire.PersonDraft{Name: "Ada", Email: address})).want(w.t, 201).decode(&made)
	} else {
		w.operate(http.MethodPost, "/orgs/"+org+"/people", text(w.t, wire.MemberDraft{Name: "Ada", Email: address, Role: role})).want(w.t, 201).decode(&made)
	}
	w.operate(http.MethodPost, "/people/"+made.PersonID+"/tokens", `{"name":"test"}`).want(w.t, 201).decode(&made)
	return client{org: broker.OrgID(org), token: made.Token}, made.PersonID
}

func text(t testing.TB, value any) string {
	t.Helper()
	return string(must(json.Marshal(value))(t))
}

func (w *world) propose(who broker.Caller, subject string) account.Proposal {
	w.t.Helper()
	var p account.Proposal
	err := w.broker.Clients.Store.Update(context.Background(), func(tx broker.Tx) (err error) {
		p, err = account.Propose(tx, w.clock.Now(), who, account.Wish{Org: who.Org, Subject: subject, Value: map[string]int{"a": 1}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestManagementActsForOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, foreign := string(w.subscriber.org), string(w.foreign.org)
	developer, person := w.human(own, "developer")
	var me wire.Me
	w.manage(w.subscriber, http.MethodGet, "/me", "").decode(&me)
	if want := (wire.Me{Kind: "client", ClientID: w.subscriber.id, OrgID: own}); me != want {
		t.Errorf("got %+v, want %+v", me, want)
	}
	w.manage(developer, http.MethodGet, "/me", "").decode(&me)
	if me.Kind != "person" || me.Person.PersonID != person || !slices.Equal(me.Person.OrgIDs, []string{own}) {
		t.Errorf("got %+v", me)
	}
	w.operate(http.MethodGet, "/me", "").decode(&me)
	if me.Kind != "operator" {
		t.Errorf("got %+v", me)
	}
	for _, who := range []client{w.subscriber, developer} {
		for _, org := range []string{foreign, broker.NewID[string]()} {
			w.manage(who, http.MethodGet, "/orgs/"+org, "").wantProblem(t, 404, "organisation-not-found", org)
			w.manage(who, http.MethodPost, "/orgs/"+org+"/clients", `{"kind":"sender"}`).wantProblem(t, 404, "organisation-not-found", org)
		}
		var orgs wire.OrgList
		w.manage(who, http.MethodGet, "/orgs", "").decode(&orgs)
		if orgs.TotalCount != 1 || len(orgs.Orgs) != 1 || orgs.Orgs[0].OrgID != own {
			t.Errorf("got the organisations %+v", orgs)
		}
	}
	w.operate(http.MethodGet, "/orgs/"+broker.NewID[string]()+"/clients", "").wantProblem(t, 404, "organisation-not-found", "no organisation")
	w.manage(w.subscriber, http.MethodPost, "/orgs/"+own+"/clients", `{"kind":"sender"}`).wantProblem(t, 403, "forbidden", "takes a person")
}

// What belongs to one organisation is not to be found under another, not even by an operator, whom the path is to keep from mistakes.
func TestThePathNamesTheOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, foreign := string(w.subscriber.org), string(w.foreign.org)
	p := w.propose(broker.Operator(w.foreign.org), "test")
	for _, path := range []string{"/clients/" + w.foreign.id, "/proposals/" + string(p.ID)} {
		w.operate(http.MethodGet, "/orgs/"+foreign+path, "").want(t, 200)
		w.operate(http.MethodGet, "/orgs/"+own+path, "").want(t, 404)
	}
	w.operate(http.MethodPost, "/orgs/"+own+"/clients/"+w.foreign.id+"/disable", "").want(t, 404)
	w.operate(http.MethodPost, "/orgs/"+own+"/clients/"+w.foreign.id+"/secret", "{}").want(t, 404)
	w.operate(http.MethodPost, "/orgs/"+own+"/proposals/"+string(p.ID)+"/refuse", "{}").want(t, 404)
}

func TestPersonalTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	owner, id := w.human(org, "owner")
	tokens := "/people/" + id + "/tokens"
	var made wire.NewPersonalToken
	w.manage(owner, http.MethodPost, tokens, `{"name":"laptop","days":1}`).want(t, 201).decode(&made)
	laptop := client{token: made.Token}
	if want := w.clock.Now().Add(24 * time.Hour).UTC(); !made.ExpiresAt.Equal(want) {
		t.Errorf("got a token until %v, want %v", made.ExpiresAt, want)
	}
	w.manage(laptop, http.MethodGet, "/orgs/"+org, "").want(t, 200)
	w.call(http.MethodGet, "/destination-api/v1/destinations", "", as(laptop)).wantProblem(t, 401, "unauthorized", "token endpoint")
	var listed wire.PersonalTokenList
	a := w.manage(laptop, http.MethodGet, tokens, "").want(t, 200)
	a.decode(&listed)
	if len(listed.Tokens) != 2 || strings.Contains(string(a.body), account.TokenPrefix) {
		t.Errorf("got %s", a.body)
	}
	w.clock.forward(25 * time.Hour)
	w.manage(laptop, http.MethodGet, "/orgs/"+org, "").wantProblem(t, 401, "unauthorized", "expired")
	w.manage(owner, http.MethodDelete, tokens+"/"+listed.Tokens[0].TokenID, "").want(t, 204)
	if got := w.manage(owner, http.MethodGet, "/orgs/"+org, "").want(t, 401).header.Get("WWW-Authenticate"); got != `Bearer error="invalid_token"` {
		t.Errorf("got WWW-Authenticate %q", got)
	}
	w.manage(client{token: "vkp_x"}, http.MethodGet, "/me", "").wantProblem(t, 401, "unauthorized", "unknown")
}

// A person pays for the own requests, whatever the address, and is in the log.
func TestPeopleArePutToAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) { a.FairUse.ClientReads = 3 })
	who, id := w.human(w.organisation(), "reader")
	another, _ := w.human(w.organisation(), "reader")
	for range 3 {
		w.serve(http.MethodGet, management+"/orgs/"+string(who.org), "", as(who))
	}
	if got := w.lastLine(t)["person"]; got != id {
		t.Errorf("got a line about %v, want the person %s", got, id)
	}
	w.manage(who, http.MethodGet, "/orgs", "").wantProblem(t, 429, "too-many-requests", "3 requests")
	w.manage(another, http.MethodGet, "/orgs", "").want(t, 200)
}

func TestClientsOfAnOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits.Clients = 3 })
	org := w.organisation()
	clients := "/orgs/" + org + "/clients"
	developer, _ := w.human(org, "developer")
	var made wire.NewClient
	a := w.manage(developer, http.MethodPost, clients, `{"name":"F","kind":"sender","grants":[{"region":"DE09"}]}`).want(t, 201)
	a.decode(&made)
	path := clients + "/" + made.ClientID
	if got := a.header.Get("Location"); got != management+path {
		t.Errorf("got Location %s", got)
	}
	first := client{id: made.ClientID, secret: made.ClientSecret}
	w.fetchToken(first)
	w.manage(developer, http.MethodPost, path+"/secret", `{"overlap":60}`).want(t, 200).decode(&made)
	w.fetchToken(first)
	w.fetchToken(client{id: made.ClientID, secret: made.ClientSecret})
	var shown wire.Client
	w.manage(developer, http.MethodGet, path, "").want(t, 200).decode(&shown)
	if want := w.clock.Now().Add(time.Minute); shown.FormerSecretUntil == nil || !shown.FormerSecretUntil.Equal(want) || shown.Grants[0].Region != "DE09" {
		t.Errorf("got %+v", shown)
	}
	w.manage(developer, http.MethodPost, path+"/secret", `{"overlap":-1}`).wantProblem(t, 400, "bad-request", "overlap")
	w.manage(developer, http.MethodPost, path+"/disable", "").want(t, 200).decode(&shown)
	if !shown.Disabled {
		t.Errorf("got %+v", shown)
	}
	w.manage(developer, http.MethodPost, path+"/enable", "").want(t, 200)
	for range 2 {
		w.manage(developer, http.MethodPost, clients, `{"kind":"subscriber","manage":true}`).want(t, 201)
	}
	w.manage(developer, http.MethodPost, clients, `{"kind":"sender"}`).wantProblem(t, 409, "too-many-clients", "3")
	var page wire.ClientList
	w.manage(developer, http.MethodGet, clients+"?offset=1&limit=1", "").want(t, 200).decode(&page)
	if page.TotalCount != 3 || page.Count != 1 || page.Offset != 1 || len(page.Clients) != 1 {
		t.Errorf("got %+v", page)
	}
}

func TestMembersAndPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	members := "/orgs/" + org + "/people"
	owner, id := w.human(org, "owner")
	platform, operator := w.human("", "")
	w.manage(platform, http.MethodGet, "/people", "").wantProblem(t, 403, "forbidden", "operator")
	w.operate(http.MethodPost, "/people/"+operator+"/appoint", "").want(t, 200)

	var m wire.Member
	w.manage(owner, http.MethodPost, members, `{"email":"bo@stadt.example","name":"Bo","role":"reader"}`).want(t, 201).decode(&m)
	w.manage(owner, http.MethodPost, members, `{"email":"BO@stadt.example","role":"reader"}`).wantProblem(t, 409, "person-exists", "already")
	w.manage(owner, http.MethodPatch, members+"/"+m.PersonID, `{"role":"operator"}`).want(t, 200).decode(&m)
	w.manage(owner, http.MethodGet, members+"/"+m.PersonID, "").want(t, 200).decode(&m)
	if m.Role != "operator" || m.Name != "Bo" {
		t.Errorf("got %+v", m)
	}
	w.manage(owner, http.MethodPatch, members+"/"+id, `{"role":"reader"}`).wantProblem(t, 409, "last-owner", "owner")
	w.manage(owner, http.MethodDelete, members+"/"+id, "").wantProblem(t, 409, "last-owner", "owner")
	w.manage(owner, http.MethodDelete, members+"/"+m.PersonID, "").want(t, 204)
	var all wire.MemberList
	w.manage(owner, http.MethodGet, members, "").want(t, 200).decode(&all)
	if len(all.People) != 1 || all.People[0].PersonID != id {
		t.Errorf("got %+v", all)
	}

	var p wire.Person
	w.manage(platform, http.MethodPost, "/people", `{"name":"Cy","email":"cy@stadt.example"}`).want(t, 201).decode(&p)
	w.manage(platform, http.MethodPost, "/people", `{"name":"Cy","email":"cy@stadt.example"}`).wantProblem(t, 409, "person-exists", "address")
	w.manage(owner, http.MethodPatch, "/people/"+id, `{"name":"Ada Muster"}`).want(t, 200).decode(&p)
	w.manage(platform, http.MethodGet, "/people/"+id, "").want(t, 200).decode(&p)
	if p.Name != "Ada Muster" || p.Email == "" {
		t.Errorf("got %+v", p)
	}
	w.manage(owner, http.MethodPatch, "/people/"+id, `{"email":"cy@stadt.example"}`).wantProblem(t, 403, "address-unconfirmed", "portal")
	w.operate(http.MethodPatch, "/people/"+id, `{"email":"cy@stadt.example"}`).wantProblem(t, 409, "person-exists", "address")
	w.manage(platform, http.MethodPatch, "/people/"+id, `{"name":"X"}`).wantProblem(t, 403, "forbidden", "only the person")
	for _, deed := range []string{"disable", "enable", "appoint", "dismiss"} {
		w.manage(platform, http.MethodPost, "/people/"+id+"/"+deed, "").want(t, 200)
	}
	w.manage(platform, http.MethodGet, "/people", "").want(t, 200)
	w.manage(owner, http.MethodPatch, "/orgs/"+org, `{"name":"Stadt Muster"}`).want(t, 200)
	w.manage(platform, http.MethodPost, "/orgs", `{"name":"Land Beispiel"}`).want(t, 201)
	for range account.MaxTokens - 1 {
		w.operate(http.MethodPost, "/people/"+id+"/tokens", `{"name":"further"}`).want(t, 201)
	}
	w.manage(owner, http.MethodPost, "/people/"+id+"/tokens", `{"name":"one more"}`).wantProblem(t, 409, "too-many-tokens", "50")
	w.manage(owner, http.MethodPost, "/people/"+id+"/tokens", `{"name":"old","days":367}`).wantProblem(t, 400, "bad-request", "366")
}

func TestProposalsTakeTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	owner, id := w.human(org, "owner")
	second, _ := w.human(org, "operator")
	who := broker.PersonCaller(broker.PersonID(id), broker.OrgID(org), broker.RoleOwner)
	p := w.propose(who, "test")
	proposals := "/orgs/" + org + "/proposals"
	path, release := proposals+"/"+string(p.ID), `{"digest":"`+p.Digest+`"}`

	w.manage(owner, http.MethodPost, path+"/release", release).wantProblem(t, 403, "second-person-needed", "another person")
	w.operate(http.MethodPost, path+"/release", release).wantProblem(t, 403, "second-person-needed", "person")
	w.manage(second, http.MethodPost, path+"/release", `{"digest":"x"}`).wantProblem(t, 409, "proposal-changed", p.Digest)
	var shown wire.Proposal
	w.manage(second, http.MethodPost, path+"/release", release).want(t, 200).decode(&shown)
	if shown.State != "released" || shown.ReleasedBy == "" || shown.ClosedAt == nil || string(shown.Value) != `{"a":1}` {
		t.Errorf("got %+v", shown)
	}
	w.manage(second, http.MethodPost, path+"/release", release).wantProblem(t, 409, "proposal-closed", "released")
	w.manage(second, http.MethodPost, path+"/refuse", `{}`).wantProblem(t, 409, "proposal-closed", "released")
	w.manage(owner, http.MethodPost, path+"/withdraw", `{}`).wantProblem(t, 409, "proposal-closed", "released")

	other := w.propose(who, "unheard-of")
	w.manage(second, http.MethodPost, proposals+"/"+string(other.ID)+"/release", `{"digest":"`+other.Digest+`"}`).wantProblem(t, 422, "unprocessable", "unheard-of")
	var open wire.ProposalList
	w.manage(second, http.MethodGet, proposals+"?open=true", "").want(t, 200).decode(&open)
	if len(open.Proposals) != 1 || open.Proposals[0].ProposalID != string(other.ID) {
		t.Errorf("got %+v", open)
	}
	w.manage(second, http.MethodPost, proposals+"/"+string(other.ID)+"/refuse", `{"note":"not ours"}`).want(t, 200).decode(&shown)
	if shown.State != "refused" || shown.Note != "not ours" {
		t.Errorf("got %+v", shown)
	}
	w.manage(owner, http.MethodPost, proposals+"/"+string(w.propose(who, "test").ID)+"/withdraw", `{}`).want(t, 200)
	w.manage(owner, http.MethodGet, path, "").want(t, 200)
	w.manage(owner, http.MethodGet, proposals+"?open=perhaps", "").wantProblem(t, 400, "bad-request", "open")
}

func TestTheLogSaysWho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	owner, id := w.human(org, "owner")
	w.manage(owner, http.MethodPatch, "/orgs/"+org, `{"name":"Stadt Muster"}`).want(t, 200)
	var log wire.Audit
	w.manage(owner, http.MethodGet, "/orgs/"+org+"/audit", "").want(t, 200).decode(&log)
	last := log.Deeds[len(log.Deeds)-1]
	if log.TotalCount != 3 || last.Who != "person "+id || last.Deed != "organisation.renamed" || last.OrgID != org {
		t.Errorf("got %+v", log)
	}
	w.manage(owner, http.MethodGet, "/audit", "").wantProblem(t, 403, "forbidden", "operator")
	w.operate(http.MethodPost, "/people/"+id+"/appoint", "").want(t, 200)
	w.manage(owner, http.MethodGet, "/audit", "").want(t, 200).decode(&log)
	if log.TotalCount < 6 {
		t.Errorf("got %+v", log)
	}
}
