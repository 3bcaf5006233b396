package bolt

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/storetest"
)

// firstRelease returns the path of a copy of a file that the first release wrote.
func firstRelease(t testing.TB) string {
	t.Helper()
	packed, err := os.Open("testdata/format1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpack, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "broker.db")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(file, unpack)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFirstRelease(t *testing.T) {
	t.Parallel()
	path := firstRelease(t)
	storetest.TestOld(t, func(t testing.TB) broker.Store { return open(t, path) })
}

var errCrash = errors.New("crash")

// TestCrashInStep breaks the way from format 1 off before each of its transactions. The file is of the format of the last step that was
// finished, and the next attempt goes through.
func TestCrashInStep(t *testing.T) {
	t.Parallel()
	before := 1
	for survived, done := 0, false; !done; survived++ {
		path := firstRelease(t)
		db, err := openFile(Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		left := survived
		err = forward(1, func(fn func(*bbolt.Tx) error) error {
			if left--; left < 0 {
				return errCrash
			}
			return db.Update(fn)
		}, 5)
		if done = err == nil; !done && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		if err := db.View(func(b *bbolt.Tx) error {
			has, err := formatOf(b)
			if has < before || (has == format) != done || err != nil {
				t.Errorf("after %d transactions, one more than the one of format %d, the file is of format %d, %v", survived, before, has, err)
			}
			before = has
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(survived, " transactions survived"), func(t *testing.T) {
			storetest.TestOld(t, func(t testing.TB) broker.Store { return open(t, path) })
		})
	}
}

// TestStepOfMany takes a file forward that has more records than one transaction visits.
func TestStepOfMany(t *testing.T) {
	t.Parallel()
	const most = 2*atOnce + 1
	path := filepath.Join(t.TempDir(), "broker.db")
	db, err := openFile(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		if err := create(b); err != nil {
			return err
		}
		old := &tx{b: b}
		for n := uint64(1); n <= most; n++ {
			id := fmt.Sprintf("%08x", n*7919)
			c := record.Case{ID: id, Sender: "sender", Destination: "destination"}
			s := record.Submission{ID: id, Case: id, Sender: "sender", Destination: "destination", State: string(broker.StateIncomplete)}
			err := errors.Join(
				old.put(caseNumbers, []byte(id), num(n)), old.save(cases, num(n), c),
				old.put(submissionNumbers, []byte(id), num(n)), old.save(submissions, num(n), submissionRecord{Submission: s}))
			if err != nil {
				return err
			}
		}
		return old.save(meta, []byte("format"), formatRecord{1})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	err = open(t, path).View(t.Context(), func(tx broker.Tx) error {
		last, total, err := tx.SenderCases("sender", broker.Page{Offset: most - 1, Limit: 5})
		if want := fmt.Sprintf("%08x", most*7919); total != most || len(last) != 1 || string(last[0].ID) != want {
			t.Errorf("got %d of %d cases, %v, want %d, the last one %s", len(last), total, last, most, want)
		}
		p, pendingErr := tx.Pending("sender")
		if p.Count != most {
			t.Errorf("got %d pending, want %d", p.Count, most)
		}
		return errors.Join(err, pendingErr)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What was registered before there were entries is listed, by its age.
func TestOldNamesAreEntered(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	names := storetest.OldNames(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rewind(t, path, 2, func(b *bbolt.Tx) error { return dropped(b, entryNumbers, entries, entriesOfOwner) })
	names.Check(open(t, path))
}

// rewind makes an older file of a new one.
func rewind(t *testing.T, path string, to int, back func(*bbolt.Tx) error) {
	t.Helper()
	db, err := openFile(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error { return errors.Join(back(b), setFormat(b, to)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func dropped(b *bbolt.Tx, buckets ...bucket) error {
	for _, k := range buckets {
		if err := b.DeleteBucket([]byte(layout[k].name)); err != nil {
			return err
		}
	}
	return nil
}

// Callbacks from before they were kept are in the lists that came later.
func TestOldCallbacksAreListed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	callbacks := storetest.OldCallbacks(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rewind(t, path, 3, func(b *bbolt.Tx) error {
		old := &tx{b: b}
		return errors.Join(
			dropped(b, owed, over, deliveriesTo, deliveriesOf, timers, timersDue),
			old.put(deliveries, num(0), num(6)), // it was a list
		)
	})
	callbacks.Check(open(t, path))
}

// Submissions from before there were ledgers are in them.
func TestOldSubmissionsAreInLedgers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	submissions := storetest.OldLedgers(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rewind(t, path, 4, func(b *bbolt.Tx) error { return dropped(b, ledgers) })
	submissions.Check(open(t, path))
}
