package receiver

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// settle writes a decision down and tells it.
func (r *Receiver) settle(ctx context.Context, n Received, decided record, log client.Log) (condition, error) {
	decided.Ref = n.Ref
	if err := r.records.put(decided); err != nil {
		return waiting, err
	}
	return r.tell(ctx, n, decided, log)
}

// tell makes sure that the decision is in the event log, and cleans up. log is nil if it is not known.
func (r *Receiver) tell(ctx context.Context, n Received, decided record, log client.Log) (condition, error) {
	log, err := r.post(ctx, n, decided, log)
	if err != nil {
		return waiting, err
	}
	if n.State = log.State(n.SubmissionID); n.State == client.Forwarded {
		return r.forwarded(ctx, n, decided)
	}
	return r.end(ctx, n, decided, log)
}

// post posts the decision unless the log has it, or another one, and returns the log that has it.
func (r *Receiver) post(ctx context.Context, n Received, decided record, log client.Log) (client.Log, error) {
	if holds(log, decided) {
		return log, nil
	}
	var err error
	switch decided.Outcome {
	case client.Accepted:
		err = r.subscriber.Accept(ctx, n.Submission)
	case client.Rejected:
		err = r.subscriber.Reject(ctx, decided.Ref, decided.Problems...)
	case client.Forwarded:
		err = r.subscriber.Forward(ctx, decided.Ref)
	}
	log, unread := r.client.Events(ctx, decided.Ref) // also if posting failed: the answer may have been lost
	switch {
	case unread == nil && holds(log, decided):
		return log, nil
	case err != nil:
		return nil, err
	case unread != nil:
		return nil, unread
	}
	return nil, errors.New("the decision was taken, and the event log does not show it yet")
}

func isFinal(s client.State) bool {
	return s == client.Accepted || s == client.Rejected || s == client.Deleted
}

// holds reports whether there is nothing more to tell.
func holds(log client.Log, decided record) bool {
	state := log.State(decided.SubmissionID)
	return isFinal(state) || state == decided.Outcome
}

func isAccepted(log client.Log, id client.SubmissionID) bool {
	return slices.ContainsFunc(log.Of(id), func(e client.Event) bool { return e.Type == set.AcceptSubmission })
}

// forwarded leaves the submission undecided again.
func (r *Receiver) forwarded(ctx context.Context, n Received, decided record) (condition, error) {
	decided.Outcome = client.Submitted
	if err := r.records.put(decided); err != nil {
		return waiting, err
	}
	r.report(ctx, n)
	return waiting, nil
}

// end cleans up once the log has a decision, whoever made it. The plaintext stays if it was accepted.
func (r *Receiver) end(ctx context.Context, n Received, decided record, log client.Log) (condition, error) {
	n.State, n.Folder = log.State(n.SubmissionID), ""
	if n.State == decided.Outcome {
		n.Problems = decided.Problems
	} else if decided.Outcome != client.Submitted && n.State != client.Deleted { // that happens days after any decision
		n.Overruled = decided.Outcome
		r.log.ErrorContext(ctx, "decision came too late", "submission", n.SubmissionID, "decision", decided.Outcome, "state", n.State)
	}
	folder := r.folderOf(n.SubmissionID)
	if !isAccepted(log, n.SubmissionID) {
		if err := archive.Remove(folder); err != nil {
			return waiting, err
		}
	} else if _, err := os.Lstat(folder); err == nil {
		n.Folder = folder
	}
	if err := r.records.drop(n.SubmissionID); err != nil {
		return waiting, err
	}
	r.report(ctx, n)
	return settled, nil
}

// report says what became of a submission.
func (r *Receiver) report(ctx context.Context, n Received) {
	n.At = r.now()
	r.log.InfoContext(ctx, "submission", "submission", n.SubmissionID, "destination", n.DestinationID, "state", n.State, "problems", len(n.Problems))
	if r.config.Decided != nil {
		r.config.Decided(n)
	}
}
