package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

// What gives rights or shows secrets asks who it is if that was not proved just now, and nothing is done before.
func TestSensitiveDeedsTakeAFreshProof(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := portaltest.Start(t, func(cfg *node.Config) {
		cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	owner, operator, reader := w.Person(t, broker.RoleOwner), w.Operator(t), w.Person(t, broker.RoleReader)
	client, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.Org), broker.NewClient{Name: "Antragsportal", Kind: broker.Sender})
	if err != nil {
		t.Fatal(err)
	}
	at := owner.Home + "/clients/" + string(client.ID)
	mate := owner.Home + "/team/" + string(reader.Person.ID)
	owner.Get(at+"/secret").Want(http.StatusOK, "overlap")
	ahead.Store(int64(8 * time.Minute)) // a form that is filled in until it is too late is not begun
	asked(t, owner.Get(at+"/secret"), at+"/secret")
	owner.Post(mate, url.Values{"role": {"reader"}}).Want(http.StatusOK)
	ahead.Store(int64(11 * time.Minute))
	for _, path := range []string{at + "/secret", at + "/change", at + "/enable", owner.Home + "/clients/new", owner.Home + "/team/invite", mate + "/remove"} {
		asked(t, owner.Get(path), path)
		asked(t, owner.Post(path, url.Values{"overlap": {"0"}, "lasts": {"0"}, "email": {"eve@example.org"}, "role": {"owner"}}), path)
	}
	asked(t, owner.Post(mate, url.Values{"role": {"owner"}}), mate)
	appoint := "/platform/people/" + string(reader.Person.ID) + "/appoint"
	asked(t, operator.Post(appoint, nil), appoint)
	m, err := w.Node.Accounts.Member(t.Context(), broker.Operator(w.Org), w.Org, reader.Person.ID)
	if err != nil || m.Role != broker.RoleReader || m.Platform {
		t.Errorf("got %+v, %v", m, err)
	}
	owner.Get(owner.Home+"/team").Want(http.StatusOK, "Kim reader").Lacks("eve@example.org")
}

// asked holds that it has to be proved who it is before one comes back to a page.
func asked(t *testing.T, a portaltest.Answer, back string) {
	t.Helper()
	if !strings.HasSuffix(a.URL.Path, "/prove") || a.URL.Query().Get("back") != "/portal"+back {
		t.Errorf("led to %s, want it to be proved before %s", a.URL, back)
	}
}
