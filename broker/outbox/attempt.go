package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/hook"
)

// outcome is what became of a call.
type outcome struct {
	answer Answer
	err    error // why there is no answer
}

// taken reports whether the receiver answered with success.
func (is outcome) taken() bool {
	return is.err == nil && is.answer.Status >= 200 && is.answer.Status <= 299
}

var (
	errUnwanted = errors.New("the destination wants no callbacks any more")
	errCutOff   = errors.New("the call was cut off by the end of the process")
)

// attempt makes the call that a claimed delivery is. When ctx ends meanwhile, nothing is known.
func (o *Outbox) attempt(ctx context.Context, d broker.Delivery) outcome {
	target, wanted, err := o.cfg.Deliveries.Target(ctx, d)
	if err == nil && !wanted {
		err = errUnwanted
	}
	var answer Answer
	if err == nil {
		answer, err = o.rehearsed(ctx, d, target)
	}
	if err != nil && ctx.Err() != nil {
		err = errCutOff
	}
	return outcome{answer, err}
}

// report tells the store what became of a call. What is not known is left to the lease.
func (o *Outbox) report(ctx context.Context, d broker.Delivery, is outcome) {
	var later notYet
	switch {
	case errors.Is(is.err, errCutOff):
	case errors.As(is.err, &later):
		d.Attempt-- // as if never claimed
		o.reported(d, o.cfg.Deliveries.Failed(ctx, d, later.until))
	case errors.Is(is.err, errUnwanted):
		o.drop(ctx, d, is.err)
	case is.err != nil:
		o.retry(ctx, d, is.answer, is.err)
	case !is.taken():
		o.retry(ctx, d, is.answer, fmt.Errorf("the receiver answered %d", is.answer.Status))
	default:
		o.delivered.Add(1)
		o.reported(d, o.cfg.Deliveries.Delivered(ctx, d))
	}
}

// post makes the call, signed by the newest secret. The contract's header holds one signature, so a receiver that knows only the secret
// before refuses the call; as long as that secret is good, the call is made again at once, signed by it. Both share one timeout: the
// lease is for one.
func (o *Outbox) post(ctx context.Context, d broker.Delivery, to broker.Target) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	raw := body(d)
	answer, err := o.cfg.Post(ctx, to.URL, signed(string(d.ID), o.cfg.Now(), raw, to.Secret, to.Former), raw)
	if err != nil || to.Former == "" || !refused(answer) {
		return answer, err
	}
	return o.cfg.Post(ctx, to.URL, signed(string(d.ID), o.cfg.Now(), raw, to.Former, to.Secret), raw)
}

func refused(answer Answer) bool {
	return answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden
}

// signed returns the headers of a call: the contract's with one signature, those of Standard Webhooks with one by each secret.
func signed(id string, at time.Time, raw []byte, secret, other string) http.Header {
	secrets := []string{secret}
	if other != "" {
		secrets = append(secrets, other)
	}
	timestamp, authentication := hook.Sign(secret, at, raw)
	header := make(http.Header, 7)
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "Vierkant")
	header.Set(hook.HeaderTimestamp, timestamp)
	header.Set(hook.HeaderAuthentication, authentication)
	header.Set(hook.HeaderID, id)
	header.Set(hook.HeaderWebhookTimestamp, timestamp)
	header.Set(hook.HeaderSignature, hook.SignStandard(id, at, raw, secrets...))
	return header
}

// retry has a failed delivery tried again, at the pace of Retry, later if the receiver asks for it, or drops it when the next
// attempt would come too late.
func (o *Outbox) retry(ctx context.Context, d broker.Delivery, answer Answer, why error) {
	o.failed.Add(1)
	wait := max(o.cfg.Jitter(Retry(d.Attempt)), min(answer.RetryAfter, lastRetry))
	again := o.cfg.Now().Add(wait)
	if again.After(d.Created.Add(o.cfg.GiveUp)) {
		o.drop(ctx, d, why)
		return
	}
	o.cfg.Log.Info("callback failed", "destination", d.Destination, "delivery", d.ID, "attempt", d.Attempt,
		"again", again.UTC().Format(time.RFC3339), "error", why)
	o.reported(d, o.cfg.Deliveries.Failed(ctx, d, again))
}

func (o *Outbox) drop(ctx context.Context, d broker.Delivery, why error) {
	o.dropped.Add(1)
	o.cfg.Log.Warn("callback given up", "destination", d.Destination, "submission", d.Submission, "delivery", d.ID,
		"attempt", d.Attempt, "error", why)
	o.reported(d, o.cfg.Deliveries.Drop(ctx, d))
}

// reported logs a report that did not reach the store: the delivery comes back when its lease ends.
func (o *Outbox) reported(d broker.Delivery, err error) {
	if err != nil {
		o.cfg.Log.Error("outcome of a callback could not be stored; it will be made again", "destination", d.Destination,
			"delivery", d.ID, "error", err)
	}
}
