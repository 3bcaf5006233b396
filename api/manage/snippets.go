package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/portal/snippets"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// snippets is GET /orgs/{org}/clients/{client}/snippets.
func (s *Service) snippets(c echo.Context) error {
	client, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	var ask snippets.Ask
	for name, into := range map[string]*string{"service": &ask.Service, "region": &ask.Region, "destinationId": &ask.Destination} {
		if *into, _, err = q.One(name); err != nil {
			return err
		}
	}
	all, err := s.Snippets.For(c.Request().Context(), auth.Caller(c), client, ask)
	if err != nil {
		return err
	}
	out := wire.SnippetList{Snippets: make([]wire.Snippet, len(all))}
	for i, one := range all {
		out.Snippets[i] = wire.Snippet(one)
	}
	return c.JSON(http.StatusOK, out)
}

// clientDestinations is GET /orgs/{org}/clients/{client}/destinations.
func (s *Service) clientDestinations(c echo.Context) error {
	client, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	all, err := s.Clients.Destinations(c.Request().Context(), auth.Caller(c), client)
	if err != nil {
		return err
	}
	out := wire.ClientDestinations{Destinations: make([]wire.ClientDestination, len(all))}
	for i, d := range all {
		view := wire.ClientDestination{DestinationID: string(d.ID), Name: d.Name, Status: string(d.Status), ClientIDs: make([]string, len(d.Clients))}
		for j, c := range d.Clients {
			view.ClientIDs[j] = string(c)
		}
		out.Destinations[i] = view
	}
	return c.JSON(http.StatusOK, out)
}
