package publication

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// SetOffline takes routes offline, where they keep their places and are not answered, or brings them back, at once: their content was released before. It takes the
// right to release, or where one person publishes that to draft. Routes that are so already stay as they are.
func (p *Publisher) SetOffline(ctx context.Context, who broker.Caller, org broker.OrgID, keys []string, offline bool, comment string, also ...Also) (Outcome, error) {
	if err := p.mayAtOnce(who, org); err != nil {
		return Outcome{}, err
	}
	if err := CheckComment(comment); err != nil {
		return Outcome{}, err
	}
	return p.carryOut(ctx, work{
		org: org, also: also,
		plan: func(w *world) (Plan, error) { return w.planOffline(keys, offline) },
		finish: func(w *world, plan Plan) (Outcome, error) {
			revision, err := p.commit(w, who, plan, remark{comment: comment})
			return Outcome{Plan: plan, Revision: &revision}, err
		},
	})
}

func (w *world) planOffline(keys []string, offline bool) (Plan, error) {
	plan, own := Plan{Org: w.org}, w.byKey()
	for _, key := range sorted(keys) {
		r := own[key]
		switch {
		case r == nil:
			return plan, noRoute(key)
		case r.Offline == offline:
			plan.Same++
		default:
			changed := *r
			changed.Offline = offline
			plan.Changes = append(plan.Changes, Change{Before: r, After: &changed})
		}
	}
	return plan, nil
}
