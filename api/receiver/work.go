package receiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// work takes a submission as far as it can, from wherever it stands by the files and the event log.
func (r *Receiver) work(ctx context.Context, ref client.Ref, callback bool) (condition, error) {
	next, err := r.advance(ctx, Received{Ref: ref, Callback: callback})
	if err != nil {
		return next, fmt.Errorf("submission %s: %w", ref.SubmissionID, err)
	}
	return next, nil
}

func (r *Receiver) advance(ctx context.Context, n Received) (condition, error) {
	kept, found, err := r.records.get(n.SubmissionID)
	switch {
	case err != nil:
		return waiting, err
	case found && kept.decided():
		n.Ref = kept.Ref
		return r.tell(ctx, n, kept, nil)
	}
	if err := r.obtain(ctx, &n); err != nil {
		return r.unobtained(ctx, n, err)
	}
	defer n.Submission.Close()
	return r.decide(ctx, n)
}

// unobtained deals with what there is no submission of.
func (r *Receiver) unobtained(ctx context.Context, n Received, err error) (condition, error) {
	var unsound *client.RejectError
	switch {
	case errors.Is(err, errGone), errors.Is(err, client.ErrNotFound):
		return r.gone(ctx, n)
	case errors.As(err, &unsound):
		n.Ref = unsound.Ref
		return r.settle(ctx, n, record{Outcome: client.Rejected, Problems: firstProblems(unsound.Problems)}, nil)
	}
	return waiting, err
}

// errGone means: the submission is not open any more.
var errGone = errors.New("decided already")

// obtain gets the submission from where it was saved, or else from the broker, and saves it.
func (r *Receiver) obtain(ctx context.Context, n *Received) error {
	if _, err := os.Lstat(r.folderOf(n.SubmissionID)); !errors.Is(err, fs.ErrNotExist) {
		return r.reload(ctx, n)
	}
	return r.fetch(ctx, n)
}

func (r *Receiver) fetch(ctx context.Context, n *Received) error {
	fetched, err := r.subscriber.Fetch(ctx, n.SubmissionID)
	if err != nil {
		return err
	}
	n.Ref, n.Submission, n.State = fetched.Ref, fetched, fetched.Log.State(fetched.SubmissionID)
	// The record comes first: if nobody ever decides, there is something that reminds of the plaintext.
	err = r.records.put(record{Ref: n.Ref, Outcome: client.Submitted, Tags: fetched.Tags, At: r.now()})
	if err == nil {
		n.Folder, err = archive.Save(r.config.Folder, fetched, r.signing[n.DestinationID], r.now())
	}
	if err != nil {
		return errors.Join(err, fetched.Close())
	}
	return nil
}

// reload takes what was saved before, if the submission is still open. What does not hold any more is fetched again.
func (r *Receiver) reload(ctx context.Context, n *Received) error {
	log, err := r.events(ctx, n.Ref)
	if err != nil {
		return err
	}
	if n.State = stateOf(log, n.SubmissionID); isFinal(n.State) {
		return errGone
	}
	saved, _, err := archive.Load(r.folderOf(n.SubmissionID), r.trustFor(n.DestinationID))
	if broken := archive.Parts(err); len(broken) > 0 {
		r.log.ErrorContext(ctx, "saved submission does not hold and is fetched again", "submission", n.SubmissionID, "error", err)
		if err := r.discard(n.SubmissionID); err != nil {
			return err
		}
		return r.fetch(ctx, n)
	}
	if err != nil {
		return err
	}
	saved.Log = log
	n.Ref, n.Submission, n.Folder = saved.Ref, saved, r.folderOf(n.SubmissionID)
	return nil
}

// trustFor is how this receiver checks what it saved itself: by the key that it holds, which needs no certificate here. After a
// roll-over of the signing key older submissions do not hold, and are fetched again.
func (r *Receiver) trustFor(id client.DestinationID) archive.Trust {
	form := keys.Test()
	form.Rules = slices.DeleteFunc(form.Rules, func(rule keys.Rule) bool { return rule.Name == "x5c" })
	return archive.Trust{Policy: form, Signing: []keys.Public{r.signing[id].Public}, Now: r.now()}
}

func isFinal(s client.State) bool {
	return s == client.Accepted || s == client.Rejected || s == client.Deleted
}

// decide asks, and goes on with the answer.
func (r *Receiver) decide(ctx context.Context, n Received) (condition, error) {
	n.Forwarded, n.At = n.State == client.Forwarded, r.now()
	d := r.config.Handle(ctx, n)
	switch {
	case d.later != nil:
		return waiting, d.later
	case d.outcome == "":
		r.report(ctx, n)
		return left, nil
	case d.outcome == client.Forwarded && n.Forwarded: // told before
		return waiting, nil
	}
	return r.settle(ctx, n, record{Outcome: d.outcome, Problems: d.problems, Tags: n.Submission.Tags}, n.Submission.Log)
}

// settle writes a decision down and tells it.
func (r *Receiver) settle(ctx context.Context, n Received, decided record, log client.Log) (condition, error) {
	decided.Ref, decided.At = n.Ref, r.now()
	if err := r.records.put(decided); err != nil {
		return waiting, err
	}
	return r.tell(ctx, n, decided, log)
}

// tell makes sure that the decision is in the event log, and cleans up. log may be nil if it is not known.
func (r *Receiver) tell(ctx context.Context, n Received, decided record, log client.Log) (condition, error) {
	log, err := r.post(ctx, decided, log)
	if err != nil {
		return waiting, err
	}
	n.State, n.Problems = stateOf(log, n.SubmissionID), decided.Problems
	if n.State != decided.Outcome {
		r.log.ErrorContext(ctx, "decision came too late", "submission", n.SubmissionID, "decision", decided.Outcome, "state", n.State)
		n.Problems = nil
	}
	if n.State == client.Forwarded {
		return r.forwarded(ctx, n, decided)
	}
	return settled, r.close(ctx, n, isAccepted(log, n.SubmissionID) || log == nil && decided.Outcome == client.Accepted)
}

// post posts the decision unless the log has it, or another one, and returns the log that has it; nil if the case is no more.
func (r *Receiver) post(ctx context.Context, decided record, log client.Log) (client.Log, error) {
	var err error
	if log == nil {
		log, err = r.events(ctx, decided.Ref)
	}
	if err != nil || holds(log, decided) {
		return log, err
	}
	switch decided.Outcome {
	case client.Accepted:
		err = r.subscriber.Accept(ctx, &client.Fetched{Ref: decided.Ref, Tags: decided.Tags, Log: log})
	case client.Rejected:
		err = r.subscriber.Reject(ctx, decided.Ref, decided.Problems...)
	case client.Forwarded:
		err = r.subscriber.Forward(ctx, decided.Ref)
	}
	log, unread := r.events(ctx, decided.Ref) // also if posting failed: the answer may have been lost
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

// events reads the event log; nil without an error if the service has none any more.
func (r *Receiver) events(ctx context.Context, ref client.Ref) (client.Log, error) {
	log, err := r.subscriber.Events(ctx, ref)
	if errors.Is(err, client.ErrNotFound) {
		return nil, nil
	}
	return log, err
}

// holds reports whether there is nothing more to tell.
func holds(log client.Log, decided record) bool {
	state := stateOf(log, decided.SubmissionID)
	return isFinal(state) || state == decided.Outcome
}

// stateOf is Deleted for a case of which there is no log any more.
func stateOf(log client.Log, id client.SubmissionID) client.State {
	if log == nil {
		return client.Deleted
	}
	return log.State(id)
}

func isAccepted(log client.Log, id client.SubmissionID) bool {
	for _, e := range log.Of(id) {
		if e.Type == set.AcceptSubmission {
			return true
		}
	}
	return false
}

// forwarded leaves the submission undecided again.
func (r *Receiver) forwarded(ctx context.Context, n Received, decided record) (condition, error) {
	decided.Outcome, decided.At = client.Submitted, r.now()
	if err := r.records.put(decided); err != nil {
		return waiting, err
	}
	r.report(ctx, n)
	return waiting, nil
}

// gone deals with a submission that the broker does not give away: decided by somebody else, or by the service for him, or never
// there at all.
func (r *Receiver) gone(ctx context.Context, n Received) (condition, error) {
	_, noted, err := r.records.get(n.SubmissionID)
	if err != nil || !noted {
		return settled, err
	}
	log, err := r.events(ctx, n.Ref)
	if err != nil {
		return waiting, err
	}
	if n.State = stateOf(log, n.SubmissionID); !isFinal(n.State) {
		return waiting, fmt.Errorf("it is %s, and the service does not give it away", n.State)
	}
	return settled, r.close(ctx, n, isAccepted(log, n.SubmissionID))
}

// close ends the work on a submission. Its plaintext stays if it was accepted.
func (r *Receiver) close(ctx context.Context, n Received, accepted bool) error {
	if !accepted {
		n.Folder = ""
		if err := r.discard(n.SubmissionID); err != nil {
			return err
		}
	} else if n.Folder == "" {
		n.Folder = r.folderOf(n.SubmissionID)
	}
	if err := r.records.drop(n.SubmissionID); err != nil {
		return err
	}
	r.report(ctx, n)
	return nil
}

// report says what became of a submission.
func (r *Receiver) report(ctx context.Context, n Received) {
	n.At = r.now()
	r.log.InfoContext(ctx, "submission", "submission", n.SubmissionID, "destination", n.DestinationID, "state", n.State, "problems", len(n.Problems))
	if r.config.Decided != nil {
		r.config.Decided(n)
	}
}
