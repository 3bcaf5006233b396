package diagnosis

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	// slowSignature is from when on an event that is not signed is worth a word: normally that takes less than a second.
	slowSignature = time.Minute
	// longUnseen is how long an addressee may be silent before that is worth a word: who polls does so once an hour at least.
	longUnseen = time.Hour
)

// report judges the facts for one side.
func (f facts) report(by side) Report {
	r := Report{
		Submission: f.ID, Kind: f.Kind, Case: f.Case, Destination: f.Destination, State: f.State, Since: f.since(), At: f.deadline,
		Turn: f.turn(), Summary: f.summary(), Next: f.next(), Calls: f.shown(by),
	}
	for _, look := range []func(side) []Finding{f.parts, f.signatures, f.status, f.unseen, f.told, f.key} {
		r.Findings = append(r.Findings, look(by)...)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return rank(a) - rank(b) })
	return r
}

func rank(f Finding) int { return slices.Index([]Level{Problem, Notice}, f.Level) }

// turn says who has to do something. An owed signature keeps nobody from acting, so it is never the broker's turn alone because of one, unless all
// else is done.
func (f facts) turn() Turn {
	switch f.State {
	case broker.StateIncomplete:
		return TurnAuthor
	case broker.StateSubmitted, broker.StateForwarded:
		return TurnAddressee
	case broker.StateAccepted, broker.StateRejected:
		if f.owesAuthor() {
			return TurnBroker
		}
	}
	return TurnNobody
}

// owesAuthor reports whether the author has still to be told.
func (f facts) owesAuthor() bool {
	return slices.ContainsFunc(f.calls, func(c call) bool { return c.Over.IsZero() && (c.Sender != "") == f.FromSender() })
}

// parts tells an author what is missing before it can submit.
func (f facts) parts(by side) []Finding {
	if f.State != broker.StateIncomplete || !by.isAuthor(f.Submission) {
		return nil
	}
	if missing := f.missing(); len(missing) > 0 {
		return []Finding{attachmentsMissing(missing, len(f.Announced))}
	}
	return []Finding{notSubmitted(len(f.Announced))}
}

func (f facts) signatures(side) []Finding {
	e, owed := f.unsigned()
	if !owed || f.now.Sub(e.Recorded) < slowSignature {
		return nil
	}
	return []Finding{signatureLate(f.now.Sub(e.Recorded))}
}

// status tells that a destination takes nothing new, which is why nobody may be looking at what waits.
func (f facts) status(side) []Finding {
	if f.destination.Status == broker.DestinationActive || !f.State.Retrievable() {
		return nil
	}
	return []Finding{destinationNot(f.destination.Status)}
}

// unseen tells that an addressee was not informed in any way, or was and did nothing yet.
func (f facts) unseen(side) []Finding {
	waits := f.deadline.Sub(f.Submitted)
	switch {
	case !f.State.Retrievable() || waits < longUnseen:
		return nil
	case len(f.Notified) == 0:
		return []Finding{neverSeen(waits, f.callback)}
	}
	return []Finding{seenNotDecided(f.Notified, waits)}
}

// told says what became of calls: to who they were for all, to the other side only that it has not been told.
func (f facts) told(by side) (all []Finding) {
	if !f.callback && f.State.Retrievable() {
		all = append(all, pollsOnly(f.FromSender()))
	}
	for _, c := range f.calls {
		switch {
		case by.sees(c.Delivery):
			all = append(all, c.findings(f.now)...)
		case c.failing():
			all = append(all, otherNotTold(c.Sender != ""))
		}
	}
	return all
}

// failing reports whether a receiver was not told although it was tried.
func (c call) failing() bool {
	return c.GivenUp || c.Over.IsZero() && (len(c.Attempts) > 0 || c.endpoint.Stopped)
}

func (c call) findings(now time.Time) []Finding {
	switch {
	case !c.failing():
		return nil
	case c.GivenUp:
		return []Finding{callGivenUp(c)}
	case c.endpoint.Stopped:
		return []Finding{receiverDisabled(c)}
	}
	return []Finding{callFailing(c, now)}
}

// again is before when it is not tried: its own time, or that of its endpoint which is left alone.
func (c call) again() time.Time {
	if c.endpoint.Until.After(c.NotBefore) {
		return c.endpoint.Until
	}
	return c.NotBefore
}

// key tells which key opens it: after a change of keys, systems look for the wrong one.
func (f facts) key(by side) []Finding {
	if !by.authority || !f.FromSender() || !f.State.Retrievable() || f.Metadata.KID == f.destination.EncryptionKID {
		return nil
	}
	return []Finding{formerKey(f.Metadata.KID, f.destination.EncryptionKID)}
}

// shown are the calls that a side may see.
func (f facts) shown(by side) []Call {
	var all []Call
	for _, c := range f.calls {
		if !by.sees(c.Delivery) {
			continue
		}
		one := Call{Type: c.Type, To: "destination", Created: c.Created, Over: c.Over, GivenUp: c.GivenUp, Attempts: c.Attempts}
		if c.Sender != "" {
			one.To = "sender"
		}
		if c.Over.IsZero() {
			one.Again = c.again()
		}
		all = append(all, one)
	}
	return all
}
