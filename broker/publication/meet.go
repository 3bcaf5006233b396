package publication

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// stand is a route at one region, for one service.
type stand struct {
	region routing.Region
	route  *broker.Route
	mine   bool // it is what a change set puts
}

// relation says where somebody else stands, seen from a route of a change set.
type relation int

const (
	same   relation = iota // at the same region
	above                  // at one that covers it
	within                 // at one that it covers
	alike                  // at another region with the same AGS, which is asked for as if it were the same
)

// stands lists where routes stand, by service: what changes put, and what others have for the same services.
func (w *world) stands(changes []Change) (map[string][]stand, error) {
	byService := map[string][]stand{}
	for _, c := range changes {
		if c.After == nil {
			continue
		}
		for _, coverage := range c.After.Coverage {
			for _, service := range coverage.Services {
				byService[service] = nil
			}
		}
	}
	gone := replaced(changes)
	for i := range w.all {
		if _, touched := gone[w.all[i].ID]; touched {
			continue
		}
		if err := appendStands(byService, &w.all[i], false); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		if c.After == nil {
			continue
		}
		if err := appendStands(byService, c.After, true); err != nil {
			return nil, err
		}
	}
	return byService, nil
}

func appendStands(byService map[string][]stand, r *broker.Route, mine bool) error {
	for _, c := range r.Coverage {
		regions := make([]routing.Region, len(c.Regions))
		for i, text := range c.Regions {
			var err error
			if regions[i], err = routing.ParseRegion(text); err != nil {
				return fmt.Errorf("route %s: %w", r.ID, err)
			}
		}
		for _, service := range c.Services {
			list, asked := byService[service]
			if !asked {
				continue
			}
			for _, region := range regions {
				list = append(list, stand{region, r, mine})
			}
			byService[service] = list
		}
	}
	return nil
}

// meet tells visit of every two of which one is mine and the other is anybody's, at regions that have to do with each other.
// It sorts all, and goes through them once with the regions that cover the current one at hand.
func meet(all []stand, visit func(mine, other stand, how relation)) {
	slices.SortFunc(all, func(a, b stand) int { return a.region.Compare(b.region) })
	var covering [][]stand
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].region == all[from].region {
			to++
		}
		here := all[from:to]
		for len(covering) > 0 && !covering[len(covering)-1][0].region.Covers(here[0].region) {
			covering = covering[:len(covering)-1]
		}
		meetHere(here, visit)
		for _, upper := range covering {
			meetAbove(here, upper, visit)
		}
		covering = append(covering, here)
		from = to
	}
	meetAlike(all, visit)
}

func meetHere(here []stand, visit func(mine, other stand, how relation)) {
	for i, m := range here {
		for j, o := range here {
			if m.mine && i != j && m.route != o.route {
				visit(m, o, same)
			}
		}
	}
}

func meetAbove(here, upper []stand, visit func(mine, other stand, how relation)) {
	for _, low := range here {
		for _, up := range upper {
			if low.route == up.route {
				continue
			}
			if low.mine {
				visit(low, up, above)
			}
			if up.mine {
				visit(up, low, within)
			}
		}
	}
}

// meetAlike finds municipalities with one AGS at different regions: a place is also asked for by its AGS, which does not tell the association.
func meetAlike(all []stand, visit func(mine, other stand, how relation)) {
	var towns []stand
	for _, s := range all {
		if s.region.Level() == routing.Municipality {
			towns = append(towns, s)
		}
	}
	ags := func(s stand) routing.AGS { a, _ := s.region.AGS(); return a }
	slices.SortFunc(towns, func(a, b stand) int { return cmp.Compare(ags(a).String(), ags(b).String()) })
	for from := 0; from < len(towns); {
		to := from + 1
		for to < len(towns) && ags(towns[to]) == ags(towns[from]) {
			to++
		}
		for _, m := range towns[from:to] {
			for _, o := range towns[from:to] {
				if m.mine && m.route != o.route && m.region != o.region {
					visit(m, o, alike)
				}
			}
		}
		from = to
	}
}

// overlap reports whether there is an instant at which both are in force.
func overlap(a, b *broker.Route) bool {
	return (a.Until.IsZero() || b.From.Before(a.Until)) && (b.Until.IsZero() || a.From.Before(b.Until))
}
