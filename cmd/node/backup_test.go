package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/cmd/node"
)

// TestBackupWhileServing makes backups of a node while a crowd sends, fetches and accepts. The last one is restored, and the node that serves it
// has every application that was acknowledged before the moment, byte for byte, with its whole log.
func TestBackupWhileServing(t *testing.T) {
	t.Parallel()
	cfg := withKeys(t)
	cfg.Listen, cfg.AllowHTTPCallbacks = freeAddress(t), true
	base := "http://" + cfg.Listen
	n := start(t, cfg)
	c := gather(t, n, base)
	var folder string
	var before []*parcel
	rounds := 0
	end := c.while(t, 6)
	for c.awaitDone(t, 10); rounds < 2; rounds++ {
		folder = filepath.Join(t.TempDir(), "backup")
		before = c.through()
		m, err := node.Backup(t.Context(), cfg, node.BackupOrder{Target: folder}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if int(m.Blobs) < len(before) || m.Missing != nil || m.Environment != "test" || m.PublicURL != base {
			t.Errorf("got %+v, with at least %d blobs", m, len(before))
		}
		c.awaitDone(t, 10)
	}
	end()
	stop(t, n)

	home := cfg.Data
	cfg = sameAs(t, cfg)
	r, err := node.Restore(t.Context(), cfg, node.RestoreOrder{Backup: folder, KeyFile: filepath.Join(home, "key")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Logs == nil || r.Logs.Cases < int64(len(before)) || len(before) < 20 {
		t.Errorf("got %+v, want the logs of at least %d cases", r.Logs, len(before))
	}
	defer stop(t, start(t, cfg))
	c.parcels = before
	c.verify(t, base)
	for _, p := range before {
		if p.accepted == "" {
			if err := c.fetch(t.Context(), p); err != nil {
				t.Error(err)
			}
		}
	}
	c.parcels = nil
	c.work(t, 2, c.many(4))
	c.verify(t, base)
}

// TestStopEndsABackup stops a node in the middle of a slow backup, which leaves nothing.
func TestStopEndsABackup(t *testing.T) {
	t.Parallel()
	cfg := withKeys(t)
	n := start(t, cfg)
	place := t.TempDir()
	ended := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		first := true
		_, err := node.Backup(t.Context(), cfg, node.BackupOrder{Target: filepath.Join(place, "backup"), Rate: 1}, func(node.BackupStep) {
			if first {
				close(begun)
			}
			first = false
		})
		ended <- err
	}()
	<-begun
	stop(t, n)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the node is being stopped") {
		t.Errorf("got %v", err)
	}
	if all, err := os.ReadDir(place); err != nil || len(all) != 0 {
		t.Errorf("it left %v, %v", all, err)
	}
}

// TestRestoreKeyFile restores without a key file what can be served as soon as there is one, and refuses the wrong one.
func TestRestoreKeyFile(t *testing.T) {
	t.Parallel()
	home := withKeys(t)
	folder := filepath.Join(t.TempDir(), "backup")
	if _, err := node.Backup(t.Context(), home, node.BackupOrder{Target: folder}, nil); err != nil {
		t.Fatal(err)
	}
	cfg := config(t)
	r, err := node.Restore(t.Context(), cfg, node.RestoreOrder{Backup: folder}, nil)
	if err != nil || r.Logs != nil || r.KeyFile != filepath.Join(cfg.Data, "key") {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := node.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "the key file "+r.KeyFile+" is missing") {
		t.Errorf("without the key file: got %v", err)
	}
	key, err := os.ReadFile(filepath.Join(home.Data, "key"))
	if err := errors.Join(err, os.WriteFile(r.KeyFile, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, cfg))

	cfg = config(t)
	key[0] ^= 1
	other := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(other, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Restore(t.Context(), cfg, node.RestoreOrder{Backup: folder, KeyFile: other}, nil); err == nil || !strings.Contains(err.Error(), "the key file is not the one of the backup") {
		t.Errorf("another key file: got %v", err)
	}
}
