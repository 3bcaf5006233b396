package figures

import (
	"slices"
	"time"
)

// Counts is what happened in some time.
type Counts struct {
	Announced       int
	Submitted       int
	Accepted        int
	Rejected        map[string]int // by reason, see Reasons
	Expired         int            // announced and never submitted
	Replies         int            // sent, by either side
	Bytes           int64          // of sealed content that was submitted
	CallbacksTaken  int
	CallbacksFailed int
	Acceptance      Histogram // times from submission to acceptance
}

// add returns the sums. It shares nothing with either.
func (c Counts) add(d Counts) Counts {
	c.Announced += d.Announced
	c.Submitted += d.Submitted
	c.Accepted += d.Accepted
	c.Expired += d.Expired
	c.Replies += d.Replies
	c.Bytes += d.Bytes
	c.CallbacksTaken += d.CallbacksTaken
	c.CallbacksFailed += d.CallbacksFailed
	c.Rejected = addReasons(c.Rejected, d.Rejected)
	c.Acceptance = c.Acceptance.add(d.Acceptance)
	return c
}

func addReasons(a, b map[string]int) map[string]int {
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	sum := make(map[string]int, len(a)+len(b))
	for _, part := range []map[string]int{a, b} {
		for reason, n := range part {
			sum[reason] += n
		}
	}
	return sum
}

// AllRejected is how many were rejected, for whatever reason.
func (c Counts) AllRejected() (n int) {
	for _, some := range c.Rejected {
		n += some
	}
	return n
}

const day = 24 * time.Hour

// Bounds are the classes of times: the first is up to the first bound, and so on; the last is what took longer than all. They are stored by their
// places, so the list may only grow at its end.
func Bounds() []time.Duration {
	return []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
		day, 2 * day, 3 * day, 5 * day, 7 * day, 10 * day, 14 * day,
	}
}

// Histogram is how many times fell into each class of Bounds, and into the one above them; it ends with the last class that has any.
type Histogram []int

// timeOf is the histogram of one time.
func timeOf(d time.Duration) Histogram {
	class, _ := slices.BinarySearch(Bounds(), d)
	h := make(Histogram, class+1)
	h[class] = 1
	return h
}

func (h Histogram) add(other Histogram) Histogram {
	sum := make(Histogram, max(len(h), len(other)))
	copy(sum, h)
	for i, n := range other {
		sum[i] += n
	}
	if len(sum) == 0 {
		return nil
	}
	return sum
}

// Quantile returns the bound that a share of the times (0 to 1) did not exceed. some is false if there are no times; over, if it is more than the
// last bound, which is returned then.
func (h Histogram) Quantile(share float64) (bound time.Duration, over, some bool) {
	total := 0
	for _, n := range h {
		total += n
	}
	if total == 0 {
		return 0, false, false
	}
	bounds, seen := Bounds(), 0
	for class, n := range h {
		seen += n
		if n > 0 && float64(seen) >= share*float64(total) && class < len(bounds) {
			return bounds[class], false, true
		}
	}
	return bounds[len(bounds)-1], true, true
}
