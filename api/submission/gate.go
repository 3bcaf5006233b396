package submission

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/broker"
)

// gate lets only so much of something in at once, and of each client only so many. A client waits at its own bound before it
// queues with the others, so that it takes no more places in that queue than it may hold.
type gate struct {
	all      *semaphore.Weighted
	each     int64
	patience time.Duration // how long one waits, at both bounds together

	mu      sync.Mutex // guards what follows
	clients map[broker.ClientID]*share
}

// share is what one client has of the gate, while it has or wants something.
type share struct {
	*semaphore.Weighted
	users int
}

func newGate(all, each int64, patience time.Duration) *gate {
	return &gate{all: semaphore.NewWeighted(all), each: each, patience: patience, clients: make(map[broker.ClientID]*share)}
}

// enter waits for room for weight. The caller calls leave when it is done. The error is RateLimited if it is the client itself that
// takes all it may, Unavailable if it is all of them, or that of ctx.
func (g *gate) enter(ctx context.Context, who broker.ClientID, weight int64) (leave func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, g.patience)
	defer cancel()
	own := g.join(who)
	if err := own.Acquire(waiting, 1); err != nil {
		g.quit(who)
		return nil, refusal(ctx, broker.RateLimited.Wrap(err, "", "a client may send %d at a time of what is as large as this: wait until one has ended", g.each))
	}
	if err := g.all.Acquire(waiting, weight); err != nil {
		own.Release(1)
		g.quit(who)
		return nil, refusal(ctx, broker.Unavailable.Wrap(err, problem.Busy, "too much arrives at once that is as large as this: send it again in a few seconds"))
	}
	return func() {
		g.all.Release(weight)
		own.Release(1)
		g.quit(who)
	}, nil
}

// refusal prefers that the client is gone.
func refusal(ctx context.Context, otherwise error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return otherwise
}

func (g *gate) join(who broker.ClientID) *share {
	g.mu.Lock()
	defer g.mu.Unlock()
	own, known := g.clients[who]
	if !known {
		own = &share{Weighted: semaphore.NewWeighted(g.each)}
		g.clients[who] = own
	}
	own.users++
	return own
}

func (g *gate) quit(who broker.ClientID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.clients[who]
	if own.users--; own.users == 0 {
		delete(g.clients, who)
	}
}
