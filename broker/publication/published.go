package publication

import (
	"context"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// Filter says which routes are looked for; the zero value is all.
type Filter struct {
	Key         string // a piece of the key or of the name, whatever its case
	Service     string // URN
	Region      string // "DE…": those at a region that covers it, or that it covers
	Destination broker.DestinationID
	Offline     bool // only those that are offline
}

// Published lists the routes of an organisation, by key. It takes the right to read.
func (p *Publisher) Published(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) ([]broker.Route, int, error) {
	return p.Find(ctx, who, org, Filter{}, page)
}

// Find is Published of what a filter lets through. A page costs the same however many routes there are: they are in memory already, and put into order once
// for each publication. A filter goes through those of the organisation.
func (p *Publisher) Find(ctx context.Context, who broker.Caller, org broker.OrgID, f Filter, page broker.Page) (some []broker.Route, total int, err error) {
	if err := who.MayList(org, page); err != nil {
		return nil, 0, err
	}
	lets, err := f.lets()
	if err != nil {
		return nil, 0, err
	}
	if err := p.cfg.Routes.Follow(ctx); err != nil {
		return nil, 0, err
	}
	view := p.cfg.Routes.View()
	own := p.shelved(view).own[org]
	if f != (Filter{}) {
		own = slices.DeleteFunc(slices.Clone(own), func(n uint32) bool { return !lets(view.Route(n)) })
	}
	return convert(paged(own, page), view.Stored), len(own), nil
}

// Route returns the route of an organisation with a key. It takes the right to read.
func (p *Publisher) Route(ctx context.Context, who broker.Caller, org broker.OrgID, key string) (broker.Route, error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return broker.Route{}, err
	}
	if err := p.cfg.Routes.Follow(ctx); err != nil {
		return broker.Route{}, err
	}
	view := p.cfg.Routes.View()
	own := p.shelved(view).own[org]
	i, found := slices.BinarySearchFunc(own, key, func(n uint32, key string) int { return strings.Compare(keyOf(*view.Route(n)), key) })
	if !found {
		return broker.Route{}, noRoute(key)
	}
	return view.Stored(own[i]), nil
}

func noRoute(key string) error {
	return broker.NotFound.New("route-not-found", "the organisation has no route %.120q: list what is published", key)
}

// lets makes a test of a route.
func (f Filter) lets() (func(*broker.Route) bool, error) {
	piece := strings.ToLower(f.Key)
	at, err := routing.ParseRegion(f.Region)
	if f.Region != "" && err != nil {
		return nil, broker.Invalid.New("bad-request", "%s", err)
	}
	return func(r *broker.Route) bool {
		named := strings.Contains(keyOf(*r), piece) || strings.Contains(strings.ToLower(r.Name), piece)
		led := f.Destination == "" || r.Destination == f.Destination
		return named && led && (r.Offline || !f.Offline) && slices.ContainsFunc(r.Coverage, func(c broker.Coverage) bool {
			return (f.Service == "" || slices.Contains(c.Services, f.Service)) && (f.Region == "" || touches(c.Regions, at))
		})
	}, nil
}

// touches reports whether one of the regions covers a place, or lies in it.
func touches(regions []string, at routing.Region) bool {
	return slices.ContainsFunc(regions, func(text string) bool {
		r, err := routing.ParseRegion(text)
		return err == nil && (r.Covers(at) || at.Covers(r))
	})
}

// shelf is the routes of one view in the order in which they are listed.
type shelf struct {
	view broker.View
	own  map[broker.OrgID][]uint32 // by key
}

// shelved returns the shelf of a view. Of several who ask for a fresh one each makes it; the last is kept.
func (p *Publisher) shelved(view broker.View) *shelf {
	if s := p.shelf.Load(); s != nil && s.view == view {
		return s
	}
	s := &shelf{view, map[broker.OrgID][]uint32{}}
	for n := range uint32(view.Len()) {
		org := view.Route(n).Org
		s.own[org] = append(s.own[org], n)
	}
	for _, all := range s.own {
		slices.SortFunc(all, func(a, b uint32) int { return strings.Compare(keyOf(*view.Route(a)), keyOf(*view.Route(b))) })
	}
	p.shelf.Store(s)
	return s
}
