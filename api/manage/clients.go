package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// addClient is POST /orgs/{org}/clients.
func (s *Service) addClient(c echo.Context) error {
	var in wire.ClientDraft
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	draft := broker.NewClient{Name: in.Name, Kind: broker.ClientKind(in.Kind), Manage: in.Manage}
	for _, g := range in.Grants {
		draft.Grants = append(draft.Grants, broker.Grant(g))
	}
	made, secret, err := s.clients.Register(c.Request().Context(), auth.Caller(c), draft)
	if err != nil {
		return err
	}
	setLocation(c, string(made.ID))
	return c.JSON(http.StatusCreated, wire.NewClient{Client: viewClient(made), ClientSecret: secret})
}

func viewClient(c broker.Client) wire.Client {
	view := wire.Client{
		ClientID: string(c.ID), Name: c.Name, Kind: string(c.Kind), Manage: c.Manage, Grants: make([]wire.SendGrant, len(c.Grants)),
		Disabled: c.Disabled, CreatedAt: c.Created.UTC(),
	}
	for i, g := range c.Grants {
		view.Grants[i] = wire.SendGrant(g)
	}
	return view
}
