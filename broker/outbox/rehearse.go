package outbox

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
)

// errRehearsed is why there is no answer to a call that was to get none.
var errRehearsed = errors.New("a rehearsal: the call was not made")

// notYet is a call that is to be made later than it is due.
type notYet struct{ until time.Time }

func (notYet) Error() string { return "a rehearsal: the call is made later" }

// rehearsed makes a call with what is to go wrong with it, in an environment where that can be asked for. former is as post has it.
func (o *Outbox) rehearsed(ctx context.Context, d broker.Delivery, to broker.Target) (answer Answer, former bool, err error) {
	var wrong rehearsal.Callback
	if o.cfg.Rehearse != nil {
		wrong = o.cfg.Rehearse(ctx, d)
	}
	switch {
	case wrong.Until.After(o.cfg.Now()):
		return Answer{}, false, notYet{wrong.Until}
	case wrong.Lost:
		return Answer{}, false, errRehearsed
	}
	for range max(wrong.Times, 1) {
		answer, former, err = o.post(ctx, string(d.ID), body(d), to, func(http.Header) {})
	}
	return answer, former, err
}
