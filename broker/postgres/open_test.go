package postgres

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// execute runs statements as the owner of the database.
func execute(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// with changes the URL that a DSN is.
func with(t testing.TB, dsn string, change func(*url.URL, url.Values)) string {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	change(at, query)
	at.RawQuery = query.Encode()
	return at.String()
}

const password = "geheim-4711"

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t testing.TB) (dsn string)
		want string
	}{
		{"no DSN", func(testing.TB) string { return "postgres://u:" + password + "@[::1" }, "the DSN cannot be read: expected postgres://"},
		{"a bad setting", func(testing.TB) string { return "host=/tmp password=" + password + " port=x" }, "the DSN cannot be read"},
		{"no server", func(t testing.TB) string {
			return "host=" + filepath.Join(t.TempDir(), "none") + " user=u dbname=d password=" + password
		}, "no such file or directory"},
		{"no such database", func(t testing.TB) string {
			return with(t, pgtest.Start(t), func(at *url.URL, _ url.Values) {
				at.Path = "/none"
				at.User = url.UserPassword(at.User.Username(), password)
			})
		}, "there is no such database; create it"},
		{"an empty database", func(t testing.TB) string { return pgtest.Start(t) }, "there are no tables of vierkant yet: run `vierkant migrate`"},
		{"a schema that was begun", func(t testing.TB) string {
			dsn := migrated(t)
			execute(t, dsn, "delete from vierkant_schema where version_id > 0")
			return dsn
		}, "run `vierkant migrate`"},
		{"a newer schema", func(t testing.TB) string {
			dsn := migrated(t)
			execute(t, dsn, "insert into vierkant_schema (version_id, is_applied) values (999, true)")
			return dsn
		}, "the schema is of version 999, made by a newer vierkant; this one knows versions up to 6: run the newer program"},
		{"a user without rights", func(t testing.TB) string {
			dsn := migrated(t)
			return asGuest(t, dsn, "select, insert", "boots, vierkant_schema")
		}, "the user of the DSN may not read and write"},
		{"a user who may not even look", func(t testing.TB) string {
			dsn := migrated(t)
			return asGuest(t, dsn, "select", "places")
		}, "the user of the DSN lacks rights"},
		{"a session that does not wait for the disk", func(t testing.TB) string {
			return with(t, migrated(t), func(_ *url.URL, query url.Values) { query.Set("synchronous_commit", "off") })
		}, "synchronous_commit is off"},
		{"a server that does not sync", func(t testing.TB) string { return migrated(t) }, "fsync is off"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dsn := test.make(t)
			s, err := Open(t.Context(), Config{DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: !strings.Contains(test.want, " is off")})
			if err == nil {
				s.Close()
				t.Fatalf("got no error, want one that says %q", test.want)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), password) {
				t.Errorf("got error %q, want one that says %q and no password", err, test.want)
			}
		})
	}
}

// asGuest returns the DSN for a fresh user with these rights.
func asGuest(t testing.TB, dsn, rights, on string) string {
	t.Helper()
	guest := "guest_" + newName()
	execute(t, dsn, "create role "+guest+" login password '"+password+"'", "grant "+rights+" on "+on+" to "+guest)
	t.Cleanup(func() { // the database is dropped after this, and with it the rights
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "drop owned by "+guest+"; drop role "+guest); err != nil {
			t.Error(err)
		}
	})
	return with(t, dsn, func(at *url.URL, _ url.Values) { at.User = url.UserPassword(guest, password) })
}

func TestOpenOnDurableServer(t *testing.T) {
	t.Parallel()
	dsn := pgtest.StartDurable(t)
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{DSN: dsn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// TestMigrateTogether has several nodes migrate at once, and then again.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			if err := Migrate(t.Context(), dsn); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	if err := Migrate(t.Context(), dsn); err != nil {
		t.Errorf("once more: %v", err)
	}
	openStore(t, dsn)
}

func TestMigrateRefuses(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	execute(t, dsn, "insert into vierkant_schema (version_id, is_applied) values (999, true)")
	tests := []struct{ name, dsn, want string }{
		{"a newer schema", dsn, "run the newer program"},
		{"no DSN", "postgres://u:" + password + "@[::1", "the DSN cannot be read"},
		{"a user without rights", asGuest(t, pgtest.Start(t), "usage", "schema public"), "lacks rights"},
	}
	for _, test := range tests {
		err := Migrate(t.Context(), test.dsn)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: got error %v, want one that says %q and no password", test.name, err, test.want)
		}
	}
}
