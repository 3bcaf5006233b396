package testenv_test

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// authority is the subscriber: it is called back, fetches what it is told of, holds it against what was sent, and decides on two of
// three.
type authority struct {
	*cluster
	ctx  context.Context
	work errgroup.Group // on one application each

	mu   sync.Mutex
	sent map[string]*parcel // guarded by mu: by id, from before it is submitted
	told int                // guarded by mu: of how many
}

func newAuthority(ctx context.Context, c *cluster) *authority {
	a := &authority{cluster: c, ctx: ctx, sent: map[string]*parcel{}}
	c.decides, c.handedIn, c.receiver.heard = false, a.expect, a.hear
	return a
}

// expect takes down what is about to be submitted, and reads its log meanwhile.
func (a *authority) expect(p *parcel) {
	a.mu.Lock()
	a.sent[p.id] = p
	a.mu.Unlock()
	a.work.Go(func() error { return a.readEverywhere(a.ctx, a.asSender, p) })
}

// hear is told of a submission by a callback.
func (a *authority) hear(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, turn := a.sent[id], a.told
	a.told++
	a.work.Go(func() error {
		if p == nil {
			return fmt.Errorf("told of submission %s, which nobody sent", id)
		}
		if err := a.handle(p, turn); err != nil {
			return fmt.Errorf("submission %s, after its callback: %w", id, err)
		}
		return nil
	})
}

func (a *authority) handle(p *parcel, turn int) error {
	if err := persist(a.ctx, func() error { return a.checkContent(a.ctx, p) }); err != nil {
		return err
	}
	if turn%3 > 0 {
		if err := a.decide(p, turn%3 == 1); err != nil {
			return err
		}
		if err := persist(a.ctx, func() error { return a.tell(a.ctx, p) }); err != nil {
			return err
		}
	}
	return a.readEverywhere(a.ctx, a.asSubscriber, p)
}

// persist repeats what got no answer: the node that was asked has died, and another one takes the next request.
func persist(ctx context.Context, ask func() error) error {
	for {
		if err := ask(); !unanswered(err) || ctx.Err() != nil {
			return err
		}
	}
}
