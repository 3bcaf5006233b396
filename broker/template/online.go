package template

import (
	"context"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
)

// Online leads people to the authority. What was published before and was not changed since comes back at once; anything else is published, or
// where that takes two persons proposed. It refuses, Unprocessable, what is not complete, and what package publication refuses.
func (a *Adoptions) Online(ctx context.Context, who broker.Caller, id broker.AdoptionID, comment string) (publication.Outcome, error) {
	o, err := a.look(ctx, who, id, nil)
	if err == nil {
		err = o.ready()
	}
	if err != nil {
		return publication.Outcome{}, err
	}
	if o.route != nil {
		plan, err := a.cfg.Publisher.Plan(ctx, who, o.Org, o.changeSet(nil, ""))
		if err != nil {
			return publication.Outcome{}, err
		}
		if plan.Empty() && !plan.Refused() {
			return a.cfg.Publisher.SetOffline(ctx, who, o.Org, []string{RouteKey(id)}, false, comment, a.turned(who, o, "adoption.online"))
		}
	}
	online := false
	return a.cfg.Publisher.Publish(ctx, who, o.Org, o.changeSet(&online, comment), a.published(who, o, "adoption.online"))
}

// Offline leads nobody to the authority any more, at once. The route keeps its place, so that nobody is led elsewhere instead.
func (a *Adoptions) Offline(ctx context.Context, who broker.Caller, id broker.AdoptionID, comment string) (publication.Outcome, error) {
	o, err := a.look(ctx, who, id, nil)
	if err != nil {
		return publication.Outcome{}, err
	}
	if o.route == nil {
		return publication.Outcome{}, stateInvalid("the adoption was never online, so it is offline already")
	}
	return a.cfg.Publisher.SetOffline(ctx, who, o.Org, []string{RouteKey(id)}, true, comment, a.turned(who, o, "adoption.offline"))
}

// Change gives an adoption another part. If it has a route, which stays online or offline as it is, that is changed with it, or where
// it takes two persons the change is proposed; it has to be complete then.
func (a *Adoptions) Change(ctx context.Context, who broker.Caller, id broker.AdoptionID, part Part, comment string) (publication.Outcome, error) {
	if err := part.check(); err != nil {
		return publication.Outcome{}, err
	}
	o, err := a.look(ctx, who, id, &part)
	if err != nil {
		return publication.Outcome{}, err
	}
	if !o.Left.IsZero() {
		return publication.Outcome{}, left()
	}
	if o.route == nil {
		return publication.Outcome{}, a.alone(ctx, who, o, "adoption.changed")
	}
	if err := o.ready(); err != nil {
		return publication.Outcome{}, err
	}
	return a.cfg.Publisher.Publish(ctx, who, o.Org, o.changeSet(nil, comment), a.published(who, o, "adoption.changed"))
}

// Plan tells what Online would publish, or with a part what Change would.
func (a *Adoptions) Plan(ctx context.Context, who broker.Caller, id broker.AdoptionID, part *Part) (publication.Plan, error) {
	if part != nil {
		if err := part.check(); err != nil {
			return publication.Plan{}, err
		}
	}
	o, err := a.look(ctx, who, id, part)
	if err == nil {
		err = o.ready()
	}
	if err != nil {
		return publication.Plan{}, err
	}
	return a.cfg.Publisher.Plan(ctx, who, o.Org, o.changeSet(nil, ""))
}

// Leave ends the use of a template. The route goes with it; where that takes two persons it is proposed, and who leaves calls again once it was
// released.
func (a *Adoptions) Leave(ctx context.Context, who broker.Caller, id broker.AdoptionID, comment string) (publication.Outcome, error) {
	o, err := a.look(ctx, who, id, nil)
	if err != nil {
		return publication.Outcome{}, err
	}
	if o.route == nil && !o.Left.IsZero() {
		return publication.Outcome{}, left()
	}
	gone := o
	gone.Left = a.now()
	if o.route == nil {
		return publication.Outcome{}, a.alone(ctx, who, gone, "adoption.left")
	}
	set := publication.ChangeSet{Delete: []string{RouteKey(id)}, Comment: comment}
	return a.cfg.Publisher.Publish(ctx, who, o.Org, set, func(tx broker.Tx, out publication.Outcome) error {
		if out.Revision == nil {
			return a.finish(tx, who, o, out, "adoption.leaving")
		}
		return a.finish(tx, who, gone, out, "adoption.left")
	})
}

// look reads an adoption with all that it is made of, as it would be with another part.
func (a *Adoptions) look(ctx context.Context, who broker.Caller, id broker.AdoptionID, part *Part) (o offer, err error) {
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		was, err := ownAdoption(tx, who, id, broker.RightRead)
		if err != nil {
			return err
		}
		wanted := was
		if part != nil {
			wanted.Part = *part
		}
		if o, err = wanted.offer(tx); err != nil {
			return err
		}
		o.was = was
		o.route, err = routeOf(tx, id)
		return err
	})
	return o, err
}

func routeOf(tx broker.Tx, id broker.AdoptionID) (*broker.Route, error) {
	all, err := tx.Routes()
	for i := range all {
		if all[i].Adoption == id {
			return &all[i], err
		}
	}
	return nil, err
}

// ready refuses what is not complete, or was left.
func (o offer) ready() error {
	if !o.Left.IsZero() {
		return left()
	}
	return incomplete("the adoption", o.missing())
}

func left() error {
	return stateInvalid("the template was left: adopt it again, if you want to offer the service")
}

// changeSet makes the route of the adoption, or changes it.
func (o offer) changeSet(offline *bool, comment string) publication.ChangeSet {
	d := publication.Draft{
		Key: RouteKey(o.ID), Destination: o.Destination, Name: o.Name, From: o.From, Until: o.Until, Offline: offline, Info: o.Own, Adoption: o.ID,
	}
	for _, service := range o.template.Services {
		offered, _ := o.destination.Offered(service)
		d.Coverage = append(d.Coverage, broker.Coverage{Services: []string{service}, Regions: o.Regions, Schemas: o.schemas(offered)})
	}
	return publication.ChangeSet{Put: []publication.Draft{d}, Comment: comment}
}

// alone changes an adoption that has no route.
func (a *Adoptions) alone(ctx context.Context, who broker.Caller, o offer, deed string) error {
	if err := who.Entitled(o.Org, broker.RightDraft); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		route, err := routeOf(tx, o.ID)
		if err == nil && route != nil {
			err = meanwhile()
		}
		if err != nil {
			return err
		}
		return a.finish(tx, who, o, publication.Outcome{}, deed)
	})
}

// published is what is done in the transaction of a publication: all that was seen before is seen again.
func (a *Adoptions) published(who broker.Caller, o offer, deed string) publication.Also {
	return func(tx broker.Tx, out publication.Outcome) error {
		now, err := o.Adoption.offer(tx)
		if err == nil {
			err = now.ready()
		}
		if err != nil {
			return err
		}
		return a.finish(tx, who, o, out, deed)
	}
}

// Released is what the release of routes that were proposed does beside (publication.Also): adoptions among them must still be complete, since their templates
// may have other versions by now, and their destinations other offers. What is refused so stays open: what is missing may come.
func (a *Adoptions) Released(tx broker.Tx, out publication.Outcome) error {
	for _, c := range out.Plan.Changes {
		if c.After == nil || c.After.Adoption == "" {
			continue
		}
		one, err := readAdoption(tx, c.After.Adoption)
		if err != nil {
			return err
		}
		now, err := one.offer(tx)
		if err == nil {
			err = now.ready()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ReleaseRoutes is the account.ReleaseFunc of proposals about routes, those of adoptions and others.
func (a *Adoptions) ReleaseRoutes(ctx context.Context, who broker.Caller, id account.ProposalID, digest string) (account.Proposal, error) {
	out, err := a.cfg.Publisher.Release(ctx, who, id, digest, a.Released)
	if err != nil {
		return account.Proposal{}, err
	}
	if out.Proposal != nil {
		return *out.Proposal, nil
	}
	return account.Proposal{}, broker.Conflict.New("proposal-outdated", "what is proposed is published already: refuse or withdraw the proposal")
}

// turned is published for what changes nothing but whether people are led there. What waits for a second person goes on waiting.
func (a *Adoptions) turned(who broker.Caller, o offer, deed string) publication.Also {
	return func(tx broker.Tx, out publication.Outcome) error {
		if err := o.unchanged(tx); err != nil || out.Revision == nil {
			return err
		}
		return a.note(tx, who, o.Org, deed, string(o.ID), o.Name)
	}
}

// unchanged refuses what somebody else changed since it was looked at.
func (o offer) unchanged(tx broker.Tx) error {
	stored, err := readAdoption(tx, o.ID)
	if err == nil && !stored.equal(o.was) {
		err = meanwhile()
	}
	return err
}

// finish writes an adoption. What waited for a second person is withdrawn: what was done or proposed now comes instead of it.
func (a *Adoptions) finish(tx broker.Tx, who broker.Caller, o offer, out publication.Outcome, deed string) error {
	if err := o.unchanged(tx); err != nil {
		return err
	}
	if err := withdraw(tx, a.now(), who, o.was); err != nil {
		return err
	}
	now := o.Adoption
	now.Changed = a.now()
	if out.Proposal != nil {
		now.Proposal = out.Proposal.ID
	}
	if err := now.put(tx); err != nil {
		return err
	}
	return a.note(tx, who, now.Org, deed, string(now.ID), now.Name)
}
