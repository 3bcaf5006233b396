package main_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

const password = "geheim-4711"

// TestDatabaseRefused gives the program databases that it cannot work with. Each command says in one line what there is to do, or works.
func TestDatabaseRefused(t *testing.T) {
	t.Parallel()
	const toMigrate, works = "run `vierkant migrate`", ""
	tests := []struct {
		name                  string
		dsn                   func(*testing.T) string
		serve, check, migrate string // what is said; empty: it works
	}{
		{"no server", same("postgres://u:" + password + "@127.0.0.1:1/d"), "is PostgreSQL running", "is PostgreSQL running", "is PostgreSQL running"},
		{"no socket", same("host=/nowhere,/nowhere/else port=5432,5432 user=u dbname=d password=" + password), "is PostgreSQL running", "is PostgreSQL running", "is PostgreSQL running"},
		{"not a DSN", same("postgres://u:" + password + "@[::1"), "expected postgres://", "expected postgres://", "expected postgres://"},
		{"wrong password", wrongPassword, "check user and password", "check user and password", "check user and password"},
		{"no database", noDatabase, "create it (createdb)", "create it (createdb)", "create it (createdb)"},
		{"empty", durable(), toMigrate, toMigrate, works},
		{"older, or half migrated", durable("delete from vierkant_schema where version_id = (select max(version_id) from vierkant_schema)"),
			toMigrate, toMigrate, "tables that no migration of vierkant noted"},
		{"newer", durable("insert into vierkant_schema (version_id, is_applied) values (999, true)"),
			"run the newer program", "run the newer program", "run the newer program"},
		{"no rights", asGuest("revoke all on schema public from public"), "lacks rights", "lacks rights", "lacks rights"},
		{"may only read", asGuest("grant select on all tables in schema public to %s"), "lacks rights", "lacks rights", works},
		{"no sequences", asGuest("grant all on all tables in schema public to %s"), "may not read and write places", "may not read and write places", works},
		{"no connection left", asGuest("alter role %s connection limit 0"), "raise max_connections", "raise max_connections", "raise max_connections"},
		{"empty, and writes nothing", readOnly, toMigrate, toMigrate, "default_transaction_read_only"},
		{"writes nothing", asGuest("grant all on all tables in schema public to %s", "alter role %s set default_transaction_read_only = on"),
			"default_transaction_read_only", "default_transaction_read_only", works},
		{"a standby", standby, "the server is a standby", "the server is a standby", "the server is a standby"},
		{"syncs nothing", volatile, "fsync is off", "fsync is off", works},
		{"does not wait for the disk", asGuest("grant all on all tables in schema public to %s", "alter role %s set synchronous_commit = off"),
			"synchronous_commit is off", "synchronous_commit is off", works},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := configFor(t, test.dsn(t))
			wantRefusal(t, "serve", config, test.serve)
			wantRefusal(t, "check", config, test.check)
			wantRefusal(t, "migrate", config, test.migrate)
		})
	}
}

// wantRefusal runs a command that has to fail with one line, or, if nothing is to be said, to work.
func wantRefusal(t *testing.T, command, config, want string) {
	t.Helper()
	out, status := run(t, command, "--config", config)
	if want == "" {
		if status != 0 {
			t.Errorf("%s: got exit status %d, want 0:\n%s", command, status, out)
		}
		return
	}
	if status != 1 || !strings.Contains(out, want) || strings.Count(out, "\n") != 1 {
		t.Errorf("%s: got exit status %d and the output below, want 1 and one line that says %q:\n%s", command, status, want, out)
	}
	if strings.Contains(out, password) {
		t.Errorf("%s tells the password:\n%s", command, out)
	}
}

// TestDatabaseChecked checks a database that is as it should be, and one of whose servers another one may take over.
func TestDatabaseChecked(t *testing.T) {
	t.Parallel()
	dsn := durable("select 1")(t)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	query.Set("host", query.Get("host")+",/nowhere")
	query.Set("port", "5432,5432")
	at.RawQuery = query.Encode()
	for dsn, want := range map[string]string{dsn: "no data yet", at.String(): "synchronous_standby_names is empty"} {
		if out, status := run(t, "check", "--config", configFor(t, dsn)); status != 0 || !strings.Contains(out, want) {
			t.Errorf("got exit status %d, want 0 and %q in:\n%s", status, want, out)
		}
	}
}

func configFor(t *testing.T, dsn string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vierkant.yaml")
	text := fmt.Sprintf("environment: test\ndata: data\nlisten: 127.0.0.1:0\ndatabase: %q\n", dsn)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func same(dsn string) func(*testing.T) string { return func(*testing.T) string { return dsn } }

// durable makes a database on a server that syncs; with statements it is migrated first.
func durable(statements ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		dsn := pgtest.StartDurable(t)
		if len(statements) > 0 {
			migrate(t, dsn)
			pgtest.Exec(t, dsn, statements...)
		}
		return as(t, dsn, "vierkant")
	}
}

func migrate(t *testing.T, dsn string) {
	t.Helper()
	if out, status := run(t, "migrate", "--config", configFor(t, dsn)); status != 0 {
		t.Fatalf("migrate: exit status %d:\n%s", status, out)
	}
}

// as has a user, with the password, in the place of the DSN's.
func as(t *testing.T, dsn, user string) string {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword(user, password)
	return at.String()
}

// asGuest migrates a database and makes a user whom statements give or take rights; their %s is the user.
func asGuest(statements ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		dsn := pgtest.StartDurable(t)
		migrate(t, dsn)
		return guest(t, dsn, statements...)
	}
}

func guest(t *testing.T, dsn string, statements ...string) string {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	user := "guest_of_" + strings.Trim(at.Path, "/")
	pgtest.Exec(t, dsn, "create role "+user+" login")
	t.Cleanup(func() { pgtest.Exec(t, dsn, "drop owned by "+user, "drop role "+user) })
	for _, sql := range statements {
		pgtest.Exec(t, dsn, strings.ReplaceAll(sql, "%s", user))
	}
	return as(t, dsn, user)
}

// wrongPassword names a user who needs another one.
func wrongPassword(t *testing.T) string {
	dsn := pgtest.StartDurable(t)
	pgtest.Exec(t, dsn, "create role "+pgtest.Secret)
	t.Cleanup(func() { pgtest.Exec(t, dsn, "drop role "+pgtest.Secret) })
	return guest(t, dsn, "grant "+pgtest.Secret+" to %s", "alter role %s password 'another'")
}

func noDatabase(t *testing.T) string {
	at, err := url.Parse(as(t, pgtest.StartDurable(t), "vierkant"))
	if err != nil {
		t.Fatal(err)
	}
	at.Path = "/none"
	return at.String()
}

func readOnly(t *testing.T) string {
	return guest(t, pgtest.StartDurable(t), "grant all on schema public to %s", "alter role %s set default_transaction_read_only = on")
}

func standby(t *testing.T) string {
	pair := pgtest.StartPair(t)
	migrate(t, pair.Primary.DSN())
	return as(t, pair.Standby.DSN(), "vierkant")
}

func volatile(t *testing.T) string {
	dsn := pgtest.Start(t)
	migrate(t, dsn)
	return as(t, dsn, "vierkant")
}
