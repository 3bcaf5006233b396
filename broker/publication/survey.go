package publication

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// Reach is how far people are served with a service in a part of a territory, counted in municipalities. Each of them is one of Own, Others, Offline and
// Missing.
type Reach struct {
	Service string // URN
	Region  string // "DE…" of the part; "": the territory
	Label   string // of the part, for people
	Towns   int    // of the part that lie in the territory
	Own     int    // the organisation answers, perhaps beside others
	Others  int    // only others do
	Offline int    // a route keeps the place, and does not answer
	Missing int    // nobody is there
}

func (r *Reach) count(what standing) {
	r.Towns++
	switch what {
	case own:
		r.Own++
	case others:
		r.Others++
	case offline:
		r.Offline++
	case missing:
		r.Missing++
	}
}

// Coverage tells for each service of an organisation how much of its territory is served now, by service. Its territory is its grants, and where it has none the
// regions of its own routes. It takes the right to read. What it costs goes by the services of the page.
func (p *Publisher) Coverage(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (all []Reach, total int, err error) {
	s, err := p.survey(ctx, who, org, page)
	if err != nil {
		return nil, 0, err
	}
	services := s.services()
	for _, service := range paged(services, page) {
		sum := Reach{Service: service}
		for _, t := range s.towns(service) {
			sum.count(s.standing(service, t))
		}
		all = append(all, sum)
	}
	return all, len(services), nil
}

// CoverageIn tells the same of the areas directly below a region, as far as the territory reaches into them, in the order of the catalogue.
func (p *Publisher) CoverageIn(ctx context.Context, who broker.Caller, org broker.OrgID, service, region string, page broker.Page) (all []Reach, total int, err error) {
	s, above, err := p.surveyIn(ctx, who, org, service, region, page)
	if err != nil {
		return nil, 0, err
	}
	sums := s.sums(service)
	var below []Reach
	for _, a := range s.areas.All() {
		if sum := sums[a.ID]; sum != nil && a.Parent == above {
			below = append(below, *sum)
		}
	}
	return paged(below, page), len(below), nil
}

// Gaps lists where, in the territory, nobody is for a service: areas that lie in it with all their municipalities, the largest instead of their parts, in the order of
// the catalogue. An offline route is no gap: somebody took it there.
func (p *Publisher) Gaps(ctx context.Context, who broker.Caller, org broker.OrgID, service string, page broker.Page) (gaps []Reach, total int, err error) {
	s, _, err := p.surveyIn(ctx, who, org, service, "DE", page)
	if err != nil {
		return nil, 0, err
	}
	land, sums := s.ground(service), s.sums(service)
	whole := func(a area.Area) bool {
		sum := sums[a.ID]
		return sum != nil && sum.Missing == sum.Towns && land.has(a.Region())
	}
	for _, a := range s.areas.All() {
		if above, ok := s.areas.ByID(a.Parent); whole(a) && !(ok && whole(above)) {
			gaps = append(gaps, *sums[a.ID])
		}
	}
	return paged(gaps, page), len(gaps), nil
}

func paged[T any](all []T, page broker.Page) []T {
	from := min(page.Offset, len(all))
	return all[from:min(from+page.Limit, len(all))]
}

// standing is what somebody finds who asks for a municipality.
type standing int

const (
	own standing = iota
	others
	offline
	missing
)

// survey is what the coverage of a territory is read from: the routes as they are answered now.
type survey struct {
	org    broker.OrgID
	view   broker.View
	at     time.Time
	areas  *area.Catalogue
	grants []span
	routes []*broker.Route // of the organisation
}

func (p *Publisher) survey(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (*survey, error) {
	s := &survey{org: org, at: p.now(), areas: p.cfg.Areas()}
	if err := p.list(ctx, who, org, page, func(tx broker.Tx) error {
		grants, err := grantsOf(tx, org)
		for i := 0; i < len(grants) && err == nil; i++ {
			var g span
			g, err = spanOf(grants[i].Services, grants[i].Region)
			s.grants = append(s.grants, g)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := p.cfg.Routes.Follow(ctx); err != nil {
		return nil, err
	}
	s.view = p.cfg.Routes.View()
	s.routes = convert(p.shelved(s.view).own[org], s.view.Route)
	return s, nil
}

// surveyIn is survey for a service, below an area.
func (p *Publisher) surveyIn(ctx context.Context, who broker.Caller, org broker.OrgID, service, region string, page broker.Page) (*survey, area.ID, error) {
	s, err := p.survey(ctx, who, org, page)
	if err != nil {
		return nil, "", err
	}
	if _, routable := routing.ServiceFromURN(service); !routable {
		return nil, "", noService(service)
	}
	at, err := routing.ParseRegion(region)
	if err != nil {
		return nil, "", broker.Invalid.New("bad-request", "%s", err)
	}
	above, known := s.areas.ByARS(at.ARS())
	if !known && at.ARS() != "" {
		return nil, "", broker.Invalid.New("bad-request", "%.20q is not in the catalogue of areas: name a Land, a Kreis or an association, or DE", region)
	}
	return s, above.ID, nil
}

func noService(urn string) error {
	return broker.Invalid.New("bad-request", "%.80q is not a service with a key of 14 digits, like urn:de:fim:leika:leistung:99050012104000", urn)
}

// services are those that the organisation has somewhere and that can be asked for.
func (s *survey) services() []string {
	all := map[string]bool{}
	for _, g := range s.grants {
		for _, service := range g.services {
			all[service] = true
		}
	}
	for _, r := range s.routes {
		for _, c := range r.Coverage {
			for _, service := range c.Services {
				all[service] = true
			}
		}
	}
	maps.DeleteFunc(all, func(service string, _ bool) bool { _, routable := routing.ServiceFromURN(service); return !routable })
	return slices.Sorted(maps.Keys(all))
}

// ground is regions with all that they cover.
type ground map[routing.Region]bool

func (g ground) has(r routing.Region) bool {
	for up := true; up; r, up = r.Parent() {
		if g[r] {
			return true
		}
	}
	return false
}

// ground is the territory for a service.
func (s *survey) ground(service string) ground {
	land := ground{}
	for _, g := range s.grants {
		if g.names(service) {
			land[g.region] = true
		}
	}
	if len(s.grants) > 0 {
		return land
	}
	for _, r := range s.routes {
		for _, c := range r.Coverage {
			for i := 0; i < len(c.Regions) && slices.Contains(c.Services, service); i++ {
				if region, err := routing.ParseRegion(c.Regions[i]); err == nil {
					land[region] = true
				}
			}
		}
	}
	return land
}

// towns lists the municipalities of the territory.
func (s *survey) towns(service string) (towns []area.Area) {
	land := s.ground(service)
	for _, a := range s.areas.All() {
		if len(a.ARS) == int(routing.Municipality) && land.has(a.Region()) {
			towns = append(towns, a)
		}
	}
	return towns
}

// sums counts for each area what is in it, itself included.
func (s *survey) sums(service string) map[area.ID]*Reach {
	sums := map[area.ID]*Reach{}
	for _, t := range s.towns(service) {
		what := s.standing(service, t)
		for _, id := range upwards(s.areas, t) {
			if sums[id] == nil {
				a, _ := s.areas.ByID(id)
				sums[id] = &Reach{Service: service, Region: a.Region().String(), Label: s.areas.Label(a)}
			}
			sums[id].count(what)
		}
	}
	return sums
}

func (s *survey) standing(service string, town area.Area) standing {
	key, _ := routing.ServiceFromURN(service)
	var room [8]uint32
	found := s.view.In(key, town.Region(), s.at, room[:0])
	switch {
	case slices.ContainsFunc(found, func(n uint32) bool { return s.view.Route(n).Org == s.org }):
		return own
	case len(found) > 0:
		return others
	}
	for _, step := range s.view.Explain(key, town.Region(), s.at) {
		if slices.ContainsFunc(step.Candidates, func(c routing.Candidate) bool { return c.Verdict == routing.Offline }) {
			return offline
		}
	}
	return missing
}
