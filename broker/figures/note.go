package figures

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Queue is the queue of facts that are not counted yet. A timer's At is when it happened, by the wall clock of the node on which it did, and its ID is the
// kind and the submission or reply that it is about, or for calls the delivery and the time, since there are several.
const Queue broker.TimerQueue = "figures"

// Note has a fact counted, in the transaction that makes it one; a fact of which there are no figures is passed over. It is told by
// broker.Config.Happened.
func Note(tx broker.Tx, f broker.Fact) error {
	id, counts := timerOf(f)
	if !counts {
		return nil
	}
	return tx.PutTimer(broker.Timer{Queue: Queue, ID: id, At: f.At})
}

func timerOf(f broker.Fact) (id string, counts bool) {
	switch f.Kind {
	case broker.FactAnnounced, broker.FactSubmitted, broker.FactAccepted, broker.FactRejected, broker.FactExpired, broker.FactReplied:
		return string(f.Kind) + " " + string(f.Submission.ID), true
	case broker.FactCalled, broker.FactUncalled:
		return string(f.Kind) + " " + string(f.Delivery.ID) + " " + strconv.FormatInt(f.At.UnixNano(), 10), true
	}
	return "", false
}

// noted is a fact as it was noted. What it is about is read when it is counted.
type noted struct {
	kind       broker.FactKind
	submission broker.SubmissionID // or reply
	delivery   broker.DeliveryID   // of a call, which has no submission
	at         time.Time
}

// readNoted reads a timer that Note put.
func readNoted(t broker.Timer) (noted, error) {
	kind, about, _ := strings.Cut(t.ID, " ")
	n := noted{kind: broker.FactKind(kind), at: t.At}
	switch n.kind {
	case broker.FactAnnounced, broker.FactSubmitted, broker.FactAccepted, broker.FactRejected, broker.FactExpired, broker.FactReplied:
		n.submission = broker.SubmissionID(about)
	case broker.FactCalled, broker.FactUncalled:
		id, _, _ := strings.Cut(about, " ")
		n.delivery = broker.DeliveryID(id)
	default:
		return n, fmt.Errorf("this program does not know what %q is", kind)
	}
	return n, nil
}
