// Package stores opens the stores that services are tested on: one that keeps files, and one in a database, since what a service promises
// must not depend on which of the two it has. Whether the stores themselves keep their contract is for package storetest to say.
//
// A test that says something about stores runs on both; one that is about a rule alone is content with Files, which are faster. A test of
// several nodes takes a Place, and opens it once for each of them.
//
// Where there is no PostgreSQL the tests on it are skipped, as package pgtest says.
//
// Only tests import this package.
package stores

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// connections are few: a test may have several nodes, beside those of the tests that run at the same time.
const connections = 8

// Place is where records and bodies are. Each call opens it as one more node does; the nodes of a place of files share what the first one
// opened, since files belong to one process. What was opened is closed at the end of the test.
type Place func() (broker.Store, broker.Blobs)

// Kinds makes an empty place of each kind, by its name: for benchmarks, which OnBothPlaces cannot run.
func Kinds() map[string]func(testing.TB) Place {
	return map[string]func(testing.TB) Place{"files": InFiles, "database": InDatabase}
}

// OnBothPlaces runs a test on an empty place of each kind, beside each other and beside other tests.
func OnBothPlaces(t *testing.T, test func(t *testing.T, at Place)) {
	t.Helper()
	t.Parallel()
	for name, empty := range Kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, empty(t))
		})
	}
}

// OnBoth is OnBothPlaces for a test of one node that keeps its bodies elsewhere, or has none.
func OnBoth(t *testing.T, test func(t *testing.T, store broker.Store)) {
	t.Helper()
	OnBothPlaces(t, func(t *testing.T, at Place) {
		store, _ := at()
		test(t, store)
	})
}

// Files is an empty store of files.
func Files(t testing.TB) broker.Store {
	t.Helper()
	store, _ := InFiles(t)()
	return store
}

// InFiles is a place in a folder of its own.
func InFiles(t testing.TB) Place {
	t.Helper()
	dir := t.TempDir()
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(dir, "store")})
	must(t, err)
	t.Cleanup(func() { store.Close() })
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	return func() (broker.Store, broker.Blobs) { return store, blobs }
}

// InDatabase is a place in a fresh database of PostgreSQL.
func InDatabase(t testing.TB) Place {
	t.Helper()
	dsn := pgtest.Start(t)
	must(t, postgres.Migrate(context.Background(), dsn))
	return func() (broker.Store, broker.Blobs) {
		t.Helper()
		store, err := postgres.Open(context.Background(), postgres.Config{
			DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: true, Connections: connections,
		})
		must(t, err)
		t.Cleanup(func() { store.Close() })
		return store, store.Blobs()
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
