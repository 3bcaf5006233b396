package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// TestKill kills a server twice; each time what it acknowledged is there when it answers again, and who was connected is not.
func TestKill(t *testing.T) {
	t.Parallel()
	s := pgtest.StartServer(t)
	for round := range 2 {
		conn, err := pgx.Connect(t.Context(), s.DSN)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "create table if not exists rows (n int)"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "insert into rows values (1)"); err != nil {
			t.Fatal(err)
		}
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := s.Await(); err != nil {
			t.Fatal(err)
		}
		if err := conn.Ping(t.Context()); err == nil {
			t.Error("a connection has survived the server")
		}
		if got := count(t, s.DSN); got != round+1 {
			t.Errorf("rows after the crash: got %d, want %d", got, round+1)
		}
	}
}

func count(t *testing.T, dsn string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "select count(*) from rows").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
