package broker

import (
	"slices"

	"github.com/vierkant/vierkant/crypto/set"
)

// State is where a submission or a reply stands in its life (FIT-Connect contract 7.2).
type State string

// The states of a submission.
const (
	StateIncomplete State = "incomplete" // announced, parts may still come
	StateSubmitted  State = "submitted"  // complete and waiting for the addressee
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

// act is what befalls a submission or a reply.
type act int

const (
	created act = iota
	submitted
	notified
	forwarded
	accepted
	rejected
	deleted
)

// events names what befalls submissions and replies (FIT-Connect contract 7.1), in the order of the acts. Replies are not forwarded.
var events = map[SubmissionKind][]string{
	KindSubmission: {
		set.CreateSubmission, set.SubmitSubmission, set.NotifySubmission, set.ForwardSubmission,
		set.AcceptSubmission, set.RejectSubmission, set.DeleteSubmission,
	},
	KindReply: {
		set.CreateReply, set.SubmitReply, set.NotifyReply, "",
		set.AcceptReply, set.RejectReply, set.DeleteReply,
	},
}

// actOf returns what an event says befell something of this kind; ok is false for events that are about nothing of the kind.
func actOf(event string, k SubmissionKind) (a act, ok bool) {
	i := slices.Index(events[k], event)
	return act(i), i >= 0 && event != ""
}

// transition is one row of the life cycle: in state From, an act by one of By leads to To.
type transition struct {
	From State
	Act  act
	Of   []SubmissionKind
	By   []Author
	To   State
}

var (
	byService    = []Author{AuthorService}
	bySubscriber = []Author{AuthorSubscriber}
	byBoth       = []Author{AuthorSubscriber, AuthorService}

	ofBoth        = []SubmissionKind{KindSubmission, KindReply}
	ofSubmissions = []SubmissionKind{KindSubmission}
	ofReplies     = []SubmissionKind{KindReply}
)

// lifecycle is the whole of 7.1 and 7.2. What is not a row is not allowed. The service rejects on timeout, and it accepts and rejects
// replies in the name of senders, who have no keys to sign with.
var lifecycle = []transition{
	{"", created, ofBoth, byService, StateIncomplete},
	{StateIncomplete, submitted, ofBoth, byService, StateSubmitted},
	{StateIncomplete, deleted, ofBoth, byService, StateDeleted},
	{StateSubmitted, notified, ofBoth, byService, StateSubmitted},
	{StateSubmitted, forwarded, ofSubmissions, bySubscriber, StateForwarded},
	{StateSubmitted, accepted, ofSubmissions, bySubscriber, StateAccepted},
	{StateSubmitted, accepted, ofReplies, byBoth, StateAccepted},
	{StateSubmitted, rejected, ofBoth, byBoth, StateRejected},
	{StateForwarded, notified, ofSubmissions, byService, StateForwarded},
	{StateForwarded, accepted, ofSubmissions, bySubscriber, StateAccepted},
	{StateForwarded, rejected, ofSubmissions, byBoth, StateRejected},
	{StateAccepted, deleted, ofBoth, byService, StateDeleted},
	{StateRejected, deleted, ofBoth, byService, StateDeleted},
}

// Next returns the state after an event of this type by this author. An event that the author may never issue is
// Unprocessable; one that is not allowed in this state is a Conflict.
func (s State) Next(k SubmissionKind, event string, by Author) (State, error) {
	entitled := false
	befell, known := actOf(event, k)
	for _, t := range lifecycle {
		if !known || t.Act != befell || !slices.Contains(t.Of, k) || !slices.Contains(t.By, by) {
			continue
		}
		if t.From == s {
			return t.To, nil
		}
		entitled = true
	}
	if !entitled {
		return "", Unprocessable.New("invalid-event", "the event %s about a %s may not be issued by this party: a subscriber issues forward-submission, accept-submission, reject-submission, accept-reply or reject-reply", clip(event), k)
	}
	return "", Conflict.New("invalid-state-transition", "the event %s is not allowed while the %s is %s", event, k, s)
}

// Retrievable reports whether content can be fetched in state s.
func (s State) Retrievable() bool { return s == StateSubmitted || s == StateForwarded }
