package figures

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// Queue is the queue of facts that are not counted yet. A timer's At is when it happened, by the wall clock of the node on which it did, and its ID is the
// kind and the submission or reply that it is about, or for calls the delivery and the time, since there are several.
const Queue broker.TimerQueue = "figures"

// Note has a fact counted, in the transaction that makes it one. It is the broker.Config.Happened of a node.
func Note(tx broker.Tx, f broker.Fact) error {
	id := string(f.Kind) + " " + string(f.Submission)
	if f.Submission == "" {
		id = string(f.Kind) + " " + string(f.Delivery) + " " + strconv.FormatInt(f.At.UnixNano(), 10)
	}
	return tx.PutTimer(broker.Timer{Queue: Queue, ID: id, At: f.At})
}

// noted reads a timer that Note put.
func noted(t broker.Timer) (broker.Fact, error) {
	kind, about, _ := strings.Cut(t.ID, " ")
	f := broker.Fact{Kind: broker.FactKind(kind), At: t.At}
	switch f.Kind {
	case broker.FactAnnounced, broker.FactSubmitted, broker.FactAccepted, broker.FactRejected, broker.FactExpired, broker.FactReplied:
		f.Submission = broker.SubmissionID(about)
	case broker.FactCalled, broker.FactUncalled:
		id, _, _ := strings.Cut(about, " ")
		f.Delivery = broker.DeliveryID(id)
	default:
		return f, fmt.Errorf("this program does not know what %q is", kind)
	}
	return f, nil
}
