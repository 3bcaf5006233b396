package submission

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/broker"
)

// gate lets only so much of something in at once, and of each client only so many; clients that wait are served in turn.
type gate struct {
	turns    *fair.Turns[broker.ClientID]
	each     int
	patience time.Duration // how long one waits
	refused  func()
}

func newGate(room int64, each int, patience time.Duration, refused func()) *gate {
	return &gate{turns: fair.NewTurns[broker.ClientID](room, each), each: each, patience: patience, refused: refused}
}

// enter waits for room for weight. The caller calls leave when it is done. The error is RateLimited if it is the client itself that
// takes all it may, Unavailable if it is all of them, or that of ctx.
func (g *gate) enter(ctx context.Context, who broker.ClientID, weight int64) (leave func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, g.patience)
	defer cancel()
	leave, err = g.turns.Enter(waiting, who, weight)
	if err == nil {
		return leave, nil
	}
	if gone := ctx.Err(); gone != nil {
		return nil, gone
	}
	g.refused()
	if errors.Is(err, fair.ErrShare) {
		return nil, broker.RateLimited.Wrap(err, "", "a client may send %d at a time of what is as large as this: wait until one has ended", g.each)
	}
	return nil, broker.Unavailable.Wrap(err, problem.Busy, "too much arrives at once that is as large as this: send it again in a few seconds")
}
