package figures_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

var errDied = errors.New("the node died")

// mortal is the store of a node that dies at its nth transaction, before or after the commit, and knows nothing of it.
type mortal struct {
	broker.Store
	left  int
	after bool
}

func (m *mortal) Update(ctx context.Context, fn func(broker.Tx) error) error {
	m.left--
	switch {
	case m.left > 0:
		return m.Store.Update(ctx, fn)
	case m.left < 0:
		return errDied
	case m.after:
		return errors.Join(m.Store.Update(ctx, fn), errDied)
	}
	return m.Store.Update(ctx, func(tx broker.Tx) error { return errors.Join(fn(tx), errDied) })
}

// TestCrash has nodes die at every transaction of a fold, and others go on.
func TestCrash(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, at stores.Place) {
		const facts = 250 // three transactions
		for range facts {
			w.announce(t)
		}
		store, _ := at()
		for nth := 1; nth <= 3; nth++ {
			for _, after := range []bool{false, true} {
				w.node(t, &mortal{store, nth, after}).Fold(t.Context())
			}
		}
		w.fold(t)
		if got := w.of(t, w.city, figures.Which{}).Announced; got != facts {
			t.Errorf("got %d, want %d", got, facts)
		}
		if n := w.fold(t); n != 0 {
			t.Errorf("folded again: got %d facts, want 0", n)
		}
	})
}

// TestNodes has several nodes count while things happen.
func TestNodes(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, at stores.Place) {
		const announcers, each = 4, 60
		var announcing, counting sync.WaitGroup
		for range announcers {
			announcing.Go(func() {
				for range each {
					w.announce(t)
				}
			})
		}
		over := make(chan struct{})
		folded := make([]int, 3)
		for i := range folded {
			store, _ := at()
			node := w.node(t, store)
			counting.Go(func() {
				for {
					n, err := node.Fold(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					folded[i] += n
					select {
					case <-over:
						return
					default:
					}
				}
			})
		}
		announcing.Wait()
		close(over)
		counting.Wait()
		last := w.fold(t)
		if got, want := w.of(t, w.city, figures.Which{}).Announced, announcers*each; got != want {
			t.Errorf("got %d, want %d; the nodes counted %v, and what was left was %d", got, want, folded, last)
		}
	})
}

// TestSweep follows figures through the years.
func TestSweep(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, at stores.Place) {
		must(t, w.figures.Sweep(t.Context()))
		sub := w.submit(t)
		w.clock.forward(3 * day)
		w.announce(t)
		w.fold(t)
		series := func(q figures.Query) figures.Series {
			t.Helper()
			q.From, q.To = morning(), morning().Add(4*day)
			s, err := w.figures.Of(t.Context(), broker.Operator(w.city), w.city, figures.Which{Destination: w.destination}, q)
			must(t, err)
			return s
		}
		want := series(figures.Query{})
		if got := want.Sum(); got.Announced != 2 || got.Submitted != 1 || got.Bytes == 0 {
			t.Fatalf("before: got %+v", got)
		}
		for _, later := range []time.Duration{5 * day, 40 * day} { // before and after their hours are gone
			w.clock.forward(later)
			must(t, w.figures.Sweep(t.Context()))
			store, _ := at()
			must(t, w.node(t, store).Sweep(t.Context()))
			if got := series(figures.Query{}); !reflect.DeepEqual(got, want) {
				t.Errorf("after %s more: got %+v, want %+v", later, got, want)
			}
		}
		if n := w.entries(t, "figures-hours"); n != 0 {
			t.Errorf("sheets of hours after 45 days: got %d, want 0", n)
		}

		// A fact of that time that comes when its hours are gone.
		late := broker.Fact{Kind: broker.FactSubmitted, Submission: sub, At: morning().Add(time.Hour)}
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error { return figures.Note(tx, late) }))
		w.fold(t)
		if got := series(figures.Query{}).Points[0].Submitted; got != 2 {
			t.Errorf("with a late fact: got %d submitted, want 2", got)
		}

		w.clock.forward(3*365*day + 31*day) // nothing ran meanwhile
		if w.entries(t, "figures-days") == 0 {
			t.Error("before the sweep: got no sheets of days")
		}
		must(t, w.figures.Sweep(t.Context()))
		if n := w.entries(t, "figures-days"); n != 0 {
			t.Errorf("sheets of days after three years: got %d, want 0", n)
		}
	})
}

func (w *world) entries(t testing.TB, kind broker.EntryKind) (n int) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) (err error) {
		_, n, err = tx.Entries(kind, broker.Page{Limit: 1})
		return err
	}))
	return n
}

// TestStuck has one fact that cannot be read among others.
func TestStuck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	unknown := broker.Timer{Queue: figures.Queue, ID: "evaporated " + broker.NewID[string](), At: morning().Add(-time.Hour)}
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) error { return tx.PutTimer(unknown) }))
	w.announce(t)
	w.fold(t)
	if n := w.fold(t); n != 1 {
		t.Errorf("got %d facts beside the one that cannot be read, want 1", n)
	}
	var next time.Time
	must(t, w.store.View(t.Context(), func(tx broker.Tx) (err error) {
		next, err = tx.NextTimer(figures.Queue)
		return err
	}))
	if want := morning().Add(time.Hour); !next.Equal(want) {
		t.Errorf("it is tried again at %s, want %s", next, want)
	}
}

// TestGone has something go before it was counted.
func TestGone(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, _ stores.Place) {
		gone := broker.Fact{Kind: broker.FactSubmitted, Submission: broker.Submission{ID: broker.NewID[broker.SubmissionID]()}, At: morning()}
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error { return figures.Note(tx, gone) }))
		if n := w.fold(t); n != 1 {
			t.Errorf("got %d facts, want it taken", n)
		}
		if got := w.of(t, w.city, figures.Which{}); !reflect.DeepEqual(got, figures.Counts{}) {
			t.Errorf("got %+v, want nothing", got)
		}
	})
}
