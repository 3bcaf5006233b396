package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// audit is GET /orgs/{org}/audit, and GET /audit for the logs of all and of the installation.
func (s *Service) audit(c echo.Context) error {
	who, org := auth.Caller(c), broker.OrgID("")
	if c.Param(auth.OrgParameter) != "" {
		org = who.Org
	}
	all, counted, err := list(c, viewDeed, func(p broker.Page) ([]broker.Deed, int, error) {
		return s.Accounts.Log(c.Request().Context(), who, org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.Audit{Counted: counted, Deeds: all})
}

func viewDeed(d broker.Deed) wire.Deed {
	return wire.Deed{OrgID: string(d.Org), Who: d.Who, Deed: d.Deed, Subject: d.Subject, Detail: d.Detail, At: d.At.UTC()}
}
