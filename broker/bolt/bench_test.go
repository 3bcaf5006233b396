package bolt

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
)

// BenchmarkUpdate writes one record of 1 KB per durable update, for 1, 16 and 64 callers at once: through the store's committer, and
// beside it through bbolt's own Batch and Update. Commits per update come with the store's line.
func BenchmarkUpdate(b *testing.B) {
	value := make([]byte, 1024)
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("store/callers=%d", callers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "broker.db"))
			run(b, callers, func() error {
				return s.Update(context.Background(), func(tx broker.Tx) error {
					_, err := tx.AddBody(value)
					return err
				})
			})
			b.ReportMetric(float64(s.Stats().Commits)/float64(b.N), "commits/op")
		})
		raw := func(update func(db *bbolt.DB, fn func(*bbolt.Tx) error) error) func(*testing.B) {
			return func(b *testing.B) {
				db := rawFile(b)
				run(b, callers, func() error {
					return update(db, func(tx *bbolt.Tx) error {
						bucket := tx.Bucket([]byte("bodies"))
						n, err := bucket.NextSequence()
						if err != nil {
							return err
						}
						return bucket.Put(num(n), value)
					})
				})
			}
		}
		b.Run(fmt.Sprintf("bbolt.Batch/callers=%d", callers), raw((*bbolt.DB).Batch))
		b.Run(fmt.Sprintf("bbolt.Update/callers=%d", callers), raw((*bbolt.DB).Update))
	}
}

func rawFile(b *testing.B) *bbolt.DB {
	db, err := openFile(Config{Path: filepath.Join(b.TempDir(), "raw.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if err := db.Update(create); err != nil {
		b.Fatal(err)
	}
	return db
}

// run has so many callers do b.N updates between them, and reports the rate.
func run(b *testing.B, callers int, update func() error) {
	b.Helper()
	var (
		left atomic.Int64
		wg   sync.WaitGroup
	)
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := update(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}
