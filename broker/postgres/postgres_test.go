package postgres

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/broker/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	dsns := databases{}
	storetest.TestStore(t, func(t testing.TB, dir string) broker.Store { return openStore(t, dsns.of(t, dir)) })
}

// databases has a database for each folder of a contract test.
type databases struct{ known sync.Map }

func (d *databases) of(t testing.TB, dir string) string {
	t.Helper()
	if dsn, ok := d.known.Load(dir); ok {
		return dsn.(string)
	}
	dsn := migrated(t)
	d.known.Store(dir, dsn)
	return dsn
}

// migrated returns a database with our schema.
func migrated(t testing.TB) string {
	t.Helper()
	dsn := pgtest.Start(t)
	if err := Migrate(context.Background(), dsn); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func openStore(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Config{DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	dsns := databases{}
	storetest.TestBlobs(t, func(t testing.TB, dir string) broker.Blobs { return openStore(t, dsns.of(t, dir)).Blobs() })
}
