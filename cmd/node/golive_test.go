package node_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/cmd/node"
)

// TestMilestonesOfANode has happen once what only a whole node sees, on either store: tokens, callbacks, faults.
func TestMilestonesOfANode(t *testing.T) {
	onEitherStore(t, testMilestones)
}

// onEitherStore runs a test of a node on files and of one on a database.
func onEitherStore(t *testing.T, test func(*testing.T, node.Config)) {
	t.Parallel()
	for name, place := range map[string]func(*testing.T) node.Config{
		"files": func(t *testing.T) node.Config { return madeConfig(t) },
		"database": func(t *testing.T) node.Config {
			cfg := config(t)
			cfg.Database, cfg.Volatile = pgtest.Start(t), true
			if err := node.Migrate(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			return cfg
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, place(t))
		})
	}
}

func testMilestones(t *testing.T, cfg node.Config) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(receiver.Close)
	var c clock
	c.forward(-time.Hour) // readers of events know the real time, and believe none of the future
	cfg.Now, cfg.AllowHTTPCallbacks = c.now, true
	n := start(t, cfg)
	o := seedCalled(t, n, &broker.CallbackDraft{URL: receiver.URL, Secret: rand.Text() + rand.Text()})
	base := n.URLs().Base
	sender, err := n.Broker.Clients.Get(t.Context(), broker.Operator(""), broker.ClientID(o.Sender.ClientID))
	if err != nil {
		t.Fatal(err)
	}
	o.bring(t, base)
	awaitText(t, milestonesOf(cfg, sender.Org, string(o.Destinations[0])), " submission-received ", " attachment-received ", " submission-accepted ", " callback-taken ", " route-published ")
	awaitText(t, milestonesOf(cfg, sender.Org, string(o.Sender.ClientID)), " token-issued ", " submission-sent ", " submission-accepted ")
	awaitText(t, milestonesOf(cfg, sender.Org, string(o.Subscriber.ClientID)), " token-issued ", " submission-accepted ", " assigned ")

	stop(t, n) // what is known is read anew from the store
	n = start(t, cfg)
	t.Cleanup(func() { stop(t, n) })
	base = n.URLs().Base
	c.forward(time.Hour)
	for _, f := range []node.FaultDraft{
		{Kind: rehearsal.ExpiredToken, Client: broker.ClientID(o.Sender.ClientID), Next: 1}, {Kind: rehearsal.CallbackTwice, Next: 1},
	} {
		if err := call(t, cfg, http.MethodPost, "/test/faults", f, nil); err != nil {
			t.Fatal(err)
		}
	}
	o.bring(t, base)
	o.bring(t, base)
	awaitText(t, milestonesOf(cfg, sender.Org, string(o.Sender.ClientID)), " token-renewed ", " fault-rehearsed ")
	awaitText(t, milestonesOf(cfg, sender.Org, string(o.Destinations[0])), " fault-rehearsed ")
}

// milestonesOf reads the names of the points that are done on a checklist, as the operator of the machine.
func milestonesOf(cfg node.Config, org broker.OrgID, subject string) source {
	return func(t testing.TB) string {
		t.Helper()
		var list wire.GoLiveChecklist
		if err := call(t, cfg, http.MethodGet, "/manage-api/v1/orgs/"+string(org)+"/golive/"+subject, nil, &list); err != nil {
			t.Fatal(err)
		}
		done := " "
		for _, p := range list.Points {
			if p.State == string(golive.Done) {
				done += p.Point + " "
			}
		}
		return done
	}
}
