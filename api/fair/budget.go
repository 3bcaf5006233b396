package fair

import (
	"strconv"
	"sync"
	"time"
)

// Budget counts requests by who makes them.
type Budget[K comparable] struct {
	limit  int
	window time.Duration
	now    func() time.Time

	mu   sync.Mutex            // guards what follows
	full *Recent[K, time.Time] // when all that was spent is there again
}

// Left is what somebody has left.
type Left struct {
	Limit     int           // requests of a window
	Remaining int           // of them, after this one
	Reset     time.Duration // until all are there again
	Wait      time.Duration // until the next is, if this one was too many; else 0
}

// NewBudget gives everybody limit requests per window, and remembers so many. All of them are positive.
func NewBudget[K comparable](limit int, window time.Duration, remember int, now func() time.Time) *Budget[K] {
	return &Budget[K]{limit: limit, window: window, now: now, full: NewRecent[K, time.Time](remember)}
}

// Take spends one request, unless none is left.
func (b *Budget[K]) Take(who K) Left {
	now, cost := b.now(), max(1, b.window/time.Duration(b.limit))
	b.mu.Lock()
	defer b.mu.Unlock()
	full := b.full.Get(who)
	spent := min(max(0, full.Sub(now)), b.window)
	if spent+cost > b.window {
		*full = now.Add(spent)
		return Left{Limit: b.limit, Reset: spent, Wait: spent + cost - b.window}
	}
	spent += cost
	*full = now.Add(spent)
	return Left{Limit: b.limit, Remaining: int((b.window - spent) / cost), Reset: spent}
}

// Seconds is a time as headers have it, rounded up: who comes back then is let in.
func Seconds(d time.Duration) string {
	return strconv.FormatInt(int64(max(time.Second, d+time.Second-1)/time.Second), 10)
}
