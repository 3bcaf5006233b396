package catalogues

import (
	"cmp"
	"context"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// ServiceList is a catalogue of services, or a part of one.
type ServiceList struct {
	Services    *catalogue.Catalogue
	Notes       []catalogue.Note // of who read it
	Merge       bool             // the services of the catalogue that was imported before stay, where the list does not have them
	Attribution string
}

// ServiceChange is what an import of services changes.
type ServiceChange struct {
	catalogue.Difference
	Services int // in the catalogue then
	Notes    []string
	Done     bool // it is in force; false: it was only planned, or there was nothing to do
}

// PlanServices tells what ImportServices would change, and changes nothing.
func (c *Catalogues) PlanServices(ctx context.Context, who broker.Caller, list ServiceList) (ServiceChange, error) {
	p, err := c.planServices(ctx, who, list)
	return p.change, err
}

// ImportServices puts a catalogue of services into force.
func (c *Catalogues) ImportServices(ctx context.Context, who broker.Caller, list ServiceList) (ServiceChange, error) {
	p, err := c.planServices(ctx, who, list)
	if err != nil {
		return ServiceChange{}, err
	}
	p.change.Done, err = c.services.replace(ctx, who, p.base, replacement{p.made, p.attribution, p.change.String()})
	return p.change, err
}

// servicePlan is an import of services that was thought through.
type servicePlan struct {
	base        base[catalogue.Catalogue]
	made        *catalogue.Catalogue
	attribution string
	change      ServiceChange
}

func (c *Catalogues) planServices(ctx context.Context, who broker.Caller, list ServiceList) (p servicePlan, err error) {
	if err := admit(who, list.Attribution); err != nil {
		return p, err
	}
	if p.base, err = c.services.base(ctx); err != nil {
		return p, err
	}
	p.made, p.attribution = list.Services, list.Attribution
	if list.Merge && !p.base.sample() {
		p.made = p.base.catalogue.Merge(p.made)
		p.attribution = cmp.Or(p.attribution, p.base.stored.Attribution)
	}
	p.change = ServiceChange{Difference: catalogue.Compare(p.base.catalogue, p.made), Services: p.made.Len()}
	for _, n := range list.Notes {
		p.change.Notes = append(p.change.Notes, n.String())
	}
	return p, nil
}
