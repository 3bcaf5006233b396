package signin

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// SignUp sends a link by which somebody makes an account with an address. Who has one gets a link to choose another password instead; the answer is the same.
func (s *Service) SignUp(ctx context.Context, n account.NewPerson) error {
	if !s.cfg.Open {
		return errClosed()
	}
	if err := n.Check(); err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		p, err := account.FindByEmail(tx, n.Email)
		switch {
		case errors.Is(err, broker.ErrNoRow):
			return s.send(tx, n.Email, SignUpLinkLife, mail.SignUp, linkRecord{Purpose: forSignUp, Email: n.Email, Name: n.Name})
		case err != nil || p.Disabled:
			return err
		}
		return s.sendReset(tx, p)
	})
}

func errClosed() error {
	return broker.Forbidden.New("sign-up-closed", "accounts are made by invitation here: ask an owner of your organisation, or whoever runs this service")
}

// Invited begins the account of somebody who was invited at an address, which the invitation proved. It returns the secret of a link, which is not sent: whoever
// opened the invitation goes on with it.
func (s *Service) Invited(ctx context.Context, n account.NewPerson) (secret string, err error) {
	if err := n.Check(); err != nil {
		return "", err
	}
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		_, err := account.FindByEmail(tx, n.Email)
		if err == nil {
			return broker.Conflict.New("person-exists", "there is an account for this address: sign in with it")
		}
		if !errors.Is(err, broker.ErrNoRow) {
			return err
		}
		secret, err = s.issue(tx, n.Email, SignUpLinkLife, linkRecord{Purpose: forSignUp, Email: n.Email, Name: n.Name})
		return err
	})
	return secret, err
}

// SigningUp returns who a link is for.
func (s *Service) SigningUp(ctx context.Context, secret string) (n account.NewPerson, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err := s.read(tx, forSignUp, secret)
		n = account.NewPerson{Name: r.Name, Email: r.Email}
		return err
	})
	return n, err
}

// Confirm makes the account of a link, with a password, and returns the secret of the attempt in which the second factor is enrolled.
func (s *Service) Confirm(ctx context.Context, secret, password string) (attempt string, err error) {
	if err := s.strong(ctx, password, func(tx broker.Tx) (account.Person, error) {
		r, err := s.read(tx, forSignUp, secret)
		return account.Person{Name: r.Name, Email: r.Email}, err
	}); err != nil {
		return "", err
	}
	hashed, err := s.passwords.make(ctx, password)
	if err != nil {
		return "", err
	}
	return attempt, s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := s.read(tx, forSignUp, secret)
		if err != nil {
			return err
		}
		p, err := s.cfg.Accounts.Create(tx, broker.Caller{}, account.NewPerson{Name: r.Name, Email: r.Email})
		if err != nil {
			return err
		}
		if err := use(tx, r.Email, forSignUp); err != nil {
			return err
		}
		if err := broker.WriteEntry(tx, passwordEntries, string(p.ID), string(p.ID), passwordRecord{hashed, s.cfg.Now().UTC()}); err != nil {
			return err
		}
		attempt, err = s.attempt(tx, p.ID, account.ByPassword)
		return err
	})
}
