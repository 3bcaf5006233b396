package client

import (
	"context"
	"sync"
)

// parallel is how many attachments move at once: services refuse too many requests at a time (FIT-Connect contract 11).
const parallel = 4

// each calls do for 0 to n-1, some at once, and returns the first error after all have ended; an error cancels the others.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range n {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			if err := do(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}
