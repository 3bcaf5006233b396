package testenv

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
)

// Inbox remembers what became of submissions, so that a demonstration or a test can wait for it. Its [Inbox.Decided] is for a
// [receiver.Config]. It only grows: nothing for a receiver that runs for long. The zero Inbox is empty.
type Inbox struct {
	mu      sync.Mutex
	decided []receiver.Received
	waiting map[client.SubmissionID][]chan receiver.Received
}

// Decided takes a submission down.
func (b *Inbox) Decided(r receiver.Received) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decided = append(b.decided, r)
	for _, arrived := range b.waiting[r.SubmissionID] {
		arrived <- r
	}
	delete(b.waiting, r.SubmissionID)
}

// All returns what was decided so far, in this order.
func (b *Inbox) All() []receiver.Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.decided)
}

// Wait returns the first that became of a submission as soon as there is something, or the error of ctx.
func (b *Inbox) Wait(ctx context.Context, id client.SubmissionID) (receiver.Received, error) {
	select {
	case r := <-b.notify(id):
		return r, nil
	case <-ctx.Done():
		return receiver.Received{}, fmt.Errorf("wait for submission %s: %w", id, ctx.Err())
	}
}

// notify returns a channel on which the submission comes.
func (b *Inbox) notify(id client.SubmissionID) <-chan receiver.Received {
	arrived := make(chan receiver.Received, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.decided, func(r receiver.Received) bool { return r.SubmissionID == id })
	if at >= 0 {
		arrived <- b.decided[at]
		return arrived
	}
	if b.waiting == nil {
		b.waiting = map[client.SubmissionID][]chan receiver.Received{}
	}
	b.waiting[id] = append(b.waiting[id], arrived)
	return arrived
}
