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
func firstReleaseSchema(t testing.TB) (dsn string) { return schemaOf(t, 1) }

// schemaOf returns a database with the schema of a version.
func schemaOf(t testing.TB, version int64) (dsn string) {
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
	if _, err := steps.UpTo(t.Context(), version); err != nil {
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

// What was registered before there were entries is listed, by its age.
func TestOldNamesAreEntered(t *testing.T) {
	t.Parallel()
	now := pgtest.Start(t)
	if err := Migrate(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	names := storetest.OldNames(t, openStore(t, now))
	dsn := schemaOf(t, 3)
	for _, table := range []string{"orgs", "clients"} {
		for _, row := range pgtest.Values(t, now, "select format('(%L, %L)', id, record) from "+table+" order by id") {
			execute(t, dsn, "insert into "+table+" (id, record) values "+row)
		}
	}
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	names.Check(openStore(t, dsn))
}

// Callbacks from before they were kept are in the lists that came later.
func TestOldCallbacksAreListed(t *testing.T) {
	t.Parallel()
	now := pgtest.Start(t)
	if err := Migrate(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	callbacks := storetest.OldCallbacks(t, openStore(t, now))
	dsn := schemaOf(t, 4)
	for _, row := range pgtest.Values(t, now, "select format('(%L, %L, %L, %L)', id, due, due_nano, record) from deliveries order by place") {
		execute(t, dsn, "insert into deliveries (id, due, due_nano, record) values "+row)
	}
	execute(t, dsn, "insert into tallies (list, shard, n) select 'deliveries', 0, count(*) from deliveries")
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	callbacks.Check(openStore(t, dsn))
}

// Submissions from before there were ledgers are in them.
func TestOldSubmissionsAreInLedgers(t *testing.T) {
	t.Parallel()
	now := pgtest.Start(t)
	if err := Migrate(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	submissions := storetest.OldLedgers(t, openStore(t, now))
	dsn := schemaOf(t, 5)
	for into, rows := range map[string]string{
		"destinations (id, org, record)":                    "select format('(%L, %L, %L)', id, org, record) from destinations",
		"submissions (id, inbox, record)":                   "select format('(%L, %L, %L)', id, inbox, record) from submissions",
		"case_submissions (case_id, kind, nth, submission)": "select format('(%L, %L, %s, %L)', case_id, kind, nth, submission) from case_submissions",
	} {
		for _, row := range pgtest.Values(t, now, rows) {
			execute(t, dsn, "insert into "+into+" values "+row)
		}
	}
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	submissions.Check(openStore(t, dsn))
}
