package outbox

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	// asideAtMost bounds how long a delivery is put aside, so that an endpoint that has recovered is not left waiting.
	asideAtMost = 5 * time.Minute
	// hangs is from when on a running call tells something about its receiver.
	hangs = time.Second
)

// lane is what is claimed for one receiver.
type lane struct {
	receiver broker.Receiver
	width    int                         // calls at a time
	waiting  []broker.Claimed            // in the order they were claimed
	running  map[broker.DeliveryID]*call // of these deliveries
	pace     time.Duration               // what calls take, as a moving average; zero before there was one
	turn     time.Time                   // when what was put aside last gets its turn
	suspect  bool                        // its latest call failed, or one hangs: it gets one call at a time, from the other crew
	queued   bool                        // it stands in a queue
}

func newLane(r broker.Receiver, width int) *lane {
	return &lane{receiver: r, width: width, running: make(map[broker.DeliveryID]*call, width)}
}

// next takes the delivery that is to be called now; ok is false when there is none. One that was claimed anew, because a call of it has
// outlasted its lease, waits until that is over.
func (l *lane) next() (d broker.Claimed, ok bool) {
	i := l.first()
	if i < 0 {
		return d, false
	}
	d = l.waiting[i]
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return d, true
}

// first is the place of what can be called now, or less than 0.
func (l *lane) first() int {
	if len(l.running) >= l.room() {
		return -1
	}
	return slices.IndexFunc(l.waiting, func(d broker.Claimed) bool { return l.running[d.ID] == nil })
}

func (l *lane) room() int {
	if l.suspect {
		return 1
	}
	return l.width
}

// end notes that a call is over.
func (l *lane) end(c *call, took time.Duration, ok bool) {
	if l.pace == 0 {
		l.pace = took
	}
	l.pace += (took - l.pace) / 4
	l.suspect = !ok
	delete(l.running, c.delivery.ID)
}

// paceAt is how long a call takes: what they took, or longer if one hangs.
func (l *lane) paceAt(now time.Time) time.Duration {
	pace := l.pace
	for _, c := range l.running {
		if age := now.Sub(c.since); age >= hangs {
			pace = max(pace, age)
		}
	}
	return pace
}

// aside is a delivery that goes back to the store until its turn comes.
type aside struct {
	delivery broker.Claimed
	until    time.Time
}

// excess takes out what would have to wait in the lane for longer than patience, and gives each its turn: at the pace
// of the lane, one after the other.
func (l *lane) excess(now time.Time, patience time.Duration) (out []aside) {
	pace := l.paceAt(now)
	if pace <= 0 {
		return nil
	}
	room := l.width - len(l.running) + l.width*int(patience/pace)
	if len(l.waiting) <= room {
		return nil
	}
	for _, d := range l.waiting[room:] {
		l.turn = later(l.turn, now.Add(patience)).Add(pace / time.Duration(l.width))
		if latest := now.Add(asideAtMost); l.turn.After(latest) {
			l.turn = latest
		}
		out = append(out, aside{d, l.turn})
	}
	l.waiting = l.waiting[:room]
	return out
}

// stale takes out those whose lease would end before a call of that length: they are to be claimed anew.
func (l *lane) stale(now time.Time, timeout time.Duration) (out []aside) {
	l.waiting = slices.DeleteFunc(l.waiting, func(d broker.Claimed) bool {
		short := d.NotBefore.Sub(now) < timeout
		if short {
			out = append(out, aside{d, now})
		}
		return short
	})
	return out
}

// emptied takes out all that waits.
func (l *lane) emptied(now time.Time) (out []aside) {
	for _, d := range l.waiting {
		out = append(out, aside{d, now})
	}
	l.waiting = nil
	return out
}

// idle reports whether the lane can be forgotten: nothing is in it, and nothing that it put aside is still to come, for
// which its pace will be needed.
func (l *lane) idle(now time.Time) bool {
	return len(l.waiting) == 0 && len(l.running) == 0 && !l.turn.After(now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
