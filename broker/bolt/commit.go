package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/vierkant/vierkant/broker"
)

// A commit takes at most so many functions, and no further one once it has so many bytes to write.
const (
	maxBatch      = 256
	maxBatchBytes = 8 << 20
)

// call is a function that waits in Update.
type call struct {
	fn   func(broker.Tx) error
	done chan error // buffered; the answer

	// Of the last run.
	err   error
	hooks []func()
}

// serve is the committer.
func (s *Store) serve() {
	defer close(s.gone)
	// Reached without another cause only when a function ended this goroutine (runtime.Goexit, as testing.T.Fatal calls it).
	defer s.fail(errors.New("a function given to Update ended its goroutine"))
	answered := 0
	for s.ended() == nil {
		s.takeBreak()
		select {
		case fn := <-s.breaks:
			fn()
		case c := <-s.calls:
			batch := s.gather(c, answered)
			s.settle(batch)
			answered = len(batch)
		case <-s.quit:
		}
	}
}

// takeBreak does what is to be done between two commits, before more functions are taken: who waits for it must not wait for long.
func (s *Store) takeBreak() {
	select {
	case fn := <-s.breaks:
		fn()
	default:
	}
}

// between has the committer run fn between two commits: everything written is durable then, and nobody writes.
func (s *Store) between(ctx context.Context, fn func()) error {
	done := make(chan struct{})
	select {
	case s.breaks <- func() { defer close(done); fn() }:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return s.cause
	}
}

// gather takes all that wait. Those who were answered last have only just been woken, and may well have more to write: when fewer came
// than were answered, they are given way once. Without that the committer leaves with the quickest of them, and on a busy machine with
// hardly ever more than one.
func (s *Store) gather(first *call, answered int) []*call {
	batch := s.drain([]*call{first})
	if len(batch) < answered {
		runtime.Gosched()
		batch = s.drain(batch)
	}
	return batch
}

// drain adds those that wait already.
func (s *Store) drain(batch []*call) []*call {
	for len(batch) < maxBatch {
		select {
		case c := <-s.calls:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// settle answers every call of the batch, in as few transactions as it takes.
func (s *Store) settle(batch []*call) {
	for len(batch) > 0 {
		n, err := s.transact(batch)
		if err != nil {
			s.fail(err)
			for _, c := range batch {
				c.done <- s.cause
			}
			return
		}
		batch = batch[n:]
	}
}

// transact settles the first n calls of the batch, at least one, in one transaction. An error means that the store must stop, and
// that none is settled.
func (s *Store) transact(batch []*call) (n int, err error) {
	b, err := s.db.Begin(true)
	if err != nil {
		return 0, err
	}
	defer b.Rollback() // unless committed
	t := &tx{b: b, memo: &s.memo, now: s.now, noting: s.copying != nil}
	n, spoiled := t.run(batch)
	if !spoiled {
		return n, s.commit(t, batch[:n])
	}
	if err := b.Rollback(); err != nil {
		return 0, err
	}
	s.reruns.Add(1)
	if n > 0 {
		return s.transact(batch[:n])
	}
	batch[0].done <- batch[0].err // it ran first, on committed state
	return 1, nil
}

// run runs calls until one spoils the transaction: all before it are to run again. n is how many did not.
func (t *tx) run(batch []*call) (n int, spoiled bool) {
	for i, c := range batch {
		if !c.run(t) {
			return i, true
		}
		if t.size >= maxBatchBytes {
			return i + 1, false
		}
	}
	return len(batch), false
}

// run runs the function and reports whether it left the transaction fit to be committed.
func (c *call) run(t *tx) (fit bool) {
	before := t.size
	t.hooks = nil
	defer func() {
		if p := recover(); p != nil {
			c.err = broker.Internal.Wrap(fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack()), "internal-error", "an internal error occurred")
			fit = false
		}
	}()
	c.err = c.fn(t)
	c.hooks = t.hooks
	return c.err == nil || t.size == before
}

// commit makes what the calls wrote durable, and then answers them.
func (s *Store) commit(t *tx, settled []*call) error {
	if t.size > 0 {
		id := t.b.ID()
		if err := guarded(t.b.Commit); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		s.commits.Add(1)
		s.durable.advance(id)
	}
	for _, c := range settled {
		s.answer(c)
	}
	if s.copying != nil {
		s.copying.add(t.noted)
	}
	return nil
}

func (s *Store) answer(c *call) {
	if c.err == nil {
		s.updates.Add(1)
		c.err = c.runHooks()
	}
	c.done <- c.err
}

// runHooks runs what OnCommit was given. A panic there cannot undo what is durable, nor may it take the committer down.
func (c *call) runHooks() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = broker.Internal.Wrap(fmt.Errorf("panic after a commit, which stands: %v\n%s", p, debug.Stack()), "internal-error", "an internal error occurred")
		}
	}()
	for _, fn := range c.hooks {
		fn()
	}
	return nil
}
