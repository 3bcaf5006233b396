package signin

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// Move sends a link to the address that a person wants to have. Whether it is somebody else's is not told: then that person gets no link either.
func (s *Service) Move(ctx context.Context, by Actor, email string) error {
	if err := account.CheckEmail(email); err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := s.mayChange(tx, by); err != nil {
			return err
		}
		other, err := account.FindByEmail(tx, email)
		if err == nil && other.ID != by.person {
			return nil
		}
		if err != nil && !errors.Is(err, broker.ErrNoRow) {
			return err
		}
		return s.send(tx, email, AddressLinkLife, mail.NewAddress, linkRecord{Purpose: forAddress, Person: by.person, Email: email})
	})
}

// Moving returns the address that a link confirms.
func (s *Service) Moving(ctx context.Context, secret string) (email string, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err := s.read(tx, forAddress, secret)
		email = r.Email
		return err
	})
	return email, err
}

// Moved gives a person the address that a link confirms, and tells the one before.
func (s *Service) Moved(ctx context.Context, secret string) error {
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := s.read(tx, forAddress, secret)
		if err != nil {
			return err
		}
		was, err := s.cfg.Accounts.Readdress(tx, asked(r.Person), r.Person, r.Email)
		if errors.Is(err, broker.NotFound) || err == nil && was.Disabled {
			return errNoLink()
		}
		if err != nil {
			return err
		}
		if err := use(tx, r.Email, forAddress); err != nil {
			return err
		}
		if err := use(tx, was.Email, forPassword); err != nil { // sent to an address that is not theirs any more
			return err
		}
		return s.tellAt(tx, was.Email, addressChanged)
	})
}
