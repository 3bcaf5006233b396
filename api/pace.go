package api

import "time"

const (
	defaultGrace = 30 * time.Second
	leastBps     = 64 << 10 // bytes per second of bodies and answers
	submitBps    = 1 << 20  // of submits: they hold memory that others wait for
)

// pace is how slowly bytes may come or go: at a rate, after a grace that all pauses together use up and that haste gives back. Only the
// time that is spent waiting for the other side counts, not what we take to think between two moves.
type pace struct {
	grace time.Duration
	rate  int64         // bytes per second
	late  time.Duration // how much of the grace is used up
}

// deadline returns until when size more bytes have to be through.
func (p *pace) deadline(now time.Time, size int64) time.Time {
	return now.Add(p.grace - p.late + p.worth(size))
}

// moved says that size bytes took so long.
func (p *pace) moved(took time.Duration, size int64) {
	p.late = max(0, p.late+took-p.worth(size))
}

func (p *pace) worth(size int64) time.Duration {
	return time.Duration(float64(size) / float64(p.rate) * float64(time.Second))
}
