package node_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

// clock is a wall clock that a test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }
func quiet() *slog.Logger                { return slog.New(slog.DiscardHandler) }
func environment(name string) node.Environment {
	for _, e := range node.Environments() {
		if e.Name == name {
			return e
		}
	}
	return node.Environment{}
}

// config is one that runs, in a folder of its own. The folder's path is short, because a socket's address is.
func config(t testing.TB) node.Config {
	t.Helper()
	data, err := os.MkdirTemp("", "vk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(data) })
	return node.Config{
		Environment: environment("test"), Data: data, Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Log: quiet(),
	}
}

func start(t testing.TB, cfg node.Config) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

func stop(t testing.TB, n *node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// kids lists the ids in a published key set.
func kids(t testing.TB, url string) []string {
	t.Helper()
	_, raw := get(t, url+"/.well-known/jwks.json")
	var set struct {
		Keys []struct {
			KID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal([]byte(raw), &set); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range set.Keys {
		all = append(all, k.KID)
	}
	return all
}

func TestAdminListener(t *testing.T) {
	t.Parallel()
	n := start(t, config(t))
	defer stop(t, n)
	for path, want := range map[string]string{
		"/healthz": `"live":true`, "/readyz": `"ready":true`, "/metrics": "vierkant_signing_debt_events 0",
	} {
		if status, body := get(t, n.URLs().Admin+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %.80q, want 200 with %q", path, status, body, want)
		}
	}
	if status, _ := get(t, n.URLs().Base+"/metrics"); status != http.StatusNotFound {
		t.Errorf("metrics on the public listener: got %d, want 404", status)
	}
}

// TestFairUse asks a node that allows little for more, and reads its metrics.
func TestFairUse(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.FairUse.Address, cfg.FairUse.Routing = 3, 1
	at := time.Now()
	cfg.Now = func() time.Time { return at }
	n := start(t, cfg)
	defer stop(t, n)
	for path, allowed := range map[string]int{n.URLs().Submission + "/v2/info": 3, n.URLs().Routing + "/v2/info": 1} {
		for i := range allowed + 2 {
			want := http.StatusOK
			if i >= allowed {
				want = http.StatusTooManyRequests
			}
			if status, _ := get(t, path); status != want {
				t.Errorf("%s, request %d: got %d, want %d", path, i+1, status, want)
			}
		}
	}
	_, metrics := get(t, n.URLs().Admin+"/metrics")
	for _, want := range []string{`vierkant_refusals_total{kind="address"} 2`, `vierkant_refusals_total{kind="routing"} 2`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("got metrics without %s", want)
		}
	}
}

// TestRotation follows a service key from next to current to retired, over the socket of a running node.
func TestRotation(t *testing.T) {
	t.Parallel()
	wall, cfg := new(clock), config(t)
	cfg.Now = wall.now
	n := start(t, cfg)
	before := kids(t, n.URLs().Submission)
	if len(before) != 1 {
		t.Fatalf("a fresh node shows the keys %q, want the current one", before)
	}
	if _, err := node.RotateKeys(t.Context(), cfg, "service"); err == nil || !strings.Contains(err.Error(), "no next key yet") {
		t.Errorf("rotating before there is a next key: got %v", err)
	}
	stop(t, n)

	// Stopped: the command makes the next key itself, and still waits until it was published for an hour.
	if _, err := node.RotateKeys(t.Context(), cfg, "service"); err == nil || !strings.Contains(err.Error(), "rotate at or after") {
		t.Fatalf("rotating to a key nobody knows: got %v", err)
	}
	wall.forward(broker.PublishedBefore + time.Minute)
	n = start(t, cfg)
	defer stop(t, n)
	shown := kids(t, n.URLs().Submission)
	if len(shown) != 2 || shown[0] != before[0] {
		t.Fatalf("got the keys %q, want %q and the next one", shown, before[0])
	}
	all, err := node.RotateKeys(t.Context(), cfg, "service")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[0].State != broker.KeyRetired || all[1].State != broker.KeyCurrent || all[2].State != broker.KeyNext {
		t.Fatalf("after rotating: got %+v", all)
	}
	if all[1].KID != shown[1] {
		t.Errorf("the key that signs now is %q, want the one shown as next, %q", all[1].KID, shown[1])
	}
	after := kids(t, n.URLs().Submission)
	if len(after) != 3 || after[0] != shown[1] || after[2] != before[0] {
		t.Errorf("got the keys %q: want the current one first and the retired one still there", after)
	}
	if _, err := node.RotateKeys(t.Context(), cfg, "nonsense"); err == nil || !strings.Contains(err.Error(), "there are no keys for") {
		t.Errorf("rotating keys that do not exist: got %v", err)
	}
}

func TestDataOfAnotherKeyFile(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	stop(t, start(t, cfg))
	key := filepath.Join(cfg.Data, "key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "restore it from its backup") {
		t.Errorf("without the key file: got %v", err)
	}
	if err := os.WriteFile(key, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "is this the key file the data was made with") {
		t.Errorf("with another key file: got %v", err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Open(t.Context(), cfg); err == nil {
		t.Error("a key file that everybody may read was taken")
	}
}

func TestTwoProcessesOneFolder(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	n := start(t, cfg)
	defer stop(t, n)
	if _, err := node.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second node on the same data: got %v", err)
	}
}

// TestSocketOfAKilledNode: what a killed node left behind must not keep the next one from starting.
func TestSocketOfAKilledNode(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	if err := os.WriteFile(filepath.Join(cfg.Data, node.SocketFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	n := start(t, cfg)
	defer stop(t, n)
	info, err := os.Stat(filepath.Join(cfg.Data, node.SocketFile))
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("socket: got %v, %v; want a socket with mode 0600", info, err)
	}
}
