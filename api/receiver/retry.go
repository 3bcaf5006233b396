package receiver

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 30 * time.Second
	maxPause   = time.Hour
)

// retry is the default of [Config.Retry].
func retry(failures int) time.Duration { return spread(pause(failures), rand.Float64()) }

// pause doubles from half a minute to an hour.
func pause(failures int) time.Duration {
	const enough = 8 // doublings until maxPause
	return min(firstPause<<min(max(failures-1, 0), enough), maxPause)
}

// spread varies d by a quarter up or down, by jitter from 0 to 1, so that what failed together does not come back together.
func spread(d time.Duration, jitter float64) time.Duration {
	return time.Duration(float64(d) * (0.75 + jitter/2))
}

// queue holds tasks that are due later, the earliest first.
type queue []*task

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(t any)        { *q = append(*q, t.(*task)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return t
}

func (q *queue) add(t *task) { heap.Push(q, t) }

// next returns a task that is due, nil if there is none.
func (q *queue) next(now time.Time) *task {
	if len(*q) == 0 || (*q)[0].due.After(now) {
		return nil
	}
	return heap.Pop(q).(*task)
}

// wait says how long it is until the first is due; false if there is none.
func (q queue) wait(now time.Time) (time.Duration, bool) {
	if len(q) == 0 {
		return 0, false
	}
	return max(q[0].due.Sub(now), 0), true
}
