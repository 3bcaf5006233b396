package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// entry is a copied entry; without a value it was removed.
type entry struct {
	bucket     bucket
	key, value []byte
}

// chunk is entries that one transaction read.
type chunk struct {
	entries []entry
	size    int // bytes
}

func (c *chunk) isFull() bool { return c.size >= chunkBytes || len(c.entries) >= chunkEntries }

// last is the key of the last entry.
func (c *chunk) last() []byte { return c.entries[len(c.entries)-1].key }

// add copies an entry out of the memory of the transaction.
func (c *chunk) add(k bucket, key, value []byte) {
	both := make([]byte, len(key)+len(value))
	copy(both[copy(both, key):], value)
	e := entry{bucket: k, key: both[:len(key):len(key)]}
	if value != nil {
		e.value = both[len(key):]
	}
	c.entries = append(c.entries, e)
	c.size += len(both)
}

// reread adds what is in some places now, and returns those that are left.
func (c *chunk) reread(b *bbolt.Tx, all []place) (left []place) {
	for i, p := range all {
		if c.isFull() {
			return all[i:]
		}
		c.add(p.bucket, []byte(p.key), b.Bucket([]byte(layout[p.bucket].name)).Get([]byte(p.key)))
	}
	return nil
}

// syncCopy is after how many bytes a copy is synced: one long sync at the end would make all others on this disk wait.
const syncCopy = 16 << 20

// copyFile is the file that a copy goes to.
type copyFile struct {
	db       *bbolt.DB
	b        *bbolt.Tx // that writes at the moment
	buckets  [bucketCount]*bbolt.Bucket
	unsynced int // bytes
}

// createCopy makes a file with the buckets of a store and nothing in them.
func createCopy(path string) (*copyFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: time.Second, InitialMmapSize: mapSize, NoStatistics: true, NoSync: true, NoGrowSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	to := &copyFile{db: db}
	if err := errors.Join(db.Update(create), to.begin()); err != nil {
		return nil, errors.Join(err, db.Close(), os.Remove(path))
	}
	return to, nil
}

func (f *copyFile) begin() (err error) {
	if f.b, err = f.db.Begin(true); err != nil {
		return err
	}
	for k := range bucketCount {
		f.buckets[k] = f.b.Bucket([]byte(layout[k].name))
		f.buckets[k].FillPercent = 0.9 // mostly in order
	}
	return nil
}

// write writes entries, in one transaction.
func (f *copyFile) write(all []entry) error {
	for _, e := range all {
		var err error
		if e.value == nil {
			err = f.buckets[e.bucket].Delete(e.key)
		} else {
			err = f.buckets[e.bucket].Put(e.key, e.value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", layout[e.bucket].name, err)
		}
		f.unsynced += len(e.key) + len(e.value)
	}
	if err := f.b.Commit(); err != nil {
		return err
	}
	if f.unsynced >= syncCopy {
		f.unsynced = 0
		if err := f.db.Sync(); err != nil {
			return err
		}
	}
	return f.begin()
}

// takeNumbers takes over which numbers each bucket gave.
func (f *copyFile) takeNumbers(from *bbolt.Tx) error {
	for k := range bucketCount {
		if err := f.buckets[k].SetSequence(from.Bucket([]byte(layout[k].name)).Sequence()); err != nil {
			return fmt.Errorf("%s: %w", layout[k].name, err)
		}
	}
	return nil
}

// close makes the file durable if it is worth it.
func (f *copyFile) close(whole bool) error {
	if !whole {
		if f.b != nil {
			_ = f.b.Rollback() // which is done if it failed to commit
		}
		return f.db.Close()
	}
	folder := filepath.Dir(f.db.Path())
	f.db.NoFreelistSync, f.db.NoSync = false, false
	return errors.Join(f.b.Commit(), f.db.Close(), syncFolder(folder))
}
