package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// One read transaction of a copy reads at most so much. While it runs, the pages that it may see are not used again.
const (
	chunkBytes   = 1 << 20
	chunkEntries = 4096
)

const (
	// fewTouched is when what was written meanwhile is little enough for the last round.
	fewTouched = mostTouched / 16
	// mostRounds ends a race with writers that are about as fast as the copy: what is noted is bounded, so the last round is short all the same.
	mostRounds = 32
)

// CopyConfig says what copy of a store is wanted.
type CopyConfig struct {
	Path string // of a file that is not there yet; made with mode 0600

	// Pause says how long to rest after so many bytes; an error ends the copy. nil: never.
	Pause  func(bytes int) (time.Duration, error)
	Report func(done, of int64) // is told how many bytes were copied, of at most so many; nil: nobody
	Cut    func()               // runs at the moment of the copy, which all writers wait for; nil: nothing
}

// Copied is what came of a copy.
type Copied struct {
	Moment time.Time // by the clock of the store: what was acknowledged before is in the copy, what began afterwards is not
	Format int
	Again  int64         // entries that were copied again
	Held   time.Duration // how long all writers waited at the moment
}

// ErrCopying is the error of a copy while another one is being made.
var ErrCopying = errors.New("another copy of the store is being made")

// Copy writes the store, as it is at one moment before Copy returns, into a new file, durably. Readers and writers go on meanwhile. After an error
// the file is removed.
func (s *Store) Copy(ctx context.Context, cfg CopyConfig) (done Copied, err error) {
	if !s.copies.TryLock() {
		return done, ErrCopying
	}
	defer s.copies.Unlock()
	to, err := createCopy(cfg.Path)
	if err != nil {
		return done, fmt.Errorf("copy store: %w", err)
	}
	c := &copier{s: s, to: to, touched: newTouched(), cfg: cfg.filled()}
	err = guarded(func() error { return c.copy(ctx) })
	if err = errors.Join(err, to.close(err == nil)); err != nil {
		return done, errors.Join(fmt.Errorf("copy store: %w", err), os.Remove(cfg.Path))
	}
	return c.done, nil
}

func (c CopyConfig) filled() CopyConfig {
	if c.Pause == nil {
		c.Pause = func(int) (time.Duration, error) { return 0, nil }
	}
	if c.Report == nil {
		c.Report = func(int64, int64) {}
	}
	if c.Cut == nil {
		c.Cut = func() {}
	}
	return c
}

// copier makes one copy.
type copier struct {
	s       *Store
	to      *copyFile
	touched *touched
	cfg     CopyConfig
	done    Copied

	read, size int64 // bytes of entries so far, and of the file
}

func (c *copier) copy(ctx context.Context) error {
	if err := c.s.between(ctx, func() { c.s.copying = c.touched }); err != nil {
		return err
	}
	defer c.s.between(context.WithoutCancel(ctx), func() { c.s.copying = nil })
	defer c.touched.release()
	for k := range bucketCount {
		if err := c.walk(ctx, k); err != nil {
			return err
		}
	}
	for range mostRounds {
		if c.touched.load() <= fewTouched {
			break
		}
		if err := c.round(ctx); err != nil {
			return err
		}
	}
	return c.finish(ctx)
}

// walk copies a bucket, chunk by chunk.
func (c *copier) walk(ctx context.Context, k bucket) error {
	from := []byte{}
	for from != nil {
		c.touched.begin(k)
		chunk, next, err := c.chunk(k, from)
		if err != nil {
			return err
		}
		if next != nil {
			c.touched.came(place{k, string(chunk.last())})
		}
		if err := c.to.write(chunk.entries); err != nil {
			return err
		}
		c.read += int64(chunk.size)
		c.cfg.Report(c.read, c.size)
		if err := c.rest(ctx, chunk.size); err != nil {
			return err
		}
		from = next
	}
	return nil
}

// chunk reads entries of a bucket from a key on, and returns from which to go on, right behind the last one: something may come in between
// that and what follows now. nil: there are no more.
func (c *copier) chunk(k bucket, from []byte) (out chunk, next []byte, err error) {
	err = c.view(func(b *bbolt.Tx) error {
		c.size = b.Size()
		at := b.Bucket([]byte(layout[k].name)).Cursor()
		for key, value := at.Seek(from); key != nil; key, value = at.Next() {
			if out.isFull() {
				next = append(slices.Clip(out.last()), 0)
				return nil
			}
			out.add(k, key, value)
		}
		return nil
	})
	return out, next, err
}

// view reads what is committed, as briefly as possible. What can be seen may not be durable yet: before the copy ends it is.
func (c *copier) view(fn func(*bbolt.Tx) error) error {
	if err := c.s.ended(); err != nil {
		return err
	}
	return c.s.db.View(fn)
}

// rest lets others have the disk, as far as that is wanted. What was written meanwhile does not wait for it.
func (c *copier) rest(ctx context.Context, bytes int) error {
	pause, err := c.cfg.Pause(bytes)
	if err != nil {
		return err
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select { // first what writers wait for
		case <-c.touched.behind:
			if err := c.round(ctx); err != nil {
				return err
			}
			continue
		default:
		}
		select {
		case <-c.touched.behind:
			if err := c.round(ctx); err != nil {
				return err
			}
		case <-timer.C:
			return ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		case <-c.s.quit:
			return c.s.cause
		}
	}
}

// round copies again what was written since it was copied.
func (c *copier) round(ctx context.Context) error {
	all := c.touched.take()
	c.done.Again += int64(len(all))
	for len(all) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var some chunk
		err := c.view(func(b *bbolt.Tx) error {
			all = some.reread(b, all)
			return nil
		})
		if err != nil {
			return err
		}
		if err := c.to.write(some.entries); err != nil {
			return err
		}
	}
	return nil
}

// finish ends the copy at one moment: it has the state that the last transaction sees, of which only what was noted last is left to be read.
func (c *copier) finish(ctx context.Context) error {
	c.touched.release()
	var (
		last  *bbolt.Tx
		all   []place
		begun error
	)
	err := c.s.between(ctx, func() {
		start := time.Now()
		all = c.touched.take()
		last, begun = c.s.db.Begin(false)
		c.s.copying = nil
		c.done.Moment = c.s.now()
		c.cfg.Cut()
		c.done.Held = time.Since(start)
	})
	if err := errors.Join(err, begun); err != nil {
		return err
	}
	defer last.Rollback()
	c.done.Again += int64(len(all))
	c.done.Format = format
	for len(all) > 0 {
		var some chunk
		all = some.reread(last, all)
		if err := c.to.write(some.entries); err != nil {
			return err
		}
	}
	return c.to.takeNumbers(last)
}
