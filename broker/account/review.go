package account

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Proposals lists those of an organisation, oldest first: all there ever were, or those that are open.
func (a *Accounts) Proposals(ctx context.Context, who broker.Caller, org broker.OrgID, open bool, p broker.Page) (all []Proposal, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if open {
			all, total, err = openOnes(tx, org, p)
			return err
		}
		all, total, err = broker.EntriesAs(func(r proposalRecord) Proposal { return Proposal(r) })(tx.EntriesOf(proposalEntries, string(org), p))
		return err
	})
	return all, total, err
}

func openOnes(tx broker.Tx, org broker.OrgID, p broker.Page) ([]Proposal, int, error) {
	entries, total, err := tx.EntriesOf(openProposals, string(org), p)
	all := make([]Proposal, len(entries))
	for i, e := range entries {
		r, err := broker.ReadEntry[proposalRecord](tx, proposalEntries, e.ID)
		if err != nil {
			return nil, 0, err
		}
		all[i] = Proposal(r)
	}
	return all, total, err
}

// Proposal returns one.
func (a *Accounts) Proposal(ctx context.Context, who broker.Caller, id ProposalID) (p Proposal, err error) {
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		p, err = ProposalOf(tx, who, id)
		return err
	})
	return p, err
}

// Withdraw is the function of that name in a transaction of its own.
func (a *Accounts) Withdraw(ctx context.Context, who broker.Caller, id ProposalID, note string) (Proposal, error) {
	return a.end(ctx, who, id, note, Withdraw)
}

// Refuse is the function of that name in a transaction of its own.
func (a *Accounts) Refuse(ctx context.Context, who broker.Caller, id ProposalID, note string) (Proposal, error) {
	return a.end(ctx, who, id, note, Refuse)
}

type ending func(broker.Tx, time.Time, broker.Caller, ProposalID, string) (Proposal, error)

func (a *Accounts) end(ctx context.Context, who broker.Caller, id ProposalID, note string, how ending) (p Proposal, err error) {
	if len(note) > maxNote {
		return Proposal{}, broker.Invalid.New("bad-request", "a note has at most %d bytes", maxNote)
	}
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		p, err = how(tx, a.cfg.Now(), who, id, note)
		return err
	})
	return p, err
}

const maxNote = 1024
