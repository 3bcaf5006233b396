package broker

import (
	"slices"

	"github.com/vierkant/vierkant/crypto/set"
)

// State is where a submission stands in its life (FIT-Connect contract 7.2).
type State string

// The states of a submission.
const (
	StateIncomplete State = "incomplete" // announced, parts may still come
	StateSubmitted  State = "submitted"  // complete and waiting for the authority
	StateForwarded  State = "forwarded"  // passed on behind the authority's system, decision still open
	StateAccepted   State = "accepted"
	StateRejected   State = "rejected"
	StateDeleted    State = "deleted" // content gone, log kept
)

// Author is who may issue an event.
type Author int

// The authors of events.
const (
	AuthorService    Author = iota // the broker itself
	AuthorSubscriber               // the authority's system, signing with its own key
)

// transition is one row of the life cycle: in state From, an event of this type issued by one of By leads to To.
type transition struct {
	From  State
	Event string
	By    []Author
	To    State
}

var (
	byService    = []Author{AuthorService}
	bySubscriber = []Author{AuthorSubscriber}
	byBoth       = []Author{AuthorSubscriber, AuthorService}
)

// lifecycle is the whole of 7.1 and 7.2. What is not a row is not allowed. The service rejects on timeout.
var lifecycle = []transition{
	{"", set.CreateSubmission, byService, StateIncomplete},
	{StateIncomplete, set.SubmitSubmission, byService, StateSubmitted},
	{StateIncomplete, set.DeleteSubmission, byService, StateDeleted},
	{StateSubmitted, set.NotifySubmission, byService, StateSubmitted},
	{StateSubmitted, set.ForwardSubmission, bySubscriber, StateForwarded},
	{StateSubmitted, set.AcceptSubmission, bySubscriber, StateAccepted},
	{StateSubmitted, set.RejectSubmission, byBoth, StateRejected},
	{StateForwarded, set.NotifySubmission, byService, StateForwarded},
	{StateForwarded, set.AcceptSubmission, bySubscriber, StateAccepted},
	{StateForwarded, set.RejectSubmission, byBoth, StateRejected},
	{StateAccepted, set.DeleteSubmission, byService, StateDeleted},
	{StateRejected, set.DeleteSubmission, byService, StateDeleted},
}

// Next returns the state after an event of this type by this author. An event that the author may never issue is
// Unprocessable; one that is not allowed in this state is a Conflict.
func (s State) Next(event string, by Author) (State, error) {
	entitled := false
	for _, t := range lifecycle {
		if t.Event != event || !slices.Contains(t.By, by) {
			continue
		}
		if t.From == s {
			return t.To, nil
		}
		entitled = true
	}
	if !entitled {
		return "", Unprocessable.New("invalid-event", "the event %s may not be issued by this party: a subscriber issues forward-submission, accept-submission or reject-submission", clip(event))
	}
	return "", Conflict.New("invalid-state-transition", "the event %s is not allowed while the submission is %s", event, s)
}

// Retrievable reports whether content can be fetched in state s.
func (s State) Retrievable() bool { return s == StateSubmitted || s == StateForwarded }
