package mail

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// batch is how many mails a node takes at a time.
const batch = 8

// job is a mail that this node has claimed.
type job struct {
	mail mailRecord
	head letterhead
	code string // of a request for confirmation, or the link of a personal letter
}

// claim does what is due: it leases to this node the mails that can be sent, and puts all others where they wait. more says that there may be more
// to do at once.
func (m *Mails) claim(ctx context.Context) (jobs []job, more bool, err error) {
	now := m.cfg.Now()
	if due, err := m.next(ctx); err != nil || due.IsZero() || due.After(now) {
		return nil, false, err
	}
	err = m.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		jobs = nil
		due, err := tx.DueTimers(Timers, now, batch)
		if err != nil {
			return err
		}
		more = len(due) > 0
		for _, t := range due {
			j, err := m.handle(tx, now, t)
			if err != nil {
				return err
			}
			if j != nil {
				jobs = append(jobs, *j)
			}
		}
		return nil
	})
	return jobs, more, err
}

// next returns when something is due; the zero time when nothing is.
func (m *Mails) next(ctx context.Context) (due time.Time, err error) {
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		due, err = tx.NextTimer(Timers)
		if isNoRow(err) {
			due = time.Time{}
			return nil
		}
		return err
	})
	return due, err
}

// handle does what a timer is for: nil, unless a mail is to be sent.
func (m *Mails) handle(tx broker.Tx, now time.Time, t broker.Timer) (*job, error) {
	if strings.HasPrefix(t.ID, releasePrefix) {
		return nil, release(tx, now, t.ID)
	}
	r, err := readMail(tx, ID(t.ID))
	switch {
	case isNoRow(err):
		return nil, tx.DeleteTimer(Timers, t.ID)
	case err != nil:
		return nil, err
	case r.State != StateOwed:
		return nil, m.forget(tx, now, r)
	case !now.Before(r.Latest.Add(m.cfg.GiveUp)):
		r.Reason = strings.TrimSpace("it could not be sent in time. " + r.Reason)
		return nil, m.finish(tx, now, r, StateFailed)
	}
	return m.consider(tx, now, r)
}

// consider decides about an owed mail.
func (m *Mails) consider(tx broker.Tx, now time.Time, r mailRecord) (*job, error) {
	if ready := r.Created.Add(m.cfg.Gather); r.Template.gathered() && now.Before(ready) {
		return nil, r.at(tx, ready)
	}
	confirmed, err := isConfirmed(tx, r.To)
	switch {
	case err != nil:
		return nil, err
	case confirmed && r.Template == confirmation, r.Template.personal() && !now.Before(r.Expires):
		return nil, m.finish(tx, now, r, StateNeedless)
	case !confirmed && !r.Template.uninvited():
		return nil, m.hold(tx, r, HeldForAddress)
	case m.cfg.Send == nil:
		return nil, m.hold(tx, r, HeldForServer)
	}
	if err := r.leaveOutSettled(tx); err != nil {
		return nil, err
	}
	if r.Count == 0 {
		return nil, m.finish(tx, now, r, StateNeedless)
	}
	return m.lease(tx, now, r)
}

// hold keeps a mail for something that ends the wait; else it is looked at when it is too late.
func (m *Mails) hold(tx broker.Tx, r mailRecord, what Hold) error {
	r.Held, r.Next = what, time.Time{}
	if err := r.put(tx); err != nil {
		return err
	}
	return r.wait(tx, r.Latest.Add(m.cfg.GiveUp))
}

// lease makes a mail this node's for a while. From now on it takes no further facts.
func (m *Mails) lease(tx broker.Tx, now time.Time, r mailRecord) (*job, error) {
	if err := r.closed(tx); err != nil {
		return nil, err
	}
	r.Lease, r.Held, r.Next = rand.Text(), "", time.Time{}
	r.Attempts++
	j := &job{mail: r}
	if err := r.put(tx); err != nil {
		return nil, err
	}
	if err := r.wait(tx, now.Add(m.cfg.Lease)); err != nil {
		return nil, err
	}
	var err error
	if j.head, err = letterheadOf(tx, r.Org); err != nil {
		return nil, err
	}
	switch {
	case r.Template == confirmation:
		j.code, err = issueCode(tx, now, r.To)
	case r.Template.personal():
		j.code, err = m.link(r)
	}
	return j, err
}

// leaveOutSettled removes the facts about what has been taken care of. Of those that are not shown nobody knows.
func (r *mailRecord) leaveOutSettled(tx broker.Tx) error {
	var left []factRecord
	for _, f := range r.Facts {
		settled, err := r.Template.settled(tx, f)
		if err != nil {
			return err
		}
		if !settled {
			left = append(left, f)
		}
	}
	r.Count -= len(r.Facts) - len(left)
	r.Facts = left
	return nil
}

// settled reports whether nothing is left to do about a fact: the submission waits no more, or the client has another secret.
func (t Template) settled(tx broker.Tx, f factRecord) (bool, error) {
	switch {
	case t.aboutWaiting():
		s, err := tx.Submission(broker.SubmissionID(f.ID))
		return isNoRow(err) || err == nil && !s.State.Retrievable(), unlessNoRow(err)
	case t == SecretEnds:
		c, err := tx.Client(broker.ClientID(f.ID))
		return isNoRow(err) || err == nil && !c.SecretUntil.Equal(f.Until), unlessNoRow(err)
	}
	return false, nil
}

func unlessNoRow(err error) error {
	if isNoRow(err) {
		return nil
	}
	return err
}

// finish notes what became of a mail.
func (m *Mails) finish(tx broker.Tx, now time.Time, r mailRecord, s State) error {
	if err := r.closed(tx); err != nil {
		return err
	}
	r.State, r.Held, r.Lease, r.Next, r.Over, r.Link = s, "", "", time.Time{}, now.UTC(), nil
	if err := r.put(tx); err != nil {
		return err
	}
	if err := tx.DeleteEntry(owedEntries, string(r.ID)); err != nil {
		return err
	}
	return r.at(tx, now.Add(m.cfg.Keep))
}

// forget removes a mail that is over for long enough.
func (m *Mails) forget(tx broker.Tx, now time.Time, r mailRecord) error {
	if end := r.Over.Add(m.cfg.Keep); now.Before(end) {
		return r.at(tx, end)
	}
	if err := tx.DeleteEntry(mailEntries, string(r.ID)); err != nil {
		return err
	}
	return tx.DeleteTimer(Timers, string(r.ID))
}
