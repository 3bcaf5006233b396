package outbox_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/crypto/hook"
)

// knows makes the receivers of an outbox know one secret, and hands on every call. It refuses by the contract's header.
func (w *world) knows(secret string, calls chan<- call) func(*outbox.Config) {
	return func(c *outbox.Config) {
		c.Post = func(_ context.Context, _ string, header http.Header, body []byte) (outbox.Answer, error) {
			got := call{http.MethodPost, header, body}
			calls <- got
			if got.verifyBy(secret, w.now()) != nil {
				return outbox.Answer{Status: http.StatusUnauthorized}, nil
			}
			return outbox.Answer{Status: http.StatusOK}, nil
		}
	}
}

// TestOverlap: while two secrets are good, a receiver that knows either takes the call.
func TestOverlap(t *testing.T) {
	t.Parallel()
	const overlap = time.Hour
	for name, c := range map[string]struct {
		oldKnown bool
		after    time.Duration // the change of the secret
		calls    int
		taken    bool
	}{
		"the new secret is known":              {false, 0, 1, true},
		"the old secret is known":              {true, overlap - 1, 2, true},
		"the old secret is known for too long": {true, overlap, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.destination(t, "http://receiver.example")
			_, known, err := w.Destinations.CallbackSecret(t.Context(), w.subscriber, d, "", overlap)
			must(t, err)
			if c.oldKnown {
				known = secret
			}
			w.clock.advance(c.after)
			w.submit(t, d)
			calls := make(chan call, 8)
			stop := w.start(t, w.outbox(t, w.knows(known, calls)))
			got := <-calls
			stop()
			if 1+len(calls) != c.calls {
				t.Errorf("got %d calls, want %d", 1+len(calls), c.calls)
			}
			if err := got.verifyStandard(known, w.now()); (err == nil) != c.taken {
				t.Errorf("Standard Webhooks: got %v, want it verified: %t", err, c.taken)
			}
			if c.taken {
				w.wantNext(t, time.Time{})
			} else {
				w.wantNext(t, w.now().Add(outbox.Retry(1)))
			}
		})
	}
}

// TestSecretChangedTwice: the one before is good, that before it no more.
func TestSecretChangedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	const chosen = "a-secret-that-the-receiver-has-chosen-for-itself"
	changed, got, err := w.Destinations.CallbackSecret(t.Context(), w.subscriber, d, chosen, time.Hour)
	must(t, err)
	if got != chosen || !changed.Callback.FormerUntil.Equal(w.now().Add(time.Hour)) {
		t.Errorf("got %q and until %s, want the chosen one and an hour", got, changed.Callback.FormerUntil)
	}
	_, latest, err := w.Destinations.CallbackSecret(t.Context(), w.subscriber, d, "", time.Hour)
	must(t, err)
	w.change(t, d, func(draft *broker.DestinationDraft) { draft.Callback.URL = "http://moved.example" })
	w.submit(t, d)
	calls := make(chan call, 8)
	stop := w.start(t, w.outbox(t, w.knows("nobody-knows-this-secret-0123456789", calls)))
	one, two := <-calls, <-calls
	stop()
	for by, want := range map[string]error{latest: nil, chosen: nil, secret: hook.ErrMismatch} {
		if err := one.verifyStandard(by, w.now()); !errors.Is(err, want) {
			t.Errorf("Standard Webhooks by %s: got %v, want %v", by, err, want)
		}
	}
	must(t, one.verifyBy(latest, w.now()))
	must(t, two.verifyBy(chosen, w.now()))
}

func TestSecretIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	none := w.destination(t, "http://receiver.example")
	w.change(t, none, func(draft *broker.DestinationDraft) { draft.Callback = nil })
	stranger := w.stranger(t)
	for name, c := range map[string]struct {
		who     broker.Caller
		d       broker.DestinationID
		secret  string
		overlap time.Duration
		want    error
	}{
		"too short":        {w.subscriber, d, "short", 0, broker.Invalid},
		"for too long":     {w.subscriber, d, "", broker.MaxOverlap + 1, broker.Invalid},
		"in the past":      {w.subscriber, d, "", -1, broker.Invalid},
		"no callback":      {w.subscriber, none, "", 0, broker.Conflict},
		"a stranger":       {stranger, d, "", 0, broker.NotFound},
		"a sender":         {w.sender, d, "", 0, broker.Forbidden},
		"nobody":           {broker.Caller{}, d, "", 0, broker.Unauthenticated},
		"a reader":         {broker.PersonCaller("p", w.subscriber.Org, broker.RoleReader), d, "", 0, broker.Forbidden},
		"not there at all": {w.subscriber, broker.NewID[broker.DestinationID](), "", 0, broker.NotFound},
	} {
		if _, _, err := w.Destinations.CallbackSecret(t.Context(), c.who, c.d, c.secret, c.overlap); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
