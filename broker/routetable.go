package broker

import (
	"cmp"
	"slices"
	"time"

	"github.com/vierkant/vierkant/routing"
)

// RoutesByAge lists all routes, the oldest first: that order is the one in which equal ones are answered, and the handles of RouteTable.
// It goes by Published and not by the order of the store, where a route that was withdrawn and put back is the youngest.
func RoutesByAge(tx Tx) ([]Route, error) {
	all, err := tx.Routes()
	slices.SortStableFunc(all, func(a, b Route) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// RouteTable makes the table of routes; its handles are indexes into all, which is sorted by age.
func RouteTable(all []Route) (*routing.Table, error) {
	var entries []routing.Entry
	ranks := make([]routing.Rank, len(all))
	for i, r := range all {
		var err error
		if entries, err = appendEntries(entries, r, uint32(i)); err != nil {
			return nil, err
		}
		ranks[i] = rankOf(r)
	}
	return routing.Build(entries, ranks)
}

// rankOf is what decides about a route in the table, which counts in whole seconds: a fraction begins the next one.
func rankOf(r Route) routing.Rank {
	return routing.Rank{Priority: r.Priority, From: secondOf(r.From), Until: secondOf(r.Until), Offline: r.Offline}
}

func secondOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// appendEntries adds the coverage of a route. Services without a 14-digit key cannot be asked for by key; they are part of the addressing
// information only.
func appendEntries(entries []routing.Entry, r Route, handle uint32) ([]routing.Entry, error) {
	for _, c := range r.Coverage {
		var services []routing.Service
		for _, urn := range c.Services {
			if service, ok := routing.ServiceFromURN(urn); ok {
				services = append(services, service)
			}
		}
		for _, region := range c.Regions {
			at, err := routing.ParseRegion(region)
			if err != nil || !at.Canonical() {
				return nil, badRequest("a route names regions as DE with 0, 2, 3, 5, 9 or 12 digits, not %q", clip(region))
			}
			for _, service := range services {
				entries = append(entries, routing.Entry{Service: service, Region: at, Route: handle})
			}
		}
	}
	return entries, nil
}
