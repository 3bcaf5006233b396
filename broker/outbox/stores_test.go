package outbox_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

func inFiles(t testing.TB, now func() time.Time) *bolt.Store {
	t.Helper()
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(t.TempDir(), "store"), Now: now})
	must(t, err)
	t.Cleanup(func() { store.Close() })
	return store
}

// onBothStores runs a test in a world whose records are in a file, and in one whose records are in a database.
func onBothStores(t *testing.T, test func(*testing.T, *world)) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t))
	})
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		w, _ := newDatabaseWorld(t)
		test(t, w)
	})
}

// newDatabaseWorld has a clock that stands still. node makes one more node of the same installation.
func newDatabaseWorld(t *testing.T) (w *world, node func() *world) {
	t.Helper()
	at, c := stores.InDatabase(t), newClock()
	open := func() broker.Store {
		store, _ := at()
		return clocked{store, c.Now}
	}
	w = makeWorld(t, c.Now, open())
	w.clock = c
	return w, func() *world {
		other := *w
		other.config.Store = open()
		b, err := broker.New(other.config)
		must(t, err)
		other.Broker, other.store = b, other.config.Store
		return &other
	}
}

// clocked is a store in a database whose clock is the test's: that of the server cannot be moved.
type clocked struct {
	broker.Store
	now func() time.Time
}

type clockedTx struct {
	broker.Tx
	now func() time.Time
}

func (tx clockedTx) Now() (time.Time, error) { return tx.now(), nil }

func (s clocked) with(fn func(broker.Tx) error) func(broker.Tx) error {
	return func(tx broker.Tx) error { return fn(clockedTx{tx, s.now}) }
}

// View implements broker.Store.
func (s clocked) View(ctx context.Context, fn func(broker.Tx) error) error {
	return s.Store.View(ctx, s.with(fn))
}

// Update implements broker.Store.
func (s clocked) Update(ctx context.Context, fn func(broker.Tx) error) error {
	return s.Store.Update(ctx, s.with(fn))
}

// TestNodesTryOnce: of many nodes that wait for the end of a pause one makes the call that tries, and the others put off what they have until they know
// what came of it.
func TestNodesTryOnce(t *testing.T) {
	t.Parallel()
	w, node := newDatabaseWorld(t)
	nodes := []*world{w, node(), node()}
	d := w.destination(t, "http://dead.example")
	w.owe(t, d, 1)
	a := newAnswering()
	for attempt := range 5 {
		w.callsNow(t, a, 500)
		w.clock.advance(outbox.Retry(attempt + 1))
	}
	w.owe(t, d, 10)
	w.callsNow(t, a)
	for round := range 3 {
		w.clock.advance(2 * time.Hour) // more than the longest pause
		begin := make(chan struct{})
		got := make(chan []broker.Claimed)
		for _, n := range nodes {
			go func() {
				<-begin
				all, _, err := n.Deliveries.Claim(context.Background(), time.Minute, broker.MaxPage)
				if err != nil {
					t.Error(err)
				}
				got <- all
			}()
		}
		close(begin)
		var claimed []broker.Claimed
		for range nodes {
			claimed = append(claimed, <-got...)
		}
		if len(claimed) != 1 || !claimed[0].Suspect {
			t.Fatalf("round %d: got %d calls to make, want one that tries", round+1, len(claimed))
		}
		result := broker.Result{URL: "http://dead.example", Attempt: broker.Attempt{At: w.now(), Status: 500}}
		if paused, err := w.Deliveries.Failed(t.Context(), claimed[0], result, w.now()); !paused || err != nil {
			t.Fatalf("round %d: got paused %t, %v, want it paused again", round+1, paused, err)
		}
	}
}
