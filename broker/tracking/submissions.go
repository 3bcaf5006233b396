package tracking

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Page is a part of a list, the latest first.
type Page[T any] struct {
	Items []T
	Next  broker.Mark // where to go on; zero: there are no more. There may be a next page when this one is not full
}

// Submissions lists submissions and replies that the caller's organisation sent or received.
func (t *Tracking) Submissions(ctx context.Context, who broker.Caller, q Query) (Page[Entry], error) {
	return list(ctx, t, who, q, func(r *reader, s broker.Submission) ([]Entry, error) {
		e, err := r.entry(s)
		return []Entry{e}, err
	})
}

// list makes of each submission that a query finds what stands in the list, which may be nothing.
func list[T any](ctx context.Context, t *Tracking, who broker.Caller, q Query, item func(*reader, broker.Submission) ([]T, error)) (page Page[T], err error) {
	if err := who.Entitled(who.Org, broker.RightRead); err != nil {
		return page, err
	}
	if err := q.check(); err != nil {
		return page, err
	}
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		page = Page[T]{}
		l, err := q.ledger(tx, who.Org)
		if err != nil {
			return err
		}
		r := newReader(tx, who.Org)
		page.Next, err = q.walk(tx, l, func(s broker.Submission) (int, error) {
			one, err := item(r, s)
			page.Items = append(page.Items, one...)
			return len(page.Items), err
		})
		return err
	})
	return page, err
}

// Submission returns one submission or reply.
func (t *Tracking) Submission(ctx context.Context, who broker.Caller, id broker.SubmissionID) (e Entry, err error) {
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		s, err := own(tx, who, id)
		if err != nil {
			return err
		}
		e, err = newReader(tx, who.Org).entry(s)
		return err
	})
	return e, err
}

// own returns a submission that the caller's organisation is a party of.
func own(tx broker.Tx, who broker.Caller, id broker.SubmissionID) (broker.Submission, error) {
	if err := who.Entitled(who.Org, broker.RightRead); err != nil {
		return broker.Submission{}, err
	}
	s, err := tx.Submission(id)
	if err == nil && !sidesOf(who.Org, s.Org, s.Office).sees(s) {
		err = broker.ErrNoRow
	}
	return s, broker.OrNotFound(err, "submission-not-found", "there is no submission or reply %s, or you are no party of it", id)
}
