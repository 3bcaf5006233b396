package publication

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// place is a service in a region.
type place struct {
	service string
	region  routing.Region
}

// neighbours finds what changes mean for other routes: whose consent is missing, and who answers where.
type neighbours struct {
	*world
	had   map[place][]*broker.Route // where the organisation has routes already
	found map[findingKey]*Finding
}

// findingKey is what is told in one finding.
type findingKey struct {
	code  Code
	key   string
	other string // a route's ID, or an organisation's
}

// judgeNeighbours adds findings about routes that stand where the changes put some.
func (w *world) judgeNeighbours(plan *Plan) error {
	byService, err := w.stands(plan.Changes)
	if err != nil {
		return err
	}
	n := &neighbours{world: w, found: map[findingKey]*Finding{}}
	if err := n.remember(byService); err != nil {
		return err
	}
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		meet(byService[service], func(mine, other stand, how relation) {
			if overlap(mine.route, other.route) {
				n.met(service, mine, other, how)
			}
		})
	}
	for _, f := range n.found {
		plan.add(*f)
	}
	return nil
}

// remember notes where the organisation has routes of the services, also those that are about to be replaced.
func (n *neighbours) remember(byService map[string][]stand) error {
	n.had = map[place][]*broker.Route{}
	for _, r := range n.own() {
		err := eachPlace(*r, func(service string, region routing.Region) bool {
			if _, asked := byService[service]; asked {
				at := place{service, region}
				n.had[at] = append(n.had[at], r)
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hadAlready reports whether the organisation has at a place what r puts there, or more: nobody is asked for that again.
func (n *neighbours) hadAlready(at place, r *broker.Route) bool {
	return slices.ContainsFunc(n.had[at], func(was *broker.Route) bool { return contains(was, r) && was.Priority >= r.Priority })
}

// contains reports whether was is in force whenever r is.
func contains(was, r *broker.Route) bool {
	begins := was.From.IsZero() || !r.From.Before(was.From)
	ends := was.Until.IsZero() || !r.Until.IsZero() && !r.Until.After(was.Until)
	return begins && ends
}

func (n *neighbours) met(service string, mine, other stand, how relation) {
	if how != within && other.route.Org != n.org {
		n.ask(service, mine, other, how)
	}
	if how == same && other.route.Org == n.org && other.route.Destination == mine.route.Destination {
		n.twice(service, mine, other)
	}
	if how != alike {
		n.tell(service, mine, other, how)
	}
}

// ask adds that a consent is missing. Places that are alike are one: what is granted or agreed to at either counts.
func (n *neighbours) ask(service string, mine, other stand, how relation) {
	regions := []routing.Region{mine.region}
	if how == alike {
		regions = append(regions, other.region)
	}
	org := other.route.Org
	protected := func(r routing.Region) bool { return n.land.protects(org, service, r) }
	agreed := func(r routing.Region) bool { return n.land.consented(org, service, r) }
	if !slices.ContainsFunc(regions, protected) || slices.ContainsFunc(regions, agreed) || n.hadAlready(place{service, mine.region}, mine.route) {
		return
	}
	f := n.count(ConsentMissing, service, mine, string(org))
	if f.Text == "" {
		f.Severity, f.Org = Refuses, org
		f.Text = fmt.Sprintf("%s has territory there and is responsible with its route %q in %s: ask it, or the operator of the platform, for consent to %s in %s",
			n.nameOf(org), other.route.Name, other.region, service, mine.region)
	}
}

// twice adds that a destination would stand at a place twice: senders would get the same answer two times, or one of the routes is never answered.
func (n *neighbours) twice(service string, mine, other stand) {
	f := n.count(DestinationTwice, service, mine, string(other.route.ID))
	if f.Text != "" {
		return
	}
	f.Severity = Refuses
	f.Text = fmt.Sprintf("the destination stands for %s in %s twice at the same time, here with priority %d and in the route %s with %d: take the place out of one of the two, or let one end before the other begins",
		service, mine.region, mine.route.Priority, keyOf(*other.route), other.route.Priority)
}

// tell adds who answers where two stand.
func (n *neighbours) tell(service string, mine, other stand, how relation) {
	code, what := verdict(mine.route, other.route, how)
	id := string(other.route.ID)
	if code == NotWithin { // of what may be hundreds
		id = string(other.route.Org)
	}
	f := n.count(code, service, mine, id)
	if f.Text == "" {
		f.Severity, f.Org = Notes, other.route.Org
		f.Text = fmt.Sprintf(what, fmt.Sprintf("%q of %s (%s)", other.route.Name, n.nameOf(other.route.Org), other.region))
	}
}

func verdict(mine, other *broker.Route, how relation) (Code, string) {
	switch {
	case how == above:
		return Instead, "it is nearer than %s, and answers instead"
	case how == within:
		return NotWithin, "nearer ones answer in parts of it, among them %s"
	case mine.Priority > other.Priority:
		return Instead, "it has a higher priority than %s, and answers instead"
	case mine.Priority < other.Priority:
		return Below, "%s has a higher priority there, and answers instead"
	}
	return Beside, "%s stands there with the same priority: both are answered, the older one first"
}

// count returns the finding of a kind about a route and another one, with one place more.
func (n *neighbours) count(code Code, service string, mine stand, other string) *Finding {
	key := findingKey{code, keyOf(*mine.route), other}
	f := n.found[key]
	if f == nil {
		f = &Finding{Code: code, Key: key.key, Service: service, Region: mine.region.String()}
		n.found[key] = f
	}
	f.Count++
	return f
}
