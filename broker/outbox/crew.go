package outbox

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// call is one that is running.
type call struct {
	delivery broker.Claimed
	lane     *lane
	since    time.Time
	crew     *crew // whose worker makes it
	over     bool
}

// crew is a number of workers, and the lanes that wait for one, in the order in which they get theirs: one call each, and back to the end. So
// every lane gets as much as the others.
type crew struct {
	workers int
	busy    int
	queue   []*lane
}

func (c *crew) free() bool { return c.busy < c.workers }

// take returns the lane whose turn it is.
func (c *crew) take() (l *lane, ok bool) {
	if len(c.queue) == 0 {
		return nil, false
	}
	l = c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	l.queued = false
	return l, true
}

// crews are those of a run. The fast crew calls whoever is not suspect, and the slow one whoever is; a call of the fast crew that hangs is handed over, so
// that a worker of the fast crew loses at most hangs to a receiver that nobody knew to be dead. Handed-over calls may be more than
// the slow crew has workers, which then begins none: they end by their timeout.
type crews struct {
	fast, slow crew
	young      []*call // of the fast crew, in the order in which they began; some are over
}

func (w *crews) of(l *lane) *crew {
	if l.suspect {
		return &w.slow
	}
	return &w.fast
}

// enqueue lets a lane wait for a worker if it has something to call.
func (w *crews) enqueue(l *lane) {
	if l.queued || l.first() < 0 {
		return
	}
	l.queued = true
	c := w.of(l)
	c.queue = append(c.queue, l)
}

// next returns the call that begins now; ok is false if there is none, or nobody to make it.
func (w *crews) next(now time.Time) (*call, bool) {
	for _, c := range []*crew{&w.fast, &w.slow} {
		for c.free() {
			l, ok := c.take()
			if !ok {
				break
			}
			if w.of(l) == c {
				if begun, ok := w.begin(l, now); ok {
					return begun, true
				}
			}
			w.enqueue(l)
		}
	}
	return nil, false
}

func (w *crews) begin(l *lane, now time.Time) (*call, bool) {
	d, ok := l.next()
	if !ok {
		return nil, false
	}
	c := &call{delivery: d, lane: l, since: now, crew: w.of(l)}
	c.crew.busy++
	if c.crew == &w.fast {
		w.young = append(w.young, c)
	}
	l.running[d.ID] = c
	w.enqueue(l)
	return c, true
}

// end gives the worker of a call back.
func (w *crews) end(c *call, took time.Duration, ok bool) {
	c.over = true
	c.crew.busy--
	c.lane.end(c, took, ok)
	w.enqueue(c.lane)
}

// handOver takes calls that hang from the fast crew.
func (w *crews) handOver(now time.Time) {
	for len(w.young) > 0 && (w.young[0].over || now.Sub(w.young[0].since) >= hangs) {
		c := w.young[0]
		w.young[0] = nil
		w.young = w.young[1:]
		if c.over {
			continue
		}
		c.crew, c.lane.suspect = &w.slow, true
		w.fast.busy--
		w.slow.busy++
	}
}

// nextHandOver is when a worker of the fast crew is given back at the latest, while lanes wait for one; ok is false when none does.
func (w *crews) nextHandOver() (at time.Time, ok bool) {
	if len(w.fast.queue) == 0 || w.fast.free() || len(w.young) == 0 {
		return at, false
	}
	return w.young[0].since.Add(hangs), true
}
