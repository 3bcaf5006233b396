package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

const management = "/manage-api/v1"

// operate asks as the operator of the installation.
func (w *world) operate(method, path, body string) answer {
	w.t.Helper()
	if w.operator == nil {
		w.operator = must(api.Operator(w.surface))(w.t)
	}
	r := httptest.NewRequest(method, management+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	got := httptest.NewRecorder()
	w.operator.ServeHTTP(got, r)
	return answer{w.t, got.Code, got.Header(), got.Body.Bytes(), method + " " + path}
}

func TestManagementActsForOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, foreign := string(w.subscriber.org), string(w.foreign.org)
	var me wire.Me
	w.call(http.MethodGet, management+"/me", "", as(w.subscriber)).decode(&me)
	if want := (wire.Me{Kind: "client", ClientID: w.subscriber.id, OrgID: own}); me != want {
		t.Errorf("got %+v, want %+v", me, want)
	}
	w.call(http.MethodGet, management+"/me", "").wantProblem(t, 401, "unauthorized", "token")
	w.call(http.MethodGet, management+"/me", "", as(w.reader)).wantProblem(t, 403, "forbidden", "manage")
	w.call(http.MethodPost, management+"/orgs", `{"name":"A"}`, as(w.subscriber)).wantProblem(t, 403, "forbidden", "operator")
	for _, org := range []string{foreign, broker.NewID[string]()} {
		w.call(http.MethodPost, management+"/orgs/"+org+"/clients", `{"kind":"sender"}`, as(w.subscriber)).wantProblem(t, 404, "organisation-not-found", org)
	}
	w.call(http.MethodPost, management+"/orgs/x/clients", `{"kind":"sender"}`, as(w.subscriber)).wantProblem(t, 400, "bad-request", "UUID")
}

func TestTheOperatorMakesOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var org wire.Org
	a := w.operate(http.MethodPost, "/orgs", `{"name":"Stadt Beispiel"}`).want(t, 201)
	a.decode(&org)
	if want := management + "/orgs/" + org.OrgID; org.Name != "Stadt Beispiel" || a.header.Get("Location") != want {
		t.Errorf("got %+v at %s", org, a.header.Get("Location"))
	}
	var made wire.NewClient
	w.operate(http.MethodPost, "/orgs/"+org.OrgID+"/clients", `{"name":"Fachverfahren","kind":"subscriber","manage":true}`).want(t, 201).decode(&made)
	if token := w.fetchToken(client{id: made.ClientID, secret: made.ClientSecret}); token == "" {
		t.Error("the new client gets no token")
	}
	w.operate(http.MethodPost, "/orgs", `{}`).wantProblem(t, 400, "bad-request", "name")
}
