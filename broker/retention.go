package broker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/set"
)

// Retention acts when time runs out (FIT-Connect contract 7.3): it deletes what was never submitted, reminds of what waits, rejects what nobody
// decided, deletes content after the decision, and cases after their last event. It is for a background worker, not for callers.
//
// There is one timer for each submission or reply, and one for each case, put when it is announced. Nothing that befalls them moves it: when it
// is due, the rule (Periods) says from the record what is due by now, and when to look again. So a deadline costs no write of those who act in time, and it
// makes no difference how often, how late or how many at once look: what happens is decided and written in one transaction, from the state that is
// there.
type Retention struct{ *core }

// TimerError is why one timer could not be handled, while others can.
type TimerError struct {
	Timer
	Err error
}

func (e *TimerError) Error() string { return fmt.Sprintf("deadline of %s: %v", e.ID, e.Err) }
func (e *TimerError) Unwrap() error { return e.Err }

// Next returns when the next timer is due, by the clock of deadlines; the zero time when there is none.
func (r *Retention) Next(ctx context.Context) (at time.Time, some bool, err error) {
	err = r.Store.View(ctx, func(tx Tx) (err error) {
		at, err = tx.NextTimer(Deadlines)
		some = err == nil
		return ignoreNoRow(err)
	})
	return at, some, err
}

// Act handles the timers that are due, the most overdue first, at most limit in one transaction, and returns how many. Large bodies are deleted after the
// commit that says so: what is left after a crash in between is an orphan.
func (r *Retention) Act(ctx context.Context, limit int) (handled int, err error) {
	var a *acting
	err = r.Store.Update(ctx, func(tx Tx) error {
		a = &acting{core: r.core, tx: tx, now: r.Deadline()}
		due, err := tx.DueTimers(Deadlines, a.now, limit)
		if err != nil {
			return err
		}
		handled = len(due)
		return a.handleAll(due)
	})
	if err != nil {
		return 0, err
	}
	r.discard(ctx, a.bodies...)
	return handled, nil
}

// PutOff has a timer that could not be handled be looked at later.
func (r *Retention) PutOff(ctx context.Context, t Timer, pause time.Duration) error {
	return r.Store.Update(ctx, func(tx Tx) error {
		t.At = r.Deadline().Add(pause)
		return tx.PutTimer(t)
	})
}

// acting is one transaction.
type acting struct {
	*core
	tx     Tx
	now    time.Time // by the clock of deadlines
	bodies []Body    // to be deleted afterwards
}

func (a *acting) handleAll(due []Timer) error {
	for _, t := range due {
		if err := a.handle(t); errors.Is(err, Unavailable) {
			return err
		} else if err != nil {
			return &TimerError{t, err}
		}
	}
	return nil
}

// handle does what a timer is for, and puts it again, or removes it when nothing is ahead.
func (a *acting) handle(t Timer) (err error) {
	if id, ours := strings.CutPrefix(t.ID, submissionTimers); ours {
		t.At, err = a.submission(SubmissionID(id))
	} else if id, ours := strings.CutPrefix(t.ID, caseTimers); ours {
		t.At, err = a.oneCase(CaseID(id))
	} else {
		err = errors.New("this program knows neither submission nor case of this name")
	}
	if err != nil {
		return err
	}
	if t.At.IsZero() {
		return a.tx.DeleteTimer(t.Queue, t.ID)
	}
	return a.tx.PutTimer(t)
}

// submission does all that is due to a submission or a reply, and returns when to look again; zero: never.
func (a *acting) submission(id SubmissionID) (again time.Time, err error) {
	sub, err := a.tx.Submission(id)
	if err != nil {
		return time.Time{}, ignoreNoRow(err)
	}
	for {
		what, nth, at := a.Periods.Ahead(sub, a.now)
		if what == NoProspect || at.After(a.now) {
			return a.Periods.look(sub, a.now, at), nil
		}
		if err := a.bring(&sub, what, nth); err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", what, err)
		}
	}
}

func (a *acting) bring(sub *Submission, what Prospect, nth int) error {
	switch what {
	case WillRemind:
		return a.remind(sub, nth)
	case WillBeRefused:
		return a.refuse(sub)
	default:
		return a.empty(sub)
	}
}

func (a *acting) remind(sub *Submission, nth int) error {
	sub.Reminded = nth
	if err := a.Remind(a.tx, *sub, nth); err != nil {
		return err
	}
	return a.tx.PutSubmission(*sub)
}

// refuse rejects what nobody decided. Both sides are told: the author by the life cycle, the addressee here, whom a decision never surprises otherwise.
func (a *acting) refuse(sub *Submission) error {
	c, err := a.tx.Case(sub.Case)
	if err != nil {
		return err
	}
	sub.Decided = a.now
	late := set.Problem{
		Type: set.ProblemPrefix + "technical-error", Title: "Technical error", Instance: "other",
		Detail: fmt.Sprintf("the %s was not decided on within %s: the delivery service rejects it", sub.Kind, inDays(a.Periods.Decision)),
	}
	if err := a.advance(a.tx, &c, sub, rejected, set.Payload{Problems: []set.Problem{late}}); err != nil {
		return err
	}
	if err := a.owe(a.tx, c, *sub, NewEvents, !sub.FromSender()); err != nil || !sub.FromSender() {
		return err
	}
	return a.TimedOut(a.tx, *sub)
}

// inDays writes a period as people say it.
func inDays(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.String()
}

// empty deletes the content of a submission or a reply. What the log needs stays: names and tags of the parts.
func (a *acting) empty(sub *Submission) error {
	c, err := a.tx.Case(sub.Case)
	if err != nil {
		return err
	}
	uploaded, err := a.tx.Attachments(sub.ID)
	if err != nil {
		return err
	}
	gone := deletionOf(*sub, uploaded, a.Now())
	for _, part := range []*Sealed{&sub.Metadata, &sub.Data} {
		if err := a.drop(part); err != nil {
			return err
		}
	}
	for _, att := range uploaded {
		if err := a.drop(&att.Sealed); err != nil {
			return err
		}
		if err := a.tx.PutAttachment(att); err != nil {
			return err
		}
	}
	sub.Uploaded = 0
	return a.advance(a.tx, &c, sub, deleted, set.Payload{Deletion: gone})
}

// drop removes the bytes of a part, those of a large one after the commit.
func (a *acting) drop(part *Sealed) error {
	body := part.Body
	part.Body = Body{}
	if body.Record != "" {
		return a.tx.DeleteBody(body.Record)
	}
	a.bodies = append(a.bodies, body)
	return nil
}

// deletionOf says what is deleted. Parts that older programs took in have no digest.
func deletionOf(sub Submission, uploaded []Attachment, now time.Time) *set.Deletion {
	d := &set.Deletion{DeletedAt: now.UTC().Format(time.RFC3339), SHA256: set.Digests{
		Metadata: hex.EncodeToString(sub.Metadata.Digest), Data: hex.EncodeToString(sub.Data.Digest),
	}}
	for _, a := range uploaded {
		if len(a.Sealed.Digest) == 0 {
			continue
		}
		if d.SHA256.Attachments == nil {
			d.SHA256.Attachments = make(map[string]string, len(uploaded))
		}
		d.SHA256.Attachments[string(a.ID)] = hex.EncodeToString(a.Sealed.Digest)
	}
	return d
}

// oneCase deletes a case when its time is over, and returns when to look again. What is not deleted yet has its own deadline to come first: a case that
// went would take it along unnoticed.
func (a *acting) oneCase(id CaseID) (again time.Time, err error) {
	c, err := a.tx.Case(id)
	if err != nil {
		return time.Time{}, ignoreNoRow(err)
	}
	if end := c.lastEvent().Add(a.Periods.Case); end.After(a.now) {
		return end, nil
	}
	alive, err := a.alive(id)
	if err != nil || alive {
		return a.now.Add(a.Periods.Content), err
	}
	return time.Time{}, a.tx.DeleteCase(id)
}

// lastEvent is when the last event was, by the clock of deadlines, which cases of older programs do not know.
func (c Case) lastEvent() time.Time {
	if c.Last.IsZero() {
		return c.Changed
	}
	return c.Last
}

// alive reports whether a case has something that is not deleted.
func (a *acting) alive(id CaseID) (bool, error) {
	for _, kind := range []SubmissionKind{KindSubmission, KindReply} {
		for p, total := (Page{Limit: MaxPage}), 1; p.Offset < total; p.Offset += MaxPage {
			all, n, err := a.tx.CaseSubmissions(id, kind, p)
			if err != nil {
				return false, err
			}
			total = n
			for _, sub := range all {
				if sub.State != StateDeleted {
					return true, nil
				}
			}
		}
	}
	return false, nil
}
