package signer

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	// yieldAtMost bounds how long a background worker steps back for readers before a signature: four times what one takes.
	yieldAtMost = 50 * time.Millisecond
	// stepBack is how long it steps back for writers: some twenty times what a signature takes, so that a burst has the cores to itself.
	stepBack = 190 * time.Millisecond
)

// Run signs in the background until ctx ends: at the start what an earlier life or another node left unsigned, then what
// wake announces. It returns after the signatures that are being made are stored. A failure is logged when it begins and
// when it is over, and tried again after a second, then ever less often, to once a minute.
func (s *Signer) Run(ctx context.Context, wake broker.Signal) {
	trouble := broker.Setbacks{Log: s.cfg.Log, Over: "events are signed again", First: time.Second, Last: time.Minute}
	for ctx.Err() == nil {
		err := s.drain(ctx, wake)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			trouble.Worked()
			wake.Await(ctx, s.cfg.Tick)
		default:
			// Without wake: each commit sets it, and none of them helps.
			broker.Signal(nil).Await(ctx, trouble.Failed("events cannot be signed; readers of unsigned events are refused until they can", err))
		}
	}
}

// drain signs batch by batch until nothing is left. It goes on past events that cannot be signed, as long as there are
// others, and returns why they could not.
func (s *Signer) drain(ctx context.Context, wake broker.Signal) error {
	for {
		batch, err := s.oldest(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		patient := time.Since(batch[0].Recorded) < s.cfg.Patience
		tokens, err := s.settle(ctx, batch, s.cfg.Workers, func() {
			s.readers.yield(ctx, yieldAtMost)
			if patient {
				s.letWrite(ctx, wake)
			}
		})
		if err != nil && len(tokens) == 0 || ctx.Err() != nil {
			return err
		}
	}
}

// letWrite steps back if something was committed since the signature before.
func (s *Signer) letWrite(ctx context.Context, wake broker.Signal) {
	select {
	case <-wake:
		broker.Signal(nil).Await(ctx, stepBack)
	default:
	}
}

func (s *Signer) oldest(ctx context.Context) (batch []broker.Event, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		batch, err = tx.Unsigned(s.cfg.Batch)
		return err
	})
	return batch, err
}
