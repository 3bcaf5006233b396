package outbox

import (
	"math/rand/v2"
	"time"
)

const (
	firstRetry = 5 * time.Second
	lastRetry  = 6 * time.Hour
)

// Retry is how long after the attempt of this number, 1 or more, the next one follows: 5 s, 15 s, 45 s, 2¼ min, 6¾ min, 20¼ min, 1 h,
// 3 h, and from then on every 6 h. The contract leaves it open (9.7).
func Retry(attempt int) time.Duration {
	wait := firstRetry
	for ; attempt > 1 && wait < lastRetry; attempt-- {
		wait *= 3
	}
	return min(wait, lastRetry)
}

// Jitter spreads d by up to a fifth in both directions, so that what failed together does not come back together.
func Jitter(d time.Duration) time.Duration {
	return d - d/5 + rand.N(2*(d/5)+1)
}
