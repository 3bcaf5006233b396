package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// ReleaseFunc releases a proposal and does what it proposes, or neither.
type ReleaseFunc func(ctx context.Context, who broker.Caller, id ProposalID, digest string) (Proposal, error)

// Releases does what proposals propose, by their subjects.
type Releases map[string]ReleaseFunc

// Do releases a proposal; of a subject that nobody here does, Unprocessable.
func (r Releases) Do(ctx context.Context, who broker.Caller, p Proposal, digest string) (Proposal, error) {
	release, known := r[p.Subject]
	if !known {
		return Proposal{}, broker.Unprocessable.New("", "proposals about %q cannot be released here", p.Subject)
	}
	return release(ctx, who, p.ID, digest)
}
