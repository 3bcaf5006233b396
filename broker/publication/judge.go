package publication

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// judge adds to a plan all that can be said against it and about it.
func (p *Publisher) judge(w *world, plan *Plan) error {
	if err := w.judgeSize(p, plan); err != nil {
		return err
	}
	if err := w.judgeOffers(plan, p.now()); err != nil {
		return err
	}
	if !p.cfg.Rule.Open {
		if err := w.judgeGrants(plan); err != nil {
			return err
		}
	}
	if err := w.judgeNeighbours(plan); err != nil {
		return err
	}
	areas := p.cfg.Areas()
	plan.judgeRegionsKnown(areas)
	if err := w.judgeGaps(plan, areas, p.now()); err != nil {
		return err
	}
	plan.sort()
	return nil
}

// judgeSize bounds what one organisation puts into the table that is everybody's.
func (w *world) judgeSize(p *Publisher, plan *Plan) error {
	routes, places := 0, 0
	for _, r := range w.after(plan.Changes) {
		if r.Org == w.org {
			routes++
			places += size(r)
		}
	}
	if routes > MaxRoutes {
		plan.refuse(TooMuch, "", "an organisation has at most %d routes, these would be %d: join those that lead to one destination", MaxRoutes, routes)
	}
	if places > MaxEntries {
		plan.refuse(TooMuch, "", "the routes of an organisation cover at most %d places (services times regions), these would be %d: name regions that cover others", MaxEntries, places)
	}
	for _, c := range plan.Changes {
		if c.After != nil && c.After.Signature == "" && !p.cfg.Routes.Attestable(*c.After) {
			plan.refuse(TooMuch, keyOf(*c.After), "the addressing information of one route has at most 256 KiB, some 2,500 services and regions: divide it into several routes")
		}
	}
	return nil
}

// judgeGrants refuses what lies outside the territory.
func (w *world) judgeGrants(plan *Plan) error {
	for _, c := range plan.Changes {
		if c.After == nil {
			continue
		}
		f := Finding{Severity: Refuses, Code: OutsideGrant, Key: keyOf(*c.After)}
		err := eachPlace(*c.After, func(service string, region routing.Region) bool {
			if !w.land.granted(service, region) {
				f.Count++
				if f.Count == 1 {
					f.Service, f.Region = service, region.String()
				}
			}
			return true
		})
		if err != nil {
			return err
		}
		if f.Count > 0 {
			f.Text = fmt.Sprintf("%s in %s lies outside the territory of the organisation: ask the operator of the platform for a grant, or leave it out", f.Service, f.Region)
			plan.add(f)
		}
	}
	return nil
}

// judgeRegionsKnown warns of regions that the catalogue does not list: a route may stand there, but perhaps it is a slip.
func (plan *Plan) judgeRegionsKnown(areas *area.Catalogue) {
	for _, c := range plan.Changes {
		if c.After == nil {
			continue
		}
		seen := map[string]bool{}
		for _, coverage := range c.After.Coverage {
			for _, text := range coverage.Regions {
				if !seen[text] {
					seen[text] = true
					plan.judgeRegionKnown(areas, keyOf(*c.After), text)
				}
			}
		}
	}
}

func (plan *Plan) judgeRegionKnown(areas *area.Catalogue, key, text string) {
	ars := strings.TrimPrefix(text, "DE")
	if ars == "" {
		return
	}
	a, former, known := areas.Resolve(area.ID(ars))
	switch {
	case !known:
		plan.add(Finding{Severity: Warns, Code: RegionUnknown, Key: key, Region: text,
			Text: text + " is not in the catalogue of areas: correct it, or import a newer catalogue"})
	case former != nil:
		plan.add(Finding{Severity: Warns, Code: RegionFormer, Key: key, Region: text,
			Text: former.String() + ": cover " + a.Region().String() + " as well or instead, since people ask for what there is today"})
	}
}

// refusals are the findings that refuse.
func (p Plan) refusals() (all []Finding) {
	for _, f := range p.Findings {
		if f.Severity == Refuses {
			all = append(all, f)
		}
	}
	return all
}

// sort puts findings into one order: what refuses first.
func (plan *Plan) sort() {
	rank := func(s Severity) int { return slices.Index([]Severity{Refuses, Warns, Notes}, s) }
	slices.SortFunc(plan.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Service, b.Service), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Org, b.Org), cmp.Compare(a.Text, b.Text))
	})
}

// refusal is the error of a plan that is refused; nil if it is not.
func (p Plan) refusal() error {
	all := p.refusals()
	if len(all) == 0 {
		return nil
	}
	text := all[0].Text
	if all[0].Key != "" {
		text = "route " + all[0].Key + ": " + text
	}
	if len(all) > 1 {
		text += fmt.Sprintf(" (and %d more; plan the change to see all)", len(all)-1)
	}
	return broker.Unprocessable.Wrap(&Refused{all}, "routes-refused", "%s", text)
}
