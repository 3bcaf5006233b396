package publication

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// Rollback restores the routes of an organisation as they were after a revision; 0 is before the first one. It happens at once, also where publishing takes two
// persons, since all that it restores was released before; it takes the right to release, or where one person publishes that to draft. The rules of now hold: what they
// forbid is refused as in Publish.
func (p *Publisher) Rollback(ctx context.Context, who broker.Caller, org broker.OrgID, to int, comment string) (Outcome, error) {
	if err := p.mayAtOnce(who, org); err != nil {
		return Outcome{}, err
	}
	if err := CheckComment(comment); err != nil {
		return Outcome{}, err
	}
	return p.carryOut(ctx, work{
		org: org, sign: true,
		plan: func(w *world) (Plan, error) { return p.planBack(w, to) },
		finish: func(w *world, plan Plan) (Outcome, error) {
			say := fmt.Sprintf("back to revision %d", to)
			if comment != "" {
				say += ": " + comment
			}
			revision, err := p.commit(w, who, plan, remark{comment: say})
			return Outcome{Plan: plan, Revision: &revision}, err
		},
	})
}

// PlanRollback judges a rollback without doing it. It takes the right to read.
func (p *Publisher) PlanRollback(ctx context.Context, who broker.Caller, org broker.OrgID, to int) (plan Plan, err error) {
	err = p.look(ctx, who, org, func(w *world) (err error) {
		plan, err = p.planBack(w, to)
		return err
	})
	return plan, err
}

// planBack plans to undo all that came after a revision.
func (p *Publisher) planBack(w *world, to int) (Plan, error) {
	plan := Plan{Org: w.org}
	if to != 0 {
		if _, err := revisionOf(w.tx, w.org, to); err != nil {
			return plan, err
		}
	}
	was, err := w.since(to)
	if err != nil {
		return plan, err
	}
	now := map[broker.RouteID]*broker.Route{}
	for _, r := range w.own() {
		now[r.ID] = r
	}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if err := p.back(w, &plan, now[id], was[id]); err != nil {
			return plan, err
		}
	}
	return plan, p.judge(w, &plan)
}

// since finds what each route that was changed after a revision was then; nil: it was not there.
func (w *world) since(to int) (map[broker.RouteID]*broker.Route, error) {
	_, last, err := w.tx.EntriesOf(revisionEntries, string(w.org), broker.Page{Limit: 1})
	was := map[broker.RouteID]*broker.Route{}
	for n := last; n > to && err == nil; n-- {
		var changes []changeRecord
		changes, err = whole[changeRecord](func(p broker.Page) ([]broker.Entry, int, error) {
			return w.tx.EntriesOf(changeEntries, revisionID(w.org, n), p)
		})
		for _, r := range changes {
			c := r.domain()
			if c.After != nil {
				was[c.After.ID] = c.Before
			} else {
				was[c.Before.ID] = c.Before
			}
		}
	}
	return was, err
}

// back adds the change of one route to what it was.
func (p *Publisher) back(w *world, plan *Plan, now, was *broker.Route) error {
	if was == nil && now == nil {
		return nil
	}
	if was == nil {
		plan.Changes = append(plan.Changes, Change{Before: now})
		return nil
	}
	d, err := w.tx.Destination(was.Destination)
	if errors.Is(err, broker.ErrNoRow) || err == nil && (d.Status == broker.DestinationDecommissioned || d.Org != w.org) {
		plan.add(Finding{Severity: Warns, Code: NotRestored, Key: keyOf(*was),
			Text: "the route is left as it is now: the destination that it led to then is gone"})
		return nil
	}
	if err != nil {
		return err
	}
	if !p.cfg.Routes.Attested(*was) {
		was.Signature = ""
	}
	if now != nil && now.Published.Equal(was.Published) {
		before, err := contentOf(now)
		if err != nil {
			return err
		}
		if after, err := contentOf(was); err != nil || before == after {
			return err
		}
	}
	plan.Changes = append(plan.Changes, Change{Before: now, After: was})
	return nil
}
