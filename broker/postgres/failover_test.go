package postgres

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// openPair opens a store on two servers, of which the second one follows the first.
func openPair(t *testing.T) (*pgtest.Pair, *Store, *counter) {
	t.Helper()
	pair := pgtest.StartPair(t)
	if err := Migrate(t.Context(), pair.DSN()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{DSN: pair.DSN(), Log: slog.New(slog.DiscardHandler), Volatile: true, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return pair, s, &counter{id: broker.NewID[broker.CaseID]()}
}

func (c *counter) now(broker.Tx) {}

// insist counts up until it works.
func (c *counter) insist(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		err := s.Update(ctx, c.up(c.now))
		if err == nil {
			return
		}
		if !errors.Is(err, broker.Unavailable) {
			t.Fatalf("got error %v, want %v", err, broker.Unavailable)
		}
	}
}

// TestStandbyGone commits while the standby that is waited for is away: what only one server has is not acknowledged, also not when the
// wait for the other one is given up by us, or by an administrator.
func TestStandbyGone(t *testing.T) {
	t.Parallel()
	pair, s, c := openPair(t)
	c.insist(t, s)
	pair.Standby.Kill(t)
	if err := s.Update(t.Context(), c.up(c.now)); !errors.Is(err, broker.Unavailable) {
		t.Errorf("the wait was too long: got error %v, want %v", err, broker.Unavailable)
	}
	patient, err := Open(t.Context(), Config{DSN: pair.DSN(), Log: slog.New(slog.DiscardHandler), Volatile: true, Patience: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	other := patient.other(t)
	outcome := make(chan error)
	go func() {
		d := &counter{id: broker.NewID[broker.CaseID]()}
		outcome <- patient.Update(context.Background(), d.up(d.now))
	}()
	cancelWaits(t, other)
	if err := <-outcome; !errors.Is(err, broker.Unavailable) {
		t.Errorf("somebody ended the wait: got error %v, want %v", err, broker.Unavailable)
	}
	pair.Standby.Start(t)
	c.insist(t, s)
}

// cancelWaits ends the first statement that waits for a standby.
func cancelWaits(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); {
		var canceled int
		err := conn.QueryRow(t.Context(), `select count(*) from (select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'
			and application_name = 'vierkant' and datname = current_database()) canceled`).Scan(&canceled)
		if err != nil {
			t.Fatal(err)
		}
		if canceled > 0 {
			return
		}
	}
	t.Fatal("nobody waits for the standby")
}

// TestLeftBehind has the standby take over, and then the old primary come back as one that takes writes: the first of the DSN, and wrong.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	pair, s, c := openPair(t)
	c.insist(t, s)
	pair.Primary.Kill(t)
	pair.Standby.Promote(t)
	c.insist(t, s)
	pair.Primary.Alone(t)
	for range 3 {
		s.pool.Reset()
		c.insist(t, s)
	}
	const count = "select record->>'events' from cases"
	if got := pgtest.Values(t, pair.Primary.DSN(), count); len(got) != 1 || got[0] != "1" {
		t.Errorf("on the server that was left behind it is counted to %v, want 1", got)
	}
	if got := pgtest.Values(t, pair.Standby.DSN(), count); len(got) != 1 || got[0] != "5" {
		t.Errorf("on the one that took over it is counted to %v, want 5", got)
	}
}
