package postgres

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// counter is a case whose number of events is counted up, and how often that was tried and followed up.
type counter struct {
	id          broker.CaseID
	runs, hooks int
}

// up counts up; last runs when all is read and nothing is sent yet.
func (c *counter) up(last func(broker.Tx)) func(broker.Tx) error {
	return func(tx broker.Tx) error {
		c.runs++
		one, err := tx.Case(c.id)
		if err != nil && !errors.Is(err, broker.ErrNoRow) {
			return err
		}
		one.ID = c.id
		one.Events++
		tx.OnCommit(func() { c.hooks++ })
		last(tx)
		return tx.PutCase(one)
	}
}

func (c *counter) check(t *testing.T, s *Store, events, runs, hooks int) {
	t.Helper()
	var one broker.Case
	if err := s.View(context.Background(), func(tx broker.Tx) (err error) { one, err = tx.Case(c.id); return err }); err != nil {
		t.Fatal(err)
	}
	if one.Events != events || c.runs != runs || c.hooks != hooks {
		t.Errorf("counted to %d in %d runs with %d follow-ups, want %d, %d and %d", one.Events, c.runs, c.hooks, events, runs, hooks)
	}
}

// throughProxy opens a store with one connection, in which every statement of a counter was prepared.
func throughProxy(t *testing.T) (*pgtest.Proxy, *Store, *counter) {
	t.Helper()
	dsn := migrated(t)
	p, through := pgtest.NewProxy(t, dsn)
	s, err := Open(t.Context(), Config{DSN: through, Log: slog.New(slog.DiscardHandler), Volatile: true, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := &counter{id: broker.NewID[broker.CaseID]()}
	if err := s.Update(t.Context(), c.up(func(broker.Tx) {})); err != nil {
		t.Fatal(err)
	}
	return p, s, c
}

// once does something in the first run only.
func once(do func()) func(broker.Tx) {
	done := false
	return func(broker.Tx) {
		if !done {
			done = true
			do()
		}
	}
}

// TestLostAtCommit breaks the connection when COMMIT is sent. However it breaks, the function has happened exactly once.
func TestLostAtCommit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		how  pgtest.Loss
		runs int
	}{
		{"the answer is lost", pgtest.LoseAnswer, 2},
		{"the request is lost", pgtest.LoseBoth, 3},
		{"the request is lost, and the server waits for it", pgtest.LoseClient, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, s, c := throughProxy(t)
			if err := s.Update(t.Context(), c.up(once(func() { p.Lose(test.how) }))); err != nil {
				t.Errorf("Update: %v", err)
			}
			c.check(t, s, 2, test.runs, 2)
		})
	}
}

// TestUnknownOutcome loses the answer to COMMIT and the evidence that the server has lived on: nothing is claimed and nothing is repeated.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	p, s, c := throughProxy(t)
	err := s.Update(t.Context(), c.up(once(func() {
		if _, err := s.other(t).Exec(t.Context(), "truncate boots"); err != nil { // as a crash does
			t.Error(err)
		}
		p.Lose(pgtest.LoseAnswer)
	})))
	if !errors.Is(err, broker.Unavailable) || !errors.Is(err, errUnknownOutcome) {
		t.Errorf("got error %v, want one that is %v, because %v", err, broker.Unavailable, errUnknownOutcome)
	}
	c.check(t, s, 2, 2, 1)
}

// other is a connection beside the store's, with its own rights.
func (s *Store) other(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), s.pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// TestKilledBackend ends the server's side in the middle of a transaction, as an operator or a server that stops does.
func TestKilledBackend(t *testing.T) {
	t.Parallel()
	s := openStore(t, migrated(t))
	c := &counter{id: broker.NewID[broker.CaseID]()}
	other := s.other(t)
	kill := once(func() {
		if _, err := other.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'  and datname = current_database()"); err != nil {
			t.Error(err)
		}
	})
	if err := s.Update(t.Context(), c.up(kill)); err != nil {
		t.Errorf("Update: %v", err)
	}
	c.check(t, s, 1, 2, 1)
}

// TestIdleConnectionsDie ends all connections while nobody uses them.
func TestIdleConnectionsDie(t *testing.T) {
	t.Parallel()
	s := openStore(t, migrated(t))
	c := &counter{id: broker.NewID[broker.CaseID]()}
	other := s.other(t)
	kill := func() {
		if _, err := other.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"); err != nil {
			t.Fatal(err)
		}
	}
	kill()
	if err := s.Update(t.Context(), c.up(func(broker.Tx) {})); err != nil {
		t.Errorf("Update: %v", err)
	}
	kill()
	c.check(t, s, 1, 2, 1)
}

// TestServerGone has the server vanish in the middle of a transaction, and come back.
func TestServerGone(t *testing.T) {
	t.Parallel()
	p, s, c := throughProxy(t)
	err := s.Update(t.Context(), func(tx broker.Tx) error {
		p.Down(t)
		return c.up(func(broker.Tx) {})(tx)
	})
	if !errors.Is(err, broker.Unavailable) {
		t.Errorf("got error %v, want %v", err, broker.Unavailable)
	}
	if err := s.View(t.Context(), func(broker.Tx) error { return nil }); !errors.Is(err, broker.Unavailable) {
		t.Errorf("a View got error %v, want %v", err, broker.Unavailable)
	}
	p.Up(t)
	if err := s.Update(t.Context(), c.up(func(broker.Tx) {})); err != nil {
		t.Errorf("after it came back: %v", err)
	}
	c.check(t, s, 2, 3, 2)
}
