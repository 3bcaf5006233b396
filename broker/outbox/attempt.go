package outbox

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/hook"
)

// outcome is what became of a call.
type outcome struct {
	url    string // none: nobody was called
	answer Answer
	err    error // why there is no answer
	former bool  // only the secret before was believed
	at     time.Time
	took   time.Duration
}

// taken reports whether the receiver answered with success.
func (is outcome) taken() bool {
	return is.err == nil && is.answer.Status >= 200 && is.answer.Status <= 299
}

// reason says why it did not succeed, or what is to be known of how it did.
func (is outcome) reason() string {
	switch {
	case is.err != nil:
		return reasonOf(is.err)
	case !is.taken():
		return reasonOfStatus(is.answer.Status)
	case is.former:
		return "taken with the secret before, which is good until its overlap ends"
	}
	return ""
}

// result is what the store is told.
func (is outcome) result() broker.Result {
	return broker.Result{
		URL: is.url, RetryAfter: is.answer.RetryAfter,
		Attempt: broker.Attempt{At: is.at, Took: is.took, Status: is.answer.Status, Reason: is.reason()},
	}
}

var (
	errUnwanted = errors.New("the receiver wants no callbacks any more")
	errCutOff   = errors.New("the call was cut off by the end of the process")
)

// attempt makes the call that a claimed delivery is. When ctx ends meanwhile, nothing is known.
func (o *Outbox) attempt(ctx context.Context, d broker.Delivery) (is outcome) {
	is.at = o.cfg.Now()
	defer func() { is.took = o.cfg.Now().Sub(is.at) }()
	target, wanted, err := o.cfg.Deliveries.Target(ctx, d)
	switch {
	case err != nil:
		is.err = err
	case !wanted:
		is.err = errUnwanted
	default:
		is.url = target.URL
		is.answer, is.former, is.err = o.rehearsed(ctx, d, target)
	}
	if is.err != nil && ctx.Err() != nil {
		is.err = errCutOff
	}
	return is
}

// report tells the store what became of a call, and returns whether the endpoint is left alone from now on. What is not known is left to
// the lease.
func (o *Outbox) report(ctx context.Context, d broker.Claimed, is outcome) (paused bool) {
	var later notYet
	switch {
	case errors.Is(is.err, errCutOff):
		return false
	case errors.As(is.err, &later):
		o.reported(d, o.cfg.Deliveries.GiveBack(ctx, d, later.until))
		return false
	case errors.Is(is.err, errUnwanted), is.answer.Status == http.StatusGone:
		o.giveUp(ctx, d, is)
		return true
	case !is.taken():
		return o.retry(ctx, d, is)
	}
	o.delivered.Add(1)
	o.reported(d, o.cfg.Deliveries.Delivered(ctx, d, is.result()))
	return false
}

// post makes the call, signed by the newest secret. The contract's header holds one signature, so a receiver that knows only the secret
// before refuses the call; as long as that secret is good, the call is made again at once, signed by it. Both share one timeout: the
// lease is for one. sent is told of the headers of each.
func (o *Outbox) post(ctx context.Context, id string, raw []byte, to broker.Target, sent func(http.Header)) (answer Answer, former bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	by := func(secret, other string) (Answer, error) {
		header := signed(id, o.cfg.Now(), raw, secret, other)
		sent(header)
		return o.cfg.Post(ctx, to.URL, header, raw)
	}
	answer, err = by(to.Secret, to.Former)
	if err != nil || to.Former == "" || !refusedBy(answer.Status) {
		return answer, false, err
	}
	answer, err = by(to.Former, to.Secret)
	return answer, true, err
}

// refusedBy reports whether an answer may mean that the receiver does not believe the call.
func refusedBy(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
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

// retry has a failed delivery tried again, at the pace of Retry, later if the receiver asks for it, or gives it up when the next
// attempt would come too late.
func (o *Outbox) retry(ctx context.Context, d broker.Claimed, is outcome) (paused bool) {
	o.failed.Add(1)
	wait := max(o.cfg.Jitter(Retry(d.Attempt)), min(is.answer.RetryAfter, lastRetry))
	again := o.cfg.Now().Add(wait)
	if again.After(d.Begun().Add(o.cfg.GiveUp)) {
		o.giveUp(ctx, d, is)
		return false
	}
	o.cfg.Log.Info("callback failed", "receiver", d.Receiver(), "delivery", d.ID, "attempt", d.Attempt,
		"again", again.UTC().Format(time.RFC3339), "status", is.answer.Status, "reason", is.reason())
	paused, err := o.cfg.Deliveries.Failed(ctx, d, is.result(), again)
	o.reported(d, err)
	return paused
}

func (o *Outbox) giveUp(ctx context.Context, d broker.Claimed, is outcome) {
	o.dropped.Add(1)
	o.cfg.Log.Warn("callback given up", "receiver", d.Receiver(), "submission", d.Submission, "delivery", d.ID,
		"attempt", d.Attempt, "status", is.answer.Status, "reason", is.reason())
	o.reported(d, o.cfg.Deliveries.GiveUp(ctx, d, is.result()))
}

// reported logs a report that did not reach the store: the delivery comes back when its lease ends.
func (o *Outbox) reported(d broker.Claimed, err error) {
	if err != nil {
		o.cfg.Log.Error("outcome of a callback could not be stored; it will be made again", "receiver", d.Receiver(),
			"delivery", d.ID, "error", err)
	}
}
