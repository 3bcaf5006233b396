package postgres

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// nothing is a View that does nothing.
func nothing(broker.Tx) error { return nil }

// TestTooManyWait fills the queue for the only connection. Who comes then is told at once; all others have their turn.
func TestTooManyWait(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{DSN: migrated(t), Log: slog.New(slog.DiscardHandler), Volatile: true, Connections: 1, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	outcomes := make(chan error, maxWaiting)
	err = s.View(t.Context(), func(broker.Tx) error {
		for range maxWaiting {
			go func() { outcomes <- s.View(t.Context(), nothing) }()
		}
		for tick := time.Tick(time.Millisecond); s.waiting.Load() < maxWaiting; <-tick {
		}
		err := s.View(t.Context(), nothing)
		var told *broker.Error
		if !errors.As(err, &told) || told.Kind != broker.Unavailable || told.Code != "busy" {
			t.Errorf("got error %v, want one that says that there are too many", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for range maxWaiting {
		if err := <-outcomes; err != nil {
			t.Errorf("one that waited: %v", err)
		}
	}
}

// TestSilence has the server fall silent while a function runs, and at COMMIT: the caller is told, and the next one finds the way.
func TestSilence(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	p, through := pgtest.NewProxy(t, dsn)
	s, err := Open(t.Context(), Config{DSN: through, Log: slog.New(slog.DiscardHandler), Volatile: true, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := &counter{id: broker.NewID[broker.CaseID]()}
	for _, test := range []struct {
		name string
		fn   func(broker.Tx) error
	}{
		{"before it reads", func(tx broker.Tx) error { p.Silence(true); return c.up(c.now)(tx) }},
		{"at COMMIT", c.up(func(broker.Tx) { p.Silence(true) })},
	} {
		if err := s.Update(t.Context(), test.fn); !errors.Is(err, broker.Unavailable) {
			t.Errorf("%s: got error %v, want %v", test.name, err, broker.Unavailable)
		}
		if err := s.View(t.Context(), nothing); !errors.Is(err, broker.Unavailable) {
			t.Errorf("%s, then a View: got error %v, want %v", test.name, err, broker.Unavailable)
		}
		p.Silence(false)
		c.insist(t, s)
	}
}

// TestReadOn loses connections while a blob is read: before its second chunk, and for good before its last.
func TestReadOn(t *testing.T) {
	t.Parallel()
	p, through := pgtest.NewProxy(t, migrated(t))
	s := openStore(t, through)
	content := bytes.Repeat([]byte("0123456789abcdef"), 3*chunkSize/16)
	id, _, err := s.Blobs().Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Blobs().Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p.Cut()
	got := make([]byte, 2*chunkSize)
	if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, content[:len(got)]) {
		t.Errorf("after connections were cut: %v, or what was read is not what was written", err)
	}
	p.Down(t)
	if _, err := f.Read(got); !errors.Is(err, broker.Unavailable) {
		t.Errorf("while the server is away: got error %v, want %v", err, broker.Unavailable)
	}
	p.Up(t)
	if rest, err := io.ReadAll(f); err != nil || !bytes.Equal(rest, content[len(got):]) {
		t.Errorf("when it is back: got %d bytes, %v, want the last %d", len(rest), err, chunkSize)
	}
}

// TestPasswordChanged changes the password while the store is open: no connection can be made any more until an operator mends it, which
// callers are told as everything else that passes.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	pgtest.Exec(t, dsn, "create role "+pgtest.Secret)
	t.Cleanup(func() { pgtest.Exec(t, dsn, "drop role "+pgtest.Secret) })
	guest := asGuest(t, dsn, "all", "all tables in schema public")
	at, err := url.Parse(guest)
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, dsn, "grant usage on sequence places to "+at.User.Username(), "grant "+pgtest.Secret+" to "+at.User.Username())
	s := openStore(t, guest)
	if err := s.View(t.Context(), nothing); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, dsn, "alter role "+at.User.Username()+" password 'another'", "select pg_terminate_backend(pid) from pg_stat_activity where usename = '"+at.User.Username()+"'")
	if err := s.View(t.Context(), nothing); !errors.Is(err, broker.Unavailable) || strings.Contains(err.Error(), password) {
		t.Errorf("got error %v, want %v, and no password", err, broker.Unavailable)
	}
	pgtest.Exec(t, dsn, "alter role "+at.User.Username()+" password '"+password+"'")
	if err := s.View(t.Context(), nothing); err != nil {
		t.Errorf("when it is mended: %v", err)
	}
}
