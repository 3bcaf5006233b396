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
	changed chan struct{} // closed when something is added; nil if nobody waits
}

// Decided takes a submission down.
func (b *Inbox) Decided(r receiver.Received) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decided = append(b.decided, r)
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// All returns what was decided so far, in this order.
func (b *Inbox) All() []receiver.Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.decided)
}

// Wait returns the first that became of a submission as soon as there is something, or the error of ctx.
func (b *Inbox) Wait(ctx context.Context, id client.SubmissionID) (receiver.Received, error) {
	for {
		r, found, changed := b.find(id)
		if found {
			return r, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r, fmt.Errorf("wait for submission %s: %w", id, ctx.Err())
		}
	}
}

// find returns a submission, or a channel that is closed when there is something new.
func (b *Inbox) find(id client.SubmissionID) (r receiver.Received, found bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.decided, func(r receiver.Received) bool { return r.SubmissionID == id })
	if at >= 0 {
		return b.decided[at], true, nil
	}
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return r, false, b.changed
}
