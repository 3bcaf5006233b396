package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.TestStore(t, func(t testing.TB, dir string) broker.Store { return open(t, filepath.Join(dir, "broker.db")) })
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// refused expects Open to refuse a file with a sentence that contains want.
func refused(t *testing.T, path, want string) {
	t.Helper()
	s, err := Open(Config{Path: path, Timeout: time.Millisecond})
	if err == nil {
		s.Close()
		t.Fatalf("got no error, want one that says %q", want)
	}
	if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %q, want one that says %q and names %s", err, want, path)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	write := func(path string, fill func(*bbolt.Tx) error) {
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(fill), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		make func(path string)
		want string
	}{
		{"a file in use", func(path string) { open(t, path) }, "it is open in another process (a running vierkant?)"},
		{"a file of a newer format", func(path string) {
			open(t, path).Close()
			write(path, func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte(`{"format":6}`))
			})
		}, "is of format 6, written by a newer vierkant; this one knows formats up to 5"},
		{"a format that cannot be read", func(path string) {
			open(t, path).Close()
			write(path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("format")) })
		}, "its format record cannot be read"},
		{"another program's bbolt file", func(path string) {
			write(path, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("cache")); return err })
		}, "this is a bbolt file, but not a store of vierkant"},
		{"another file", func(path string) { os.WriteFile(path, []byte(strings.Repeat("hello ", 10_000)), 0o600) }, "this is no store of vierkant, or it is damaged"},
		{"a damaged file", func(path string) {
			open(t, path).Close()
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			const pageSize = 4096
			clear(raw[2*pageSize:]) // all but the two pages that describe the file
			os.WriteFile(path, raw, 0o600)
		}, "the file is damaged"},
		{"a file cut short", func(path string) { os.WriteFile(path, []byte("hello"), 0o600) }, "this is no store of vierkant, or it is damaged"},
		{"a folder", func(path string) { os.Mkdir(path, 0o700) }, "is a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "broker.db")
			test.make(path)
			refused(t, path, test.want)
		})
	}
}

func TestOpenRefusesWithoutFolder(t *testing.T) {
	t.Parallel()
	refused(t, filepath.Join(t.TempDir(), "missing", "broker.db"), "no such file")
}

func TestFileMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %o, want 600", got)
	}
}

// TestWithoutClose opens what a killed process leaves behind: the file as it was after the last commit, without the list of free pages.
func TestWithoutClose(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	var kept, deleted broker.BodyID
	for _, fn := range []func(broker.Tx) error{
		func(tx broker.Tx) (err error) { deleted, err = tx.AddBody(make([]byte, 100_000)); return err },
		func(tx broker.Tx) (err error) { kept, err = tx.AddBody([]byte("kept")); return err },
		func(tx broker.Tx) error { return tx.DeleteBody(deleted) },
	} {
		if err := s.Update(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "broker.db")
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, copied)
	err = s.Update(context.Background(), func(tx broker.Tx) error {
		if _, err := tx.Body(deleted); !errors.Is(err, broker.ErrNoRow) {
			t.Errorf("a deleted body: got %v, want %v", err, broker.ErrNoRow)
		}
		got, err := tx.Body(kept)
		if string(got) != "kept" {
			t.Errorf("got body %q, want %q", got, "kept")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for range 3 { // the pages that are free are used again, the others are not
		if err := s.Update(context.Background(), write3MB); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestTimeKeys orders instants as the keys that stand for them.
func TestTimeKeys(t *testing.T) {
	t.Parallel()
	ordered := []time.Time{
		{},
		time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Unix(-1, 0), time.Unix(-1, 999_999_999), time.Unix(0, 0), time.Unix(0, 1),
		time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("east", 3600)),
		time.Date(2026, 11, 21, 11, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
	for i := range ordered[1:] {
		before, after := key(nil).time(ordered[i]), key(nil).time(ordered[i+1])
		if string(before) >= string(after) {
			t.Errorf("the key of %s (%x) is not before that of %s (%x)", ordered[i], before, ordered[i+1], after)
		}
		if len(before) != timeSize {
			t.Errorf("got a key of %d bytes, want %d", len(before), timeSize)
		}
	}
}
