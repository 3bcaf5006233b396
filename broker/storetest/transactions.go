package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vierkant/vierkant/broker"
)

var errRefused = errors.New("refused")

// rollback has a function write everything there is to write, and fail.
func rollback(h *harness) {
	f := &filler{}
	w := newWorld(f)
	refusal := fmt.Errorf("wrapped: %w", errRefused)
	err := h.store.Update(context.Background(), func(tx broker.Tx) error { return errors.Join(w.write(tx), refusal) })
	is(h, "the function's error", err, errRefused)
	err = h.store.Update(context.Background(), func(broker.Tx) error { return refusal })
	if err != refusal {
		h.Errorf("got error %v, want the very one that the function returned", err)
	}
	emptyStore(h)
	_, err = try(h, func(tx broker.Tx) (broker.Case, error) { return tx.Case(w.c.ID) })
	is(h, "a case that was taken back", err, broker.ErrNoRow)

	h.update(w.write) // and nothing is in the way of doing it again
	w.check(h)
	_, err = try(h, func(broker.Tx) (int, error) { return 0, refusal })
	if err != refusal {
		h.Errorf("View returned %v, want the very error of the function", err)
	}
}

// ownWrites reads inside a transaction what it wrote.
func ownWrites(h *harness) {
	f := &filler{}
	w := newWorld(f)
	h.update(w.write, w.read, func(tx broker.Tx) error {
		if err := tx.DeleteDelivery(w.owed.ID); err != nil {
			return err
		}
		if _, err := tx.NextDelivery(); !errors.Is(err, broker.ErrNoRow) {
			return fmt.Errorf("a deleted delivery is still owed: %v", err)
		}
		return nil
	})
}

// readOnly tries each write in a View.
func readOnly(h *harness) {
	f := &filler{}
	w := newWorld(f)
	h.update(w.write)
	next := event(f, w.c.ID, w.e.Number+1, w.sub.ID)
	writes := map[string]func(broker.Tx) error{
		"PutOrg":            func(tx broker.Tx) error { return tx.PutOrg(w.org) },
		"PutClient":         func(tx broker.Tx) error { return tx.PutClient(w.client) },
		"PutDestination":    func(tx broker.Tx) error { return tx.PutDestination(w.dest) },
		"DeleteDestination": func(tx broker.Tx) error { return tx.DeleteDestination(w.dest.ID) },
		"PutDestinationKey": func(tx broker.Tx) error { return tx.PutDestinationKey(w.key) },
		"PutSubmission":     func(tx broker.Tx) error { return tx.PutSubmission(w.sub) },
		"PutAttachment":     func(tx broker.Tx) error { return tx.PutAttachment(w.att) },
		"AddBody":           func(tx broker.Tx) error { _, err := tx.AddBody([]byte("x")); return err },
		"DeleteBody":        func(tx broker.Tx) error { return tx.DeleteBody(filled[broker.BodyID](f)) },
		"PutCase":           func(tx broker.Tx) error { return tx.PutCase(w.c) },
		"AppendEvent":       func(tx broker.Tx) error { return tx.AppendEvent(next) },
		"SignEvent":         func(tx broker.Tx) error { _, err := tx.SignEvent(w.e.Ref(), "token"); return err },
		"PutDelivery":       func(tx broker.Tx) error { return tx.PutDelivery(w.owed) },
		"ForgetDeliveries":  func(tx broker.Tx) error { _, err := tx.ForgetDeliveries(epoch, 1); return err },
		"PutTimer":          func(tx broker.Tx) error { return tx.PutTimer(w.timer) },
		"DeleteTimer":       func(tx broker.Tx) error { return tx.DeleteTimer("queue", "id") },
		"DeleteCase":        func(tx broker.Tx) error { return tx.DeleteCase(filled[broker.CaseID](f)) },
		"DeleteDelivery":    func(tx broker.Tx) error { return tx.DeleteDelivery(filled[broker.DeliveryID](f)) },
		"PutReceipt":        func(tx broker.Tx) error { return tx.PutReceipt(w.receipt) },
		"ForgetReceipts":    func(tx broker.Tx) error { _, err := tx.ForgetReceipts(epoch, 1); return err },
		"PutServiceKey":     func(tx broker.Tx) error { return tx.PutServiceKey(w.own) },
		"PutRoute":          func(tx broker.Tx) error { return tx.PutRoute(w.route) },
		"DeleteRoute":       func(tx broker.Tx) error { return tx.DeleteRoute(filled[broker.RouteID](f)) },
		"PutEntry":          func(tx broker.Tx) error { return tx.PutEntry(w.entry) },
		"DeleteEntry":       func(tx broker.Tx) error { return tx.DeleteEntry("kind", "not there") },
	}
	for name, write := range writes {
		if err := h.store.View(context.Background(), write); err == nil {
			h.Errorf("%s inside a View: got no error", name)
		}
	}
	w.check(h)
}

// consistentView has two numbers change together, and never sees them apart.
func consistentView(h *harness) {
	f := &filler{}
	a, b := filled[broker.Case](f), filled[broker.Case](f)
	put := func(n int) {
		a.Events, b.Events = n, -n
		h.update(func(tx broker.Tx) error { return tx.PutCase(a) }, func(tx broker.Tx) error { return tx.PutCase(b) })
	}
	put(0)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if sum, err := try(h, func(tx broker.Tx) (int, error) {
					x, errX := tx.Case(a.ID)
					y, errY := tx.Case(b.ID)
					return x.Events + y.Events, errors.Join(errX, errY)
				}); err != nil || sum != 0 {
					h.Errorf("a view saw numbers that differ by %d, %v", sum, err)
					return
				}
			}
		})
	}
	for n := range 50 {
		put(n)
	}
	close(done)
	readers.Wait()
}

// viewBesideUpdate updates while a view is open, which goes on seeing what it saw, or runs again and sees what is new.
func viewBesideUpdate(h *harness) {
	f := &filler{}
	c := filled[broker.Case](f)
	h.update(func(tx broker.Tx) error { return tx.PutCase(c) })
	changed := c
	changed.Events++
	var before, after broker.Case
	runs := 0
	err := h.store.View(context.Background(), func(tx broker.Tx) (err error) {
		runs++
		if before, err = tx.Case(c.ID); err != nil {
			return err
		}
		updated := make(chan error)
		go func() {
			updated <- h.store.Update(context.Background(), func(tx broker.Tx) error { return tx.PutCase(changed) })
		}()
		if err := <-updated; err != nil {
			return err
		}
		after, err = tx.Case(c.ID)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	want := c
	if runs > 1 {
		want = changed
	}
	same(h, "in the view, before the update", before, want)
	same(h, "in the view, after it", after, want)
	same(h, "after it", must(h, func(tx broker.Tx) (broker.Case, error) { return tx.Case(c.ID) }), changed)
}

// onCommit runs what a function wants to follow once, in order, before Update returns, and only if there was a commit.
func onCommit(h *harness) {
	f := &filler{}
	c := filled[broker.Case](f)
	var ran []string
	follow := func(tx broker.Tx, what string) { tx.OnCommit(func() { ran = append(ran, what) }) }
	h.update(func(tx broker.Tx) error {
		follow(tx, "first")
		err := tx.PutCase(c)
		follow(tx, "second")
		if len(ran) > 0 {
			return errors.New("what follows ran before the commit")
		}
		return err
	})
	same(h, "after a commit", ran, []string{"first", "second"})

	ran = nil
	err := h.store.Update(context.Background(), func(tx broker.Tx) error {
		follow(tx, "failed")
		return errors.Join(tx.PutCase(c), errRefused)
	})
	is(h, "failed", err, errRefused)
	err = h.store.Update(context.Background(), func(tx broker.Tx) error { follow(tx, "refused"); return errRefused })
	is(h, "refused", err, errRefused)
	if err := h.store.View(context.Background(), func(tx broker.Tx) error { follow(tx, "viewed"); return nil }); err != nil {
		h.Error(err)
	}
	same(h, "after no commit", ran, nil)
}

// contexts that are over before anything began keep everything from beginning.
func contexts(h *harness) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	mustNotRun := func(broker.Tx) error { h.Error("a function ran whose context was over"); return nil }
	is(h, "Update", h.store.Update(ctx, mustNotRun), context.Canceled)
	is(h, "View", h.store.View(ctx, mustNotRun), context.Canceled)
}

// closed stores refuse.
func closed(h *harness) {
	if err := h.store.Close(); err != nil {
		h.Fatal(err)
	}
	mustNotRun := func(broker.Tx) error { h.Error("a function ran in a closed store"); return nil }
	if h.store.Update(context.Background(), mustNotRun) == nil || h.store.View(context.Background(), mustNotRun) == nil {
		h.Error("a closed store returned no error")
	}
}
