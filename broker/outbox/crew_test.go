package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// fill makes a lane in which n deliveries wait.
func fill(w *crews, name string, n int) *lane {
	l := newLane(broker.Receiver(name), 2)
	for i := range n {
		l.waiting = append(l.waiting, broker.Claimed{Delivery: broker.Delivery{ID: broker.DeliveryID(fmt.Sprint(name, i))}})
	}
	w.enqueue(l)
	return l
}

// all begins what can begin.
func (w *crews) all(now time.Time) (begun []*call) {
	for {
		c, ok := w.next(now)
		if !ok {
			return begun
		}
		begun = append(begun, c)
	}
}

// TestTurns: whoever has much to be called for gets no more than the others.
func TestTurns(t *testing.T) {
	t.Parallel()
	w := &crews{fast: crew{workers: 4}}
	many, few := fill(w, "many", 100), fill(w, "few", 2)
	now := time.Now()
	for _, c := range w.all(now) {
		w.end(c, 0, true)
	}
	if len(many.waiting) != 98 || len(few.waiting) != 0 {
		t.Errorf("got %d and %d waiting after four calls, want 98 and 0", len(many.waiting), len(few.waiting))
	}
}

// TestHandOver: calls that hang take no worker from the others for longer than a second.
func TestHandOver(t *testing.T) {
	t.Parallel()
	w := &crews{fast: crew{workers: 2}, slow: crew{workers: 1}}
	dead, alive := fill(w, "dead", 10), fill(w, "alive", 1)
	now := time.Now()
	dead.width = 2
	begun := w.all(now)
	if len(begun) != 2 || len(alive.running) != 1 {
		t.Fatalf("got %d calls, want one of each", len(begun))
	}
	w.end(begun[1], 0, true)
	w.all(now) // the second one of dead
	late := fill(w, "late", 1)
	if at, ok := w.nextHandOver(); len(w.all(now)) != 0 || !ok || !at.Equal(now.Add(hangs)) {
		t.Errorf("next hand-over: got %s, %t, want in a second, since nobody is free", at, ok)
	}
	now = now.Add(hangs)
	w.handOver(now)
	if begun := w.all(now); len(begun) != 1 || begun[0].lane != late {
		t.Errorf("got %d calls, want the one that waits at another receiver", len(begun))
	}
	if w.fast.busy != 1 || w.slow.busy != 2 || !dead.suspect {
		t.Errorf("got %d fast and %d slow workers busy, want 1 and 2: nothing more is begun where two calls hang", w.fast.busy, w.slow.busy)
	}
}

// TestSuspect: who failed is called by the slow crew, once at a time, until it succeeds.
func TestSuspect(t *testing.T) {
	t.Parallel()
	w := &crews{fast: crew{workers: 4}, slow: crew{workers: 4}}
	l, now := fill(w, "failing", 10), time.Now()
	begun := w.all(now)
	w.end(begun[0], 0, true)
	w.end(begun[1], 0, false)
	w.end(w.all(now)[0], 0, false)
	for range 3 {
		begun = w.all(now)
		if len(begun) != 1 || w.slow.busy != 1 || w.fast.busy != 0 {
			t.Fatalf("got %d calls, %d of the slow crew, want one of it", len(begun), w.slow.busy)
		}
		w.end(begun[0], 0, false)
	}
	w.end(w.all(now)[0], 0, true)
	if begun = w.all(now); len(begun) != 2 || w.fast.busy != 2 || l.suspect {
		t.Errorf("got %d calls, %d of the fast crew, want two", len(begun), w.fast.busy)
	}
}
