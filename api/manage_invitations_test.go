package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// inviting is a world in which the codes of invitations come out, in the order in which they were made.
func inviting(t *testing.T) (w *world, codes chan string) {
	codes = make(chan string, 100)
	w = newWorld(t, func(b *brokerConfig, a *apiConfig) {
		post := func(tx broker.Tx, l account.Letter) error {
			link, err := url.Parse(l.Link)
			tx.OnCommit(func() { codes <- link.Query().Get("code") })
			return err
		}
		a.Management.Accounts = must(account.New(account.Config{Store: b.Store, Now: a.Now, Post: post}))(t)
	})
	return w, codes
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	w, codes := inviting(t)
	org := w.organisation()
	owner, _ := w.human(org, "owner")
	reader, _ := w.human(org, "reader")
	guest, guestID := w.human("", "")
	var person wire.Person
	w.operate(http.MethodGet, "/people/"+guestID, "").decode(&person)
	own := "/orgs/" + org + "/invitations"
	draft := text(t, wire.InvitationDraft{Email: strings.ToUpper(person.Email), Role: "developer"})
	w.manage(reader, http.MethodPost, own, draft).wantProblem(t, 403, "forbidden", "owner")
	w.manage(w.foreign, http.MethodPost, own, draft).wantProblem(t, 404, "organisation-not-found", "")
	var made wire.Invitation
	w.manage(owner, http.MethodPost, own, draft).want(t, 201).decode(&made)
	code := <-codes
	w.manage(owner, http.MethodPost, own, draft).wantProblem(t, 409, "invited-already", "less than a day")
	var list wire.InvitationList
	w.manage(reader, http.MethodGet, own, "").want(t, 200).decode(&list)
	if list.TotalCount != 1 || list.Invitations[0] != made {
		t.Errorf("got %+v, want %+v", list, made)
	}
	if answer := w.manage(reader, http.MethodGet, own, ""); strings.Contains(string(answer.body), code) {
		t.Error("the code can be read by API")
	}
	accept := func(who client, code string) answer {
		return w.manage(who, http.MethodPost, "/invitations/accept", text(t, wire.InvitationCode{Code: code}))
	}
	accept(owner, code).wantProblem(t, 403, "invited-somebody-else", "another mail address")
	accept(w.subscriber, code).wantProblem(t, 403, "forbidden", "person")
	accept(guest, "A").wantProblem(t, 404, "invitation-not-found", "another one")
	var belongs wire.Membership
	accept(guest, code).want(t, 200).decode(&belongs)
	if belongs.OrgID != org || belongs.Role != "developer" {
		t.Errorf("got %+v", belongs)
	}
	accept(guest, code).wantProblem(t, 404, "invitation-not-found", "accepted")
	w.manage(owner, http.MethodPost, own, draft).wantProblem(t, 409, "person-exists", "already")
	w.manage(owner, http.MethodDelete, own+"/"+made.InvitationID, "").wantProblem(t, 404, "invitation-not-found", "open")
	w.manage(owner, http.MethodPost, own, `{"email":"neu@anderswo.example","role":"reader"}`).want(t, 201).decode(&made)
	late := <-codes // who was added meanwhile need not accept
	w.manage(owner, http.MethodPost, "/orgs/"+org+"/people", `{"email":"neu@anderswo.example","name":"Neu","role":"reader"}`).want(t, 201)
	accept(w.tokenOf("neu@anderswo.example"), late).wantProblem(t, 409, "person-exists", "already")
	w.manage(owner, http.MethodDelete, own+"/"+made.InvitationID, "").want(t, 204)
}

// tokenOf makes a token of somebody who is known.
func (w *world) tokenOf(email string) client {
	w.t.Helper()
	var people wire.PersonList
	w.operate(http.MethodGet, "/people?limit=500", "").want(w.t, 200).decode(&people)
	for _, p := range people.People {
		if p.Email == email {
			var made wire.NewPersonalToken
			w.operate(http.MethodPost, "/people/"+p.PersonID+"/tokens", `{"name":"test"}`).want(w.t, 201).decode(&made)
			return client{token: made.Token}
		}
	}
	w.t.Fatalf("nobody has the address %s", email)
	return client{}
}

func TestAuditSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	owner, _ := w.human(org, "owner")
	w.human(org, "reader")
	search := func(who client, path, query string) (part wire.AuditPart) {
		t.Helper()
		w.manage(who, http.MethodGet, path+"/audit/search?"+query, "").want(t, 200).decode(&part)
		return part
	}
	own := "/orgs/" + org
	if got := search(owner, own, "noun=member&limit=1"); len(got.Deeds) != 1 || got.Deeds[0].Deed != "member.added" || got.Deeds[0].Detail != "reader" || got.Next == 0 {
		t.Errorf("got %+v", got)
	}
	if got := search(owner, own, "noun=organisation&from="+w.clock.Now().Add(-time.Hour).UTC().Format(time.RFC3339)); len(got.Deeds) != 1 || got.Next != 0 {
		t.Errorf("got %+v", got)
	}
	if got := search(owner, own, "until=2000-01-01T00:00:00Z"); got.Deeds == nil || len(got.Deeds) != 0 {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{"from=yesterday", "noun=%27", "before=-1", "before=x", "limit=0", "from=2001-01-01T00:00:00Z&until=2000-01-01T00:00:00Z", "noun=a&noun=b"} {
		w.manage(owner, http.MethodGet, own+"/audit/search?"+bad, "").want(t, 400)
	}
	w.manage(owner, http.MethodGet, "/audit/search", "").wantProblem(t, 403, "forbidden", "operator")
	platform, person := w.human("", "")
	w.operate(http.MethodPost, "/people/"+person+"/appoint", "").want(t, 200)
	if got := search(platform, "", "limit=1"); got.Deeds[0].Deed != "platform-operator.appointed" {
		t.Errorf("got %+v", got)
	}
}

// Where people make organisations by themselves, they own them, and make few.
func TestPeopleFoundOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, a *apiConfig) {
		a.Management.Accounts = must(account.New(account.Config{Store: b.Store, Now: a.Now, Founding: true}))(t)
	})
	ada, id := w.human("", "")
	var (
		org     wire.Org
		members wire.MemberList
	)
	for range account.MaxFounded {
		w.manage(ada, http.MethodPost, "/orgs", `{"name":"Stadt"}`).want(t, 201).decode(&org)
	}
	w.manage(ada, http.MethodGet, "/orgs/"+org.OrgID+"/people", "").want(t, 200).decode(&members)
	if len(members.People) != 1 || members.People[0].PersonID != id || members.People[0].Role != "owner" {
		t.Errorf("got %+v", members)
	}
	w.manage(ada, http.MethodPost, "/orgs", `{"name":"Stadt"}`).wantProblem(t, 409, "too-many-organisations", "10")
	w.manage(w.subscriber, http.MethodPost, "/orgs", `{"name":"Stadt"}`).wantProblem(t, 403, "forbidden", "operator")
	var people wire.PersonList
	w.operate(http.MethodGet, "/people?search="+id, "").want(t, 200).decode(&people)
	if people.TotalCount != 0 {
		t.Errorf("found by what is no name or address: %+v", people)
	}
	w.operate(http.MethodGet, "/people?search=ADA", "").want(t, 200).decode(&people)
	if people.TotalCount != 1 || people.People[0].PersonID != id {
		t.Errorf("got %+v", people)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, id := w.human("", "")
	stranger, _ := w.human("", "")
	if err := w.store.Update(t.Context(), func(tx broker.Tx) error {
		return w.surface.Management.Accounts.Link(tx, broker.PersonID(id), account.Identity{Provider: "land", Issuer: "https://login.land.example", Subject: "ada"})
	}); err != nil {
		t.Fatal(err)
	}
	own := "/people/" + id + "/identities"
	var list wire.Identities
	w.manage(ada, http.MethodGet, own, "").want(t, 200).decode(&list)
	if len(list.Identities) != 1 || list.Identities[0].Subject != "ada" {
		t.Fatalf("got %+v", list)
	}
	w.manage(stranger, http.MethodGet, own, "").wantProblem(t, 404, "person-not-found", "")
	w.manage(ada, http.MethodDelete, own+"/"+broker.NewID[string](), "").wantProblem(t, 404, "identity-not-found", "no linked account")
	w.manage(stranger, http.MethodDelete, own+"/"+list.Identities[0].IdentityID, "").wantProblem(t, 404, "person-not-found", "")
	w.manage(ada, http.MethodDelete, own+"/"+list.Identities[0].IdentityID, "").want(t, 204)
	w.manage(ada, http.MethodGet, own, "").want(t, 200).decode(&list)
	if list.Identities == nil || len(list.Identities) != 0 {
		t.Errorf("got %+v", list)
	}
}
