package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
)

// me is GET /me.
func (s *Service) me(c echo.Context) error {
	who := auth.Caller(c)
	switch {
	case who.Client != "":
		return c.JSON(http.StatusOK, wire.Me{Kind: "client", ClientID: string(who.Client), OrgID: string(who.Org)})
	case who.Person == "":
		return c.JSON(http.StatusOK, wire.Me{Kind: "operator"})
	}
	p, err := s.Accounts.Person(c.Request().Context(), who, who.Person)
	if err != nil {
		return err
	}
	view := viewPerson(p)
	return c.JSON(http.StatusOK, wire.Me{Kind: "person", Person: &view})
}
