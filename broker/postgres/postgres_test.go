package postgres

import (
	"context"
	"errors"
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

// TestUnstorableNames writes and reads what PostgreSQL's texts cannot hold: it is refused, and it is not there.
func TestUnstorableNames(t *testing.T) {
	t.Parallel()
	s := openStore(t, migrated(t))
	const odd = "a\x00b"
	writes := map[string]func(broker.Tx) error{
		"destination": func(tx broker.Tx) error { return tx.PutDestination(broker.Destination{ID: odd}) },
		"its org":     func(tx broker.Tx) error { return tx.PutDestination(broker.Destination{ID: "d", Org: odd}) },
		"key": func(tx broker.Tx) error {
			return tx.PutDestinationKey(broker.DestinationKey{Destination: "d", KID: "\xff"})
		},
		"submission": func(tx broker.Tx) error { return tx.PutSubmission(broker.Submission{ID: odd}) },
		"its author": func(tx broker.Tx) error { return tx.PutSubmission(broker.Submission{ID: "s", Case: "c", Author: odd}) },
		"case":       func(tx broker.Tx) error { return tx.PutCase(broker.Case{ID: "c", Sender: odd}) },
		"receipt":    func(tx broker.Tx) error { return tx.PutReceipt(broker.Receipt{Client: "c", Key: odd}) },
		"event":      func(tx broker.Tx) error { return tx.AppendEvent(broker.Event{Case: "c", Number: 1, ID: odd}) },
	}
	for name, write := range writes {
		if err := s.Update(t.Context(), write); !errors.Is(err, broker.Invalid) {
			t.Errorf("%s: got error %v, want %v", name, err, broker.Invalid)
		}
	}
	reads := map[string]func(broker.Tx) error{
		"client": func(tx broker.Tx) error { _, err := tx.Client(odd); return err },
		"event":  func(tx broker.Tx) error { _, err := tx.EventByID(odd); return err },
	}
	for name, read := range reads {
		if err := s.View(t.Context(), read); !errors.Is(err, broker.ErrNoRow) {
			t.Errorf("%s: got error %v, want %v", name, err, broker.ErrNoRow)
		}
	}
	lists := map[string]func(broker.Tx) (int, error){
		"destinations": func(tx broker.Tx) (int, error) {
			_, n, err := tx.Destinations(odd, broker.Page{Limit: 1})
			return n, err
		},
		"waiting": func(tx broker.Tx) (int, error) {
			_, n, err := tx.Waiting([]broker.Inbox{odd}, broker.Page{Limit: 1})
			return n, err
		},
		"cases": func(tx broker.Tx) (int, error) {
			_, n, err := tx.SenderCases(odd, broker.Page{Limit: 1})
			return n, err
		},
		"pending": func(tx broker.Tx) (int, error) { p, err := tx.Pending(odd); return p.Count, err },
		"events": func(tx broker.Tx) (int, error) {
			_, n, err := tx.Events(odd, broker.Page{Limit: 1})
			return n, err
		},
	}
	for name, list := range lists {
		if err := s.View(t.Context(), func(tx broker.Tx) error {
			n, err := list(tx)
			if n != 0 {
				t.Errorf("%s: got %d, want none", name, n)
			}
			return err
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := broker.Org{ID: "o", Name: odd} // in a record everything can be kept
	if err := s.Update(t.Context(), func(tx broker.Tx) error { return tx.PutOrg(text) }); err != nil {
		t.Error(err)
	}
	if err := s.View(t.Context(), func(tx broker.Tx) error {
		got, err := tx.Org("o")
		if got.Name != odd {
			t.Errorf("got name %q, want %q", got.Name, odd)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
