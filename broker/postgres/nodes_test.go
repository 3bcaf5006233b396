package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// TestClaimsDoNotWait has two nodes claim at the same time: each gets other deliveries, and neither waits for the other.
func TestClaimsDoNotWait(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	a, b := openStore(t, dsn), openStore(t, dsn)
	now := time.Now()
	owe(t, a, now, 6)
	var first, second, third []broker.DeliveryID
	err := a.Update(t.Context(), func(tx broker.Tx) (err error) {
		if first, err = claim(tx, now, 4); err != nil {
			return err
		}
		if err := b.Update(t.Context(), func(tx broker.Tx) (err error) { second, err = claim(tx, now, 4); return err }); err != nil {
			return err
		}
		return b.Update(t.Context(), func(tx broker.Tx) (err error) { third, err = claim(tx, now, 4); return err })
	})
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(first, second)
	slices.Sort(all)
	if len(first) != 4 || len(second) != 2 || len(third) != 0 || len(slices.Compact(all)) != 6 {
		t.Errorf("claimed %d, %d and %d of 6, want 4, the other 2, and none", len(first), len(second), len(third))
	}
}

func owe(t testing.TB, s *Store, due time.Time, n int) {
	t.Helper()
	err := s.Update(t.Context(), func(tx broker.Tx) error {
		var errs []error
		for range n {
			errs = append(errs, tx.PutDelivery(broker.Delivery{ID: broker.NewID[broker.DeliveryID](), NotBefore: due}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func claim(tx broker.Tx, now time.Time, limit int) (ids []broker.DeliveryID, err error) {
	all, err := tx.DueDeliveries(now, limit)
	for _, d := range all {
		d.NotBefore = now.Add(time.Minute)
		ids, err = append(ids, d.ID), errors.Join(err, tx.PutDelivery(d))
	}
	return ids, err
}

// TestReportBesideClaim has a node report on a delivery while another one claims what is due, over and over: a report is about the claim that
// was made last, or about nothing.
func TestReportBesideClaim(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	nodes := []*Store{openStore(t, dsn), openStore(t, dsn)}
	now := time.Now()
	owe(t, nodes[0], now, 3)
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		ended int
	)
	for i := range 8 {
		s := nodes[i%2]
		work.Go(func() {
			for range 30 {
				n, err := claimAndReport(t.Context(), s, now)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				ended += n
				mu.Unlock()
			}
		})
	}
	work.Wait()
	var left broker.Backlog
	if err := nodes[0].View(t.Context(), func(tx broker.Tx) (err error) { left, err = tx.DeliveryBacklog(); return err }); err != nil {
		t.Fatal(err)
	}
	if ended != 3 || left.Count != 0 {
		t.Errorf("%d deliveries were ended and %d are left, want 3 and none", ended, left.Count)
	}
}

// claimAndReport claims, leaves what it claimed due for others to claim, and then ends what is still its own: how many.
func claimAndReport(ctx context.Context, s *Store, now time.Time) (ended int, err error) {
	lease := newName()
	var mine []broker.Delivery
	err = s.Update(ctx, func(tx broker.Tx) (err error) {
		mine, err = tx.DueDeliveries(now, 2)
		for i := range mine {
			mine[i].Lease = lease
			err = errors.Join(err, tx.PutDelivery(mine[i]))
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	err = s.Update(ctx, func(tx broker.Tx) error {
		ended = 0
		for _, d := range mine {
			is, err := tx.Delivery(d.ID)
			if errors.Is(err, broker.ErrNoRow) || err == nil && is.Lease != lease {
				continue
			}
			if err := errors.Join(err, tx.DeleteDelivery(d.ID)); err != nil {
				return err
			}
			ended++
		}
		return nil
	})
	return ended, err
}

// TestCrossedLocks has functions lock two names in opposite orders, which at first is a deadlock.
func TestCrossedLocks(t *testing.T) {
	t.Parallel()
	s := openStore(t, migrated(t))
	ids := []broker.CaseID{"a", "b"}
	up := func(tx broker.Tx, id broker.CaseID) error {
		c, err := tx.Case(id)
		if err != nil && !errors.Is(err, broker.ErrNoRow) {
			return err
		}
		c.ID = id
		c.Events++
		return tx.PutCase(c)
	}
	const each = 20
	var work sync.WaitGroup
	for w := range 8 {
		work.Go(func() {
			for range each {
				err := s.Update(t.Context(), func(tx broker.Tx) error {
					return errors.Join(up(tx, ids[w%2]), up(tx, ids[1-w%2]))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	for _, id := range ids {
		if err := s.View(t.Context(), func(tx broker.Tx) error {
			c, err := tx.Case(id)
			if c.Events != 8*each {
				t.Errorf("%s was counted to %d, want %d", id, c.Events, 8*each)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}

// TestManyNames writes more in one function than is locked name by name: it then runs alone.
func TestManyNames(t *testing.T) {
	t.Parallel()
	s := openStore(t, migrated(t))
	err := s.Update(t.Context(), func(tx broker.Tx) error {
		for i := range 3 * maxNames {
			if err := tx.PutCase(broker.Case{ID: broker.CaseID(fmt.Sprint(i))}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Reruns; got != 1 {
		t.Errorf("it ran again %d times, want once", got)
	}
}

// TestHints listens on one node to what another one writes.
func TestHints(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	a, b := openStore(t, dsn), openStore(t, dsn)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	hints := b.Hints(ctx)
	if got := <-hints; got != everything {
		t.Errorf("at first: got hint %b, want %b", got, everything)
	}
	tests := []struct {
		want  Hint
		write func(broker.Tx) error
	}{
		{KeysChanged, func(tx broker.Tx) error { return tx.PutServiceKey(broker.ServiceKey{Use: broker.TokenKeys, KID: "k"}) }},
		{RoutesChanged, func(tx broker.Tx) error { return tx.DeleteRoute("r") }},
		{EntriesChanged, func(tx broker.Tx) error { return tx.PutEntry(broker.Entry{Kind: "k", ID: "e"}) }},
		{EntriesChanged, func(tx broker.Tx) error { return tx.DeleteEntry("k", "e") }},
		{DeliveriesOwed, func(tx broker.Tx) error { return tx.PutDelivery(broker.Delivery{ID: "d"}) }},
		{EventsWritten, func(tx broker.Tx) error {
			return tx.AppendEvent(broker.Event{Case: "c", Number: 1, ID: "e", Submission: "s"})
		}},
	}
	for _, test := range tests {
		if err := a.Update(ctx, test.write); err != nil {
			t.Fatal(err)
		}
		if got := <-hints; got != test.want {
			t.Errorf("got hint %b, want %b", got, test.want)
		}
	}
	if err := b.Update(ctx, tests[0].write); err != nil { // its own is no hint
		t.Fatal(err)
	}
	if err := a.Update(ctx, tests[1].write); err != nil {
		t.Fatal(err)
	}
	if got := <-hints; got != RoutesChanged {
		t.Errorf("got hint %b, want %b", got, RoutesChanged)
	}
	cancel()
	if _, open := <-hints; open {
		t.Error("hints go on after the context ended")
	}
}

// TestSweep removes the chunks of deleted blobs and of unfinished uploads when their time has come, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	s := openStore(t, dsn)
	b := s.Blobs()
	content := bytes.Repeat([]byte("x"), 3*chunkSize+1)
	put := func() broker.BlobID {
		id, _, err := b.Put(t.Context(), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	kept, deleted := put(), put()
	if err := b.Delete(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	half := &upload{blobs: b, id: newName()}
	if err := half.send(t.Context(), 0, content[:chunkSize]); err != nil {
		t.Fatal(err)
	}
	check := func(what string, want int) {
		t.Helper()
		if err := s.sweepOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got int
		if err := s.pool.QueryRow(t.Context(), "select count(*) from chunks").Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d chunks are there, %v, want %d", what, got, err, want)
		}
	}
	check("before their time", 4+4+1)
	execute(t, dsn, "update doomed set after = now() - interval '1 second'")
	check("after it", 4)
	if err := half.finish(t.Context(), 1, []byte{}); !errors.Is(err, errVanished) || !errors.Is(err, broker.Unavailable) {
		t.Errorf("an upload whose chunks are gone was finished with %v, want %v", err, errVanished)
	}
	f, err := b.Open(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the one that is kept has %d bytes, %v, want %d", len(got), err, len(content))
	}
}
