package node

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Clock is the clock of deadlines: the wall clock, moved forward by the operator of a test environment. It never goes back, so
// that nothing that was due becomes undue.
type Clock struct {
	now   func() time.Time
	ahead atomic.Int64 // nanoseconds
}

// NewClock returns a clock that agrees with now.
func NewClock(now func() time.Time) *Clock { return &Clock{now: now} }

// Now returns the time of deadlines.
func (c *Clock) Now() time.Time { return c.now().Add(time.Duration(c.ahead.Load())) }

// Forward moves the clock on by d.
func (c *Clock) Forward(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("the clock of deadlines moves forward only, not by %s", d)
	}
	c.ahead.Add(int64(d))
	return nil
}
