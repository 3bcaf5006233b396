package fair

import (
	"sync"
	"time"
)

// Rule says how long somebody pauses who failed. All fields are positive.
type Rule struct {
	Free    int           // failures that cost nothing
	First   time.Duration // pause after the next one; each further one doubles it
	Most    time.Duration // the longest pause
	Forgive time.Duration // after how long each one of the failures is forgotten
}

// Failures counts failures by who failed. What was begun before the pause is not undone: of many attempts side by side all are made,
// and all of them count.
type Failures[K comparable] struct {
	rule Rule
	now  func() time.Time

	mu   sync.Mutex // guards what follows
	seen *Recent[K, record]
}

// record is what somebody did.
type record struct {
	count int
	since time.Time // until when count has been forgiven
	until time.Time // end of the pause
}

// NewFailures remembers so many.
func NewFailures[K comparable](rule Rule, remember int, now func() time.Time) *Failures[K] {
	return &Failures[K]{rule: rule, now: now, seen: NewRecent[K, record](remember)}
}

// Pause is how long somebody still has to wait; 0 if he may try.
func (f *Failures[K]) Pause(who K) time.Duration {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.seen.Find(who)
	if r == nil {
		return 0
	}
	r.until = sooner(r.until, now.Add(f.rule.Most))
	return max(0, r.until.Sub(now))
}

// Failed counts a failure.
func (f *Failures[K]) Failed(who K) {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.seen.Get(who)
	f.forgive(r, now)
	if f.pause(r.count) < f.rule.Most { // what many attempts side by side add must not take days to forgive
		r.count++
	}
	if pause := f.pause(r.count); pause > 0 {
		r.until = now.Add(pause)
	}
}

// Forget clears somebody.
func (f *Failures[K]) Forget(who K) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen.Drop(who)
}

func (f *Failures[K]) forgive(r *record, now time.Time) {
	r.since = sooner(r.since, now) // a clock that was set back
	passed := now.Sub(r.since) / f.rule.Forgive
	r.since = r.since.Add(passed * f.rule.Forgive)
	if r.count -= int(passed); r.count <= 0 {
		r.count, r.since = 0, now
	}
}

// pause is that of so many failures.
func (f *Failures[K]) pause(count int) time.Duration {
	if count <= f.rule.Free {
		return 0
	}
	pause := f.rule.First
	for range count - f.rule.Free - 1 {
		if pause >= f.rule.Most {
			break
		}
		pause *= 2
	}
	return min(pause, f.rule.Most)
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
