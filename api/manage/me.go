package manage

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
)

// me is GET /me.
func (s *Service) me(c echo.Context) error {
	who := auth.Caller(c)
	if who.IsOperator() {
		return c.JSON(http.StatusOK, wire.Me{Kind: "operator"})
	}
	return c.JSON(http.StatusOK, wire.Me{Kind: "client", ClientID: string(who.Client), OrgID: string(who.Org)})
}

// setLocation names what was made: a path below the one that was posted to.
func setLocation(c echo.Context, name string) {
	c.Response().Header().Set("Location", c.Request().URL.EscapedPath()+"/"+url.PathEscape(name))
}
