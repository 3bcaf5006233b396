package signin

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Second ends an attempt in a session by a code: one of an app, or a recovery code.
func (s *Service) Second(ctx context.Context, secret, code string, b account.NewSession) (in In, err error) {
	wrong := false
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		wrong = false
		r, _, err := s.attempted(tx, secret)
		if err != nil {
			return err
		}
		by, err := s.accept(tx, r.Person, code)
		if errors.Is(err, errWrong) {
			wrong = true // what was tried is to be counted
			return countWrong(tx, secret, r)
		}
		if err != nil {
			return err
		}
		in, err = s.enter(tx, secret, r, by, b)
		return err
	})
	if err == nil && wrong {
		err = errWrongCode()
	}
	return in, err
}

// errWrong is inside this package what becomes errWrongCode outside, after what was tried is written.
var errWrong = errors.New("wrong code")

// accept uses up a code of a person, and says what kind it is; errWrong.
func (s *Service) accept(tx broker.Tx, p broker.PersonID, code string) (account.Means, error) {
	if err := try(tx, s.cfg.Now(), triesOfCode(p)); err != nil {
		return "", err
	}
	for _, kind := range []struct {
		by     account.Means
		accept func(broker.Tx, broker.PersonID, string) (bool, error)
	}{{account.ByTOTP, s.acceptApp}, {account.ByRecovery, s.acceptRecovery}} {
		right, err := kind.accept(tx, p, digitsOf(code))
		if err != nil {
			return "", err
		}
		if right {
			return kind.by, succeed(tx, triesOfCode(p))
		}
	}
	return "", errWrong
}

// countWrong ends an attempt with too many wrong codes.
func countWrong(tx broker.Tx, secret string, r attemptRecord) error {
	if r.Wrong++; r.Wrong >= maxCodes {
		return drop(tx, attemptEntries, broker.Digest(secret))
	}
	return broker.WriteEntry(tx, attemptEntries, broker.Digest(secret), string(r.Person), r)
}

// Prove proves by a code that a session is still with whose it is, before something sensitive. The session goes on under another secret.
func (s *Service) Prove(ctx context.Context, session, code string) (renewed string, err error) {
	wrong := false
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		wrong = false
		owner, err := s.cfg.Accounts.Owner(tx, session)
		if err != nil {
			return err
		}
		by, err := s.accept(tx, owner, code)
		if errors.Is(err, errWrong) {
			wrong = true
			return nil
		}
		if err != nil {
			return err
		}
		_, renewed, err = s.cfg.Accounts.Proved(tx, session, by)
		return err
	})
	if err == nil && wrong {
		err = errWrongCode()
	}
	return renewed, err
}
