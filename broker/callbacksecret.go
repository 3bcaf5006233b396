package broker

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/crypto/hook"
)

// CallbackSecret gives the callback of a destination a new secret, which is made if none is given, and returns it. The one before is good for
// overlap longer, so that the receiver can be told in its own time; those before that are good no more. It takes RightDraft; a foreign
// destination is NotFound, one without a callback a Conflict.
func (s *Destinations) CallbackSecret(ctx context.Context, who Caller, id DestinationID, secret string, overlap time.Duration) (Destination, string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return Destination{}, "", badRequest("the secret before is good for at most %d days longer", MaxOverlap/24/time.Hour)
	}
	if secret == "" {
		secret = hook.NewSecret()
	}
	if err := hook.CheckSecret(secret); err != nil {
		return Destination{}, "", badRequest("the secret of callbacks has %d to %d characters", minCallbackSecret, maxCallbackSecret)
	}
	wrapped, err := s.Wrapper.Wrap([]byte(secret), secretContext(id))
	if err != nil {
		return Destination{}, "", err
	}
	var d Destination
	rule := func(tx Tx) error {
		f, err := findReceiver(tx, who, string(id), RightDraft)
		if err != nil {
			return err
		}
		d, err = f.called()
		return err
	}
	return d, secret, s.decide(ctx, rule, func(tx Tx) error {
		d.Callback = d.Callback.renewed(wrapped, s.Now(), overlap)
		if err := tx.PutDestination(d); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.callback-secret-changed", d.Callback.formerText())
	})
}

// renewed is the callback with a new secret.
func (c *Callback) renewed(wrapped []byte, now time.Time, overlap time.Duration) *Callback {
	out := &Callback{URL: c.URL, Secret: wrapped}
	if overlap > 0 {
		out.Former, out.FormerUntil = c.Secret, now.Add(overlap)
	}
	return out
}

func (c *Callback) formerText() string {
	if len(c.Former) == 0 {
		return ""
	}
	return "the one before is good until " + c.FormerUntil.UTC().Format(time.RFC3339)
}

// called returns the destination, which has a callback.
func (f found) called() (Destination, error) {
	switch {
	case f.destination == nil:
		return Destination{}, Conflict.New("no-callback", "a sender names a callback and its secret with each submission: this is for callbacks of destinations")
	case f.destination.Callback == nil:
		return Destination{}, Conflict.New("no-callback", "the destination has no callback: set one first, with its URL")
	}
	return *f.destination, nil
}
