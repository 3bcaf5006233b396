package signin

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// AttemptLife is how long somebody has for the second factor.
const AttemptLife = 10 * time.Minute

// maxCodes is how many wrong codes end an attempt.
const maxCodes = 5

// Attempt is somebody who proved one factor. It is no session: it opens nothing.
type Attempt struct {
	Person   broker.PersonID
	Name     string
	Enrolled bool // has a second factor to prove; otherwise one is to be enrolled first
	Codes    bool // of an app
	Passkeys bool
	Recovery int // codes that are left
}

// attemptRecord is what is kept of an Attempt.
type attemptRecord struct {
	Person  broker.PersonID `json:"person"`
	Means   account.Means   `json:"means"`
	Wrong   int             `json:"wrong,omitempty"` // codes
	Expires time.Time       `json:"expires"`
}

// After begins an attempt of somebody who proved a first factor elsewhere, and returns the secret that the browser keeps until the second.
func (s *Service) After(ctx context.Context, person broker.PersonID, by account.Means) (secret string, err error) {
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		secret, err = s.attempt(tx, person, by)
		return err
	})
	return secret, err
}

func (s *Service) attempt(tx broker.Tx, person broker.PersonID, by account.Means) (string, error) {
	p, err := account.Find(tx, person)
	if err == nil && p.Disabled {
		err = errNotIn()
	}
	if err != nil {
		return "", err
	}
	secret, until := broker.NewSecret(), s.cfg.Now().Add(AttemptLife).UTC()
	return secret, keep(tx, attemptEntries, broker.Digest(secret), string(person), until, attemptRecord{Person: person, Means: by, Expires: until})
}

// Attempt returns what the second step is for.
func (s *Service) Attempt(ctx context.Context, secret string) (a Attempt, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, p, err := s.attempted(tx, secret)
		if err != nil {
			return err
		}
		a, err = attemptOf(tx, r, p)
		return err
	})
	return a, err
}

// attempted reads an attempt that is not over, of somebody who may come in.
func (s *Service) attempted(tx broker.Tx, secret string) (attemptRecord, account.Person, error) {
	r, err := broker.ReadEntry[attemptRecord](tx, attemptEntries, broker.Digest(secret))
	if errors.Is(err, broker.ErrNoRow) || err == nil && !s.cfg.Now().Before(r.Expires) {
		return r, account.Person{}, errNoAttempt()
	}
	if err != nil {
		return r, account.Person{}, err
	}
	p, err := account.Find(tx, r.Person)
	if err == nil && p.Disabled {
		err = errNoAttempt()
	}
	return r, p, err
}

func attemptOf(tx broker.Tx, r attemptRecord, p account.Person) (Attempt, error) {
	h, err := having(tx, r.Person)
	return Attempt{
		Person: r.Person, Name: p.Name, Enrolled: h.any(), Codes: h.apps > 0, Passkeys: h.passkeys > 0, Recovery: h.recovery,
	}, err
}

// Abandon ends an attempt.
func (s *Service) Abandon(ctx context.Context, secret string) error {
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error { return drop(tx, attemptEntries, broker.Digest(secret)) })
}

func errNoAttempt() error {
	return broker.Unauthenticated.New("attempt-over", "too much time has passed since the first step, or there were too many wrong codes: begin again")
}

// errNotIn is the same for a wrong address, a wrong password and a person who is disabled.
func errNotIn() error {
	return broker.Unprocessable.New("sign-in-failed", "address and password do not belong together, or the account is disabled")
}

// In is somebody who is signed in.
type In struct {
	Session account.Session
	Secret  string // of the session, for the browser
	Browser string // secret by which the browser is known next time
	Left    int    // recovery codes
}

// enter ends an attempt in a session.
func (s *Service) enter(tx broker.Tx, secret string, r attemptRecord, by account.Means, b account.NewSession) (in In, err error) {
	if err := drop(tx, attemptEntries, broker.Digest(secret)); err != nil {
		return in, err
	}
	b.Means = []account.Means{r.Means, by}
	return s.open(tx, r.Person, b)
}

func (s *Service) open(tx broker.Tx, p broker.PersonID, b account.NewSession) (in In, err error) {
	if in.Session, in.Secret, err = s.cfg.Accounts.Open(tx, p, b); err != nil {
		return in, err
	}
	if in.Browser, err = s.remember(tx, p); err != nil {
		return in, err
	}
	h, err := having(tx, p)
	in.Left = h.recovery
	return in, err
}
