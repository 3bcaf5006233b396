package broker

import "time"

// FactKind says what happened.
type FactKind string

// What happens that is worth counting. Of replies only that one was sent.
const (
	FactAnnounced FactKind = "announced"
	FactSubmitted FactKind = "submitted"
	FactAccepted  FactKind = "accepted"
	FactRejected  FactKind = "rejected"
	FactExpired   FactKind = "expired" // announced, and never submitted
	FactReplied   FactKind = "replied"
	FactCalled    FactKind = "called"   // a callback was taken
	FactUncalled  FactKind = "uncalled" // one was made, and not taken
)

// Fact is something that happened and was committed. It names what it is about, and whoever counts it reads the rest there.
type Fact struct {
	Kind       FactKind
	Submission SubmissionID // or reply
	Delivery   DeliveryID   // of a call, which has no Submission
	At         time.Time    // wall clock
}

// happened tells who counts of what befell a submission or a reply.
func (k *core) happened(tx Tx, sub Submission, what act, at time.Time) error {
	kind := factOf(sub, what)
	if k.Happened == nil || kind == "" {
		return nil
	}
	return k.Happened(tx, Fact{Kind: kind, Submission: sub.ID, At: at})
}

// factOf is what is counted of an act; none: nothing.
func factOf(sub Submission, what act) FactKind {
	if sub.Kind == KindReply {
		return map[act]FactKind{submitted: FactReplied}[what]
	}
	if what == deleted && !sub.Submitted.IsZero() {
		return ""
	}
	return map[act]FactKind{
		created: FactAnnounced, submitted: FactSubmitted, accepted: FactAccepted, rejected: FactRejected, deleted: FactExpired,
	}[what]
}

// called tells who counts that a receiver was called; nobody was if there is no URL.
func (k *core) called(tx Tx, d Delivery, r Result, kind FactKind) error {
	if k.Happened == nil || r.URL == "" {
		return nil
	}
	return k.Happened(tx, Fact{Kind: kind, Delivery: d.ID, At: r.Attempt.At})
}
