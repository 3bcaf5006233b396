package node_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/cmd/node"
)

// figures reads our own metrics: those without labels by their names, of the others that they are there.
func figures(t testing.TB, n *node.Node) map[string]float64 {
	t.Helper()
	_, text := get(t, n.URLs().Admin+"/metrics")
	all := map[string]float64{}
	for _, line := range regexp.MustCompile(`(?m)^(vierkant_[a-z_]+?)(?:_bucket|_sum|_count)?(\{.*\})? (\S+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			t.Errorf("%s: %v", line[0], err)
		}
		all[line[1]] = value
	}
	return all
}

// TestMetricsAreDocumented holds the table of the README against the metrics of a node, in both directions.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(vierkant_[a-z_]+)").FindAllStringSubmatch(string(raw), -1) {
		documented[row[1]] = true
	}
	cfg := madeConfig(t)
	cfg.TLSCertificate, cfg.TLSKey = filepath.Join(cfg.Data, "tls.pem"), filepath.Join(cfg.Data, "tls.key")
	cfg.Listen = freeAddress(t)
	certify(t, cfg, 1, time.Now().Add(time.Hour))
	n := start(t, cfg)
	defer stop(t, n)
	c, _ := opened(t, cfg.Listen)
	asks(t, c)
	there := figures(t, n)
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !documented[name] {
			t.Errorf("%s is not in the table of the README", name)
		}
	}
	named := namedInSource(t)
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if !named[name] {
			t.Errorf("%s is in the README and not in the metrics", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if !documented[name] {
			t.Errorf("%s is in the source and not in the table of the README", name)
		}
	}
	if left := there["vierkant_tls_certificate_seconds"]; left < 3000 || left > 3600 {
		t.Errorf("the certificate ends in %v s, want a little less than an hour", left)
	}
}

// namedInSource are the metrics that this package has, those too that tell of what this test's node has none of.
func namedInSource(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"(vierkant_[a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			named[name[1]] = true
		}
	}
	return named
}

// TestMetricsFollow changes what they tell of.
func TestMetricsFollow(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	n := start(t, cfg)
	defer stop(t, n)
	before := figures(t, n)
	if err := n.Forward(3 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := call(t, cfg, "POST", "/test/faults", node.FaultDraft{Kind: rehearsal.CallbackFailed}, nil); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := call(t, cfg, "PUT", "/maintenance", map[string]any{"from": now, "until": now.Add(time.Hour), "readOnly": false}, nil); err != nil {
		t.Fatal(err)
	}
	after := figures(t, n)
	for name, want := range map[string][2]float64{
		"vierkant_clock_ahead_seconds": {0, 10800}, "vierkant_faults": {0, 1}, "vierkant_maintenance": {0, 1}, "vierkant_draining": {0, 0},
	} {
		if got := [2]float64{before[name], after[name]}; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"vierkant_disk_free_bytes", "vierkant_store_bytes", "vierkant_build_info"} {
		if after[name] <= 0 {
			t.Errorf("%s: got %v", name, after[name])
		}
	}
}
