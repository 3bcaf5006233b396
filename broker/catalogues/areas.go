package catalogues

import (
	"context"
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// AreaLists are the lists that a catalogue of areas is made of.
type AreaLists struct {
	Areas       *area.Catalogue   // as read
	Postcodes   []area.Postcode   // nil: those of the catalogue that was imported before, if there is one
	Successors  []area.Succession // of areas that are in the list no more
	Attribution string            // empty: that of the Gemeindeverzeichnis, if it is one
}

// AreaChange is what an import of areas changes.
type AreaChange struct {
	area.Difference
	Notes []string // what was left out, for people
	Done  bool     // it is in force; false: it was only planned, or there was nothing to do
}

// PlanAreas tells what ImportAreas would change, and changes nothing.
func (c *Catalogues) PlanAreas(ctx context.Context, who broker.Caller, lists AreaLists) (AreaChange, error) {
	p, err := c.planAreas(ctx, who, lists)
	return p.change, err
}

// ImportAreas puts a catalogue of areas into force. Keys of the catalogue that was imported before keep resolving.
func (c *Catalogues) ImportAreas(ctx context.Context, who broker.Caller, lists AreaLists) (AreaChange, error) {
	p, err := c.planAreas(ctx, who, lists)
	if err != nil {
		return AreaChange{}, err
	}
	d := p.change.Difference
	p.change.Done, err = c.areas.replace(ctx, who, p.base, replacement{
		p.made, lists.attribution(),
		fmt.Sprintf("%d areas: %d added, %d removed, %d changed", p.made.Len(), len(d.Added), len(d.Removed), len(d.Changed)),
	})
	return p.change, err
}

// areaPlan is an import of areas that was thought through.
type areaPlan struct {
	base   base[area.Catalogue]
	made   *area.Catalogue
	change AreaChange
}

func (c *Catalogues) planAreas(ctx context.Context, who broker.Caller, lists AreaLists) (p areaPlan, err error) {
	if err := admit(who, lists.Attribution); err != nil {
		return p, err
	}
	if p.base, err = c.areas.base(ctx); err != nil {
		return p, err
	}
	if p.made, p.change.Notes, err = lists.upon(p.base.held); err != nil {
		return p, broker.Unprocessable.New("import-refused", "%v", err)
	}
	p.change.Difference = area.Compare(p.base.catalogue, p.made)
	return p, nil
}

// upon builds upon the catalogue in force, but never upon the sample, whose areas were nobody's choice.
func (l AreaLists) upon(h *held[area.Catalogue]) (made *area.Catalogue, left []string, err error) {
	before, postcodes := &area.Catalogue{}, l.Postcodes
	if !h.sample() {
		before = h.catalogue
		if postcodes == nil {
			postcodes = before.Postcodes()
		}
	}
	made, err = l.Areas.Succeed(before, l.Successors)
	if err != nil || postcodes == nil {
		return made, nil, err
	}
	made, unknown, err := made.WithPostcodes(postcodes)
	for _, p := range unknown {
		left = append(left, fmt.Sprintf("the postcode %s is left out: no municipality has the AGS %s", p.Code, p.AGS))
	}
	return made, left, err
}

// attribution is what the publisher of the Gemeindeverzeichnis demands to be said.
func (l AreaLists) attribution() string {
	if l.Attribution != "" || l.Areas.AsOf() == "" {
		return l.Attribution
	}
	return fmt.Sprintf("Quelle: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis, Gebietsstand %s, Daten umgeformt", l.Areas.AsOf())
}
