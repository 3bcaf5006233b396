package outbox_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/outbox"
)

// TestSlowEndpoint: it gets two calls at a time, and the others get theirs meanwhile.
func TestSlowEndpoint(t *testing.T) {
	t.Parallel()
	w := newRealTimeWorld(t)
	release := make(chan struct{})
	var running atomic.Int64
	slow, slowCalls := receiver(t, func(http.ResponseWriter, *http.Request) {
		if got := running.Add(1); got > 2 {
			t.Errorf("calls at a time to one destination: got %d, want at most 2", got)
		}
		<-release
		running.Add(-1)
	})
	fast, fastCalls := receiver(t, status(http.StatusOK))
	slowID, fastID := w.destination(t, slow), w.destination(t, fast)
	const many, few = 12, 3
	for range many {
		w.submit(t, slowID)
	}
	for range few {
		w.submit(t, fastID)
	}
	stop := w.start(t, w.outbox(t))
	for range few {
		<-fastCalls
	}
	<-slowCalls
	<-slowCalls
	close(release)
	for range many - 2 {
		<-slowCalls
	}
	stop()
	w.wantNext(t, time.Time{})
}

// owe writes n deliveries for a destination that are due already, without the submissions they would be about.
func (w *world) owe(t testing.TB, d broker.DestinationID, n int) {
	t.Helper()
	must(t, w.store.Update(context.Background(), func(tx broker.Tx) error {
		for range n {
			if err := tx.PutDelivery(broker.Delivery{
				ID: broker.NewID[broker.DeliveryID](), Type: broker.NewSubmissions, Destination: d,
				Submission: broker.NewID[broker.SubmissionID](), Case: broker.NewID[broker.CaseID](),
				NotBefore: w.now(), Created: w.now(),
			}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// owed reads all deliveries.
func (w *world) owed(t testing.TB) (all []broker.Delivery) {
	t.Helper()
	must(t, w.store.View(context.Background(), func(tx broker.Tx) (err error) {
		all, err = tx.DueDeliveries(w.now().Add(365*24*time.Hour), 1<<20)
		return err
	}))
	return all
}

// hangAt makes calls to hosts of that name hang and answers others with 200.
func hangAt(host string, answered chan<- string) func(*outbox.Config) {
	return func(c *outbox.Config) {
		c.Grace = time.Millisecond
		c.Post = func(ctx context.Context, url string, _ http.Header, _ []byte) (outbox.Answer, error) {
			if strings.Contains(url, host) {
				<-ctx.Done()
				return outbox.Answer{}, ctx.Err()
			}
			answered <- url
			return outbox.Answer{Status: http.StatusOK}, nil
		}
	}
}

// TestDeadEndpointWithThousands: more is due at it than fits into memory, all of it longer than what is due elsewhere.
func TestDeadEndpointWithThousands(t *testing.T) {
	t.Parallel()
	w := newRealTimeWorld(t)
	dead, alive := w.destination(t, "http://dead.example"), w.destination(t, "http://alive.example")
	const many = 3000
	w.owe(t, dead, many)
	w.owe(t, alive, 1)
	answered := make(chan string, 1)
	stop := w.start(t, w.outbox(t, hangAt("dead", answered)))
	<-answered
	stop()

	all := w.owed(t)
	if len(all) != many {
		t.Fatalf("owed: got %d, want %d", len(all), many)
	}
	begun := 0
	for _, d := range all {
		begun += d.Attempt
	}
	if begun != 2 {
		t.Errorf("attempts counted: got %d, want 2: what was put aside was not begun", begun)
	}
}

// TestBurstAtFastEndpoint: nothing of it is put aside, which would cost a transaction each. It costs one per delivery, and one
// for every 64 that are claimed.
func TestBurstAtFastEndpoint(t *testing.T) {
	t.Parallel()
	w := newRealTimeWorld(t)
	const many = 320
	w.owe(t, w.destination(t, "http://alive.example"), many)
	before := w.files.Stats().Updates
	answered := make(chan string, many)
	stop := w.start(t, w.outbox(t, hangAt("dead", answered)))
	for range many {
		<-answered
	}
	stop()
	w.wantNext(t, time.Time{})
	if got, want := w.files.Stats().Updates-before, int64(many+many/64); got != want {
		t.Errorf("transactions: got %d, want %d", got, want)
	}
}

// TestShutdown gives back what waits, so that the next start or another node need not wait for a lease, and leaves what was cut
// off to its lease.
func TestShutdown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d := w.destination(t, url)
	w.owe(t, d, 5)
	began := w.now()
	stop := w.start(t, w.outbox(t, func(c *outbox.Config) { c.Grace = time.Millisecond }))
	<-calls
	<-calls
	w.clock.advance(time.Second)
	stop()
	leased, given := 0, 0
	for _, one := range w.owed(t) {
		switch {
		case one.Attempt == 1 && one.Lease != "" && one.NotBefore.Equal(began.Add(time.Minute)):
			leased++
		case one.Attempt == 0 && one.Lease == "" && one.NotBefore.Equal(w.now()):
			given++
		}
	}
	if leased != 2 || given != 3 {
		t.Errorf("got %d left to their lease and %d given back, want 2 and 3: %+v", leased, given, w.owed(t))
	}
}

// TestGrace lets a running call end well while Run ends.
func TestGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := make(chan struct{})
	url, calls := receiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	sub := w.submit(t, w.destination(t, url))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	o := w.outbox(t)
	go func() { o.Run(ctx, w.DeliveriesOwed); close(done) }()
	<-calls
	cancel()
	close(release)
	<-done
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	w.wantNext(t, time.Time{})
}

// TestTimeout ends a call that hangs and has it repeated.
func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.submit(t, w.destination(t, url))
	logged := make(lines, 16)
	stop := w.start(t, w.outbox(t, logTo(logged), func(c *outbox.Config) { c.Timeout = 20 * time.Millisecond }))
	line := <-logged
	stop()
	if !strings.Contains(line, "no answer in time") {
		t.Errorf("got %q, want that there was no answer in time", line)
	}
	w.wantNext(t, w.now().Add(outbox.Retry(1)))
}
