package publication

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// world is what the routes of an organisation are judged on, as one transaction sees it.
type world struct {
	tx   broker.Tx
	org  broker.OrgID
	all  []broker.Route // of everybody, by age
	land territory
}

func (p *Publisher) read(tx broker.Tx, org broker.OrgID) (*world, error) {
	if _, err := tx.Org(org); err != nil {
		return nil, broker.NoOrg(err, org)
	}
	all, err := broker.RoutesByAge(tx)
	if err != nil {
		return nil, err
	}
	land, err := readTerritory(tx, org)
	return &world{tx: tx, org: org, all: all, land: land}, err
}

// own lists the routes of the organisation.
func (w *world) own() (own []*broker.Route) {
	for i := range w.all {
		if w.all[i].Org == w.org {
			own = append(own, &w.all[i])
		}
	}
	return own
}

func (w *world) byKey() map[string]*broker.Route {
	own := map[string]*broker.Route{}
	for _, r := range w.own() {
		own[keyOf(*r)] = r
	}
	return own
}

// after lists the routes of everybody, by age, as they would be with the changes.
func (w *world) after(changes []Change) []broker.Route {
	gone := replaced(changes)
	var all []broker.Route
	for _, r := range w.all {
		if c, touched := gone[r.ID]; !touched {
			all = append(all, r)
		} else if c.After != nil {
			all = append(all, *c.After)
		}
	}
	for _, c := range changes {
		if c.Before == nil {
			all = append(all, *c.After)
		}
	}
	return all
}

// replaced is the changes of routes that are there, by their IDs.
func replaced(changes []Change) map[broker.RouteID]Change {
	gone := make(map[broker.RouteID]Change, len(changes))
	for _, c := range changes {
		if c.Before != nil {
			gone[c.Before.ID] = c
		}
	}
	return gone
}

// nameOf is how people know an organisation.
func (w *world) nameOf(org broker.OrgID) string {
	if o, err := w.tx.Org(org); err == nil && o.Name != "" {
		return o.Name
	}
	return "organisation " + string(org)
}

// eachPlace goes through the places of a route until visit has seen enough.
func eachPlace(r broker.Route, visit func(service string, region routing.Region) (more bool)) error {
	for _, c := range r.Coverage {
		for _, text := range c.Regions {
			region, err := routing.ParseRegion(text)
			if err != nil {
				return fmt.Errorf("route %s: %w", r.ID, err)
			}
			for _, service := range c.Services {
				if !visit(service, region) {
					return nil
				}
			}
		}
	}
	return nil
}

// size is the number of places of a route.
func size(r broker.Route) (n int) {
	for _, c := range r.Coverage {
		n += len(c.Services) * len(c.Regions)
	}
	return n
}

// CheckComment refuses a comment that is too long for a history.
func CheckComment(comment string) error {
	if len(comment) > MaxComment {
		return broker.Invalid.New("bad-request", "the comment has at most %d bytes", MaxComment)
	}
	return nil
}

// look runs fn on the world of an organisation for who may read what belongs to it.
func (p *Publisher) look(ctx context.Context, who broker.Caller, org broker.OrgID, fn func(*world) error) error {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return err
	}
	return p.cfg.Store.View(ctx, func(tx broker.Tx) error {
		w, err := p.read(tx, org)
		if err != nil {
			return err
		}
		return fn(w)
	})
}

// list runs fn for who may read what belongs to an organisation.
func (p *Publisher) list(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page, fn func(broker.Tx) error) error {
	if err := who.MayList(org, page); err != nil {
		return err
	}
	return p.cfg.Store.View(ctx, fn)
}

// note writes into the audit log of an organisation, or of the installation.
func (p *Publisher) note(tx broker.Tx, who broker.Caller, org broker.OrgID, deed, subject, detail string) error {
	return broker.Note(tx, p.cfg.Now(), who, broker.Deed{Org: org, Deed: deed, Subject: subject, Detail: detail})
}

func keysOf(routes []broker.Route) []string {
	keys := make([]string, len(routes))
	for i, r := range routes {
		keys[i] = keyOf(r)
	}
	slices.Sort(keys)
	return keys
}

// enumerate names some of many things: "route a", "routes a, b", "27 routes, among them a, b and c".
func enumerate(noun string, names []string) string {
	const most = 5
	switch {
	case len(names) == 1:
		return noun + " " + names[0]
	case len(names) <= most:
		return noun + "s " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("%d %ss, among them %s", len(names), noun, strings.Join(names[:most], ", "))
}

func convert[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}
