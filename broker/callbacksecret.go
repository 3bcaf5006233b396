package broker

import (
	"context"
	"errors"
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
	rule := func(tx Tx) (err error) {
		d, err = tx.Destination(id)
		if err != nil {
			return noDestination(err, id)
		}
		if err := within(who, d.Org, RightDraft); errors.Is(err, NotFound) {
			return noDestination(ErrNoRow, id)
		} else if err != nil {
			return err
		}
		if d.Callback == nil {
			return errNoCallback()
		}
		return nil
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

func errNoCallback() error {
	return Conflict.New("no-callback", "the destination has no callback: set one first, with its URL")
}
