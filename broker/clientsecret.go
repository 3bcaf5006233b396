package broker

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"
)

// Bounds of how long secrets of clients are good: MaxOverlap of the one before beside a new one, MinSecretLife and MaxSecretLife of one that is
// to end by itself.
const (
	MaxOverlap    = 30 * 24 * time.Hour
	MinSecretLife = time.Hour
	MaxSecretLife = 5 * 366 * 24 * time.Hour
)

// Rotation says for how long which secret is good.
type Rotation struct {
	Overlap time.Duration // for which the secret before is good beside the new one, unless it ends earlier by itself
	Until   time.Time     // when the new secret ends; zero: never
}

func (r Rotation) check(now time.Time) error {
	if r.Overlap < 0 || r.Overlap > MaxOverlap {
		return badRequest("the secret before is good for at most %d days longer", MaxOverlap/24/time.Hour)
	}
	return checkSecretUntil(r.Until, now)
}

func checkSecretUntil(until, now time.Time) error {
	if left := until.Sub(now); !until.IsZero() && (left < MinSecretLife || left > MaxSecretLife) {
		return badRequest("a secret ends in an hour at the earliest and in 5 years at the latest, or never: not at %s", until.UTC().Format(time.RFC3339))
	}
	return nil
}

// Rotate gives a client a new secret and returns it, shown this once. The one before is good for a while longer, so that programs can be told
// one after the other; those before that are good no more.
func (s *Clients) Rotate(ctx context.Context, who Caller, id ClientID, r Rotation) (KnownClient, string, error) {
	if err := r.check(s.Now()); err != nil {
		return KnownClient{}, "", err
	}
	secret := NewSecret()
	c, err := s.change(ctx, who, id, func(tx Tx, c *Client) (deed, detail string, err error) {
		detail = c.retireSecret(s.Now(), r.Overlap)
		c.take(secret, who)
		return "client.secret-rotated", detail, s.limitSecret(tx, c, r.Until)
	})
	return c, secret, err
}

// EndFormer has the secret before be good no more, when all programs know the new one. If it is good no more already, nothing happens.
func (s *Clients) EndFormer(ctx context.Context, who Caller, id ClientID) (KnownClient, error) {
	return s.change(ctx, who, id, func(_ Tx, c *Client) (deed, detail string, err error) {
		if !c.FormerGood(s.Now()) {
			return "", "", nil
		}
		c.FormerDigest, c.FormerUntil = nil, time.Time{}
		return "client.former-secret-ended", "", nil
	})
}

// retireSecret makes the present secret the one before, for as long as it is still good, and says so for the audit log.
func (c *Client) retireSecret(now time.Time, overlap time.Duration) (detail string) {
	until := now.Add(overlap)
	if !c.SecretUntil.IsZero() && c.SecretUntil.Before(until) {
		until = c.SecretUntil
	}
	c.FormerDigest, c.FormerUntil = nil, time.Time{}
	if !until.After(now) {
		return ""
	}
	c.FormerDigest, c.FormerUntil = c.SecretDigest, until
	return "the one before is good until " + until.UTC().Format(time.RFC3339)
}

// take makes a secret the client's. Who is shown it is kept: where it takes two persons, nobody is to be one of them by this client.
func (c *Client) take(secret string, who Caller) {
	digest := sha256.Sum256([]byte(secret))
	c.SecretDigest = digest[:]
	if who.Person != "" && !slices.Contains(c.ShownTo, who.Person) {
		c.ShownTo = append(c.ShownTo, who.Person)
	}
}

// FormerGood reports whether the secret before is good beside the present one.
func (c Client) FormerGood(now time.Time) bool {
	return len(c.FormerDigest) > 0 && now.Before(c.FormerUntil)
}

// SecretEnded reports whether the present secret is good no more because its time is over.
func (c Client) SecretEnded(now time.Time) bool {
	return !c.SecretUntil.IsZero() && !now.Before(c.SecretUntil)
}

// Authenticate returns the client whose secret this is. Whether the id or the secret was wrong is not said; that the right one is over, is. A plain
// SHA-256 is enough: the secret has 256 random bits, there is nothing to guess.
func (s *Clients) Authenticate(ctx context.Context, id ClientID, secret string) (Client, error) {
	c, err := s.active(ctx, id)
	if err != nil {
		return Client{}, err
	}
	now := s.Now()
	digest := sha256.Sum256([]byte(secret))
	current := subtle.ConstantTimeCompare(digest[:], c.SecretDigest) == 1
	former := subtle.ConstantTimeCompare(digest[:], c.FormerDigest) == 1 && c.FormerGood(now)
	switch {
	case current && c.SecretEnded(now):
		return Client{}, Unauthenticated.New("unauthorized", "the secret of this client was good until %s: give the client a new one, and log in with that",
			c.SecretUntil.UTC().Format(time.RFC3339))
	case !current && !former:
		return Client{}, errNoClient()
	}
	s.uses.used(c.ID, c.Org, former)
	return c, nil
}
