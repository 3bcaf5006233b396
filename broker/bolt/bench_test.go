package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// BenchmarkSubmission announces and submits an application straight at the store, at one of 5,000 destinations, for 1, 16 and 64 callers at once.
func BenchmarkSubmission(b *testing.B) {
	const destinations = 5000
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "broker.db"))
			var last atomic.Int64
			run(b, callers, func() error {
				at := broker.DestinationID(fmt.Sprintf("destination-%024d", last.Add(1)*7919%destinations))
				return application(s, at)
			})
		})
	}
}

// application is one announcement and one submit.
func application(s *Store, at broker.DestinationID) error {
	sub := broker.Submission{
		ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: broker.NewID[broker.CaseID](), Destination: at,
		Sender: "sender", Author: "sender", Org: "org", Created: time.Now(), State: broker.StateIncomplete,
	}
	c := broker.Case{ID: sub.Case, Sender: sub.Sender, Destination: at}
	step := func(number int, also func(broker.Tx) error) error {
		e := broker.Event{Case: c.ID, Number: number, ID: broker.NewID[broker.EventID](), Submission: sub.ID, Claims: make([]byte, 600), Recorded: time.Now()}
		return s.Update(context.Background(), func(tx broker.Tx) error {
			return errors.Join(also(tx), tx.AppendEvent(e), tx.PutSubmission(sub), tx.PutCase(c))
		})
	}
	err := step(1, func(tx broker.Tx) error { return tx.PutTimer(broker.SubmissionDeadline(sub.ID, sub.Created)) })
	sub.State, sub.Submitted = broker.StateSubmitted, time.Now()
	return errors.Join(err, step(2, func(tx broker.Tx) (err error) {
		sub.Metadata.Body.Record, err = tx.AddBody(make([]byte, 2000))
		owed := broker.Delivery{ID: broker.NewID[broker.DeliveryID](), Destination: at, Submission: sub.ID, Created: sub.Created}
		return errors.Join(err, tx.PutDelivery(owed))
	}))
}
