package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/routing"
)

// hold holds the routes for an area against it. The key of an area that was merged into another one is answered with the routes of that one, which the
// portal does not attest for the former key: nobody signs which area became which. So it takes a caller who said that this is known (Area.Former) to believe
// the routing service in this; anybody else is told what the service says, and asks by the key of today.
func (c *Client) hold(ctx context.Context, j judge, found []wire.Route, service routing.Service, area Area) ([]Route, error) {
	where, err := area.read()
	if err != nil {
		return nil, err
	}
	routes, err := j.routes(found, service, where)
	if !errors.Is(err, attest.ErrNotCovered) {
		return routes, err
	}
	today, note := c.moved(ctx, service, area, where)
	if note == "" {
		return nil, err
	}
	if !area.Former {
		return nil, fmt.Errorf("%w. The routing service says: %s If you know that this is so, ask for ARS %s", err, note, today.ARS())
	}
	routes, err = j.routes(found, service, place{known: true, region: today})
	for i := range routes {
		routes[i].Moved = note
	}
	return routes, err
}

// moved is where a former area is today, and what the routing service says about it; "" if it says nothing, or the area is where it was.
func (c *Client) moved(ctx context.Context, service routing.Service, area Area, was place) (today routing.Region, note string) {
	why, err := c.Explain(ctx, service.String(), area)
	if err != nil || why == nil || why.Area == nil || len(why.Notes) == 0 {
		return today, ""
	}
	today, err = routing.ParseARS(why.Area.ARS)
	if err != nil || was.known && today == was.region {
		return today, ""
	}
	return today, why.Notes[0]
}

// routes judges all, or none.
func (j judge) routes(found []wire.Route, service routing.Service, where place) ([]Route, error) {
	routes := make([]Route, len(found))
	for i, one := range found {
		var err error
		if routes[i], err = j.route(one, service, where); err != nil {
			return nil, &RouteError{one.DestinationID, err}
		}
	}
	return routes, nil
}
