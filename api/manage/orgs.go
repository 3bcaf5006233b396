package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// orgs is GET /orgs: those that the caller may act for.
func (s *Service) orgs(c echo.Context) error {
	all, counted, err := list(c, viewOrg, func(p broker.Page) ([]broker.Org, int, error) {
		return s.Accounts.Orgs(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.OrgList{Counted: counted, Orgs: all})
}

// addOrg is POST /orgs.
func (s *Service) addOrg(c echo.Context) error {
	in, err := read[wire.OrgDraft](c)
	if err != nil {
		return err
	}
	org, err := s.Accounts.Found(c.Request().Context(), auth.Caller(c), in.Name)
	if err != nil {
		return err
	}
	return created(c, string(org.ID), viewOrg(org))
}

// org is GET /orgs/{org}.
func (s *Service) org(c echo.Context) error {
	who := auth.Caller(c)
	o, err := s.Accounts.Org(c.Request().Context(), who, who.Org)
	return answer(c, http.StatusOK, viewOrg, o, err)
}

// renameOrg is PATCH /orgs/{org}.
func (s *Service) renameOrg(c echo.Context) error {
	in, err := read[wire.OrgDraft](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	o, err := s.Accounts.Rename(c.Request().Context(), who, who.Org, in.Name)
	return answer(c, http.StatusOK, viewOrg, o, err)
}

func viewOrg(o broker.Org) wire.Org {
	return wire.Org{OrgID: string(o.ID), Name: o.Name, CreatedAt: o.Created.UTC()}
}
