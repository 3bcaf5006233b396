package main_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/storetest"
)

// TestBackupKilled kills a backup at random moments, again and again, until it gets to its end, and then the restoring of it. What has the name of
// the backup is always whole, what is not restored to the end is never served, and in the end everything is there.
func TestBackupKilled(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	life := storetest.NewLife(seed)
	home, there := t.TempDir(), filepath.Join(t.TempDir(), "data")
	fillFiles(t, home, life)
	blobs := nameBlobs(t, home)
	target := filepath.Join(t.TempDir(), "backup")
	killAgainAndAgain(t, []string{"backup", target, "--config", sideFile(t, home, "")}, func() {
		if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
			if out, status := run(t, "backup", "verify", target); status != 0 {
				t.Errorf("half a backup has the name of a whole one: %s", out)
			}
			os.RemoveAll(target) // it was killed when everything was done
		}
	})
	config := sideFile(t, there, "") // without the key file: what a life writes at random has no chains
	killAgainAndAgain(t, []string{"restore", target, "--config", config}, func() {
		if _, err := os.Stat(filepath.Join(there, "restoring")); errors.Is(err, os.ErrNotExist) {
			if _, err := os.Stat(filepath.Join(there, "vierkant.db")); err == nil {
				os.RemoveAll(there) // likewise
			}
			return
		}
		if out, status := run(t, "check", "--config", config); status != 1 || !strings.Contains(out, "was not finished") {
			t.Errorf("half a data folder may be served: %d %s", status, out)
		}
	})
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(there, "vierkant.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(life.Check(store), store.Close()); err != nil {
		t.Error(err)
	}
	for id, size := range blobs {
		name := string(id)
		if about, err := os.Stat(filepath.Join(there, "blobs", name[:2], name[2:4], name)); err != nil || about.Size() != size {
			t.Errorf("blob %s: %v, want %d bytes", id, err, size)
		}
	}
}

// nameBlobs has entries name some of the blobs in a folder.
func nameBlobs(t *testing.T, folder string) map[broker.BlobID]int64 {
	t.Helper()
	dir, err := blobdir.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	named := map[broker.BlobID]int64{}
	for id, err := range dir.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		about, err := os.Stat(filepath.Join(folder, "blobs", string(id[:2]), string(id[2:4]), string(id)))
		if err != nil {
			t.Fatal(err)
		}
		named[id] = about.Size()
	}
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(folder, "vierkant.db")})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), func(tx broker.Tx) error {
		var err error
		for id := range named {
			err = errors.Join(err, tx.PutEntry(broker.Entry{Kind: "of this test", ID: string(id), Value: fmt.Appendf(nil, `{"blob":"%s"}`, id)}))
		}
		return err
	})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	return named
}

// killAgainAndAgain runs the program until it gets to its end, with ever more time, and looks around after each kill.
func killAgainAndAgain(t *testing.T, arguments []string, look func()) {
	t.Helper()
	kills := 0
	for most := 50 * time.Millisecond; ; most += most / 3 {
		var said strings.Builder
		cmd := exec.CommandContext(t.Context(), program(t), arguments...)
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		bomb := time.AfterFunc(rand.N(most), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		switch killed := !bomb.Stop(); {
		case err == nil:
			t.Logf("%s was killed %d times", arguments[0], kills)
			return
		case !killed:
			t.Fatalf("%v: %s", err, said.String())
		}
		kills++
		look()
	}
}
