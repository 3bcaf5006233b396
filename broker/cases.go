package broker

import (
	"context"
	"slices"
)

// CaseView is a case as its parties see it.
type CaseView struct {
	Case
	Last Event // of its log; the token may not be made yet

	// Of one case alone, not in lists: the first of each, and how many there are.
	Submissions, Replies           []Submission
	TotalSubmissions, TotalReplies int
}

// List returns the caller's cases: those that it opened as a sender, or those of its destinations, or of one of them, destination by
// destination; the oldest first.
func (s *Cases) List(ctx context.Context, who Caller, at DestinationID, p Page) (all []CaseView, total int, err error) {
	if err := who.Require(fromAnyone...); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		cases, n, err := s.list(tx, who, at, p)
		if err != nil {
			return err
		}
		total, all = n, make([]CaseView, len(cases))
		for i, c := range cases {
			if all[i], err = view(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}

func (s *Cases) list(tx Tx, who Caller, at DestinationID, p Page) ([]Case, int, error) {
	if !who.Has(ScopeSubscribe) {
		if err := onlyForSubscribers(at); err != nil {
			return nil, 0, err
		}
		return tx.SenderCases(who.Client, p)
	}
	if at != "" {
		d, err := tx.Destination(at)
		if err != nil {
			return nil, 0, noDestination(err, at)
		}
		if err := d.requireAssigned(who); err != nil {
			return nil, 0, err
		}
		return tx.DestinationCases([]DestinationID{at}, p)
	}
	assigned, err := tx.AssignedDestinations(who.Client)
	if err != nil {
		return nil, 0, err
	}
	assigned = slices.DeleteFunc(assigned, func(d Destination) bool { return who.uses(d.ID, ScopeSubscribe) != nil })
	ids := make([]DestinationID, len(assigned))
	for i, d := range assigned {
		ids[i] = d.ID
	}
	return tx.DestinationCases(ids, p)
}

// onlyForSubscribers refuses to narrow a list of a sender, which has no destinations.
func onlyForSubscribers(at DestinationID) error {
	if at == "" {
		return nil
	}
	return badRequest("destinationId narrows the lists of subscribers; leave it out to get all that is yours")
}

func view(tx Tx, c Case) (v CaseView, err error) {
	v.Case = c
	v.Last, err = tx.Event(EventRef{c.ID, c.Events})
	return v, err
}

// Get returns a case with its submissions and replies to its sender and to the subscribers of its destination.
func (s *Cases) Get(ctx context.Context, who Caller, id CaseID) (v CaseView, err error) {
	if err := who.Require(fromAnyone...); err != nil {
		return v, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		c, err := s.readable(tx, who, id)
		if err != nil {
			return err
		}
		if v, err = view(tx, c); err != nil {
			return err
		}
		first := Page{Limit: MaxPage}
		if v.Submissions, v.TotalSubmissions, err = tx.CaseSubmissions(id, KindSubmission, first); err != nil {
			return err
		}
		if v.Replies, v.TotalReplies, err = tx.CaseSubmissions(id, KindReply, first); err != nil {
			return err
		}
		v.showTo(c.Sender == who.Client)
		return nil
	})
	return v, err
}

// showTo takes out what is nobody's business but the other side's: what it has begun and not sent, and where it is called.
func (v *CaseView) showTo(sender bool) {
	visible := func(all []Submission, total *int) []Submission {
		shown := slices.DeleteFunc(all, func(s Submission) bool { return s.FromSender() != sender && s.Submitted.IsZero() })
		*total -= len(all) - len(shown)
		return shown
	}
	v.Submissions = visible(v.Submissions, &v.TotalSubmissions)
	v.Replies = visible(v.Replies, &v.TotalReplies)
	for i := range v.Submissions {
		if !sender {
			v.Submissions[i].Callback = nil
		}
	}
}
