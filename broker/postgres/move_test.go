package postgres

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/broker/transfer"
)

func mustBeAlone(t *testing.T, dsn string) *Alone {
	t.Helper()
	a, err := openAlone(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func openAlone(ctx context.Context, dsn string) (*Alone, error) {
	return OpenAlone(ctx, Config{DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: true})
}

// TestNothingIsLeftBehind moves one of everything to another database: there every column of every table has as much as here. Who adds
// a table has to say in which kind it is moved (movedAs), and storetest has to put something into it, also into columns that may be null.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	here, there := migrated(t), migrated(t)
	s := openStore(t, here)
	_, _, err := s.Blobs().Put(t.Context(), strings.NewReader("large"))
	if err := errors.Join(err, storetest.OneOfEach(s), s.Close()); err != nil {
		t.Fatal(err)
	}
	from, to := mustBeAlone(t, here), mustBeAlone(t, there)
	m, err := transfer.Plan(t.Context(), transfer.Config{From: sideOf(from), To: sideOf(to)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range columns(t, from) {
		kind, known := movedAs[c.table]
		want, got := c.values(t, from), c.values(t, to)
		switch {
		case !known:
			t.Errorf("%s is moved in no kind", c)
		case kind == transfer.Marks:
		case want == 0:
			t.Errorf("storetest.OneOfEach puts nothing into %s", c)
		case got != want:
			t.Errorf("%s has %d values after the move, want %d", c, got, want)
		}
	}
}

func sideOf(a *Alone) transfer.Side {
	return transfer.Side{Place: a.Place(), Store: a, Blobs: a.Blobs()}
}

// column is one of a table.
type column struct{ table, name string }

func (c column) String() string { return "column " + c.name + " of table " + c.table }

// values counts what is not null.
func (c column) values(t *testing.T, a *Alone) (n int) {
	t.Helper()
	if err := a.s.pool.QueryRow(t.Context(), "select count("+c.name+") from "+c.table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// columns lists all but those of goose.
func columns(t *testing.T, a *Alone) []column {
	t.Helper()
	rows, _ := a.s.pool.Query(t.Context(), `select table_name::text, column_name::text from information_schema.columns
		where table_schema = current_schema() and table_name <> $1`, versionTable)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c column, err error) { return c, row.Scan(&c.table, &c.name) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestServedOrMoved opens a database for both at once.
func TestServedOrMoved(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	s := openStore(t, with(t, dsn, func(_ *url.URL, query url.Values) { query.Set("application_name", "first-node") }))
	other := openStore(t, dsn)
	_, err := openAlone(t.Context(), dsn)
	if !errors.Is(err, transfer.ErrInUse) || !strings.Contains(err.Error(), "first-node from its own machine, vierkant from its own machine") {
		t.Errorf("moved while it is served: got %v, want %v and who it is", err, transfer.ErrInUse)
	}
	if err := errors.Join(s.Close(), other.Close()); err != nil {
		t.Fatal(err)
	}
	a := mustBeAlone(t, dsn)
	if _, err := openAlone(t.Context(), dsn); !errors.Is(err, transfer.ErrInUse) {
		t.Errorf("moved by two: got %v, want %v", err, transfer.ErrInUse)
	}
	refusedToServe(t, dsn, "is being moved at the moment")
	for state, want := range map[transfer.State]string{
		transfer.Moving: "is being moved to", transfer.Moved: "was moved to", transfer.Arriving: "unfinished copy", transfer.Verified: "unfinished copy",
	} {
		if err := a.SetMark(t.Context(), transfer.Mark{State: state}); err != nil {
			t.Fatal(err)
		}
		a.Close()
		refusedToServe(t, dsn, want)
		a = mustBeAlone(t, dsn)
	}
	if err := errors.Join(a.SetMark(t.Context(), transfer.Mark{State: transfer.Arrived}), a.Close()); err != nil {
		t.Fatal(err)
	}
	openStore(t, dsn)
}

func refusedToServe(t *testing.T, dsn, want string) {
	t.Helper()
	s, err := Open(t.Context(), Config{DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: true})
	if err == nil {
		s.Close()
		t.Fatalf("got no error, want one that says %q", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want an error that says %q", err, want)
	}
}

// TestMovedUnderANode cuts the connections of a node off while it runs, and moves the database before it notices: it cannot come back.
func TestMovedUnderANode(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	s := openStore(t, dsn)
	if err := storetest.OneOfEach(s); err != nil {
		t.Fatal(err)
	}
	execute(t, dsn, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	a := mustBeAlone(t, dsn)
	if err := errors.Join(a.SetMark(t.Context(), transfer.Mark{State: transfer.Moved, Peer: "elsewhere"}), a.Close()); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx broker.Tx) error { return tx.PutOrg(broker.Org{ID: "late"}) })
	if err == nil || !strings.Contains(err.Error(), "was moved to elsewhere") {
		t.Errorf("got %v, want to be told that it was moved", err)
	}
}

// TestOlderSchema neither serves nor moves a database that was not migrated.
func TestOlderSchema(t *testing.T) {
	t.Parallel()
	dsn := firstReleaseSchema(t)
	refusedToServe(t, dsn, "run `vierkant migrate`")
	if _, err := openAlone(t.Context(), dsn); err == nil || !strings.Contains(err.Error(), "run `vierkant migrate`") {
		t.Errorf("moved: got %v, want to be told of vierkant migrate", err)
	}
}
