package broker

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Periods say how long things may take, or are kept (FIT-Connect contract 7.3): for submissions and replies alike, by the clock of deadlines.
// Zero fields mean the contract's.
type Periods struct {
	Incomplete time.Duration   // from announce: what is not submitted by then is deleted
	Reminders  []time.Duration // from submit: the addressee is reminded of what is not decided; empty and not nil: never
	Decision   time.Duration   // from submit: what is not decided by then is rejected
	Content    time.Duration   // from the decision: content is deleted then
	Case       time.Duration   // from the last event of a case: it is deleted then
}

const day = 24 * time.Hour

// ContractPeriods are those of the contract.
func ContractPeriods() Periods {
	return Periods{Incomplete: day, Reminders: []time.Duration{3 * day, 9 * day}, Decision: 14 * day, Content: 7 * day, Case: 730 * day}
}

// WithDefaults fills zero fields.
func (p Periods) WithDefaults() Periods {
	usual := ContractPeriods()
	for _, f := range []struct{ is, usual *time.Duration }{
		{&p.Incomplete, &usual.Incomplete}, {&p.Decision, &usual.Decision}, {&p.Content, &usual.Content}, {&p.Case, &usual.Case},
	} {
		if *f.is == 0 {
			*f.is = *f.usual
		}
	}
	if p.Reminders == nil {
		p.Reminders = usual.Reminders
	}
	return p
}

// Check refuses periods, defaults filled in, that contradict each other.
func (p Periods) Check() error {
	if min(p.Incomplete, p.Decision, p.Content, p.Case) <= 0 {
		return errors.New("a period must be longer than nothing; leave it out for the default")
	}
	last := time.Duration(0)
	for _, r := range p.Reminders {
		if r <= last {
			return fmt.Errorf("reminders: %s is not after %s: list them in order, from submit on", r, last)
		}
		last = r
	}
	if last >= p.Decision {
		return fmt.Errorf("reminders: the last one, after %s, would come when it is too late: decision is %s", last, p.Decision)
	}
	if whole := max(p.Incomplete, p.Decision) + p.Content; p.Case < whole {
		return fmt.Errorf("case: %s is shorter than the life of a submission, up to %s (incomplete or decision, and content)", p.Case, whole)
	}
	return nil
}

// Shortest is the shortest of all.
func (p Periods) Shortest() time.Duration {
	return slices.Min(append([]time.Duration{p.Incomplete, p.Decision, p.Content, p.Case}, p.Reminders...))
}

// Prospect is what time brings.
type Prospect string

// What time brings; nothing to what is deleted.
const (
	NoProspect    Prospect = ""
	WillRemind    Prospect = "reminder"  // its addressee is reminded
	WillBeRefused Prospect = "rejection" // it is rejected, since nobody decided
	WillBeDeleted Prospect = "deletion"  // its content is
)

// Ahead returns what is the next thing that time brings to a submission or a reply if nobody acts, and when; that it is in the past means that it is
// due. Of several reminders that are due only the last one counts: nth, from 1.
func (p Periods) Ahead(s Submission, now time.Time) (what Prospect, nth int, at time.Time) {
	switch s.State {
	case StateIncomplete:
		return WillBeDeleted, 0, s.Created.Add(p.Incomplete)
	case StateAccepted, StateRejected:
		return WillBeDeleted, 0, s.Decided.Add(p.Content)
	case StateSubmitted, StateForwarded:
		return p.untilDecided(s, now)
	}
	return NoProspect, 0, time.Time{}
}

func (p Periods) untilDecided(s Submission, now time.Time) (what Prospect, nth int, at time.Time) {
	what, at = WillBeRefused, s.Submitted.Add(p.Decision)
	if !at.After(now) || !s.FromSender() { // of senders there is no address
		return what, 0, at
	}
	for i := len(p.Reminders); i > s.Reminded; i-- {
		due := s.Submitted.Add(p.Reminders[i-1])
		what, nth, at = WillRemind, i, due
		if !due.After(now) {
			break
		}
	}
	return what, nth, at
}

// look returns when to look at a submission that has at ahead: then, or earlier, if somebody may act meanwhile after which something is due
// before that. So no act has to move a timer.
func (p Periods) look(s Submission, now, at time.Time) time.Time {
	var soonest time.Duration
	switch s.State {
	case StateIncomplete:
		soonest = slices.Min(append([]time.Duration{p.Decision, p.Content}, p.Reminders...))
	case StateSubmitted, StateForwarded:
		soonest = p.Content
	default:
		return at
	}
	if early := now.Add(soonest); early.Before(at) {
		return early
	}
	return at
}
