package node

import (
	"fmt"
	"sync/atomic"
	"time"
)

// clock is the clock of deadlines: the wall clock, moved forward by the operator of a test environment. It never goes back, so
// that nothing that was due becomes undue.
type clock struct {
	wall  func() time.Time
	ahead atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.wall().Add(time.Duration(c.ahead.Load())) }

// Forward moves the clock of deadlines on by d, where the environment has a movable one. Tokens and callbacks keep the wall clock.
func (n *Node) Forward(d time.Duration) error {
	if !n.cfg.Environment.MovableClock {
		return fmt.Errorf("the clock of deadlines in %s is the real one and cannot be moved", n.cfg.Environment.Name)
	}
	if d < 0 {
		return fmt.Errorf("the clock of deadlines moves forward only, not by %s", d)
	}
	n.deadline.ahead.Add(int64(d))
	return nil
}
