package diagnosis

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// facts are all that a report is made from.
type facts struct {
	broker.Submission
	destination broker.Destination
	uploaded    []broker.AttachmentID
	log         []broker.Event
	callback    bool // the addressee wants to be called
	calls       []call
	changed     time.Time // when there was the latest event in the case
	periods     broker.Periods
	now         time.Time // wall clock
	deadline    time.Time // clock of deadlines
}

// call is a callback with what is known of its receiver.
type call struct {
	broker.Delivery
	endpoint broker.Endpoint // zero: it is not in trouble
}

func (d *Diagnosis) read(tx broker.Tx, sub broker.Submission, at broker.Destination) (f facts, err error) {
	f = facts{Submission: sub, destination: at, periods: d.Periods, now: d.Now(), deadline: d.Deadline()}
	attachments, err := tx.Attachments(sub.ID)
	if err != nil {
		return f, err
	}
	for _, a := range attachments {
		f.uploaded = append(f.uploaded, a.ID)
	}
	first := broker.Page{Limit: broker.MaxPage}
	if f.log, _, err = tx.SubmissionEvents(sub.ID, first); err != nil {
		return f, err
	}
	c, err := tx.Case(sub.Case)
	if err != nil {
		return f, err
	}
	f.changed, f.callback = c.Changed, wantsCalls(sub, at, c)
	f.calls, err = d.readCalls(tx, sub.ID)
	return f, err
}

// wantsCalls reports whether the addressee is called about what waits for it.
func wantsCalls(sub broker.Submission, at broker.Destination, c broker.Case) bool {
	if sub.FromSender() {
		return at.Callback != nil
	}
	return c.Callback != nil
}

func (d *Diagnosis) readCalls(tx broker.Tx, id broker.SubmissionID) ([]call, error) {
	all, _, err := tx.DeliveriesOf(id, broker.Page{Limit: broker.MaxPage})
	if err != nil {
		return nil, err
	}
	calls := make([]call, len(all))
	for i, one := range all {
		calls[i].Delivery = one
		if calls[i].endpoint, _, err = broker.TroubleOf(tx, one); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// since is when the state began.
func (f facts) since() time.Time {
	switch f.State {
	case broker.StateIncomplete:
		return f.Created
	case broker.StateAccepted, broker.StateRejected:
		return f.Decided
	case broker.StateDeleted, broker.StateForwarded:
		return f.last().Recorded
	}
	return f.Submitted
}

// last is the latest event about the submission, the zero one if there is none.
func (f facts) last() broker.Event {
	if len(f.log) == 0 {
		return broker.Event{}
	}
	return f.log[len(f.log)-1]
}

// unsigned is the oldest event that waits for its signature.
func (f facts) unsigned() (broker.Event, bool) {
	i := slices.IndexFunc(f.log, func(e broker.Event) bool { return e.Token == "" })
	if i < 0 {
		return broker.Event{}, false
	}
	return f.log[i], true
}

// missing are the attachments that were announced and not uploaded.
func (f facts) missing() []broker.AttachmentID {
	return slices.DeleteFunc(slices.Clone(f.Announced), func(id broker.AttachmentID) bool { return slices.Contains(f.uploaded, id) })
}
