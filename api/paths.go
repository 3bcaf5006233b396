package api

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// paths makes up for two habits of the router: the last parameter of a path takes everything behind it, slashes included, and
// parameters of a path with unusual percent-encoding come undecoded.
func paths(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		values := c.ParamValues()
		for _, value := range values {
			if strings.Contains(value, "/") {
				return echo.ErrNotFound
			}
		}
		if c.Request().URL.RawPath == "" {
			return next(c)
		}
		for i, value := range values {
			decoded, err := url.PathUnescape(value)
			if err != nil {
				return echo.ErrNotFound
			}
			values[i] = decoded // the slice is the context's own
		}
		return next(c)
	}
}
