package signin

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Login is the first step with a password.
type Login struct {
	Email, Password string
	Browser         string // secret by which the browser is known; may be none
}

// passwordRecord is what is kept of a password.
type passwordRecord struct {
	Hash    string    `json:"hash"`
	Changed time.Time `json:"changed"`
}

// candidate is whose password is asked for.
type candidate struct {
	person account.Person // zero: nobody's address
	hash   string         // none: nobody's, or no password
	tries  string         // what wrong ones are counted by
}

// Begin proves the first factor, a password, and returns the secret of the attempt. The answer is the same for a wrong address and a wrong password.
func (s *Service) Begin(ctx context.Context, in Login) (secret string, err error) {
	c, err := s.candidate(ctx, in)
	if err != nil {
		return "", err
	}
	if err := s.charge(ctx, c.tries); err != nil {
		return "", err
	}
	right, stale, err := s.passwords.verify(ctx, c.hash, in.Password)
	if err != nil {
		return "", err
	}
	if !right {
		return "", errNotIn()
	}
	renewed := ""
	if stale {
		if renewed, err = s.passwords.make(ctx, in.Password); err != nil {
			return "", err
		}
	}
	return s.proved(ctx, c, renewed)
}

func (s *Service) candidate(ctx context.Context, in Login) (c candidate, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		c = candidate{tries: triesOfEmail(in.Email)}
		p, err := account.FindByEmail(tx, in.Email)
		if errors.Is(err, broker.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		r, err := broker.ReadEntry[passwordRecord](tx, passwordEntries, string(p.ID))
		if ignoreNoRow(err) != nil {
			return err
		}
		c.person, c.hash = p, r.Hash
		known, err := s.knows(tx, p.ID, in.Browser)
		if known {
			c.tries = "browser " + broker.Digest(in.Browser)
		}
		return err
	})
	return c, err
}

// proved begins the attempt of somebody whose password was right, unless it was changed meanwhile, or the person is disabled.
func (s *Service) proved(ctx context.Context, c candidate, renewed string) (secret string, err error) {
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := broker.ReadEntry[passwordRecord](tx, passwordEntries, string(c.person.ID))
		if ignoreNoRow(err) != nil {
			return err
		}
		if r.Hash != c.hash {
			return errNotIn()
		}
		if renewed != "" {
			r.Hash = renewed
			if err := broker.WriteEntry(tx, passwordEntries, string(c.person.ID), string(c.person.ID), r); err != nil {
				return err
			}
		}
		if err := takeBack(tx, c.tries); err != nil {
			return err
		}
		secret, err = s.attempt(tx, c.person.ID, account.ByPassword)
		return err
	})
	return secret, err
}
