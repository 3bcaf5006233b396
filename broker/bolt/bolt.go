// Package bolt keeps records in one bbolt file: the default implementation of broker.Store.
//
// # One committer
//
// A durable commit costs two syncs, whatever it holds. So one goroutine takes the functions that wait in Update, runs them one after
// the other in one bbolt transaction, commits it, and repeats; nobody is made to wait for more company. bbolt's own
// Batch, the rejected alternative, delays each batch by up to ten milliseconds and runs the function that failed outside it.
//
// bbolt has no savepoints. A function that fails before it wrote anything, as most refusals do, leaves nothing to take back. When
// one fails after it wrote, or panics, the transaction is rolled back, those before it run again and are committed, and it
// begins the next one: there it sees committed state only, and its error is final. So every answer, also a
// refusal, speaks of what is on disk, and no function runs more than a few times.
//
// # Layout
//
// One bucket per noun, one per index; the table in layout.go lists them. The store gives a thing a number when it first hears its
// public name; one index leads from name to number, and what there is much of is then kept and listed under numbers, big-endian, sort
// key first: what is written together lies together, and B-tree pages fill up in order instead of being torn apart at random
// places. How long a list is stands at number 0 of the list, changed with it. Values are JSON of the types in package record; bodies
// are raw bytes.
//
// # Live copies
//
// Copy writes the store as it is at one moment into a new file, while it is used. A read transaction as long as the copying takes would make
// writers wait whenever the file must grow, and the file would grow, since no page that it may see is used again. So many short ones walk
// through all buckets in the order of the keys, and meanwhile the committer notes which entries behind them were written (touched). These are copied
// again, and again what was written in the meantime, until it is little. Then, between two commits, the committer opens one last read
// transaction: the copy is to be the state that this one sees, and only what was noted last is left to be read from it. Rejected: pausing writers
// for the last round, which this makes needless; and copying the file's pages, which takes the free ones along.
//
// What is noted is bounded. Whoever writes faster than the copy follows waits, once the bound is reached, for as long as it takes to copy
// that much: so the rounds come to an end whatever is written.
//
// # Invariants
//
//   - A function is done when Update returns nil, and then it is on disk.
//   - View never shows what could still be lost: bbolt makes a commit visible to readers just before it is synced, so a View that
//     saw one waits for that sync before it returns.
//   - A commit that failed has an unknown outcome. The store then stops: every later call is Unavailable and names the
//     cause, and Failed tells whoever runs it.
//   - No memory of bbolt leaves a transaction.
//   - A function given to View or Update does not call View or Update: it would wait for itself.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/vierkant/vierkant/broker"
)

// Config says which file, and how long to wait for it.
type Config struct {
	Path    string        // made with mode 0600 if it is not there; its folder must be
	Timeout time.Duration // for another process to let go of the file; zero means one second

	Now func() time.Time // the store's clock; nil is time.Now
}

// Store is a broker.Store in one file.
type Store struct {
	db      *bbolt.DB
	calls   chan *call // unbuffered: whoever has sent was taken
	durable watermark
	memo    memo
	now     func() time.Time

	breaks  chan func() // unbuffered: what the committer is to do between two commits
	copies  sync.Mutex  // held by the one copy that is being made
	copying *touched    // what that copy has to know; nil: none is made. The committer's

	quit    chan struct{} // closed when no more functions are taken
	gone    chan struct{} // closed when the committer has returned
	endOnce sync.Once
	cause   error      // why it ended; set before quit is closed
	failed  chan error // buffered; cause, when nobody asked for the end

	views, updates, commits, reruns atomic.Int64
}

var _ broker.Store = (*Store)(nil)

// Open opens the file and starts the committer. A file that another process holds, that is no store of ours, that a newer program
// wrote, or that is a side of a move is refused with a sentence that says so.
func Open(cfg Config) (*Store, error) {
	s, err := openMarked(cfg, refuseMarked)
	if err != nil {
		return nil, err
	}
	go s.serve()
	return s, nil
}

// openMarked opens the file and has its mark checked.
func openMarked(cfg Config, check func(*bbolt.Tx) error) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Store{now: cfg.Now, calls: make(chan *call), breaks: make(chan func()), quit: make(chan struct{}), gone: make(chan struct{}), failed: make(chan error, 1)}
	if err := guarded(func() (err error) { s.db, err = openFile(cfg); return err }); err != nil {
		return nil, fmt.Errorf("open store: %s: %w", cfg.Path, err)
	}
	if err := guarded(func() error { return s.prepare(check) }); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %s: %w", cfg.Path, err), s.db.Close())
	}
	return s, nil
}

// guarded returns as an error what bbolt panics with when pages contradict each other.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return fn()
}

// mapSize is how much address space, not memory, the file is mapped into at first. Up to this size it never has to be mapped anew,
// for which a writer would wait for all readers.
const mapSize = 1 << 30

var errElsewhere = errors.New("it is open in another process (a running vierkant?)")

func openFile(cfg Config) (*bbolt.DB, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Second
	}
	db, err := bbolt.Open(cfg.Path, 0o600, &bbolt.Options{
		Timeout:         cfg.Timeout,
		InitialMmapSize: mapSize,
		NoStatistics:    true, // a lock per read for what nobody reads

		// The list of free pages is written once, by Close, and not with each commit: with 800 MB of free pages that made a commit
		// ten times slower. After a crash it is found again by walking the pages, about 10 ms per 1,000 submissions. In memory
		// it is a map, with which finding free pages does not slow down as the file ages.
		NoFreelistSync: true,
		FreelistType:   bbolt.FreelistMapType,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, errElsewhere
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, fmt.Errorf("this is no store of vierkant, or it is damaged: %w", err)
	}
	return db, err
}

// prepare makes sure that the file is ours, passes the check, and is durable as it is seen.
func (s *Store) prepare(check func(*bbolt.Tx) error) error {
	if err := s.migrate(); err != nil {
		return err
	}
	// A process that was killed may have left a commit in the system's cache only.
	if err := s.db.Sync(); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(s.db.Path())); err != nil {
		return err
	}
	return s.db.View(func(b *bbolt.Tx) error {
		s.durable.advance(b.ID())
		return check(b)
	})
}

// syncFolder makes a fresh file's entry durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// View implements broker.Store.
func (s *Store) View(ctx context.Context, fn func(broker.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.ended(); err != nil {
		return err
	}
	s.views.Add(1)
	seen, result, err := s.read(fn)
	if err != nil {
		return err
	}
	if err := s.awaitDurable(ctx, seen); err != nil {
		return err
	}
	return result
}

// read runs fn on the last commit that is visible, and says which that is.
func (s *Store) read(fn func(broker.Tx) error) (seen int, result, err error) {
	b, err := s.db.Begin(false)
	if err != nil {
		return 0, nil, unavailable(err)
	}
	defer b.Rollback()
	return b.ID(), fn(&tx{b: b, memo: &s.memo, now: s.now}), nil
}

func (s *Store) awaitDurable(ctx context.Context, seen int) error {
	for {
		moved, reached := s.durable.await(seen)
		if reached {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.gone:
			if _, reached := s.durable.await(seen); reached {
				return nil
			}
			return s.cause
		}
	}
}

// Update implements broker.Store. A function whose context ends before it was taken never runs; once it was taken, its outcome is
// awaited. A panic of fn is returned as Internal. OnCommit functions run in the order of the commits, one at a time.
func (s *Store) Update(ctx context.Context, fn func(broker.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{fn: fn, done: make(chan error, 1)}
	select {
	case s.calls <- c:
		return s.outcome(c)
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return s.cause
	}
}

func (s *Store) outcome(c *call) error {
	select {
	case err := <-c.done:
		return err
	case <-s.gone: // with or without an answer
	}
	select {
	case err := <-c.done:
		return err
	default:
		return s.cause
	}
}

// Close implements broker.Store. Functions that were not taken yet are refused as Unavailable, as is every later call.
func (s *Store) Close() error {
	sound := s.end(broker.Unavailable.New("storage-unavailable", "the store is closed"))
	<-s.gone
	var err error
	if sound {
		err = s.saveFreelist()
	}
	if err := errors.Join(err, s.db.Close()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// saveFreelist spares the next Open the walk for free pages.
func (s *Store) saveFreelist() error {
	s.db.NoFreelistSync = false
	return guarded(func() error { return s.db.Update(func(*bbolt.Tx) error { return nil }) })
}

// end stops the store for good, and reports whether it did: the first cause stands.
func (s *Store) end(cause error) (first bool) {
	s.endOnce.Do(func() {
		first = true
		s.cause = cause
		close(s.quit)
	})
	return first
}

// fail stops the store because it cannot go on.
func (s *Store) fail(err error) {
	if cause := unavailable(err); s.end(cause) {
		s.failed <- cause
	}
}

// Failed delivers, once, why the store stopped by itself: after a commit that failed. Whoever runs the store has to end and be
// started again. Close delivers nothing.
func (s *Store) Failed() <-chan error { return s.failed }

// ended returns why the store has stopped, or nil.
func (s *Store) ended() error {
	select {
	case <-s.quit:
		return s.cause
	default:
		return nil
	}
}

func unavailable(err error) error {
	return broker.Unavailable.Wrap(err, "storage-unavailable", "the store has stopped; it has to be started again")
}

// Stats counts exactly what happened since Open.
type Stats struct {
	Views   int64 // read transactions
	Updates int64 // functions whose success was answered
	Commits int64 // durable commits, two syncs each and a third when the file grows; one serves many functions
	Reruns  int64 // transactions taken back because a function failed after it wrote
}

// Stats returns the counts.
func (s *Store) Stats() Stats {
	return Stats{s.views.Load(), s.updates.Load(), s.commits.Load(), s.reruns.Load()}
}
