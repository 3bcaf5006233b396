package receiver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/vierkant/vierkant/api/client"
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
	kept, noted, err := r.records.get(n.SubmissionID)
	switch {
	case err != nil:
		return waiting, err
	case !noted:
		return r.begin(ctx, n)
	case kept.DestinationID != n.DestinationID:
		return settled, errForeign
	}
	n.Ref = kept.Ref // the broker may have named another case
	return r.resume(ctx, n, kept)
}

// begin works on what is new.
func (r *Receiver) begin(ctx context.Context, n Received) (condition, error) {
	if err := r.fetch(ctx, &n); err != nil {
		return r.unobtained(ctx, n, record{}, err)
	}
	defer n.Submission.Close()
	// The record comes first: if nobody ever decides, there is something that reminds of the plaintext.
	err := r.records.put(record{Ref: n.Ref, Outcome: client.Submitted})
	if err == nil {
		err = r.save(&n)
	}
	if err != nil {
		return waiting, err
	}
	return r.decide(ctx, n)
}

// resume goes on where this process or one before it stopped. What is not known from the event log is not over: neither an answer
// that there is no log, nor that there is no submission, ends anything.
func (r *Receiver) resume(ctx context.Context, n Received, kept record) (condition, error) {
	evidence, log, err := r.client.Evidence(ctx, n.Ref)
	if err != nil {
		return waiting, err
	}
	n.State = log.State(n.SubmissionID)
	switch {
	case isFinal(n.State):
		return r.end(ctx, n, kept, log)
	case kept.Outcome == client.Rejected, kept.Outcome == client.Forwarded:
		return r.tell(ctx, n, kept, log)
	}
	if err := r.obtain(ctx, &n, evidence, log); err != nil {
		return r.unobtained(ctx, n, kept, err)
	}
	defer n.Submission.Close()
	if kept.Outcome == client.Accepted { // and it is there, whole
		return r.tell(ctx, n, kept, log)
	}
	return r.decide(ctx, n)
}

// decide asks, and goes on with the answer.
func (r *Receiver) decide(ctx context.Context, n Received) (condition, error) {
	n.Forwarded, n.At = n.State == client.Forwarded, r.now()
	d := r.ask(ctx, n)
	switch {
	case d.later != nil:
		return waiting, d.later
	case d.outcome == "":
		r.report(ctx, n)
		return left, nil
	case d.outcome == client.Forwarded && n.Forwarded: // told before
		return waiting, nil
	}
	return r.settle(ctx, n, record{Outcome: d.outcome, Problems: d.problems}, n.Submission.Log)
}

// ask calls Handle. One that panics has not decided.
func (r *Receiver) ask(ctx context.Context, n Received) (d Decision) {
	defer func() {
		if cause := recover(); cause != nil {
			r.log.ErrorContext(ctx, "Handle panicked", "submission", n.SubmissionID, "panic", cause, "stack", string(debug.Stack()))
			d = Later(errors.New("a panic instead of a decision"))
		}
	}()
	return r.config.Handle(ctx, n)
}
