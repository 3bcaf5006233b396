package cms

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/api/client"
)

// poll notes what waits at each destination, and what was decided here while the broker does not know it yet: that may not wait
// there any more.
func (s *CMS) poll(ctx context.Context) {
	for id := range s.config.Destinations {
		if err := s.pollOne(ctx, id); err != nil {
			s.log.WarnContext(ctx, "polling failed", "destination", id, "error", err)
		}
	}
	for _, p := range s.known {
		if p.decision != nil {
			s.note(p.received.Callback, p.received.Ref)
		}
	}
}

func (s *CMS) pollOne(ctx context.Context, id client.DestinationID) error {
	for offset := 0; ; {
		refs, total, err := s.subscriber.List(ctx, id, client.Page{Offset: offset})
		if err != nil {
			return err
		}
		s.note(false, refs...)
		if offset += len(refs); len(refs) == 0 || offset >= total {
			return nil
		}
	}
}

// work goes on with everything that was noted.
func (s *CMS) work(ctx context.Context) {
	for _, n := range s.take() {
		if ctx.Err() != nil {
			return
		}
		p := s.known[n.ref.SubmissionID]
		if p == nil {
			p = &progress{received: Received{Ref: n.ref, Callback: n.callback}}
			s.known[n.ref.SubmissionID] = p
		}
		if p.done {
			continue
		}
		if err := s.advance(ctx, p); err != nil {
			s.log.WarnContext(ctx, "submission is left for later", "submission", n.ref.SubmissionID, "error", err)
		}
	}
}

// advance takes a submission as far as it can.
func (s *CMS) advance(ctx context.Context, p *progress) error {
	if p.decision == nil {
		gone, err := s.receive(ctx, p)
		if err != nil || gone {
			p.done = gone
			return err
		}
	}
	outcome, err := s.tell(ctx, p)
	if err != nil {
		return err
	}
	p.done = true
	p.received.Outcome, p.received.At = outcome, s.now()
	s.log.InfoContext(ctx, "submission decided", "submission", p.received.SubmissionID, "outcome", outcome, "problems", len(p.received.Problems))
	s.publish(p.received)
	p.decision = nil
	return nil
}

// receive fetches, checks, keeps and decides. It reports whether the submission is gone: decided by somebody else, or deleted.
func (s *CMS) receive(ctx context.Context, p *progress) (gone bool, err error) {
	fetched, err := s.subscriber.Fetch(ctx, p.received.SubmissionID)
	var unsound *client.RejectError
	switch {
	case errors.Is(err, client.ErrNotFound):
		return true, nil
	case errors.As(err, &unsound):
		p.received.Ref, p.received.Problems = unsound.Ref, unsound.Problems
		p.decision = &Decision{outcome: client.Rejected, problems: unsound.Problems}
		return false, nil
	case err != nil:
		return false, err
	}
	p.received.Ref, p.received.Submission, p.received.Outcome = fetched.Ref, fetched, client.Submitted
	if s.config.Folder != "" {
		if p.received.Folder, err = keep(s.config.Folder, fetched); err != nil {
			return false, err
		}
	}
	decision := Accept()
	if s.config.Decide != nil {
		decision = s.config.Decide(p.received)
	}
	p.decision, p.received.Problems = &decision, decision.problems
	return false, nil
}

// tell posts the decision. If it is refused as a conflict, or the answer is lost, the event log says what holds.
func (s *CMS) tell(ctx context.Context, p *progress) (client.State, error) {
	var err error
	switch p.decision.outcome {
	case client.Accepted:
		err = s.subscriber.Accept(ctx, p.received.Submission)
	case client.Rejected:
		err = s.subscriber.Reject(ctx, p.received.Ref, p.decision.problems...)
	case client.Forwarded:
		err = s.subscriber.Forward(ctx, p.received.Ref)
	default:
		return client.Submitted, nil
	}
	if err == nil {
		return p.decision.outcome, nil
	}
	log, unread := s.subscriber.Events(ctx, p.received.Ref)
	if unread != nil {
		return "", err
	}
	switch state := log.State(p.received.SubmissionID); state {
	case client.Accepted, client.Rejected, client.Deleted, p.decision.outcome:
		return state, nil
	}
	return "", err
}
