package retention_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/retention"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// due is what is due at once: so many of each kind.
type due struct{ incomplete, unread, waiting []broker.Submission }

func (w *world) fill(t testing.TB, n int) (d due) {
	t.Helper()
	for range n {
		d.waiting = append(d.waiting, w.submit(t))
	}
	w.clock.forward(11 * day)
	for range n {
		d.unread = append(d.unread, w.submit(t))
	}
	w.clock.forward(2*day + 12*time.Hour)
	for range n {
		d.incomplete = append(d.incomplete, w.announce(t, sealedOnce(t)))
	}
	w.clock.forward(day)
	return d
}

// wantOnce finds everything done, and nothing twice.
func (w *world) wantOnce(t *testing.T, d due) {
	t.Helper()
	for _, s := range d.incomplete {
		wantLog(t, w, s.Case, "create-submission", "delete-submission")
		wantTold(t, w, s.ID, "new-events to the sender")
	}
	for _, s := range d.unread {
		wantLog(t, w, s.Case, "create-submission", "submit-submission")
		if got := w.mails.of(s.ID); !slices.Equal(got, []int{1}) {
			t.Errorf("reminders are %d, want the first once", got)
		}
	}
	for _, s := range d.waiting {
		wantLog(t, w, s.Case, "create-submission", "submit-submission", "reject-submission")
		wantTold(t, w, s.ID, "new-submissions to the destination", "new-events to the sender", "new-events to the destination")
	}
}

const crowd = 16

// Sixteen act at once, without a lease between them.
func TestSixteenAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.fill(t, 12)
		nodes := []node{w.node, w.another(t), w.another(t), w.another(t)}
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				for {
					n, err := nodes[i%len(nodes)].Retention.Act(t.Context(), 4)
					if err != nil {
						t.Error(err)
					}
					if next, some, err := w.Retention.Next(t.Context()); n == 0 && (err != nil || !some || next.After(w.clock.now())) {
						return
					}
				}
			})
		}
		wg.Wait()
		w.wantOnce(t, d)
	})
}

// Sixteen sweepers run, as on as many nodes.
func TestSixteenSweepers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.fill(t, 6)
		nodes := []node{w.node, w.another(t)}
		var stops []func()
		for i := range crowd {
			s := w.sweeper(t, nodes[i%len(nodes)], func(c *retention.Config) { c.Rest = 50 * time.Millisecond })
			stops = append(stops, start(t, s, nil))
		}
		w.awaitQuiet(t)
		for _, stop := range stops {
			stop()
		}
		w.wantOnce(t, d)
	})
}

// awaitQuiet waits until nothing is due.
func (w *world) awaitQuiet(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		next, _, err := w.Retention.Next(ctx)
		must(t, err)
		if next.After(w.clock.now()) {
			return
		}
	}
}

// A clock that is moved is followed at once, however long the sweeper would rest.
func TestClockMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.InFiles(t))
	sub := w.submit(t)
	start(t, w.sweeper(t, w.node, func(c *retention.Config) { c.Rest = time.Hour }), w.clock.moved)
	for _, step := range []struct {
		pass time.Duration
		want broker.State
	}{{14 * day, broker.StateRejected}, {7 * day, broker.StateDeleted}} {
		w.clock.forward(step.pass)
		w.await(t, func() bool { return w.submission(t, sub.ID).State == step.want })
	}
}

// ill is a store that can be ill.
type ill struct {
	broker.Store
	ill    atomic.Bool
	asked  chan struct{} // while it is ill; whoever wants to hear of n gives it room for n
	broken broker.SubmissionID
}

var errIll = broker.Unavailable.New("storage-unavailable", "it is ill")

func (s *ill) View(ctx context.Context, fn func(broker.Tx) error) error {
	if s.ill.Load() {
		select {
		case s.asked <- struct{}{}:
		default:
		}
		return errIll
	}
	return s.Store.View(ctx, fn)
}

func (s *ill) Update(ctx context.Context, fn func(broker.Tx) error) error {
	return s.Store.Update(ctx, func(tx broker.Tx) error { return fn(illTx{tx, s.broken}) })
}

// illTx cannot read one submission.
type illTx struct {
	broker.Tx
	broken broker.SubmissionID
}

func (t illTx) Submission(id broker.SubmissionID) (broker.Submission, error) {
	if id == t.broken {
		return broker.Submission{}, errors.New("the record is damaged")
	}
	return t.Tx.Submission(id)
}

// A store that fails is tried again, and logged once.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.InFiles(t))
	sub := w.announce(t, sealedOnce(t))
	store := &ill{Store: w.store, asked: make(chan struct{}, 3)}
	n := w.serve(t, store, w.blobs)
	log := newLines()
	store.ill.Store(true)
	start(t, w.sweeper(t, n, func(c *retention.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) }), w.clock.moved)
	for range 3 {
		<-store.asked
	}
	if got := log.with("deadlines cannot be acted on"); got != 1 {
		t.Errorf("it was logged %d times", got)
	}
	store.ill.Store(false)
	w.clock.forward(day)
	n.await(t, func() bool { return w.submission(t, sub.ID).State == broker.StateDeleted })
	log.await(t, "deadlines are acted on again")
}

// One record that cannot be read keeps nothing else from being done.
func TestOneIsDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.InFiles(t))
	var all []broker.Submission
	for range 5 {
		all = append(all, w.announce(t, sealedOnce(t)))
		w.clock.forward(time.Second)
	}
	n := w.serve(t, &ill{Store: w.store, broken: all[1].ID}, w.blobs)
	log := newLines()
	start(t, w.sweeper(t, n, func(c *retention.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) }), w.clock.moved)
	w.clock.forward(day)
	n.await(t, func() bool { return w.submission(t, all[4].ID).State == broker.StateDeleted })
	for i, sub := range all {
		want := broker.StateDeleted
		if i == 1 {
			want = broker.StateIncomplete
		}
		if got := w.submission(t, sub.ID).State; got != want {
			t.Errorf("submission %d is %s, want %s", i, got, want)
		}
	}
	if got := log.with(string(all[1].ID)); got != 1 {
		t.Errorf("it was logged %d times", got)
	}
	if at := w.timer(t, broker.SubmissionDeadline(all[1].ID, time.Time{})); at != day+time.Hour+5*time.Second {
		t.Errorf("it is tried again after %s", at)
	}
}

// What an act has begun is finished by whoever comes next.
func TestStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.InFiles(t))
	d := w.fill(t, 10)
	slow := func(c *retention.Config) { c.Batch, c.Pause = 1, time.Millisecond }
	stop := start(t, w.sweeper(t, w.node, slow), nil)
	w.await(t, func() bool { return w.submission(t, d.waiting[0].ID).State == broker.StateRejected })
	stop()
	stop = start(t, w.sweeper(t, w.node), nil) // it does not have to wait for a lease
	w.awaitQuiet(t)
	stop()
	w.wantOnce(t, d)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := retention.New(retention.Config{}); err == nil {
		t.Error("a sweeper without a store")
	}
}
