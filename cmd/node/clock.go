package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// The clock of deadlines is one for all nodes and for all restarts: how far it is ahead of the wall clock is in the store, and each node follows
// what is there. Only ever more is added, so nothing that was due becomes undue.
const clockEntries broker.EntryKind = "deadline-clock"

const (
	clockEntry = "ahead"

	mostAhead = 50 * 365 * 24 * time.Hour // beyond any deadline, and far from where durations end
)

// clockRecord is the clock of deadlines as it is stored.
type clockRecord struct {
	Ahead time.Duration `json:"ahead"` // nanoseconds
}

// clock is the clock of deadlines: the wall clock, moved forward by the operator of a test environment.
type clock struct {
	wall  func() time.Time
	ahead atomic.Int64    // nanoseconds; what is known of the store
	wakes []broker.Signal // of workers that live by this clock; complete before anything runs
}

func (c *clock) now() time.Time { return c.wall().Add(time.Duration(c.ahead.Load())) }

// wake has a worker woken whenever the clock was moved. It is for the time before the node starts.
func (c *clock) wake(s broker.Signal) { c.wakes = append(c.wakes, s) }

// advance sets the clock to be that far ahead, if that is further than it is.
func (c *clock) advance(ahead time.Duration) {
	for {
		was := c.ahead.Load()
		if int64(ahead) <= was {
			return
		}
		if c.ahead.CompareAndSwap(was, int64(ahead)) {
			break
		}
	}
	for _, s := range c.wakes {
		s.Set()
	}
}

// Forward moves the clock of deadlines of all nodes on by d, for good, where the environment has a movable one. Tokens, callbacks and everything
// that others compare with their own clocks keep the wall clock.
func (n *Node) Forward(d time.Duration) error { return n.forward(context.Background(), d) }

func (n *Node) forward(ctx context.Context, d time.Duration) error {
	if err := n.mayMoveClock(d); err != nil {
		return err
	}
	var ahead time.Duration
	err := n.store.Update(ctx, func(tx broker.Tx) error {
		stored, err := readClock(tx)
		if err != nil {
			return err
		}
		if ahead = stored + d; ahead > mostAhead {
			return broker.Conflict.New("conflict", "the clock of deadlines is %s ahead and may be %s at most: begin with new data", stored, mostAhead)
		}
		return errors.Join(broker.WriteEntry(tx, clockEntries, clockEntry, "", clockRecord{ahead}),
			broker.Note(tx, n.now(), broker.Operator(""), broker.Deed{Deed: "clock.moved", Detail: "by " + d.String()}))
	})
	if err == nil {
		n.deadline.advance(ahead)
	}
	return err
}

func (n *Node) mayMoveClock(d time.Duration) error {
	if !n.cfg.Environment.MovableClock {
		return fmt.Errorf("the clock of deadlines in %s is the real one and cannot be moved: rehearse in test", n.cfg.Environment.Name)
	}
	if d < 0 || d > mostAhead {
		return fmt.Errorf("the clock of deadlines moves forward only, by at most %s, not by %s", mostAhead, d)
	}
	return nil
}

func readClock(tx broker.Tx) (time.Duration, error) {
	stored, err := broker.ReadEntry[clockRecord](tx, clockEntries, clockEntry)
	if errors.Is(err, broker.ErrNoRow) {
		return 0, nil
	}
	return stored.Ahead, err
}

// followClock takes over what is in the store. In an environment whose clock is real, nothing there counts.
func (n *Node) followClock(ctx context.Context) error {
	if !n.cfg.Environment.MovableClock {
		return nil
	}
	var ahead time.Duration
	err := n.store.View(ctx, func(tx broker.Tx) (err error) {
		ahead, err = readClock(tx)
		return err
	})
	if err == nil {
		n.deadline.advance(ahead)
	}
	return err
}

// ClockState is the clock of deadlines as an operator reads it.
type ClockState struct {
	Wall      time.Time `json:"wall"`
	Deadlines time.Time `json:"deadlines"`
	Ahead     string    `json:"ahead"` // like 72h0m0s
}

func (n *Node) clockState() ClockState {
	wall, ahead := n.now().UTC(), time.Duration(n.deadline.ahead.Load())
	return ClockState{wall, wall.Add(ahead), ahead.String()}
}

// ClockMove asks for the clock to be moved.
type ClockMove struct {
	Forward string `json:"forward"` // like 72h
}

// readClockState is GET /test/clock.
func (n *Node) readClockState(*http.Request) (any, error) { return n.clockState(), nil }

// moveClock is POST /test/clock.
func (n *Node) moveClock(r *http.Request) (any, error) {
	asked, err := readBody[ClockMove](r)
	if err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(asked.Forward)
	if err != nil {
		return nil, fmt.Errorf("forward: %q is no duration like 72h", asked.Forward)
	}
	if err := n.forward(r.Context(), d); err != nil {
		return nil, err
	}
	n.log.Info("clock of deadlines moved", "by", d, "ahead", n.clockState().Ahead)
	return n.clockState(), nil
}
