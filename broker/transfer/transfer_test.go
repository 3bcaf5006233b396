package transfer_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/broker/transfer"
)

// place is where an environment's data may be: served as it is by a node, or opened to be moved.
type place struct {
	serve func() (broker.Store, broker.Blobs, func(), error)
	alone func(testing.TB) transfer.Side
}

const storeFile = "vierkant.db"

func files(t testing.TB) place { return filesIn(t, t.TempDir()) }

func filesIn(t testing.TB, folder string) place {
	t.Helper()
	cfg := bolt.Config{Path: filepath.Join(folder, storeFile)}
	return place{
		serve: func() (broker.Store, broker.Blobs, func(), error) {
			store, err := bolt.Open(cfg)
			if err != nil {
				return nil, nil, nil, err
			}
			blobs, err := blobdir.Open(filepath.Join(folder, "blobs"))
			return store, blobs, func() { store.Close(); blobs.Close() }, err
		},
		alone: func(t testing.TB) transfer.Side {
			t.Helper()
			store, err := bolt.OpenAlone(cfg)
			if err != nil {
				t.Fatal(err)
			}
			blobs, err := blobdir.Open(filepath.Join(folder, "blobs"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close(); blobs.Close() })
			return transfer.Side{Place: folder, Store: store, Blobs: blobs}
		},
	}
}

func database(t testing.TB) place {
	t.Helper()
	cfg := postgres.Config{DSN: pgtest.Start(t), Log: slog.New(slog.DiscardHandler), Volatile: true}
	if err := postgres.Migrate(t.Context(), cfg.DSN); err != nil {
		t.Fatal(err)
	}
	return place{
		serve: func() (broker.Store, broker.Blobs, func(), error) {
			store, err := postgres.Open(context.Background(), cfg)
			if err != nil {
				return nil, nil, nil, err
			}
			return store, store.Blobs(), func() { store.Close() }, nil
		},
		alone: func(t testing.TB) transfer.Side {
			t.Helper()
			store, err := postgres.OpenAlone(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			return transfer.Side{Place: store.Place(), Store: store, Blobs: store.Blobs()}
		},
	}
}

// with opens both sides for as long as fn runs.
func with(t *testing.T, from, to place, fn func(t testing.TB, from, to transfer.Side)) {
	t.Helper()
	t.Run("alone", func(t *testing.T) { fn(t, from.alone(t), to.alone(t)) })
	if t.Failed() {
		t.FailNow()
	}
}

// move moves, and must succeed.
func move(t *testing.T, from, to place) (result []transfer.Digest) {
	t.Helper()
	with(t, from, to, func(t testing.TB, from, to transfer.Side) { result = run(t, from, to) })
	return result
}

func run(t testing.TB, from, to transfer.Side) []transfer.Digest {
	t.Helper()
	m, err := transfer.Plan(t.Context(), transfer.Config{From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// served has fn work with the data as a node would.
func served(t *testing.T, p place, fn func(broker.Store, broker.Blobs) error) {
	t.Helper()
	store, blobs, stop, err := p.serve()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := fn(store, blobs); err != nil {
		t.Fatal(err)
	}
}

// refused expects that no node may serve the data.
func refused(t *testing.T, p place, want string) {
	t.Helper()
	_, _, stop, err := p.serve()
	if err == nil {
		stop()
		t.Fatalf("it can be served, want a refusal that says %q", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want a refusal that says %q", err, want)
	}
}

// noise returns so many bytes, the same ones for the same seed.
func noise(seed uint64, size int) []byte {
	var from [32]byte
	from[0] = byte(seed)
	b := make([]byte, size)
	rand.NewChaCha8(from).Read(b)
	return b
}

// TestThereAndBack lives on files, moves into a database, lives on there, and moves back: nothing can tell that it was moved, also not what
// is written afterwards.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for range 3 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			thereAndBack(t, seed)
		})
	}
}

func thereAndBack(t *testing.T, seed uint64) {
	life := storetest.NewLife(seed)
	var large []broker.BlobID
	const some = 17 // transactions; a life has about 50
	live := func(store broker.Store, blobs broker.Blobs) error {
		id, _, err := blobs.Put(context.Background(), strings.NewReader(string(noise(seed, 700_000))))
		large = append(large, id)
		return errors.Join(err, life.Check(store), life.Live(store, some), sameBlobs(blobs, large, noise(seed, 700_000)))
	}
	home, away, back := files(t), database(t), files(t)
	served(t, home, live)
	there := move(t, home, away)
	refused(t, home, "was moved to the database")
	served(t, away, func(store broker.Store, blobs broker.Blobs) error {
		return errors.Join(life.Check(store), sameBlobs(blobs, large, noise(seed, 700_000)))
	})
	if again := move(t, away, back); fmt.Sprint(again) != fmt.Sprint(there) {
		t.Errorf("there\n%v\nand back\n%v", there, again)
	}
	refused(t, away, "was moved to")
	served(t, back, live)

	other := database(t)
	move(t, back, other)
	served(t, other, live)
}

func sameBlobs(blobs broker.Blobs, ids []broker.BlobID, want []byte) error {
	for _, id := range ids {
		r, err := blobs.Open(context.Background(), id)
		if err != nil {
			return err
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || string(got) != string(want) {
			return fmt.Errorf("blob %s: %d bytes, other ones, %w", id, len(got), err)
		}
	}
	return nil
}

// TestFirstRelease moves what the first release wrote: lists and numbers that came later are made from it before it is moved.
func TestFirstRelease(t *testing.T) {
	t.Parallel()
	home, away, back := t.TempDir(), database(t), t.TempDir()
	unpack(t, "../bolt/testdata/format1.db.gz", filepath.Join(home, storeFile))
	move(t, filesIn(t, home), away)
	move(t, away, filesIn(t, back))
	storetest.TestOld(t, func(t testing.TB) broker.Store {
		store, err := bolt.Open(bolt.Config{Path: filepath.Join(back, storeFile)})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func unpack(t *testing.T, packed, to string) {
	t.Helper()
	from, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	r, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err := errors.Join(err, os.WriteFile(to, raw, 0o600)); err != nil {
		t.Fatal(err)
	}
}
