package account

import (
	"encoding/json"

	"github.com/vierkant/vierkant/broker"
)

// OpenProposal finds what is open and proposes the same: the same value about the same subject. Who asks for a thing again need not propose it again.
func OpenProposal(tx broker.Tx, what Wish) (Proposal, bool, error) {
	raw, err := json.Marshal(what.Value)
	if err != nil {
		return Proposal{}, false, err
	}
	digest := broker.Digest(raw)
	open := func(p broker.Page) ([]broker.Entry, int, error) {
		return tx.EntriesOf(openProposals, string(what.Org), p)
	}
	for e, err := range broker.EachEntry(open) {
		if err != nil {
			return Proposal{}, false, err
		}
		r, err := broker.ReadEntry[proposalRecord](tx, proposalEntries, e.ID)
		if err != nil {
			return Proposal{}, false, err
		}
		if r.Subject == what.Subject && r.Digest == digest {
			return Proposal(r), true, nil
		}
	}
	return Proposal{}, false, nil
}
