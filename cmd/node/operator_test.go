package node_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/cmd/node"
)

// operate asks the node of a configuration as its operator.
func operate(t *testing.T, cfg node.Config, method, path, body string, into any) {
	t.Helper()
	operator, err := node.Reach(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := operator.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := http.NewRequest(method, node.OperatorURL+"/manage-api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := operator.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: got %s, %v", method, path, answer.Status, err)
	}
}

// What the operator does to a stopped node is there when it runs, and the other way round.
func TestTheOperatorReachesANodeThatRunsOrNot(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	if _, err := node.Reach(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "start the node once") {
		t.Errorf("data that were never served: got %v", err)
	}
	n := start(t, cfg)
	operate(t, cfg, http.MethodPost, "/orgs", `{"name":"while it runs"}`, new(wire.Org))
	stop(t, n)
	operate(t, cfg, http.MethodPost, "/orgs", `{"name":"while it does not"}`, new(wire.Org))
	defer stop(t, start(t, cfg))
	var all wire.OrgList
	operate(t, cfg, http.MethodGet, "/orgs", "", &all)
	if len(all.Orgs) != 2 || all.Orgs[0].Name != "while it runs" || all.Orgs[1].Name != "while it does not" {
		t.Errorf("got %+v", all.Orgs)
	}
}
