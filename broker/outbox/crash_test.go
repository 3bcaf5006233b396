package outbox_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// faulty is a store whose next commits fail, as if the process died before or after they were durable.
type faulty struct {
	broker.Store
	before, after atomic.Int64 // how many are still to fail
}

var errDied = errors.New("the process died")

// Update implements broker.Store.
func (f *faulty) Update(ctx context.Context, fn func(broker.Tx) error) error {
	if f.before.Add(-1) >= 0 {
		return errDied
	}
	err := f.Store.Update(ctx, fn)
	if err == nil && f.after.Add(-1) >= 0 {
		return errDied
	}
	return err
}

// TestCrashBeforeRecord: between the receiver's 200 and its record the process dies. The callback is made again, under the same id, and
// nothing else is other than without the crash.
func TestCrashBeforeRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		die   func(*faulty)
		calls int
	}{
		"before the record is durable": {func(f *faulty) { f.before.Store(1) }, 2},
		"after the record is durable":  {func(f *faulty) { f.after.Store(1) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := new(faulty)
			w := newWorldOn(t, store)
			url, calls := receiver(t, func(out http.ResponseWriter, _ *http.Request) {
				c.die(store)
				out.WriteHeader(http.StatusOK)
			})
			d := w.destination(t, url)
			sub := w.submit(t, d)
			logged := make(lines, 16)
			stop := w.start(t, w.outbox(t, logTo(logged)))
			first := <-calls
			<-logged // that it could not be stored
			stop()

			store.before.Store(0)
			w.clock.advance(time.Minute) // the lease
			c.die = func(*faulty) {}
			stop = w.start(t, w.outbox(t))
			w.quiet(t)
			stop()
			if got := 1 + len(calls); got != c.calls {
				t.Errorf("got %d calls, want %d", got, c.calls)
			}
			for range len(calls) {
				if again := <-calls; string(again.body) != string(first.body) || again.header.Get("webhook-id") != first.header.Get("webhook-id") {
					t.Errorf("got %s, want what was said first: %s", again.body, first.body)
				}
			}
			w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
			if all := w.callbacks(t, d); len(all) != 1 || all[0].Over.IsZero() || len(all[0].Attempts) != 1 {
				t.Errorf("got %+v, want one callback that is over", all)
			}
			w.wantNext(t, time.Time{})
		})
	}
}
