package node_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

func examine(t testing.TB, cfg node.Config) node.Diagnosis {
	t.Helper()
	var d node.Diagnosis
	if err := call(t, cfg, http.MethodGet, "/doctor", nil, &d); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Findings {
		if f.Subject == "" || f.Text == "" || f.Grade == node.Trouble && f.Remedy == "" {
			t.Errorf("got %+v, want to be told of what, how it is, and what to do", f)
		}
	}
	return d
}

// about returns the findings about a subject that are not well.
func about(d node.Diagnosis, subject string) (texts string) {
	for _, f := range d.Findings {
		if f.Subject == subject && f.Grade != node.Well {
			texts += string(f.Grade) + ": " + f.Text + "\n"
		}
	}
	return texts
}

func TestTheDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	stopped := examine(t, cfg)
	if stopped.Wrong() || stopped.Running || !strings.Contains(about(stopped, "node"), "not running") {
		t.Errorf("a stopped node: got %+v", stopped)
	}
	defer stop(t, start(t, cfg))
	running := examine(t, cfg)
	if running.Wrong() || !running.Running || running.Environment != "test" {
		t.Errorf("a running node: got %+v", running)
	}
}

// TestTheDoctorFindsTrouble has one thing wrong after the other.
func TestTheDoctorFindsTrouble(t *testing.T) {
	t.Parallel()
	var wall clock
	cfg := madeConfig(t)
	cfg.Now = wall.now
	cfg.TLSCertificate, cfg.TLSKey = filepath.Join(cfg.Data, "tls.pem"), filepath.Join(cfg.Data, "tls.key")
	cfg.DiskReserve = 1 << 60
	certify(t, cfg, 1, time.Now().Add(20*24*time.Hour))
	n := start(t, cfg)
	defer stop(t, n)
	wants := func(subject, want string) {
		t.Helper()
		if got := about(examine(t, cfg), subject); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", subject, got, want)
		}
	}
	wants("disk", "trouble: the disk of")
	if got := about(examine(t, cfg), "TLS certificate"); got != "" {
		t.Errorf("a certificate that is good for long: got %q", got)
	}
	if err := os.Chmod(filepath.Join(cfg.Data, "key"), 0o640); err != nil {
		t.Fatal(err)
	}
	wants("key file", "trouble: others on this machine")
	if err := os.Remove(filepath.Join(cfg.Data, "key")); err != nil {
		t.Fatal(err)
	}
	wants("key file", "not there any more")

	if err := n.Broker.Clients.Store.Update(t.Context(), func(tx broker.Tx) error {
		return tx.PutTimer(broker.Timer{Queue: broker.Deadlines, ID: "case none", At: wall.now().Add(24 * time.Hour)})
	}); err != nil {
		t.Fatal(err)
	}
	if got := about(examine(t, cfg), "deadlines"); got != "" {
		t.Errorf("a deadline to come: got %q", got)
	}
	if err := n.Forward(30 * time.Hour); err != nil {
		t.Fatal(err)
	}
	wants("rehearsal", "30h0m0s ahead")
	wall.forward(10 * 24 * time.Hour)
	wants("TLS certificate", "trouble: it ends at")
	wall.forward(-30 * 24 * time.Hour)
	wants("clock", "trouble: it is behind")
}

func TestTheDoctorLooksAtTrustAnchors(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	cfg.Environment = environment("production")
	if got := about(examine(t, cfg), "trust anchors"); !strings.Contains(got, "there are none") {
		t.Errorf("without any: got %q", got)
	}
	anchors := cfg
	anchors.TLSCertificate, anchors.TLSKey = filepath.Join(cfg.Data, "anchors.pem"), filepath.Join(cfg.Data, "unused")
	cfg.TrustAnchors = anchors.TLSCertificate
	for left, want := range map[time.Duration]string{-time.Minute: "trouble: ", 24 * time.Hour: "note: ", 365 * 24 * time.Hour: ""} {
		certify(t, anchors, 7, time.Now().Add(left))
		if got := about(examine(t, cfg), "trust anchors"); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("one with %s left: got %q, want %q", left, got, want)
		}
	}
}
