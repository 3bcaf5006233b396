package node_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// unwell asks for health or readiness, and returns what is not well.
func unwell(t testing.TB, url string) (status int, names []string) {
	t.Helper()
	status, raw := get(t, url)
	var said struct{ Checks []node.Check }
	if err := json.Unmarshal([]byte(raw), &said); err != nil || len(said.Checks) == 0 {
		t.Fatalf("%s: got %q, %v", url, raw, err)
	}
	for _, c := range said.Checks {
		if !c.OK {
			names = append(names, c.Name)
		}
		if c.OK != (c.Detail == "") {
			t.Errorf("%s: got %+v, want a detail where something is wrong and only there", url, c)
		}
	}
	return status, names
}

// TestAFullDiskIsNotReady wants more to stay free than any disk has.
func TestAFullDiskIsNotReady(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	cfg.DiskReserve = 1 << 60
	n := start(t, cfg)
	defer stop(t, n)
	if status, wrong := unwell(t, n.URLs().Admin+"/readyz"); status != http.StatusServiceUnavailable || !slices.Equal(wrong, []string{"disk"}) {
		t.Errorf("/readyz: got %d and %v, want 503 and the disk", status, wrong)
	}
	if status, wrong := unwell(t, n.URLs().Admin+"/healthz"); status != http.StatusOK || wrong != nil {
		t.Errorf("/healthz: got %d and %v: a restart makes no room", status, wrong)
	}
}

// TestANodeThatStopsAnswersOn asks a node that stops for its readiness and its keys.
func TestANodeThatStopsAnswersOn(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	cfg.Drain = 3 * time.Second
	n := start(t, cfg)
	ready, keys := n.URLs().Admin+"/readyz", n.URLs().Submission
	if status, wrong := unwell(t, ready); status != http.StatusOK || wrong != nil {
		t.Errorf("before: got %d and %v", status, wrong)
	}
	stopped := make(chan struct{})
	go func() { stop(t, n); close(stopped) }()
	await(t, ready, http.StatusServiceUnavailable)
	if _, wrong := unwell(t, ready); !slices.Equal(wrong, []string{"staying"}) {
		t.Errorf("while it stops: got %v", wrong)
	}
	if len(kids(t, keys)) == 0 {
		t.Error("while it drains it does not answer")
	}
	<-stopped
	if answer, err := http.Get(ready); err == nil {
		answer.Body.Close()
		t.Error("it answers after the end")
	}
}

func TestOperationIsChecked(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*node.Config){
		"drain: -1s":           func(c *node.Config) { c.Drain = -time.Second },
		"between 0s and 10m0s": func(c *node.Config) { c.Drain = time.Hour },
		"disk_reserve":         func(c *node.Config) { c.DiskReserve = -1 },
	} {
		cfg := config(t)
		change(&cfg)
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
