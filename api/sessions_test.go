package api_test

import (
	"net/http"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

func TestSessionsByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, id := w.human(w.organisation(), "owner")
	begin := func() (account.Session, string) {
		s, secret, err := w.surface.Management.Accounts.StartSession(t.Context(), broker.PersonID(id), account.NewSession{
			Agent: "Firefox", From: "192.0.2.0/24", Means: []account.Means{account.ByPassword, account.ByTOTP},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s, secret
	}
	first, _ := begin()
	_, second := begin()
	sessions := "/people/" + id + "/sessions"
	var listed wire.SessionList
	w.manage(ada, http.MethodGet, sessions, "").want(t, 200).decode(&listed)
	if len(listed.Sessions) != 2 || listed.Sessions[0].SessionID != string(first.ID) || listed.Sessions[0].From != "192.0.2.0/24" || len(listed.Sessions[0].Means) != 2 {
		t.Errorf("got %+v", listed)
	}
	w.manage(ada, http.MethodDelete, sessions+"/"+string(first.ID), "").want(t, 204)
	w.manage(ada, http.MethodDelete, sessions+"/"+string(first.ID), "").wantProblem(t, 404, "session-not-found", "no session")
	w.manage(ada, http.MethodDelete, sessions, "").want(t, 204)
	if _, err := w.surface.Management.Accounts.Signed(t.Context(), second, ""); err == nil {
		t.Error("all are ended, and one is good")
	}
	other, _ := w.human(w.organisation(), "owner")
	for _, ask := range [][2]string{{http.MethodGet, sessions}, {http.MethodDelete, sessions}, {http.MethodDelete, sessions + "/" + string(first.ID)}, {http.MethodGet, "/people/" + id + "/factors"}} {
		w.manage(other, ask[0], ask[1], "").wantProblem(t, 404, "person-not-found", id)
	}
	var factors wire.Factors
	w.manage(ada, http.MethodGet, "/people/"+id+"/factors", "").want(t, 200).decode(&factors)
	if len(factors.Factors) != 0 || factors.PasswordSetAt != nil || factors.RecoveryCodes != 0 {
		t.Errorf("got %+v", factors)
	}
}

// A personal token does not give its person another address, to which links for another password would go.
func TestATokenMovesNoAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, id := w.human(w.organisation(), "owner")
	w.manage(ada, http.MethodPatch, "/people/"+id, `{"email":"eve@elsewhere.example"}`).wantProblem(t, 403, "address-unconfirmed", "portal")
	w.manage(ada, http.MethodPatch, "/people/"+id, `{"name":"Ada B."}`).want(t, 200)
	w.operate(http.MethodPatch, "/people/"+id, `{"email":"ada@elsewhere.example"}`).want(t, 200)
}
