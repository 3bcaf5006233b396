package postgres

import (
	"database/sql"
	_ "embed"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/broker/storetest"
)

//go:embed testdata/version1.sql
var version1 string

// firstReleaseSchema returns a database with the schema of the first release.
func firstReleaseSchema(t testing.TB) (dsn string) {
	t.Helper()
	dsn = pgtest.Start(t)
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	defer db.Close()
	steps, err := newProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func TestFirstRelease(t *testing.T) {
	t.Parallel()
	dsn := firstReleaseSchema(t)
	execute(t, dsn, version1)
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	storetest.TestOld(t, func(t testing.TB) broker.Store { return openStore(t, dsn) })
}
