package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/operation"
)

// operation tells how the world is, which has one finding and a small disk.
func (w *world) operation(keeper *keycare.Keeper) *operation.Operation {
	w.t.Helper()
	return must(operation.New(operation.Config{
		Store: w.store, Deliveries: w.broker.Deliveries, Notices: w.broker.Notices, Keys: keeper, Now: w.clock.Now, Deadline: w.clock.Now,
		Examine: func(context.Context) []operation.Finding {
			return []operation.Finding{{Subject: "disk", Grade: "note", Text: "it is small", Remedy: "Buy another one."}}
		},
		Disk: func() operation.Disk { return operation.Disk{Free: 1, Total: 2} },
	}))(w.t)
}

func TestOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.calledBack()
	w.owe(to, 1)
	w.fail(to, 500)
	busy := w.active()
	w.submitted(busy)
	w.clock.forward(10 * time.Minute)
	w.submitted(busy)
	var got wire.Operation
	a := w.operate(http.MethodGet, "/operation", "").want(t, http.StatusOK)
	a.decode(&got)
	if got.Callbacks.Count != 1 || got.Signing.Count == 0 || got.Signing.Oldest == nil || got.Waiting.Count != 2 || len(got.Waiting.Destinations) != 1 {
		t.Errorf("got %+v", got)
	}
	if d := got.Waiting.Destinations[0]; d.DestinationID != busy || d.Count != 2 || d.OrgID != string(w.subscriber.org) || got.Deadline.Sub(d.Oldest) != 10*time.Minute {
		t.Errorf("what waits: got %+v at %s", d, got.Deadline)
	}
	if len(got.Endpoints) != 1 || got.AllEndpoints != 1 || got.Endpoints[0].ID != to || got.Endpoints[0].Host != "authority.example" || got.Endpoints[0].State != "failing" {
		t.Errorf("endpoints: got %+v", got.Endpoints)
	}
	if strings.Contains(string(a.body), "/callback\"") || strings.Contains(string(a.body), "https://authority") {
		t.Errorf("got the URL of a callback in %s", a.body)
	}
	if len(got.Findings) != 1 || got.Findings[0].Remedy != "Buy another one." || got.Disk == nil || got.Disk.Total != 2 || got.Keys != nil {
		t.Errorf("got findings %+v, disk %+v, keys %+v", got.Findings, got.Disk, got.Keys)
	}
	owner, _ := w.human(string(w.subscriber.org), "owner")
	for name, who := range map[string]client{"owner": owner, "client": w.subscriber} {
		t.Log(name)
		w.call(http.MethodGet, management+"/operation", "", as(who)).wantProblem(t, 403, "forbidden", "operator")
	}
}

// TestOperationTellsOfMaintenance holds that what was announced is in the report.
func TestOperationTellsOfMaintenance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	until := w.clock.Now().Add(time.Hour)
	if err := w.broker.Notices.Announce(t.Context(), broker.Operator(""), broker.Notice{From: w.clock.Now(), Until: until, Text: "new disks"}); err != nil {
		t.Fatal(err)
	}
	var got wire.Operation
	w.operate(http.MethodGet, "/operation", "").want(t, http.StatusOK).decode(&got)
	if got.Maintenance == nil || !got.Maintenance.Until.Equal(until) || got.Maintenance.Text != "new disks" {
		t.Errorf("got %+v", got.Maintenance)
	}
}
