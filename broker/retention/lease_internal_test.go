package retention

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/bolt"
)

// The lease is one sweeper's until it ends, by the store's clock, or is given back.
func TestLease(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	begin := time.Now()
	store, err := bolt.Open(bolt.Config{
		Path: filepath.Join(t.TempDir(), "store"), Now: func() time.Time { return begin.Add(time.Duration(passed.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	ctx := context.Background()
	one, other := newLease(store), newLease(store)
	takes := func(who lease, want time.Duration) {
		t.Helper()
		if got, err := who.take(ctx); got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	takes(one, 0)
	takes(other, leaseTime)
	takes(one, 0)
	passed.Store(int64(10 * time.Second))
	before := store.Stats().Updates
	takes(one, 0)
	if store.Stats().Updates != before {
		t.Error("it was prolonged while most of it was left")
	}
	takes(other, 20*time.Second)
	passed.Store(int64(20 * time.Second))
	takes(one, 0)
	takes(other, leaseTime)
	other.release(ctx)
	takes(other, leaseTime)
	passed.Store(int64(50 * time.Second))
	takes(other, 0)
	takes(one, leaseTime)
	one.release(ctx)
	other.release(ctx)
	takes(one, 0)
}
