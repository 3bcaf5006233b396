package publication

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Outcome is what became of a change set: neither a revision nor a proposal, if there was nothing to do.
type Outcome struct {
	Plan     Plan
	Revision *Revision         // it is published
	Proposal *account.Proposal // it waits for a second person
}

// Also is what somebody does in the transaction of a publication. Like any function that is given to a store it may run more than once.
type Also func(broker.Tx, Outcome) error

// Publish makes a change set the truth, or where that takes two persons proposes it. It takes the right to draft. A change set that the rules forbid is
// Unprocessable, with the findings as a *Refused; nothing of it is done then. One that changes nothing is no error, and leaves no trace.
func (p *Publisher) Publish(ctx context.Context, who broker.Caller, org broker.OrgID, set ChangeSet, also ...Also) (Outcome, error) {
	if err := mayPublish(who, org); err != nil {
		return Outcome{}, err
	}
	finish := func(w *world, plan Plan) (Outcome, error) {
		revision, err := p.commit(w, who, plan, remark{comment: set.Comment})
		return Outcome{Plan: plan, Revision: &revision}, err
	}
	if p.cfg.Rule.FourEyes {
		finish = func(w *world, plan Plan) (Outcome, error) {
			proposal, err := p.propose(w, who, set, plan)
			return Outcome{Plan: plan, Proposal: &proposal}, err
		}
	}
	return p.carryOut(ctx, work{
		org: org, sign: !p.cfg.Rule.FourEyes, also: also, finish: finish,
		plan: func(w *world) (Plan, error) { return p.plan(w, set) },
	})
}

// work is a change that is planned, signed outside of any transaction, and planned again and finished in one.
type work struct {
	org    broker.OrgID
	plan   func(*world) (Plan, error)
	sign   bool
	finish func(*world, Plan) (Outcome, error)
	also   []Also
}

// rounds is how often a change is tried whose routes change meanwhile, so that other ones have to be signed.
const rounds = 5

func (p *Publisher) carryOut(ctx context.Context, do work) (out Outcome, err error) {
	signed := map[string]broker.Route{}
	for range rounds {
		var plan Plan
		if err := p.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
			plan, err = p.acceptable(tx, do)
			return err
		}); err != nil {
			return Outcome{Plan: plan}, err
		}
		if do.sign {
			if err := p.signAll(ctx, plan, signed); err != nil {
				return Outcome{}, err
			}
		}
		done := false
		err = p.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
			out, done, err = p.finish(tx, do, signed)
			return err
		})
		if err != nil {
			return Outcome{Plan: out.Plan}, err
		}
		if done {
			return out, p.reload(ctx, out)
		}
	}
	return Outcome{}, broker.Conflict.New("conflict", "the routes are being changed by somebody else all the time: look at what is published, and try again")
}

// acceptable plans on what a transaction sees, and fails if that is refused.
func (p *Publisher) acceptable(tx broker.Tx, do work) (Plan, error) {
	w, err := p.read(tx, do.org)
	if err != nil {
		return Plan{}, err
	}
	plan, err := do.plan(w)
	if err != nil {
		return plan, err
	}
	return plan, plan.refusal()
}

// finish plans again and does it. done is false if something has to be signed that was not.
func (p *Publisher) finish(tx broker.Tx, do work, signed map[string]broker.Route) (out Outcome, done bool, err error) {
	w, err := p.read(tx, do.org)
	if err != nil {
		return out, false, err
	}
	if out.Plan, err = do.plan(w); err != nil {
		return out, false, err
	}
	if err := out.Plan.refusal(); err != nil {
		return out, false, err
	}
	if do.sign && !attach(out.Plan, signed) {
		return out, false, nil
	}
	if !out.Plan.Empty() {
		if out, err = do.finish(w, out.Plan); err != nil {
			return out, false, err
		}
	}
	for _, f := range do.also {
		if err := f(tx, out); err != nil {
			return out, false, err
		}
	}
	return out, true, nil
}

// signAll signs what a plan has unsigned, side by side, and keeps it by key.
func (p *Publisher) signAll(ctx context.Context, plan Plan, signed map[string]broker.Route) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	fresh := make([]*broker.Route, len(plan.Changes))
	for i, c := range plan.Changes {
		if c.After == nil || c.After.Signature != "" || attestedFor(signed, *c.After) {
			continue
		}
		r := *c.After
		fresh[i] = &r
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.Signature, err = p.cfg.Routes.Attest(r)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, r := range fresh {
		if r != nil {
			signed[keyOf(*r)] = *r
		}
	}
	return nil
}

func attestedFor(signed map[string]broker.Route, r broker.Route) bool {
	was, ok := signed[keyOf(r)]
	return ok && attestedAlike(was, r)
}

// attach gives each unsigned route of a plan its signature; false if there is one without.
func attach(plan Plan, signed map[string]broker.Route) bool {
	for _, c := range plan.Changes {
		if c.After == nil || c.After.Signature != "" {
			continue
		}
		if !attestedFor(signed, *c.After) {
			return false
		}
		c.After.Signature = signed[keyOf(*c.After)].Signature
	}
	return true
}

// reload makes this node answer what was published; others follow by the hint of the store. Of several who publish at once, the first one reads for all whose
// transactions had ended by then.
func (p *Publisher) reload(ctx context.Context, out Outcome) error {
	if out.Revision == nil {
		return nil
	}
	return p.cfg.Routes.Follow(ctx)
}
