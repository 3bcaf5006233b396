package account

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// SessionTimers is the queue of when sessions end. The ID of a timer is the digest of the session's secret.
const SessionTimers broker.TimerQueue = "sessions"

// EndSession signs somebody out. A session that is over already is none to end.
func (a *Accounts) EndSession(ctx context.Context, secret string) error {
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		s, err := a.session(tx, secret)
		if errors.Is(err, broker.Unauthenticated) {
			return nil
		}
		if err != nil {
			return err
		}
		return a.finish(tx, broker.PersonCaller(s.Person, "", ""), broker.Digest(secret), s)
	})
}

// Sessions lists those of a person that are not over, in the order in which they were begun. The person may, and operators.
func (a *Accounts) Sessions(ctx context.Context, who broker.Caller, person broker.PersonID) (all []Session, err error) {
	if err := selfOrOperator(who, person); err != nil {
		return nil, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all = nil
		if _, err := readPerson(tx, person); err != nil {
			return err
		}
		return eachSession(tx, person, func(_ string, s Session) error {
			if !s.over(a.cfg.Now()) {
				all = append(all, s)
			}
			return nil
		})
	})
	return all, err
}

// EndOneSession ends a session of a person by its id. The person may, and operators: what is in wrong hands is ended by whoever hears of it.
func (a *Accounts) EndOneSession(ctx context.Context, who broker.Caller, person broker.PersonID, id SessionID) error {
	if err := selfOrOperator(who, person); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		found := false
		err := eachSession(tx, person, func(key string, s Session) error {
			if s.ID != id || s.over(a.cfg.Now()) {
				return nil
			}
			found = true
			return a.finish(tx, who, key, s)
		})
		if err == nil && !found {
			err = noSession(broker.ErrNoRow, id)
		}
		return err
	})
}

// EndSessions ends all sessions of a person but one; "" is all.
func (a *Accounts) EndSessions(ctx context.Context, who broker.Caller, person broker.PersonID, but SessionID) error {
	if err := selfOrOperator(who, person); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if _, err := readPerson(tx, person); err != nil {
			return err
		}
		return a.EndOthers(tx, who, person, but)
	})
}

// EndOthers is EndSessions in the transaction of what makes them doubtful: another password, another factor.
func (a *Accounts) EndOthers(tx broker.Tx, who broker.Caller, person broker.PersonID, but SessionID) error {
	return eachSession(tx, person, func(key string, s Session) error {
		if s.ID == but {
			return nil
		}
		return a.finish(tx, who, key, s)
	})
}

func (a *Accounts) finish(tx broker.Tx, who broker.Caller, key string, s Session) error {
	if err := dropSession(tx, key); err != nil {
		return err
	}
	if err := forgetAllForms(tx, s.ID); err != nil {
		return err
	}
	return a.note(tx, who, "", "session.ended", string(s.ID), "of person "+string(s.Person))
}

func dropSession(tx broker.Tx, key string) error {
	if err := tx.DeleteTimer(SessionTimers, key); err != nil {
		return err
	}
	return tx.DeleteEntry(sessionEntries, key)
}

// roomForSession ends the session of a person that was begun first, if there are too many.
func roomForSession(tx broker.Tx, person broker.PersonID) error {
	oldest, total, err := tx.EntriesOf(sessionEntries, string(person), broker.Page{Limit: MaxSessions})
	for i := 0; err == nil && i < len(oldest) && total-i >= MaxSessions; i++ {
		err = dropSession(tx, oldest[i].ID)
	}
	return err
}

// eachSession does something with those of a person, of which there are few.
func eachSession(tx broker.Tx, person broker.PersonID, do func(key string, s Session) error) error {
	entries, _, err := tx.EntriesOf(sessionEntries, string(person), broker.Page{Limit: MaxSessions})
	if err != nil {
		return err
	}
	for _, e := range entries {
		r, err := broker.DecodeEntry[sessionRecord](e)
		if err != nil {
			return err
		}
		if err := do(e.ID, Session(r)); err != nil {
			return err
		}
	}
	return nil
}

// forgetBatch is how many sessions that are over are forgotten in one transaction.
const forgetBatch = 100

// ForgetSessions removes what is over. They let nobody in before that either.
func (a *Accounts) ForgetSessions(ctx context.Context) error {
	for left := forgetBatch; left == forgetBatch; {
		err := a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
			due, err := tx.DueTimers(SessionTimers, a.cfg.Now(), forgetBatch)
			if left = len(due); err != nil {
				return err
			}
			for _, t := range due {
				if err := forgetSession(tx, a.cfg.Now(), t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func forgetSession(tx broker.Tx, now time.Time, t broker.Timer) error {
	r, err := broker.ReadEntry[sessionRecord](tx, sessionEntries, t.ID)
	if errors.Is(err, broker.ErrNoRow) {
		return tx.DeleteTimer(SessionTimers, t.ID)
	}
	if err != nil {
		return err
	}
	if now.Before(r.Ends) {
		return tx.PutTimer(broker.Timer{Queue: SessionTimers, ID: t.ID, At: r.Ends})
	}
	if err := forgetAllForms(tx, r.ID); err != nil {
		return err
	}
	return dropSession(tx, t.ID)
}
