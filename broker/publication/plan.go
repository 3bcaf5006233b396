package publication

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Change is what happens to one route. One of both is nil if it is new, or goes.
type Change struct{ Before, After *broker.Route }

// Key is the owner's name of the route.
func (c Change) Key() string {
	if c.After != nil {
		return keyOf(*c.After)
	}
	return keyOf(*c.Before)
}

// Plan is what a change set would do to what is stored at the moment.
type Plan struct {
	Org      broker.OrgID
	Changes  []Change // of routes that would not stay as they are, in the order of the change set; a new After has no age, a changed one perhaps no signature
	Same     int      // routes that the change set puts and that are so already
	Findings []Finding
}

// Refused reports whether the change set would be refused.
func (p Plan) Refused() bool { return len(p.refusals()) > 0 }

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

// Plan judges a change set without publishing it. It takes the right to read.
func (p *Publisher) Plan(ctx context.Context, who broker.Caller, org broker.OrgID, set ChangeSet) (plan Plan, err error) {
	err = p.look(ctx, who, org, func(w *world) (err error) {
		plan, err = p.plan(w, set)
		return err
	})
	return plan, err
}

// plan makes the judged plan of a change set.
func (p *Publisher) plan(w *world, set ChangeSet) (Plan, error) {
	plan, err := w.resolve(set)
	if err != nil {
		return plan, err
	}
	for _, c := range plan.Changes { // what an older address of the installation attested is attested anew
		if c.After != nil && c.After.Signature != "" && !p.cfg.Routes.Attested(*c.After) {
			c.After.Signature = ""
		}
	}
	return plan, p.judge(w, &plan)
}

// Toward makes the change set that leads from what is published to what is desired: routes that differ are put, those that are not desired are deleted.
// Routes that belong to adoptions of templates are left alone. It takes the right to read.
func (p *Publisher) Toward(ctx context.Context, who broker.Caller, org broker.OrgID, want Desired) (set ChangeSet, err error) {
	err = p.look(ctx, who, org, func(w *world) (err error) {
		set, err = w.toward(want)
		return err
	})
	return set, err
}
