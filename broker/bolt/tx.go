package bolt

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
)

// tx is a broker.Tx: one bbolt transaction, which functions of several callers may share one after the other. All reading and
// writing goes through the methods in this file.
type tx struct {
	b       *bbolt.Tx
	memo    *memo
	now     func() time.Time
	buckets [bucketCount]*bbolt.Bucket // opened so far

	noting bool    // a copy of the store is being made, which has to know
	noted  []write // what was written

	size  int      // bytes written so far; not zero once anything was
	hooks []func() // of the function that runs
}

var _ broker.Tx = (*tx)(nil)

var errReadOnly = errors.New("write inside View")

// OnCommit implements broker.Tx. In a View nothing is ever committed.
func (t *tx) OnCommit(fn func()) { t.hooks = append(t.hooks, fn) }

// Now implements broker.Tx: the clock of the one process that has the file.
func (t *tx) Now() (time.Time, error) { return t.now(), nil }

func (t *tx) bucket(k bucket) *bbolt.Bucket {
	if t.buckets[k] == nil {
		b := t.b.Bucket([]byte(layout[k].name))
		if layout[k].sequential {
			b.FillPercent = 0.9 // pages fill up in order, and are never filled up later
		}
		t.buckets[k] = b
	}
	return t.buckets[k]
}

// get returns a value, nil if there is none. It is bbolt's memory: read, not kept.
func (t *tx) get(k bucket, key []byte) []byte { return t.bucket(k).Get(key) }

// put keeps key and value, which must not change until the end of the transaction.
func (t *tx) put(k bucket, key, value []byte) error {
	if err := t.writes(len(key) + len(value)); err != nil {
		return err
	}
	if err := t.bucket(k).Put(key, value); err != nil {
		return fmt.Errorf("%s: %w", layout[k].name, err)
	}
	t.note(k, key, len(value))
	return nil
}

func (t *tx) delete(k bucket, key []byte) error {
	if err := t.writes(len(key)); err != nil {
		return err
	}
	t.note(k, key, 0)
	return t.bucket(k).Delete(key)
}

// note remembers for a copy that an entry was written. The key may be used for something else after the transaction, so it is kept as a string.
func (t *tx) note(k bucket, key []byte, value int) {
	if t.noting {
		t.noted = append(t.noted, write{place{k, string(key)}, value})
	}
}

// next returns a number that the bucket never gave before.
func (t *tx) next(k bucket) (uint64, error) {
	if err := t.writes(1); err != nil {
		return 0, err
	}
	return t.bucket(k).NextSequence()
}

// writes notes that so many bytes are about to be written.
func (t *tx) writes(size int) error {
	t.size += size
	return t.writable()
}

// writable refuses to write in a View. Methods that may find nothing to write ask it first.
func (t *tx) writable() error {
	if !t.b.Writable() {
		return errReadOnly
	}
	return nil
}
