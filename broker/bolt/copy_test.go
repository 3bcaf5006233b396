package bolt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
)

// state is everything in a store.
type state struct {
	entries map[place]string
	numbers [bucketCount]uint64
}

func stateOf(t *testing.T, path string) (is state) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	is.entries = map[place]string{}
	err = db.View(func(b *bbolt.Tx) error {
		for err := range b.Check() {
			t.Error(err)
		}
		for k := range bucketCount {
			from := b.Bucket([]byte(layout[k].name))
			is.numbers[k] = from.Sequence()
			err := from.ForEach(func(key, value []byte) error {
				is.entries[place{k, string(key)}] = string(value)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(is.entries, place{meta, "format"})
	return is
}

// scribbler writes at random all over a store, and knows what came of it.
type scribbler struct {
	s     *Store
	size  int          // of the largest values
	is    state        // what is committed; the committer's
	wrote atomic.Int64 // commits
}

func newScribbler(t *testing.T, size int) *scribbler {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	return &scribbler{s: s, size: size, is: state{entries: map[place]string{}}}
}

var errTakenBack = errors.New("taken back")

// scribble writes and deletes a few entries in one transaction, some of them often and some of them once, or takes it all back.
func (w *scribbler) scribble(ctx context.Context, r *rand.Rand) error {
	seed := r.Uint64()
	err := w.s.Update(ctx, func(x broker.Tx) error {
		t, r := x.(*tx), rand.New(rand.NewPCG(seed, 0)) // the same in each run
		var done []func()
		for range 1 + r.IntN(12) {
			did, err := w.step(t, r)
			if err != nil {
				return err
			}
			done = append(done, did)
		}
		if r.IntN(10) == 0 {
			return errTakenBack
		}
		t.OnCommit(func() {
			for _, did := range done {
				did()
			}
			w.wrote.Add(1)
		})
		return nil
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return err
}

func (w *scribbler) step(t *tx, r *rand.Rand) (did func(), err error) {
	k := bucket(r.IntN(int(bucketCount)))
	at := place{k, fmt.Sprintf("%03d", r.IntN(400))}
	switch r.IntN(5) {
	case 0:
		return func() { delete(w.is.entries, at) }, t.delete(k, []byte(at.key))
	case 1:
		n, err := t.next(k)
		at.key = fmt.Sprintf("n%012d", n)
		return func() { w.is.entries[at], w.is.numbers[k] = "", n }, errors.Join(err, t.put(k, []byte(at.key), []byte{}))
	}
	value := make([]byte, r.IntN(w.size))
	for i := range value {
		value[i] = byte(r.Uint32())
	}
	return func() { w.is.entries[at] = string(value) }, t.put(k, []byte(at.key), value)
}

// during has writers scribble while do runs.
func (w *scribbler) during(t *testing.T, seed uint64, do func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var team sync.WaitGroup
	for n := range 8 {
		team.Go(func() {
			for r := rand.New(rand.NewPCG(seed, uint64(n))); ctx.Err() == nil; {
				if err := w.scribble(ctx, r); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	do()
	stop()
	team.Wait()
}

// TestCopyIsOneMoment copies a store while others write at random all over it: each copy is exactly what was committed at its moment.
func TestCopyIsOneMoment(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for name, size := range map[string]int{"small": 300, "large": 64 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScribbler(t, size)
			w.during(t, seed, func() {
				for n := range 6 {
					w.copyOnce(t, filepath.Join(t.TempDir(), "copy.db"), n%2 == 0)
				}
			})
		})
	}
}

// copyOnce makes a copy and compares it. A slow one lets some commits happen between any two looks at the store.
func (w *scribbler) copyOnce(t *testing.T, path string, slow bool) {
	t.Helper()
	var want state
	cfg := CopyConfig{Path: path, Cut: func() { want = state{maps.Clone(w.is.entries), w.is.numbers} }}
	if slow {
		seen := w.wrote.Load()
		cfg.Pause = func(int) (time.Duration, error) {
			if now := w.wrote.Load(); now-seen < 5 {
				return time.Millisecond, nil
			}
			seen = w.wrote.Load()
			return 0, nil
		}
	}
	done, err := w.s.Copy(t.Context(), cfg)
	if err != nil {
		t.Error(err)
		return
	}
	if slow && done.Again == 0 || done.Moment.IsZero() || done.Format != format {
		t.Errorf("got %+v", done)
	}
	got := stateOf(t, path)
	if got.numbers != want.numbers {
		t.Errorf("the numbers are %v, want %v", got.numbers, want.numbers)
	}
	if !maps.Equal(got.entries, want.entries) {
		t.Errorf("%d entries, want %d: %s", len(got.entries), len(want.entries), firstDifference(got.entries, want.entries))
	}
}

func firstDifference(got, want map[place]string) string {
	for at, value := range want {
		if has, there := got[at]; has != value {
			return fmt.Sprintf("%s %q: there %t, %d bytes, want %d", layout[at.bucket].name, at.key, there, len(has), len(value))
		}
	}
	for at := range got {
		if _, there := want[at]; !there {
			return fmt.Sprintf("%s %q should not be there", layout[at.bucket].name, at.key)
		}
	}
	return "none"
}

// TestCopyBounds has nobody copy what is noted, as if the copy were much slower than the writers: they wait, and go on when it ends.
func TestCopyBounds(t *testing.T) {
	t.Parallel()
	noted := newTouched()
	noted.begin(bucketCount)
	full := write{place{meta, "a"}, mostTouched}
	noted.add([]write{full})
	if len(noted.behind) != 1 {
		t.Error("the copy is not told that it falls behind")
	}
	went := make(chan struct{})
	go func() {
		defer close(went)
		noted.add([]write{{place{meta, "b"}, 1}})
		noted.add([]write{full})
		noted.add([]write{{place{meta, "c"}, 1}})
	}()
	if got := noted.take(); len(got) != 1 || got[0] != full.place {
		t.Errorf("got %v, want %v", got, full.place)
	}
	noted.release()
	<-went
	if len(noted.take()) == 0 {
		t.Error("what was written after the copy took what there was is not noted")
	}
}

// TestCopyRefuses makes no second copy at once, none over a file, and leaves nothing of one that was ended.
func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	if err := s.Update(t.Context(), succeed); err != nil {
		t.Fatal(err)
	}
	path, other := filepath.Join(t.TempDir(), "copy.db"), filepath.Join(t.TempDir(), "other.db")
	ctx, stop := context.WithCancel(t.Context())
	var second error
	_, err := s.Copy(ctx, CopyConfig{Path: path, Pause: func(int) (time.Duration, error) {
		_, second = s.Copy(t.Context(), CopyConfig{Path: other})
		stop()
		return time.Hour, nil
	}})
	if !errors.Is(second, ErrCopying) {
		t.Errorf("a second copy: got %v, want %v", second, ErrCopying)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a copy that is ended: got %v, want %v", err, context.Canceled)
	}
	for _, p := range []string{path, other} {
		if _, err := os.Stat(p); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s stays: %v", p, err)
		}
	}
	if err := os.WriteFile(path, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Copy(t.Context(), CopyConfig{Path: path}); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: got %v, want %v", err, os.ErrExist)
	}
	if err := s.Update(t.Context(), succeed); err != nil {
		t.Errorf("a write after copies: %v", err)
	}
}
