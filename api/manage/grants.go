package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// grants is GET /orgs/{org}/grants.
func (s *Service) grants(c echo.Context) error {
	who := auth.Caller(c)
	all, counted, err := list(c, viewGrant, func(p broker.Page) ([]publication.Grant, int, error) {
		return s.Publication.Grants(c.Request().Context(), who, who.Org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.TerritoryList{Counted: counted, Grants: all})
}

// addGrant is POST /orgs/{org}/grants.
func (s *Service) addGrant(c echo.Context) error {
	in, err := read[wire.TerritoryDraft](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	g, err := s.Publication.Grant(c.Request().Context(), who, who.Org, in.Services, in.Region)
	if err != nil {
		return err
	}
	return created(c, string(g.ID), viewGrant(g))
}

// withdrawGrant is DELETE /orgs/{org}/grants/{grant}, with routes=true together with the routes that it carries.
func (s *Service) withdrawGrant(c echo.Context) error {
	grant, err := id[publication.GrantID](c, "grant")
	if err != nil {
		return err
	}
	routesToo, err := asked(c, "routes")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	out, err := s.Publication.WithdrawGrant(c.Request().Context(), who, who.Org, grant, routesToo)
	return answer(c, http.StatusOK, viewOutcome, out, err)
}

func viewGrant(g publication.Grant) wire.Territory {
	return wire.Territory{GrantID: string(g.ID), Services: whole(g.Services), Region: g.Region, By: g.By, MadeAt: g.Made.UTC()}
}

// whole is a list that is never null.
func whole[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
