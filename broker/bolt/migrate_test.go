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

// TestCrashInStep breaks the step to format 2 off before each of its transactions. The file stays one of format 1, and the next attempt goes
// through.
func TestCrashInStep(t *testing.T) {
	t.Parallel()
	for survived, done := 0, false; !done; survived++ {
		path := firstRelease(t)
		db, err := openFile(Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		left := survived
		err = toFormat2(func(fn func(*bbolt.Tx) error) error {
			if left--; left < 0 {
				return errCrash
			}
			return db.Update(fn)
		}, 5)
		if done = err == nil; !done && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		want := 1
		if done {
			want = 2
		}
		if err := db.View(func(b *bbolt.Tx) error {
			if has, err := formatOf(b); has != want || err != nil {
				t.Errorf("after %d transactions the file is of format %d, %v, want %d", survived, has, err, want)
			}
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
	db, err := openFile(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		for _, k := range []bucket{entryNumbers, entries, entriesOfOwner} {
			if err := b.DeleteBucket([]byte(layout[k].name)); err != nil {
				return err
			}
		}
		return setFormat(b, 2)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	names.Check(open(t, path))
}
