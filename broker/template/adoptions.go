package template

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Standing is whether people are led to an authority.
type Standing string

// The standings.
const (
	Incomplete Standing = "incomplete" // something is missing for going online the first time
	Offline    Standing = "offline"    // nobody is led there, though all is there that is needed
	Online     Standing = "online"
)

// Status is an adoption and how it stands.
type Status struct {
	Adoption
	Standing  Standing
	Published bool      // whether it has a route, be it online or offline
	Pending   bool      // whether a change of its route waits for a second person
	Missing   []Missing // for going online, or for staying so without trouble
}

// Adopt begins to use a template that is open. Anything of the part may be missing still; nobody is led there yet.
func (a *Adoptions) Adopt(ctx context.Context, who broker.Caller, org broker.OrgID, id ID, part Part) (made Status, err error) {
	if err := who.Entitled(org, broker.RightDraft); err != nil {
		return Status{}, err
	}
	if err := part.check(); err != nil {
		return Status{}, err
	}
	full := broker.Conflict.New("too-many-adoptions", "an organisation adopts templates at most %d times: name several regions in one adoption", MaxAdoptions)
	fresh := Adoption{ID: broker.NewID[broker.AdoptionID](), Org: org, Template: id, Part: part, Made: a.now(), Changed: a.now()}
	return made, a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		t, err := visible(tx, who, id)
		if err != nil {
			return err
		}
		if t.State != Open {
			return stateInvalid("the template is %s: only one that is open can be adopted", t.State)
		}
		if err := room(tx, adoptionEntries, org, MaxAdoptions, full); err != nil {
			return err
		}
		if err := fresh.put(tx); err != nil {
			return err
		}
		if err := tx.PutEntry(broker.Entry{Kind: adoptionsOf, ID: string(fresh.ID), Owner: string(t.ID)}); err != nil {
			return err
		}
		if made, err = a.status(tx, fresh, nil); err != nil {
			return err
		}
		return a.note(tx, who, org, "adoption.made", string(fresh.ID), "of the template "+string(t.ID)+" "+t.Name)
	})
}

// Get returns an adoption of the caller's organisation.
func (a *Adoptions) Get(ctx context.Context, who broker.Caller, id broker.AdoptionID) (found Status, err error) {
	routes := a.routes()
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		mine, err := ownAdoption(tx, who, id, broker.RightRead)
		if err == nil {
			found, err = a.status(tx, mine, routes)
		}
		return err
	})
	return found, err
}

// ownAdoption returns one of an organisation for which the caller has a right. A foreign one is NotFound.
func ownAdoption(tx broker.Tx, who broker.Caller, id broker.AdoptionID, takes broker.Right) (Adoption, error) {
	a, err := readAdoption(tx, id)
	if err != nil {
		return Adoption{}, err
	}
	switch err := who.Entitled(a.Org, takes); {
	case errors.Is(err, broker.NotFound):
		return Adoption{}, noAdoption(id)
	case err != nil:
		return Adoption{}, err
	}
	return a, nil
}

// List lists the adoptions of an organisation, in the order made, with those that it has left.
func (a *Adoptions) List(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Status, total int, err error) {
	routes := a.routes()
	err = a.list(ctx, who, org, p, func(tx broker.Tx) error {
		adoptions, n, err := broker.EntriesAs(adoptionRecord.domain)(tx.EntriesOf(adoptionEntries, string(org), p))
		total, all = n, make([]Status, len(adoptions))
		for i := 0; i < len(adoptions) && err == nil; i++ {
			all[i], err = a.status(tx, adoptions[i], routes)
		}
		return err
	})
	return all, total, err
}

// Of lists all adoptions of a template, in the order made, for who may read what belongs to its owner.
func (a *Adoptions) Of(ctx context.Context, who broker.Caller, id ID, p broker.Page) (all []Status, total int, err error) {
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	routes := a.routes()
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if _, err := owned(tx, who, id, broker.RightRead); err != nil {
			return err
		}
		entries, n, err := tx.EntriesOf(adoptionsOf, string(id), p)
		total, all = n, make([]Status, len(entries))
		for i := 0; i < len(entries) && err == nil; i++ {
			var one Adoption
			if one, err = readAdoption(tx, broker.AdoptionID(entries[i].ID)); err == nil {
				all[i], err = a.status(tx, one, routes)
			}
		}
		return err
	})
	return all, total, err
}

// status tells how an adoption stands.
func (a *Adoptions) status(tx broker.Tx, one Adoption, routes map[broker.AdoptionID]*broker.Route) (Status, error) {
	s := Status{Adoption: one, Standing: Offline}
	o, err := one.offer(tx)
	if err != nil {
		return s, err
	}
	s.Missing = o.missing()
	if s.Pending, err = open(tx, one); err != nil {
		return s, err
	}
	route := routes[one.ID]
	s.Published = route != nil
	switch {
	case s.Published && !route.Offline:
		s.Standing = Online
	case !s.Published && len(s.Missing) > 0:
		s.Standing = Incomplete
	}
	return s, nil
}

// open reports whether the last proposal of an adoption waits still.
func open(tx broker.Tx, one Adoption) (bool, error) {
	if one.Proposal == "" {
		return false, nil
	}
	p, err := account.ProposalOf(tx, broker.Operator(one.Org), one.Proposal)
	return err == nil && p.State == account.Open, err
}

// withdraw closes the last proposal of an adoption, if it waits still.
func withdraw(tx broker.Tx, now time.Time, who broker.Caller, one Adoption) error {
	waits, err := open(tx, one)
	if err != nil || !waits {
		return err
	}
	_, err = account.Withdraw(tx, now, who, one.Proposal, "the adoption was changed meanwhile")
	return err
}

// routes is those of adoptions, as this node knows them now.
func (a *Adoptions) routes() map[broker.AdoptionID]*broker.Route {
	now, all := a.cfg.Routes.View(), map[broker.AdoptionID]*broker.Route{}
	for n := range now.Len() {
		if r := now.Route(uint32(n)); r.Adoption != "" {
			all[r.Adoption] = r
		}
	}
	return all
}

func meanwhile() error {
	return broker.Conflict.New("conflict", "the adoption was changed meanwhile: look at it again")
}
