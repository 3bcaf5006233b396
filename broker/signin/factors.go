package signin

import (
	"context"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// maxFactors is how many of each kind a person has.
const maxFactors = 10

// FactorID names a second factor of a person.
type FactorID string

// FactorKind is what a factor is.
type FactorKind string

// The kinds.
const (
	App     FactorKind = "app"     // makes one-time codes
	Passkey FactorKind = "passkey" // both factors at once
)

// Factor is something that a person has.
type Factor struct {
	ID   FactorID
	Kind FactorKind
	Name string // for its owner
	Made time.Time
	Used time.Time // zero: never
}

// Factors is what a person proves to be it by.
type Factors struct {
	Password time.Time // when it was set; zero: there is none
	All      []Factor  // the oldest first
	Recovery int       // codes that are left
}

// Actor is somebody who may change what they prove to be themselves by: in an attempt of somebody without a second factor, or in a session in which that was
// proved just now.
type Actor struct {
	person  broker.PersonID
	attempt string // secret; "": it is a session
	session account.SessionID
}

// name tells one attempt or session from others.
func (a Actor) name() string {
	if a.attempt != "" {
		return "attempt " + broker.Digest(a.attempt)
	}
	return "session " + string(a.session)
}

// InAttempt is the actor of an attempt. Whether there is a second factor already is looked at when something is changed.
func (s *Service) InAttempt(ctx context.Context, secret string) (by Actor, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, _, err := s.attempted(tx, secret)
		by = Actor{person: r.Person, attempt: secret}
		return err
	})
	return by, err
}

// InSession is the actor of a session; Forbidden if it has to be proved anew whose it is.
func (s *Service) InSession(session account.Session) (Actor, error) {
	if session.Person == "" {
		return Actor{}, broker.Caller{}.Require()
	}
	if !session.Fresh(s.cfg.Now()) {
		return Actor{}, errProve()
	}
	return Actor{person: session.Person, session: session.ID}, nil
}

func errProve() error {
	return broker.Forbidden.New("prove-again", "this takes a second factor that was shown in the last ten minutes: show it once more")
}

// mayChange refuses an actor that is none.
func (s *Service) mayChange(tx broker.Tx, by Actor) error {
	if by.session == "" {
		return errProve()
	}
	p, err := account.Find(tx, by.person)
	if err == nil && p.Disabled {
		err = errNotIn()
	}
	return err
}

// mayEnrol refuses an attempt of somebody who has a second factor, which is to be proved first, and one factor too many.
func (s *Service) mayEnrol(tx broker.Tx, by Actor) error {
	h, err := having(tx, by.person)
	if err != nil {
		return err
	}
	if max(h.apps, h.passkeys) >= maxFactors {
		return broker.Conflict.New("too-many-factors", "a person has at most %d apps and %d passkeys: remove some", maxFactors, maxFactors)
	}
	if by.attempt == "" {
		return s.mayChange(tx, by)
	}
	if _, _, err := s.attempted(tx, by.attempt); err != nil {
		return err
	}
	if h.any() {
		return errProve()
	}
	return nil
}

// having counts what a person has.
type held struct{ apps, passkeys, recovery int }

func (h held) any() bool { return h.apps+h.passkeys > 0 }

func having(tx broker.Tx, p broker.PersonID) (h held, err error) {
	for kind, n := range map[broker.EntryKind]*int{totpEntries: &h.apps, passkeyEntries: &h.passkeys, recoveryEntries: &h.recovery} {
		if _, *n, err = tx.EntriesOf(kind, string(p), broker.Page{Limit: 1}); err != nil {
			return h, err
		}
	}
	return h, nil
}

// Enrolled is what becomes of a new factor.
type Enrolled struct {
	Recovery []string // codes, with the first factor
	In       *In      // the session in which an attempt ended
}

// enrolled does what follows from a new factor.
func (s *Service) enrolled(tx broker.Tx, by Actor, what string, means account.Means, b account.NewSession) (e Enrolled, err error) {
	if err := succeed(tx, triesOfCode(by.person)); err != nil {
		return e, err
	}
	h, err := having(tx, by.person)
	if err != nil {
		return e, err
	}
	if h.apps+h.passkeys == 1 {
		if e.Recovery, err = s.newRecovery(tx, by.person); err != nil {
			return e, err
		}
	}
	if err := s.cfg.Accounts.EndOthers(tx, asked(by.person), by.person, by.session); err != nil {
		return e, err
	}
	if err := s.note(tx, asked(by.person), "factor.added", by.person, what); err != nil {
		return e, err
	}
	if err := s.tell(tx, by.person, factorsChanged); err != nil || by.attempt == "" {
		return e, err
	}
	r, _, err := s.attempted(tx, by.attempt)
	if err != nil {
		return e, err
	}
	in, err := s.enter(tx, by.attempt, r, means, b)
	e.In = &in
	return e, err
}

// Factors lists what a person has. The person may, and operators.
func (s *Service) Factors(ctx context.Context, who broker.Caller, person broker.PersonID) (f Factors, err error) {
	if _, err := s.cfg.Accounts.Person(ctx, who, person); err != nil {
		return f, err
	}
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		f, err = factorsOf(tx, person)
		return err
	})
	return f, err
}

func factorsOf(tx broker.Tx, p broker.PersonID) (f Factors, err error) {
	r, err := broker.ReadEntry[passwordRecord](tx, passwordEntries, string(p))
	if ignoreNoRow(err) != nil {
		return f, err
	}
	f.Password = r.Changed
	all := broker.Page{Limit: maxFactors}
	apps, _, err := broker.EntriesAs(totpRecord.factor)(tx.EntriesOf(totpEntries, string(p), all))
	if err != nil {
		return f, err
	}
	keys, _, err := broker.EntriesAs(passkeyRecord.factor)(tx.EntriesOf(passkeyEntries, string(p), all))
	if err != nil {
		return f, err
	}
	f.All = append(apps, keys...)
	slices.SortStableFunc(f.All, func(a, b Factor) int { return a.Made.Compare(b.Made) })
	_, f.Recovery, err = tx.EntriesOf(recoveryEntries, string(p), broker.Page{Limit: 1})
	return f, err
}

func (r totpRecord) factor() Factor {
	return Factor{ID: r.ID, Kind: App, Name: r.Name, Made: r.Made, Used: r.Used}
}

// RemoveFactor takes a factor away, but not the last.
func (s *Service) RemoveFactor(ctx context.Context, by Actor, id FactorID) error {
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := s.mayChange(tx, by); err != nil {
			return err
		}
		kind, key, err := findFactor(tx, by.person, id)
		if err != nil {
			return err
		}
		if h, err := having(tx, by.person); err != nil {
			return err
		} else if h.apps+h.passkeys == 1 {
			return broker.Conflict.New("last-factor", "this is the last second factor: add another one first")
		}
		if err := tx.DeleteEntry(kind, key); err != nil {
			return err
		}
		return s.changed(tx, by, "factor.removed", string(id), factorsChanged)
	})
}

// changed ends all other sessions, notes and tells.
func (s *Service) changed(tx broker.Tx, by Actor, deed, detail string, told notice) error {
	if err := s.cfg.Accounts.EndOthers(tx, asked(by.person), by.person, by.session); err != nil {
		return err
	}
	if err := s.note(tx, asked(by.person), deed, by.person, detail); err != nil {
		return err
	}
	return s.tell(tx, by.person, told)
}

// findFactor returns under what a factor is kept.
func findFactor(tx broker.Tx, p broker.PersonID, id FactorID) (broker.EntryKind, string, error) {
	for _, kind := range []broker.EntryKind{totpEntries, passkeyEntries} {
		entries, _, err := tx.EntriesOf(kind, string(p), broker.Page{Limit: maxFactors})
		if err != nil {
			return "", "", err
		}
		for _, e := range entries {
			r, err := broker.DecodeEntry[struct {
				ID FactorID `json:"id"`
			}](e)
			if err != nil {
				return "", "", err
			}
			if r.ID == id {
				return kind, e.ID, nil
			}
		}
	}
	return "", "", broker.NotFound.New("factor-not-found", "you have no such app or passkey: it may have been removed already")
}
