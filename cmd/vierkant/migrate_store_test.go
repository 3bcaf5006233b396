package main_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// TestMigrateStoreKilled kills the move at random moments, again and again, until it gets to its end: from files into a database, and
// back. Everything is there then.
func TestMigrateStoreKilled(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	life := storetest.NewLife(seed)
	home, away, back := t.TempDir(), t.TempDir(), t.TempDir()
	dsn := pgtest.StartDurable(t)
	fillFiles(t, home, life)
	files, database, others := sideFile(t, home, ""), sideFile(t, away, dsn), sideFile(t, back, "")
	if out, status := run(t, "migrate", "--config", database); status != 0 {
		t.Fatal(out)
	}

	there := moveKilled(t, files, database)
	store, err := postgres.Open(t.Context(), postgres.Config{DSN: dsn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(life.Live(store, 20), store.Close()); err != nil {
		t.Error(err)
	}
	again := moveKilled(t, database, others)
	if there["large bodies"] != again["large bodies"] || there["clients"] == "" {
		t.Errorf("there %v\nand back %v", there, again)
	}
	files2, err := bolt.Open(bolt.Config{Path: filepath.Join(back, "vierkant.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(life.Check(files2), files2.Close()); err != nil {
		t.Error(err)
	}
}

// fillFiles makes what a node keeps in its data folder.
func fillFiles(t *testing.T, folder string, life *storetest.Life) {
	t.Helper()
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(folder, "vierkant.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	blobs, err := blobdir.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	wrapper, err := keys.CreateWrapper(filepath.Join(folder, "key"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = broker.OpenKeyring(t.Context(), broker.KeyringConfig{
		Store: store, Wrapper: wrapper, Now: time.Now, Make: map[broker.KeyUse]func() (broker.KeyPair, error){"of this test": keyPair},
	})
	err = errors.Join(err, life.Live(store, 40), store.Update(t.Context(), func(tx broker.Tx) error {
		for n := range 5_000 {
			if err := tx.PutOrg(broker.Org{ID: broker.OrgID(fmt.Sprintf("many-%d", n))}); err != nil {
				return err
			}
		}
		return nil
	}))
	for n := range 30 {
		_, _, putErr := blobs.Put(context.Background(), bytes.NewReader(bytes.Repeat([]byte{byte(n)}, 10_000*n)))
		err = errors.Join(err, putErr)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func keyPair() (broker.KeyPair, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	return broker.KeyPair{KID: "made by this test", Private: private}, err
}

func sideFile(t *testing.T, data, dsn string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "node.yaml")
	text := fmt.Sprintf("environment: test\ndata: %s\nlisten: 127.0.0.1:0\ndatabase: %q\n", data, dsn)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// moveKilled runs the move until it gets to its end, with ever more time, and returns the digests of what was moved.
func moveKilled(t *testing.T, from, to string) map[string]string {
	t.Helper()
	kills := 0
	for most := 50 * time.Millisecond; ; most += most / 2 {
		var out, said bytes.Buffer
		cmd := exec.CommandContext(t.Context(), program(t), "migrate-store", "--from", from, "--to", to, "--json")
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		bomb := time.AfterFunc(rand.N(most), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		switch killed := !bomb.Stop(); {
		case err == nil:
			t.Logf("killed %d times", kills)
			return digests(t, out.Bytes())
		case !killed && cmd.ProcessState.ExitCode() != 3: // 3: the server has not noticed yet that the one before is gone
			t.Fatalf("%v: %s", err, said.Bytes())
		}
		kills++
	}
}

func digests(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	var moved struct {
		Kinds []struct{ Kind, SHA512 string }
	}
	if err := json.Unmarshal(raw, &moved); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	all := map[string]string{}
	for _, k := range moved.Kinds {
		all[k.Kind] = k.SHA512
	}
	return all
}
