package publication

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// judgeGaps warns where, in the territory of the organisation, nobody would stand now: for the services of its grants, and under a grant of all services
// for those that it publishes. An offline route is no gap, somebody took it there on purpose.
func (w *world) judgeGaps(plan *Plan, areas *area.Catalogue, now time.Time) error {
	grants := w.land.grants[w.org]
	if len(grants) == 0 {
		return nil
	}
	after := w.after(plan.Changes)
	services := w.declared(after)
	table, err := asIfOnline(after, services)
	if err != nil {
		return err
	}
	towns := townsIn(areas, grants)
	for _, service := range services {
		key, _ := routing.ServiceFromURN(service)
		missing := map[area.ID]bool{}
		for _, t := range towns {
			if w.land.granted(service, t.Region()) {
				if _, _, ok := table.Lookup(key, t.Region(), now.Unix(), nil); !ok {
					missing[t.ID] = true
				}
			}
		}
		if len(missing) > 0 {
			plan.add(gapFinding(areas, service, towns, missing))
		}
	}
	return nil
}

// declared lists the services for which the organisation is responsible somewhere, as far as they can be asked for.
func (w *world) declared(after []broker.Route) []string {
	services := map[string]bool{}
	for _, g := range w.land.grants[w.org] {
		for _, s := range g.services {
			services[s] = true
		}
	}
	for _, r := range after {
		if r.Org != w.org {
			continue
		}
		for _, c := range r.Coverage {
			for _, s := range c.Services {
				services[s] = true
			}
		}
	}
	maps.DeleteFunc(services, func(s string, _ bool) bool { _, routable := routing.ServiceFromURN(s); return !routable })
	return slices.Sorted(maps.Keys(services))
}

// asIfOnline is the table of routes as if none were offline, for some services.
func asIfOnline(all []broker.Route, services []string) (*routing.Table, error) {
	return broker.RouteTable(convert(all, func(r broker.Route) broker.Route {
		r = only(r, services)
		r.Offline = false
		return r
	}))
}

// only is a route as far as it is about some services, which are sorted.
func only(r broker.Route, services []string) broker.Route {
	var coverage []broker.Coverage
	for _, c := range r.Coverage {
		var kept []string
		for _, s := range c.Services {
			if _, wanted := slices.BinarySearch(services, s); wanted {
				kept = append(kept, s)
			}
		}
		if kept != nil {
			coverage = append(coverage, broker.Coverage{Services: kept, Regions: c.Regions})
		}
	}
	r.Coverage = coverage
	return r
}

// townsIn lists the municipalities that lie in one of the grants.
func townsIn(areas *area.Catalogue, grants []span) (towns []area.Area) {
	for _, a := range areas.All() {
		inside := func(g span) bool { return g.region.Covers(a.Region()) }
		if len(a.ARS) == int(routing.Municipality) && slices.ContainsFunc(grants, inside) {
			towns = append(towns, a)
		}
	}
	return towns
}

// gapFinding tells of the missing municipalities by the nearest area that has them all.
func gapFinding(areas *area.Catalogue, service string, towns []area.Area, missing map[area.ID]bool) Finding {
	var names []string
	var common []area.ID
	for _, t := range towns {
		if !missing[t.ID] {
			continue
		}
		names = append(names, t.Name)
		common = shared(common, upwards(areas, t), len(names) == 1)
	}
	f := Finding{Severity: Warns, Code: Gap, Service: service, Count: len(names), Region: "DE"}
	where := "Germany"
	if len(common) > 0 {
		nearest, _ := areas.ByID(common[0])
		f.Region, where = nearest.Region().String(), areas.Label(nearest)
	}
	inside := 0
	for _, t := range towns {
		if len(common) == 0 || slices.Contains(upwards(areas, t), common[0]) {
			inside++
		}
	}
	f.Text = gapText(service, where, names, inside)
	return f
}

func gapText(service, where string, names []string, inside int) string {
	const wayOut = ": add a route, or a fallback at a region above"
	switch {
	case len(names) == 1:
		return fmt.Sprintf("nobody answers for %s in %s%s", service, where, wayOut)
	case len(names) == inside:
		return fmt.Sprintf("nobody answers for %s in all %d municipalities of %s that lie in the territory%s", service, inside, where, wayOut)
	}
	return fmt.Sprintf("nobody answers for %s in %d of %d municipalities of %s that lie in the territory, among them %s%s",
		service, len(names), inside, where, names[0], wayOut)
}

// upwards lists an area and those above it, the nearest first.
func upwards(areas *area.Catalogue, a area.Area) []area.ID {
	ids := []area.ID{a.ID}
	for p, ok := areas.ByID(a.Parent); ok; p, ok = areas.ByID(p.Parent) {
		ids = append(ids, p.ID)
	}
	return ids
}

// shared keeps what both have, in order; the first one brings all.
func shared(common, ids []area.ID, first bool) []area.ID {
	if first {
		return ids
	}
	return slices.DeleteFunc(common, func(id area.ID) bool { return !slices.Contains(ids, id) })
}
