package mail

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	firstRetry = time.Minute
	lastRetry  = 6 * time.Hour

	firstPause = 5 * time.Second // after the store or the mail server failed as a whole
	lastPause  = 10 * time.Minute
)

// Retry is how long after the attempt of this number, 1 or more, a mail that its server did not take for now is tried again: 1 min, 3 min, 9 min,
// 27 min, 81 min, 4 h, and from then on every 6 h.
func Retry(attempt int) time.Duration {
	wait := firstRetry
	for ; attempt > 1 && wait < lastRetry; attempt-- {
		wait *= 3
	}
	return min(wait, lastRetry)
}

// trouble is what keeps Run from sending anything at all. It belongs to the goroutine of Run.
type trouble struct {
	broker.Setbacks
	resume time.Time // until then nothing is tried
}

// Run sends what is due until ctx ends; a mail that is being sent then gets the grace. Several nodes may run at once.
func (m *Mails) Run(ctx context.Context) {
	sending, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(m.cfg.Grace, abandon) })()
	for ctx.Err() == nil {
		m.wake.Await(ctx, m.round(ctx, sending))
	}
}

// round does what is due now and returns how long there is nothing more to do, unless somebody owes something new.
func (m *Mails) round(ctx, sending context.Context) time.Duration {
	if pause := m.trouble.resume.Sub(m.cfg.Now()); pause > 0 {
		return min(pause, lastPause)
	}
	jobs, more, err := m.collect(ctx)
	if err != nil {
		m.fails(ctx, "mails that are due cannot be read", err)
		return 0
	}
	if err := m.sendAll(ctx, sending, jobs); err != nil {
		m.fails(ctx, "mails cannot be sent", err)
		return 0
	}
	if len(jobs) > 0 {
		m.works()
	}
	if more {
		return 0
	}
	return m.cfg.Look
}

// collect claims what is due, and what was kept for a mail server once there is one.
func (m *Mails) collect(ctx context.Context) ([]job, bool, error) {
	if m.cfg.Send != nil {
		if err := m.endWaitForServer(ctx); err != nil {
			return nil, false, err
		}
	}
	return m.claim(ctx)
}

func (m *Mails) endWaitForServer(ctx context.Context) error {
	waiting := 0
	err := m.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		_, waiting, err = tx.EntriesOf(owedEntries, forServer, broker.Page{Limit: 1})
		return err
	})
	if err != nil || waiting == 0 {
		return err
	}
	return m.cfg.Store.Update(ctx, func(tx broker.Tx) error { return endWait(tx, m.cfg.Now(), forServer) })
}

// sendAll sends mails one after the other. When the server fails as a whole, or Run is to end, the rest is given back. A mail during which it failed is tried
// again later than the others, so that one on which a server chokes is not in the way of all.
func (m *Mails) sendAll(ctx, sending context.Context, jobs []job) error {
	for i, j := range jobs {
		if ctx.Err() != nil {
			return m.giveBack(sending, jobs[i:])
		}
		err := m.send(sending, j)
		if IsServerTrouble(err) && !mayBeItsFault(err) {
			return errors.Join(err, m.giveBack(sending, jobs[i:]))
		}
		if err := m.report(sending, j, err); err != nil {
			return err // the others are left to their lease: who cannot write cannot give back
		}
		if IsServerTrouble(err) {
			return errors.Join(err, m.giveBack(sending, jobs[i+1:]))
		}
	}
	return nil
}

func (m *Mails) send(ctx context.Context, j job) error {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	text, err := m.writer.write(j.mail.domain(), j.head, j.code)
	if err != nil {
		return err
	}
	message, err := m.compose(j.mail, text)
	if err != nil {
		return err
	}
	return m.cfg.Send(ctx, m.from.Address, j.mail.To, message)
}

// report notes what became of an attempt.
func (m *Mails) report(ctx context.Context, j job, sent error) error {
	return m.whileHeld(ctx, j, func(tx broker.Tx, r mailRecord) error {
		now := m.cfg.Now()
		if sent == nil {
			r.Reason = ""
			return errors.Join(m.finish(tx, now, r, StateSent), m.cfg.Sent(tx, r.domain()))
		}
		r.Reason = clip(oneLine(sent.Error()))
		if errors.Is(sent, ErrRefused) {
			return m.finish(tx, now, r, StateFailed)
		}
		pause := Retry(r.Attempts)
		r.Lease, r.Next = "", now.Add(pause-pause/5+rand.N(2*(pause/5)+1)).UTC()
		if err := r.put(tx); err != nil {
			return err
		}
		return r.at(tx, r.Next)
	})
}

// giveBack ends the lease of mails that were not tried, or not by their fault.
func (m *Mails) giveBack(ctx context.Context, jobs []job) error {
	for _, j := range jobs {
		err := m.whileHeld(ctx, j, func(tx broker.Tx, r mailRecord) error {
			r.Lease = ""
			r.Attempts--
			if err := r.put(tx); err != nil {
				return err
			}
			return r.at(tx, m.cfg.Now())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// whileHeld runs write if the lease of a mail is still this claim's.
func (m *Mails) whileHeld(ctx context.Context, j job, write func(broker.Tx, mailRecord) error) error {
	return m.cfg.Store.Update(context.WithoutCancel(ctx), func(tx broker.Tx) error {
		r, err := readMail(tx, j.mail.ID)
		if isNoRow(err) || err == nil && r.Lease != j.mail.Lease {
			return nil
		}
		if err != nil {
			return err
		}
		return write(tx, r)
	})
}

// fails notes that nothing can be sent. It is logged when it begins and when it is over; meanwhile Run pauses, ever longer.
func (m *Mails) fails(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	m.trouble.resume = m.cfg.Now().Add(m.trouble.Failed(what+"; it is tried again", forLog(err)))
}

func (m *Mails) works() {
	m.trouble.Worked()
	m.trouble.resume = time.Time{}
}
