package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vierkant/vierkant/broker"
)

var errRefused = errors.New("refused")

// A step is a function of a batch, by what it does.
func succeed(tx broker.Tx) error { return tx.PutOrg(broker.Org{ID: "org"}) }
func read(tx broker.Tx) error    { _, _, err := tx.Destinations("org", broker.Page{Limit: 1}); return err }
func refuse(broker.Tx) error     { return errRefused }
func spoil(tx broker.Tx) error   { return errors.Join(succeed(tx), errRefused) }
func blow(broker.Tx) error       { panic("blown") }
func write3MB(tx broker.Tx) error {
	_, err := tx.AddBody(make([]byte, 3<<20))
	return err
}

// TestMerging counts what a batch of waiting functions costs, and how often each runs.
func TestMerging(t *testing.T) {
	t.Parallel()
	type fns = []func(broker.Tx) error
	tests := []struct {
		name  string
		batch fns
		errs  []error
		want  Stats
		runs  []int
	}{
		{"one", fns{succeed}, []error{nil}, Stats{Updates: 1, Commits: 1}, []int{1}},
		{"many", fns{succeed, succeed, succeed, succeed}, []error{nil, nil, nil, nil}, Stats{Updates: 4, Commits: 1}, []int{1, 1, 1, 1}},
		{"nothing to write", fns{read, refuse, read}, []error{nil, errRefused, nil}, Stats{Updates: 2}, []int{1, 1, 1}},
		{"a refusal costs nothing", fns{succeed, refuse, succeed}, []error{nil, errRefused, nil}, Stats{Updates: 2, Commits: 1}, []int{1, 1, 1}},
		{"a late failure", fns{succeed, spoil, succeed}, []error{nil, errRefused, nil}, Stats{Updates: 2, Commits: 2, Reruns: 2}, []int{2, 2, 1}},
		{"a late failure at the start", fns{spoil, succeed, succeed}, []error{errRefused, nil, nil}, Stats{Updates: 2, Commits: 1, Reruns: 1}, []int{1, 1, 1}},
		{"a late failure at the end", fns{succeed, refuse, spoil}, []error{nil, errRefused, errRefused}, Stats{Updates: 1, Commits: 1, Reruns: 2}, []int{2, 2, 2}},
		{"only late failures", fns{spoil, spoil, spoil}, []error{errRefused, errRefused, errRefused}, Stats{Reruns: 3}, []int{1, 1, 1}},
		{"a panic", fns{succeed, blow, succeed}, []error{nil, broker.Internal, nil}, Stats{Updates: 2, Commits: 2, Reruns: 2}, []int{2, 2, 1}},
		{"a panic after a read", fns{read, blow}, []error{nil, broker.Internal}, Stats{Updates: 1, Reruns: 2}, []int{2, 2}},
		{"too large for one", fns{write3MB, write3MB, write3MB, write3MB}, []error{nil, nil, nil, nil}, Stats{Updates: 4, Commits: 2}, []int{1, 1, 1, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, filepath.Join(t.TempDir(), "broker.db"))
			runs, followed := make([]int, len(test.batch)), make([]int, len(test.batch))
			batch := make([]*call, len(test.batch))
			for i, fn := range test.batch {
				batch[i] = &call{done: make(chan error, 1), fn: func(tx broker.Tx) error {
					runs[i]++
					tx.OnCommit(func() { followed[i]++ })
					return fn(tx)
				}}
			}
			s.settle(batch) // as if all of them had waited
			if diff := cmp.Diff(test.want, s.Stats()); diff != "" {
				t.Errorf("stats (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.runs, runs); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			for i, c := range batch {
				got := <-c.done
				if !errors.Is(got, test.errs[i]) {
					t.Errorf("function %d: got error %v, want %v", i, got, test.errs[i])
				}
				if done := got == nil; done != (followed[i] == 1) || !done && followed[i] != 0 {
					t.Errorf("function %d: what was to follow ran %d times, error %v", i, followed[i], got)
				}
			}
		})
	}
}

// TestRefusalWaits has a function refuse because of what another one of the same batch wrote. Its answer must not come before that
// is durable.
func TestRefusalWaits(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	var commits int64
	writer := &call{done: make(chan error, 1), fn: func(tx broker.Tx) error {
		tx.OnCommit(func() { commits = s.Stats().Commits })
		return tx.PutOrg(broker.Org{ID: "org"})
	}}
	refuser := &call{done: make(chan error, 1), fn: func(tx broker.Tx) error {
		if _, err := tx.Org("org"); err != nil {
			return fmt.Errorf("the function before it left no trace: %w", err)
		}
		return errRefused
	}}
	s.settle([]*call{writer, refuser})
	if err := <-refuser.done; err != errRefused || commits != 1 {
		t.Errorf("got %v after %d commits, want %v after one", err, commits, errRefused)
	}
}

// TestFailedCommit fills the disk: the outcome of the commit is unknown, so that nothing goes on.
func TestFailedCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	if err := s.Update(context.Background(), func(tx broker.Tx) error { return tx.PutOrg(broker.Org{ID: "before"}) }); err != nil {
		t.Fatal(err)
	}
	s.db.MaxSize = 1 << 20 // how bbolt is told that there is no more
	ran := false
	large := func(tx broker.Tx) error {
		tx.OnCommit(func() { ran = true })
		_, err := tx.AddBody(make([]byte, 64<<20))
		return err
	}
	beside := &call{done: make(chan error, 1), fn: succeed}
	last := &call{done: make(chan error, 1), fn: refuse}
	s.settle([]*call{{done: make(chan error, 1), fn: large}, beside, last})
	cause := errors.Unwrap(<-beside.done)
	for what, err := range map[string]error{
		"a refusal of the same batch": <-last.done,
		"a later update":              s.Update(context.Background(), succeed),
		"a later view":                s.View(context.Background(), read),
	} {
		if !errors.Is(err, broker.Unavailable) || cause == nil || !errors.Is(err, cause) {
			t.Errorf("%s: got %v, want Unavailable because of %v", what, err, cause)
		}
	}
	if ran {
		t.Error("what was to follow the commit ran")
	}
	if told := failure(s); !errors.Is(told, broker.Unavailable) || !errors.Is(told, cause) {
		t.Errorf("Failed: got %v, want Unavailable because of %v", told, cause)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}

	s = open(t, path)
	if err := s.View(context.Background(), func(tx broker.Tx) error { _, err := tx.Org("before"); return err }); err != nil {
		t.Errorf("what was written before: %v", err)
	}
	if err := s.View(context.Background(), func(tx broker.Tx) error { _, err := tx.Org("org"); return err }); !errors.Is(err, broker.ErrNoRow) {
		t.Errorf("what was refused: got %v, want %v", err, broker.ErrNoRow)
	}
}

// failure returns what Failed delivers without waiting, or nil.
func failure(s *Store) error {
	select {
	case err := <-s.Failed():
		return err
	default:
		return nil
	}
}

// TestCloseIsNoFailure closes a store twice.
func TestCloseIsNoFailure(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if told := failure(s); told != nil {
		t.Errorf("Failed: got %v, want nothing", told)
	}
}

// TestCommitterEnds has a function end the committer's goroutine. Nobody may be left waiting.
func TestCommitterEnds(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		runtime.Goexit()
		return nil
	})
	if !errors.Is(err, broker.Unavailable) {
		t.Errorf("Update: got %v, want Unavailable", err)
	}
	if err := s.Update(context.Background(), succeed); !errors.Is(err, broker.Unavailable) {
		t.Errorf("the next Update: got %v, want Unavailable", err)
	}
	if told := failure(s); !errors.Is(told, broker.Unavailable) {
		t.Errorf("Failed: got %v, want Unavailable", told)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestHookPanics has something blow up after a commit, which stands.
func TestHookPanics(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		tx.OnCommit(func() { panic("blown") })
		return succeed(tx)
	})
	if !errors.Is(err, broker.Internal) {
		t.Errorf("Update: got %v, want Internal", err)
	}
	if err := s.View(context.Background(), func(tx broker.Tx) error { _, err := tx.Org("org"); return err }); err != nil {
		t.Errorf("what was committed: %v", err)
	}
	if err := s.Update(context.Background(), succeed); err != nil {
		t.Errorf("the next Update: %v", err)
	}
}

// TestContextWhileWaiting ends a context before and after its function was taken.
func TestContextWhileWaiting(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	ctx, cancel := context.WithCancel(context.Background())
	taken, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.Update(ctx, func(tx broker.Tx) error {
			close(taken)
			<-release
			return tx.PutOrg(broker.Org{ID: "taken"})
		})
	}()
	<-taken
	go cancel()
	err := s.Update(ctx, func(broker.Tx) error { t.Error("a function ran whose context had ended"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("not taken yet: got %v, want %v", err, context.Canceled)
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("taken before: got %v, want its outcome", err)
	}
	if err := s.View(context.Background(), func(tx broker.Tx) error { _, err := tx.Org("taken"); return err }); err != nil {
		t.Error(err)
	}
}

// TestViewWaitsForSync makes the last commit look as if its sync were still under way.
func TestViewWaitsForSync(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "broker.db"))
	if err := s.Update(context.Background(), succeed); err != nil {
		t.Fatal(err)
	}
	last := s.durable.reached
	s.durable.advance(last - 1)

	for _, result := range []error{nil, errRefused} { // a refusal speaks of what it saw, too
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		err := s.View(ctx, func(broker.Tx) error { cancel(); return result })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the view to wait until its context ended", err)
		}
	}
	go s.durable.advance(last)
	if err := s.View(context.Background(), refuse); err != errRefused {
		t.Errorf("got %v after the sync, want %v", err, errRefused)
	}
	s.durable.advance(last - 1)
	err := s.View(context.Background(), func(broker.Tx) error { go s.Close(); return nil })
	if !errors.Is(err, broker.Unavailable) {
		t.Errorf("got %v from a store that stopped before the sync, want Unavailable", err)
	}
}
