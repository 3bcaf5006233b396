package signer

import (
	"context"
	"sync"
	"time"
)

// gate lets readers go first: the background asks it before each signature. It keeps nobody out for long, so that
// readers without end slow the background down and do not stop it.
type gate struct {
	mu     sync.Mutex
	inside int           // guarded by mu: readers whose events are being signed
	clear  chan struct{} // guarded by mu: closed when the last of them leaves
}

func (g *gate) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside == 0 {
		g.clear = make(chan struct{})
	}
	g.inside++
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 {
		close(g.clear)
	}
}

// yield waits until no reader is inside, at most so long.
func (g *gate) yield(ctx context.Context, most time.Duration) {
	g.mu.Lock()
	inside, clear := g.inside, g.clear
	g.mu.Unlock()
	if inside == 0 {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-clear:
	case <-timer.C:
	case <-ctx.Done():
	}
}
