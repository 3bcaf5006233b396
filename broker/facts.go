package broker

import "time"

// FactKind says what happened.
type FactKind string

// What happens that somebody may want to know. Of replies only that one was sent, and that it was accepted.
const (
	FactAnnounced     FactKind = "announced"
	FactSubmitted     FactKind = "submitted"
	FactAccepted      FactKind = "accepted"
	FactRejected      FactKind = "rejected"
	FactExpired       FactKind = "expired" // announced, and never submitted
	FactReplied       FactKind = "replied"
	FactReplyAccepted FactKind = "reply-accepted"
	FactCalled        FactKind = "called"   // a callback was taken
	FactUncalled      FactKind = "uncalled" // one was made, and not taken
)

// Fact is something that happened, if the transaction commits in which it is told.
type Fact struct {
	Kind       FactKind
	At         time.Time  // wall clock
	Submission Submission // or reply, as the deed left it; of a call none
	By         ClientID   // the subscriber who signed the event of the deed; none: the broker issued it
	Delivery   Delivery   // of a call, as it was before
}

// happened tells what befell a submission or a reply.
func (k *core) happened(tx Tx, sub Submission, what act, by ClientID) error {
	kind := factOf(sub, what)
	if kind == "" {
		return nil
	}
	return k.Happened(tx, Fact{Kind: kind, At: k.Now(), Submission: sub, By: by})
}

// factOf is what an act is to those who are told; none: nothing.
func factOf(sub Submission, what act) FactKind {
	if sub.Kind == KindReply {
		return map[act]FactKind{submitted: FactReplied, accepted: FactReplyAccepted}[what]
	}
	if what == deleted && !sub.Submitted.IsZero() {
		return ""
	}
	return map[act]FactKind{
		created: FactAnnounced, submitted: FactSubmitted, accepted: FactAccepted, rejected: FactRejected, deleted: FactExpired,
	}[what]
}

// called tells that a receiver was called; nobody was if there is no URL.
func (k *core) called(tx Tx, d Delivery, r Result, kind FactKind) error {
	if r.URL == "" {
		return nil
	}
	return k.Happened(tx, Fact{Kind: kind, At: r.Attempt.At, Delivery: d})
}
