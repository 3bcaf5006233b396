package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// errRehearsed is why there is no answer to a call that was to get none.
var errRehearsed = errors.New("a rehearsal: the call was not made")

// notYet is a call that is to be made later than it is due.
type notYet struct{ until time.Time }

func (notYet) Error() string { return "a rehearsal: the call is made later" }

// rehearsed makes a call with what is to go wrong with it, in an environment where that can be asked for.
func (o *Outbox) rehearsed(ctx context.Context, d broker.Delivery, to broker.Target) (answer Answer, err error) {
	if o.cfg.Rehearse == nil {
		return o.post(ctx, d, to)
	}
	wrong := o.cfg.Rehearse(ctx, d)
	switch {
	case wrong.Until.After(o.cfg.Now()):
		return Answer{}, notYet{wrong.Until}
	case wrong.Lost:
		return Answer{}, errRehearsed
	}
	for range max(wrong.Times, 1) {
		answer, err = o.post(ctx, d, to)
	}
	return answer, err
}
