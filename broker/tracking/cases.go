package tracking

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Case is a case as one of its sides sees it.
type Case struct {
	ID          broker.CaseID
	Opened      Entry   // with what, as far as the side sees: the first of Entries
	Entries     []Entry // its submissions and replies, in the order they were announced; at most broker.MaxPage of each kind
	Events      int
	Created     time.Time // on the wall clock, as Changed
	Changed     time.Time // when the latest event was
	Destination broker.DestinationID
}

// Last is what came last.
func (c Case) Last() Entry {
	if len(c.Entries) == 0 {
		return Entry{}
	}
	return c.Entries[len(c.Entries)-1]
}

// Cases lists the cases in which a query finds the submission that opened them, the latest opened first. A state is that of this submission. To a
// side that does not see it, because it was never submitted, the first that it sees opened the case.
func (t *Tracking) Cases(ctx context.Context, who broker.Caller, q Query) (Page[Case], error) {
	return list(ctx, t, who, q, func(r *reader, s broker.Submission) ([]Case, error) {
		is := sides{sent: q.Side == Sent, received: q.Side == Received}
		if first, err := isFirst(r.tx, s, is); err != nil || !first {
			return nil, err
		}
		c, err := r.tx.Case(s.Case)
		if err != nil {
			return nil, err
		}
		view, err := r.view(c, is)
		return []Case{view}, err
	})
}

// isFirst reports whether a submission is the first in its case that a side sees. The others of the case are read only where that does not
// follow from the one that opened it.
func isFirst(tx broker.Tx, s broker.Submission, is sides) (bool, error) {
	if s.Opens {
		return true, nil
	}
	opened, _, err := tx.CaseSubmissions(s.Case, broker.KindSubmission, broker.Page{Limit: 1})
	if err != nil || len(opened) > 0 && is.sees(opened[0]) {
		return false, err
	}
	all, err := inside(tx, s.Case, is)
	return len(all) > 0 && all[0].ID == s.ID, err
}

// Case returns a case with all that was sent in it.
func (t *Tracking) Case(ctx context.Context, who broker.Caller, id broker.CaseID) (view Case, err error) {
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		c, is, err := ownCase(tx, who, id)
		if err == nil {
			view, err = newReader(tx, who.Org).view(c, is)
		}
		return err
	})
	return view, err
}

// view reads a case with what a side sees of what is in it.
func (r *reader) view(c broker.Case, is sides) (Case, error) {
	view := Case{ID: c.ID, Destination: c.Destination, Events: c.Events, Created: c.Created, Changed: c.Changed}
	all, err := inside(r.tx, c.ID, is)
	for _, s := range all {
		e, err := r.entry(s)
		if err != nil {
			return view, err
		}
		view.Entries = append(view.Entries, e)
	}
	if len(view.Entries) > 0 {
		view.Opened = view.Entries[0]
	}
	return view, err
}

// inside are the submissions and replies of a case that a side sees.
func inside(tx broker.Tx, id broker.CaseID, is sides) (all []broker.Submission, err error) {
	for _, kind := range []broker.SubmissionKind{broker.KindSubmission, broker.KindReply} {
		some, _, err := tx.CaseSubmissions(id, kind, broker.Page{Limit: broker.MaxPage})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	all = slices.DeleteFunc(all, func(s broker.Submission) bool { return !is.sees(s) })
	slices.SortStableFunc(all, func(a, b broker.Submission) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// ownCase returns a case that the caller's organisation is a party of, and on which sides it is. To who only receives there is one from when
// something was submitted in it.
func ownCase(tx broker.Tx, who broker.Caller, id broker.CaseID) (c broker.Case, is sides, err error) {
	if err := who.Entitled(who.Org, broker.RightRead); err != nil {
		return c, is, err
	}
	if c, err = tx.Case(id); err != nil {
		return c, is, noCase(err, id)
	}
	d, err := tx.Destination(c.Destination)
	if err != nil {
		return c, is, err
	}
	is = sidesOf(who.Org, c.Org, d.Org)
	if is.sent {
		return c, is, nil
	}
	if is.received {
		all, err := inside(tx, id, is)
		if err != nil || len(all) > 0 {
			return c, is, err
		}
	}
	return broker.Case{}, sides{}, noCase(broker.ErrNoRow, id)
}

func noCase(err error, id broker.CaseID) error {
	return broker.OrNotFound(err, "case-not-found", "there is no case %s, or you are no party of it", id)
}
