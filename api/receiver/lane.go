package receiver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/client"
)

// maxNoted bounds what callbacks may name before somebody looks; what is beyond is found by polling.
const maxNoted = 10_000

// lane works off the submissions of one destination.
type lane struct {
	*Receiver
	id   client.DestinationID
	wake chan struct{} // holds one element while something is noted

	mu    sync.Mutex
	noted []client.Ref // by callbacks

	// Owned by the goroutine of run.
	known   map[client.SubmissionID]*task
	waiting queue // tasks that are due now or later
	busy    int   // tasks that are worked on
	polls   int   // that were begun
	polling bool
	done    chan result
	listed  chan listing
}

// task is a submission in a lane. It is in one of four conditions: waiting in the queue, running, left (nothing to do unless the broker
// forgets it), or settled (nothing to do any more; kept until the broker's list does not name it, so that it is not taken for
// a new one).
type task struct {
	ref       client.Ref
	callback  bool
	condition condition
	due       time.Time // while waiting
	failures  int
	since     int // how many polls had begun when it came to this condition
}

type condition int

const (
	waiting condition = iota
	running
	left
	settled
)

// result is what came of working on a task.
type result struct {
	task *task
	next condition // waiting: once more, after a pause
	err  error
}

// listing is what a poll found.
type listing struct {
	refs []client.Ref
	poll int // its number
	err  error
}

func newLane(r *Receiver, id client.DestinationID) *lane {
	return &lane{
		Receiver: r, id: id, wake: make(chan struct{}, 1), done: make(chan result), listed: make(chan listing),
	}
}

// note remembers that a callback named a submission, and returns at once.
func (l *lane) note(ref client.Ref) {
	l.mu.Lock()
	if len(l.noted) < maxNoted {
		l.noted = append(l.noted, ref)
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// take returns what is noted and forgets it.
func (l *lane) take() []client.Ref {
	l.mu.Lock()
	defer l.mu.Unlock()
	noted := l.noted
	l.noted = nil
	return noted
}

// run works until ctx ends and nothing runs any more, beginning with what an earlier process left unfinished.
func (l *lane) run(ctx context.Context, open []client.Ref) {
	l.known, l.waiting, l.polls = map[client.SubmissionID]*task{}, nil, 0
	for _, ref := range open {
		l.add(ref, false)
	}
	poll, due := time.NewTimer(0), time.NewTimer(0)
	defer poll.Stop()
	defer due.Stop()
	for ctx.Err() == nil {
		l.start(ctx)
		if pause, some := l.waiting.wait(time.Now()); some && l.busy < l.config.Parallel {
			due.Reset(pause)
		}
		select {
		case <-ctx.Done():
		case <-due.C:
		case <-poll.C:
			l.poll(ctx)
		case found := <-l.listed:
			l.polling = false
			l.apply(ctx, found)
			poll.Reset(spread(l.config.Poll, rand.Float64()))
		case <-l.wake:
			for _, ref := range l.take() {
				l.add(ref, true)
			}
		case r := <-l.done:
			l.finished(ctx, r)
		}
	}
	l.drain(ctx)
}

// drain waits for everything that runs.
func (l *lane) drain(ctx context.Context) {
	for l.busy > 0 || l.polling {
		select {
		case r := <-l.done:
			l.finished(ctx, r)
		case <-l.listed:
			l.polling = false
		}
	}
}

// add takes up a submission that is not known yet.
func (l *lane) add(ref client.Ref, callback bool) {
	if l.known[ref.SubmissionID] != nil {
		return
	}
	t := &task{ref: ref, callback: callback}
	l.known[ref.SubmissionID] = t
	l.enqueue(t, 0)
}

func (l *lane) enqueue(t *task, pause time.Duration) {
	t.condition, t.since, t.due = waiting, l.polls, time.Now().Add(pause)
	l.waiting.add(t)
}

// start works on what is due, as much as may run at a time.
func (l *lane) start(ctx context.Context) {
	for l.busy < l.config.Parallel {
		t := l.waiting.next(time.Now())
		if t == nil {
			return
		}
		t.condition = running
		l.busy++
		go func() {
			next, err := l.work(ctx, t.ref, t.callback)
			l.done <- result{t, next, err}
		}()
	}
}

func (l *lane) finished(ctx context.Context, r result) {
	l.busy--
	t, log := r.task, l.log.With("submission", r.task.ref.SubmissionID, "destination", l.id)
	if r.next != waiting {
		t.condition, t.since = r.next, l.polls
		if r.err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "submission is not tried again unless the broker names it", "error", r.err)
		}
		return
	}
	pause := l.again(t)
	if r.err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "submission is tried again later", "failures", t.failures, "pause", pause.Round(time.Second), "error", r.err)
	}
}

// again puts a task into the queue for later.
func (l *lane) again(t *task) (pause time.Duration) {
	t.failures++
	pause = l.config.Retry(t.failures)
	l.enqueue(t, pause)
	return pause
}

// poll asks in the background what waits.
func (l *lane) poll(ctx context.Context) {
	l.polls++
	l.polling = true
	go func(number int) {
		refs, err := l.subscriber.Waiting(ctx, l.id)
		l.listed <- listing{refs, number, err}
	}(l.polls)
}

// apply takes up what is new. What was settled before the broker was asked is forgotten, or tried again later if it is listed still: it
// was not the last word that it is not there. What was left to others and is not listed is looked at again: they have decided.
func (l *lane) apply(ctx context.Context, found listing) {
	if found.err != nil {
		if ctx.Err() == nil {
			l.log.WarnContext(ctx, "polling failed", "destination", l.id, "error", found.err)
		}
		return
	}
	named := make(map[client.SubmissionID]bool, len(found.refs))
	for _, ref := range found.refs {
		if ref.DestinationID == l.id {
			named[ref.SubmissionID] = true
			l.add(ref, false)
		}
	}
	for id, t := range l.known {
		switch {
		case t.since >= found.poll:
		case t.condition == settled && named[id]:
			l.again(t)
		case t.condition == settled:
			delete(l.known, id)
		case t.condition == left && !named[id]:
			l.enqueue(t, 0)
		}
	}
}

// once works off what is open and what waits, and returns an error for each that could not be finished.
func (l *lane) once(ctx context.Context, open []client.Ref) (failed []error) {
	listed, err := l.subscriber.Waiting(ctx, l.id)
	if err != nil {
		failed = append(failed, fmt.Errorf("destination %s: %w", l.id, err))
	}
	var (
		mu      sync.Mutex
		working sync.WaitGroup
		seen    = map[client.SubmissionID]bool{}
		slots   = make(chan struct{}, l.config.Parallel)
	)
	for _, ref := range append(open, listed...) {
		if seen[ref.SubmissionID] || ref.DestinationID != l.id {
			continue
		}
		seen[ref.SubmissionID] = true
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		working.Go(func() {
			defer func() { <-slots }()
			if _, err := l.work(ctx, ref, false); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	working.Wait()
	return failed
}
