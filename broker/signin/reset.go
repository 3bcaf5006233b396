package signin

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// Forgotten sends a link by which the person of an address chooses another password. The answer is the same whether or not there is one.
func (s *Service) Forgotten(ctx context.Context, email string) error {
	if err := account.CheckEmail(email); err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		p, err := account.FindByEmail(tx, email)
		if errors.Is(err, broker.ErrNoRow) || err == nil && p.Disabled {
			return nil
		}
		if err != nil {
			return err
		}
		return s.sendReset(tx, p)
	})
}

func (s *Service) sendReset(tx broker.Tx, p account.Person) error {
	return s.send(tx, p.Email, PasswordLinkLife, mail.PasswordReset, linkRecord{Purpose: forPassword, Person: p.ID})
}

// Setup makes a link by which a person chooses a password, to be handed over by the operator of the machine, who alone may. Without says that all second factors
// are taken away with it, of somebody who has lost them.
func (s *Service) Setup(ctx context.Context, who broker.Caller, person broker.PersonID, without bool) (link string, err error) {
	if err := who.RequireOperator(); err != nil {
		return "", err
	}
	if who.Person != "" {
		return "", broker.Forbidden.New("forbidden", "only the operator at the machine may do this")
	}
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		p, err := account.Find(tx, person)
		if err != nil {
			return err
		}
		secret, err := s.issue(tx, p.Email, SetupLinkLife, linkRecord{Purpose: forPassword, Person: p.ID, Without: without})
		link = s.cfg.URL + forPassword.path(secret)
		if err != nil {
			return err
		}
		return s.note(tx, who, "sign-in-link.made", person, "")
	})
	return link, err
}

// Reset is what somebody with a link for a password is asked.
type Reset struct {
	Email    string
	Code     bool // a second factor too
	Passkeys bool // the only other factors are passkeys, so it takes a recovery code
}

// Resetting returns what a link asks for.
func (s *Service) Resetting(ctx context.Context, secret string) (r Reset, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		l, p, err := s.resetting(tx, secret)
		if err != nil {
			return err
		}
		h, err := having(tx, p.ID)
		r = Reset{Email: p.Email, Code: h.any() && !l.Without, Passkeys: h.apps == 0}
		return err
	})
	return r, err
}

func (s *Service) resetting(tx broker.Tx, secret string) (linkRecord, account.Person, error) {
	l, err := s.read(tx, forPassword, secret)
	if err != nil {
		return l, account.Person{}, err
	}
	p, err := account.Find(tx, l.Person)
	if errors.Is(err, broker.NotFound) || err == nil && p.Disabled {
		err = errNoLink()
	}
	return l, p, err
}

// Reset sets another password with a link, and with a code if there is a second factor. Somebody who has none goes on with an attempt, in which one is enrolled; its secret is
// returned. Somebody who has one is signed in.
func (s *Service) Reset(ctx context.Context, secret, password, code string, b account.NewSession) (in *In, attempt string, err error) {
	if err := s.strong(ctx, password, func(tx broker.Tx) (account.Person, error) {
		_, p, err := s.resetting(tx, secret)
		return p, err
	}); err != nil {
		return nil, "", err
	}
	hashed, err := s.passwords.make(ctx, password)
	if err != nil {
		return nil, "", err
	}
	wrong := false
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		in, attempt, err = s.reset(tx, secret, hashed, code, b)
		if wrong = errors.Is(err, errWrong); wrong {
			return nil // what was tried is to be counted
		}
		return err
	})
	if err == nil && wrong {
		err = errWrongCode()
	}
	return in, attempt, err
}

func (s *Service) reset(tx broker.Tx, secret, hashed, code string, b account.NewSession) (in *In, attempt string, err error) {
	l, p, err := s.resetting(tx, secret)
	if err != nil {
		return nil, "", err
	}
	if l.Without {
		if err := s.takeFactors(tx, p.ID); err != nil {
			return nil, "", err
		}
	}
	h, err := having(tx, p.ID)
	if err != nil {
		return nil, "", err
	}
	var by account.Means
	if h.any() {
		if by, err = s.accept(tx, p.ID, code); err != nil {
			return nil, "", err
		}
	}
	if err := use(tx, p.Email, forPassword); err != nil {
		return nil, "", err
	}
	if err := s.setPassword(tx, Actor{person: p.ID}, hashed); err != nil {
		return nil, "", err
	}
	if !h.any() {
		attempt, err = s.attempt(tx, p.ID, account.ByPassword)
		return nil, attempt, err
	}
	b.Means = []account.Means{account.ByPassword, by}
	opened, err := s.open(tx, p.ID, b)
	return &opened, "", err
}

// takeFactors takes all second factors of a person away.
func (s *Service) takeFactors(tx broker.Tx, p broker.PersonID) error {
	for _, kind := range []broker.EntryKind{totpEntries, passkeyEntries, recoveryEntries} {
		if err := dropAll(tx, kind, string(p)); err != nil {
			return err
		}
	}
	return s.note(tx, asked(p), "factors.removed", p, "by a link of the operator at the machine")
}

// setPassword gives a person a password, which ends all other sessions and all attempts.
func (s *Service) setPassword(tx broker.Tx, by Actor, hashed string) error {
	r := passwordRecord{Hash: hashed, Changed: s.cfg.Now().UTC()}
	if err := broker.WriteEntry(tx, passwordEntries, string(by.person), string(by.person), r); err != nil {
		return err
	}
	if err := dropAll(tx, attemptEntries, string(by.person)); err != nil {
		return err
	}
	return s.changed(tx, by, "password.changed", "", passwordChanged)
}

// strong refuses a password that is not good enough for a person.
func (s *Service) strong(ctx context.Context, password string, whose func(broker.Tx) (account.Person, error)) error {
	return s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		p, err := whose(tx)
		if err != nil {
			return err
		}
		known, err := words(tx, p)
		if err != nil {
			return err
		}
		return CheckPassword(password, known...)
	})
}

// ChangePassword sets another password, which takes the one that there is.
func (s *Service) ChangePassword(ctx context.Context, by Actor, present, next string) error {
	stored := ""
	err := s.strong(ctx, next, func(tx broker.Tx) (account.Person, error) {
		if err := s.mayChange(tx, by); err != nil {
			return account.Person{}, err
		}
		r, err := broker.ReadEntry[passwordRecord](tx, passwordEntries, string(by.person))
		if stored = r.Hash; ignoreNoRow(err) != nil {
			return account.Person{}, err
		}
		return account.Find(tx, by.person)
	})
	if err != nil {
		return err
	}
	if stored != "" {
		if err := s.confirm(ctx, by.person, stored, present); err != nil {
			return err
		}
	}
	hashed, err := s.passwords.make(ctx, next)
	if err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := succeed(tx, triesOfPresent(by.person)); err != nil {
			return err
		}
		return s.setPassword(tx, by, hashed)
	})
}

// confirm compares the present password, of somebody who is signed in.
func (s *Service) confirm(ctx context.Context, p broker.PersonID, stored, present string) error {
	if err := s.charge(ctx, triesOfPresent(p)); err != nil {
		return err
	}
	right, _, err := s.passwords.verify(ctx, stored, present)
	if err == nil && !right {
		err = broker.Unprocessable.New("password-wrong", "this is not your present password")
	}
	return err
}

func triesOfPresent(p broker.PersonID) string { return "present " + string(p) }
