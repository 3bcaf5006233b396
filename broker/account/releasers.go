package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Decision says what the caller may do about a proposal, and who else may release it. Each error is what the deed would be refused with; nil: it is allowed.
type Decision struct {
	Release, Refuse, Withdraw error
	Releasers                 []Member // at most MaxReleasers, in the order of joining
}

// MaxReleasers is how many are named who may release a proposal.
const MaxReleasers = 20

// Decide tells what the caller may do about a proposal that it may see.
func (a *Accounts) Decide(ctx context.Context, who broker.Caller, id ProposalID) (d Decision, err error) {
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		p, err := ProposalOf(tx, who, id)
		if err != nil {
			return err
		}
		d = Decision{Release: p.mustBeOpen(), Refuse: p.endable(who, broker.RightRelease), Withdraw: p.endable(who, broker.RightDraft)}
		if d.Release == nil {
			d.Release = p.releasable(who, a.cfg.Now())
		}
		d.Releasers, err = a.releasers(tx, p)
		return err
	})
	return d, err
}

// releasers lists those of the organisation who may release a proposal. Operators of the platform, who may too, are not named.
func (a *Accounts) releasers(tx broker.Tx, p Proposal) (all []Member, err error) {
	list := func(page broker.Page) ([]broker.Entry, int, error) {
		return tx.EntriesOf(memberEntries, string(p.Org), page)
	}
	for e, err := range broker.EachEntry(list) {
		if err != nil {
			return nil, err
		}
		r, err := broker.DecodeEntry[memberRecord](e)
		if err != nil {
			return nil, err
		}
		if p.releasable(broker.PersonCaller(r.Person, r.Org, r.Role), a.cfg.Now()) != nil {
			continue
		}
		m, err := r.load(tx)
		if err != nil {
			return nil, err
		}
		if !m.Disabled {
			all = append(all, m)
		}
		if len(all) == MaxReleasers {
			break
		}
	}
	return all, nil
}
