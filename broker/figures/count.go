package figures

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// counted is what a fact adds, and for whom.
type counted struct {
	at       time.Time
	subjects []Subject
	counts   Counts
}

// count reads what a fact is about. What is not there any more counts for nobody.
func count(tx broker.Tx, n noted) (c counted, err error) {
	c.at = n.at
	if n.delivery != "" {
		c.subjects, c.counts, err = countCall(tx, n)
	} else {
		c.subjects, c.counts, err = countSubmission(tx, n)
	}
	if errors.Is(err, broker.ErrNoRow) {
		return counted{}, nil
	}
	return c, err
}

func countSubmission(tx broker.Tx, n noted) (subjects []Subject, c Counts, err error) {
	sub, err := tx.Submission(n.submission)
	if err != nil {
		return nil, c, err
	}
	if subjects, err = receivedAt(tx, sub.Destination); err != nil {
		return nil, c, err
	}
	c, err = countsOf(tx, n, sub)
	return append(subjects, Installation, Sent(sub.Org), By(sub.Sender)), c, err
}

// receivedAt are a destination and its organisation; of one that was deleted only itself is known.
func receivedAt(tx broker.Tx, id broker.DestinationID) ([]Subject, error) {
	d, err := tx.Destination(id)
	if errors.Is(err, broker.ErrNoRow) {
		return []Subject{At(id)}, nil
	}
	return []Subject{At(id), Received(d.Org)}, err
}

func countsOf(tx broker.Tx, n noted, sub broker.Submission) (c Counts, err error) {
	switch n.kind {
	case broker.FactAnnounced:
		c.Announced = 1
	case broker.FactSubmitted:
		c.Submitted, c.Bytes = 1, sizeOf(sub)
	case broker.FactAccepted:
		c.Accepted, c.Acceptance = 1, timeOf(sub.Decided.Sub(sub.Submitted))
	case broker.FactExpired:
		c.Expired = 1
	case broker.FactReplied:
		c.Replies, c.Bytes = 1, sizeOf(sub)
	case broker.FactRejected:
		reason, err := rejectionOf(tx, sub.ID)
		return Counts{Rejected: map[string]int{reason: 1}}, err
	}
	return c, nil
}

func sizeOf(sub broker.Submission) int64 {
	return sub.Metadata.Body.Size + sub.Data.Body.Size + sub.Uploaded
}

// rejectionOf says why a submission was rejected.
func rejectionOf(tx broker.Tx, id broker.SubmissionID) (string, error) {
	log, _, err := tx.SubmissionEvents(id, broker.Page{Limit: broker.MaxPage})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(log, func(e broker.Event) bool { return strings.HasSuffix(e.Type, "/reject-submission") })
	if i < 0 {
		return "", fmt.Errorf("the log of %s has no rejection", id)
	}
	return reasonOf(log[i]), nil
}

func countCall(tx broker.Tx, n noted) (subjects []Subject, c Counts, err error) {
	d, err := tx.Delivery(n.delivery)
	if err != nil {
		return nil, c, err
	}
	if n.kind == broker.FactCalled {
		c.CallbacksTaken = 1
	} else {
		c.CallbacksFailed = 1
	}
	if d.Sender == "" {
		subjects, err = receivedAt(tx, d.Destination)
		return append(subjects, Installation), c, err
	}
	client, err := tx.Client(d.Sender)
	return []Subject{Installation, By(d.Sender), Sent(client.Org)}, c, err
}
