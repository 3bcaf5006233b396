package account

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// ProposalsLast is how long a proposal waits for its second person if nobody says otherwise. What nobody wanted to decide for so long is proposed anew, by
// somebody who means it still.
const ProposalsLast = 30 * 24 * time.Hour

// expired reports whether a proposal waited too long. Ones that were made before there was an end of waiting have that of ProposalsLast.
func (p Proposal) expired(now time.Time) bool { return p.State == Open && !now.Before(p.Ends()) }

// Ends is when a proposal stops waiting.
func (p Proposal) Ends() time.Time {
	if p.Expires.IsZero() {
		return p.Made.Add(ProposalsLast)
	}
	return p.Expires
}

// Waits refuses a proposal that was decided about, or waited too long.
func (p Proposal) Waits(now time.Time) error {
	if !p.expired(now) && p.State != Expired {
		return p.mustBeOpen()
	}
	return broker.Conflict.New("proposal-expired", "the proposal of %s waited for a second person until %s and can not be released any more: look at what is there now, and propose it anew",
		p.Made.UTC().Format(time.RFC3339), p.Ends().UTC().Format(time.RFC3339))
}

// ExpireProposals closes those that waited too long, of all organisations. Nobody decided about them, and the audit log says so.
func (a *Accounts) ExpireProposals(ctx context.Context) error {
	now := a.cfg.Now()
	var late []ProposalID
	err := a.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		late, err = expired(tx, now)
		return err
	})
	for _, id := range late {
		err = errors.Join(err, a.cfg.Store.Update(ctx, func(tx broker.Tx) error { return expire(tx, now, id) }))
	}
	return err
}

func expired(tx broker.Tx, now time.Time) (late []ProposalID, err error) {
	for e, err := range broker.EachEntry(func(p broker.Page) ([]broker.Entry, int, error) { return tx.Entries(openProposals, p) }) {
		if err != nil {
			return nil, err
		}
		r, err := broker.ReadEntry[proposalRecord](tx, proposalEntries, e.ID)
		if err != nil {
			return nil, err
		}
		if Proposal(r).expired(now) {
			late = append(late, r.ID)
		}
	}
	return late, nil
}

// expire closes one, unless somebody decided about it meanwhile.
func expire(tx broker.Tx, now time.Time, id ProposalID) error {
	r, err := broker.ReadEntry[proposalRecord](tx, proposalEntries, string(id))
	if err != nil || !Proposal(r).expired(now) {
		return err
	}
	_, err = Proposal(r).close(tx, now, broker.Caller{}, Expired, "nobody released or refused it in time")
	return err
}
