package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// addOrg is POST /orgs.
func (s *Service) addOrg(c echo.Context) error {
	var in wire.OrgDraft
	if err := wire.Read(c.Request().Body, &in); err != nil {
		return err
	}
	org, err := s.clients.RegisterOrg(c.Request().Context(), auth.Caller(c), in.Name)
	if err != nil {
		return err
	}
	setLocation(c, string(org.ID))
	return c.JSON(http.StatusCreated, viewOrg(org))
}

func viewOrg(o broker.Org) wire.Org {
	return wire.Org{OrgID: string(o.ID), Name: o.Name, CreatedAt: o.Created.UTC()}
}
