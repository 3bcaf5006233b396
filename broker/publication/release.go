package publication

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/record"
)

// Subject is that of proposals of routes.
const Subject = "routes"

// proposedSet is a change set as it is proposed. Base says what was seen of the routes that it changes: a digest of the content, or "" for none.
type proposedSet struct {
	Comment string            `json:"comment,omitempty"`
	Put     []proposedRoute   `json:"put,omitempty"`
	Delete  []string          `json:"delete,omitempty"`
	Base    map[string]string `json:"base"`
}

type proposedRoute struct {
	record.Route
	Offline *bool `json:"offline,omitempty"` // hides that of Route, which knows no "as it is"
}

func (p *Publisher) propose(w *world, who broker.Caller, set ChangeSet, plan Plan) (account.Proposal, error) {
	value := writtenSet(set)
	value.Base = map[string]string{}
	own := w.byKey()
	for _, c := range plan.Changes {
		var err error
		if value.Base[c.Key()], err = contentOf(own[c.Key()]); err != nil {
			return account.Proposal{}, err
		}
	}
	return account.Propose(w.tx, p.cfg.Now(), who, account.Wish{Org: w.org, Subject: Subject, Value: value, Lasts: p.cfg.Rule.Lasts})
}

// writtenSet is a change set as it is written down, without what was seen.
func writtenSet(set ChangeSet) proposedSet {
	value := proposedSet{Comment: set.Comment, Delete: set.Delete}
	for _, d := range set.Put {
		r := d.route("", nil)
		r.ID = ""
		value.Put = append(value.Put, proposedRoute{record.NewRoute(r), d.Offline})
	}
	return value
}

func (s proposedSet) set() ChangeSet {
	return ChangeSet{Comment: s.Comment, Delete: s.Delete, Put: convert(s.Put, func(r proposedRoute) Draft {
		d := DraftOf(r.Route.Domain())
		d.Key, d.Offline = r.Key, r.Offline
		return d
	})}
}

// proposed reads what was proposed.
func proposed(tx broker.Tx, who broker.Caller, id account.ProposalID) (account.Proposal, proposedSet, error) {
	var value proposedSet
	proposal, err := account.ProposalOf(tx, who, id)
	if err != nil {
		return proposal, value, err
	}
	if proposal.Subject != Subject {
		return proposal, value, broker.Conflict.New("conflict", "this proposal is not about routes but about %s: it is released there", proposal.Subject)
	}
	err = json.Unmarshal(proposal.Value, &value)
	return proposal, value, err
}

// Proposed returns a proposal of routes with what it would do now; an outdated one has changes of what it did not see. It takes the right to read.
func (p *Publisher) Proposed(ctx context.Context, who broker.Caller, id account.ProposalID) (proposal account.Proposal, set ChangeSet, plan Plan, err error) {
	err = p.cfg.Store.View(ctx, func(tx broker.Tx) error {
		var value proposedSet
		if proposal, value, err = proposed(tx, who, id); err != nil {
			return err
		}
		set = value.set()
		w, err := p.read(tx, proposal.Org)
		if err != nil {
			return err
		}
		plan, err = p.plan(w, set)
		return err
	})
	return proposal, set, plan, err
}

// Release publishes what was proposed. It refuses what account.Release refuses, Conflict for an outdated proposal, which is closed then, and Unprocessable
// for one that the rules forbid by now; that one stays open, since what is missing may come.
func (p *Publisher) Release(ctx context.Context, who broker.Caller, id account.ProposalID, digest string, also ...Also) (Outcome, error) {
	var proposal account.Proposal
	var value proposedSet
	if err := p.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		proposal, value, err = proposed(tx, who, id)
		return err
	}); err != nil {
		return Outcome{}, err
	}
	if err := who.Entitled(proposal.Org, broker.RightRelease); err != nil {
		return Outcome{}, err
	}
	if err := proposal.Waits(p.cfg.Now()); err != nil { // or else it would be outdated by itself
		return Outcome{}, err
	}
	out, err := p.carryOut(ctx, work{
		org: proposal.Org, sign: true, also: also,
		plan: func(w *world) (Plan, error) { return p.planProposed(w, value) },
		finish: func(w *world, plan Plan) (Outcome, error) {
			released, err := account.Release(w.tx, p.cfg.Now(), who, id, digest)
			if err != nil {
				return Outcome{}, err
			}
			revision, err := p.commit(w, who, plan, remark{by: released.By, released: who.Name(), proposal: id, comment: value.Comment})
			return Outcome{Plan: plan, Revision: &revision, Proposal: &released}, err
		},
	})
	var old *outdated
	if errors.As(err, &old) && proposal.State == account.Open {
		return out, errors.Join(err, p.outdate(ctx, who, id, old))
	}
	return out, err
}

// outdated says which routes a proposal did not see as they are.
type outdated struct{ what string }

func (o *outdated) Error() string { return o.what }

func (p *Publisher) outdate(ctx context.Context, who broker.Caller, id account.ProposalID, why *outdated) error {
	return p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		_, err := account.Outdate(tx, p.cfg.Now(), who, id, why.what)
		return err
	})
}

// planProposed plans a proposal, unless routes that it changes are not what they were.
func (p *Publisher) planProposed(w *world, value proposedSet) (Plan, error) {
	own := w.byKey()
	var changed []string
	for key, seen := range value.Base {
		now, err := contentOf(own[key])
		if err != nil {
			return Plan{}, err
		}
		if now != seen {
			changed = append(changed, key)
		}
	}
	if len(changed) > 0 {
		what, err := w.whatChanged(changed)
		if err != nil {
			return Plan{}, err
		}
		old := &outdated{what}
		return Plan{}, broker.Conflict.Wrap(old, "proposal-outdated", "%s: propose anew, on what is published now", what)
	}
	return p.plan(w, value.set())
}

// whatChanged says who changed routes last.
func (w *world) whatChanged(keys []string) (string, error) {
	keys = sorted(keys)
	text := enumerate("route", keys) + " changed after the proposal was made"
	_, last, err := w.tx.EntriesOf(revisionEntries, string(w.org), broker.Page{Limit: 1})
	for n := last; n > 0 && err == nil; n-- {
		var r Revision
		if r, err = revisionOf(w.tx, w.org, n); err != nil {
			break
		}
		var touched bool
		if touched, err = w.touches(n, keys[0]); touched {
			return fmt.Sprintf("%s, %s last by %s in revision %d", text, keys[0], r.By, n), nil
		}
	}
	return text, err
}

func (w *world) touches(revision int, key string) (bool, error) {
	changes, err := whole[changeRecord](func(p broker.Page) ([]broker.Entry, int, error) {
		return w.tx.EntriesOf(changeEntries, revisionID(w.org, revision), p)
	})
	for _, c := range changes {
		if strings.EqualFold(c.domain().Key(), key) {
			return true, err
		}
	}
	return false, err
}
