package bolt

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/storetest"
	"github.com/vierkant/vierkant/broker/transfer"
)

// TestNothingIsLeftBehind moves one of everything to another file: there every bucket has as much as here. Who adds a bucket has to say
// in which kind it is moved (movedAs), and storetest has to put something into it.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	here, there := filepath.Join(t.TempDir(), "broker.db"), filepath.Join(t.TempDir(), "broker.db")
	s := open(t, here)
	if err := errors.Join(storetest.OneOfEach(s), s.Close()); err != nil {
		t.Fatal(err)
	}
	from, to := alone(t, here), alone(t, there)
	m, err := transfer.Plan(t.Context(), transfer.Config{From: side(t, from), To: side(t, to)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, from), contents(t, to)
	for k := range bucketCount {
		switch name := layout[k].name; {
		case movedAs[k] == "":
			t.Errorf("bucket %s is moved in no kind", name)
		case want[k] == 0:
			t.Errorf("storetest.OneOfEach puts nothing into bucket %s", name)
		case got[k] != want[k]:
			t.Errorf("bucket %s has %d entries after the move, want %d", name, got[k], want[k])
		}
	}
}

func alone(t *testing.T, path string) *Alone {
	t.Helper()
	a, err := OpenAlone(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func side(t *testing.T, a *Alone) transfer.Side {
	t.Helper()
	blobs, err := blobdir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	return transfer.Side{Place: t.Name(), Store: a, Blobs: blobs}
}

func contents(t *testing.T, a *Alone) (all [bucketCount]int) {
	t.Helper()
	err := a.s.db.View(func(b *bbolt.Tx) error {
		for k := range bucketCount {
			all[k] = b.Bucket([]byte(layout[k].name)).Stats().KeyN
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMarked opens files that are sides of a move.
func TestMarked(t *testing.T) {
	t.Parallel()
	for state, want := range map[transfer.State]string{
		transfer.Moving:   "is being moved to elsewhere: run `vierkant migrate-store` again to finish that, or with --abandon",
		transfer.Moved:    "was moved to elsewhere on",
		transfer.Arriving: "is the unfinished copy of a move from elsewhere",
		transfer.Verified: "is the unfinished copy of a move from elsewhere",
		transfer.Arrived:  "",
	} {
		path := filepath.Join(t.TempDir(), "broker.db")
		a := alone(t, path)
		if err := errors.Join(a.SetMark(t.Context(), transfer.Mark{State: state, Peer: "elsewhere"}), a.Close()); err != nil {
			t.Fatal(err)
		}
		if want != "" {
			refused(t, path, want)
			continue
		}
		open(t, path)
		if _, err := OpenAlone(Config{Path: path}); !errors.Is(err, transfer.ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Errorf("a file that is served: got %v, want %v and %s", err, transfer.ErrInUse, path)
		}
	}
}
