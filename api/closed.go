package api

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/fair"
)

// opened is the handler of a route behind what may keep everybody out for a while. It comes after the check of who asks, so that somebody
// unknown learns nothing, and before anything of the body is read.
func (s *surface) opened(r entry) echo.HandlerFunc {
	if s.cfg.Rehearse == nil || r.access.people || !ofContract(r.path) {
		return r.handle
	}
	return func(c echo.Context) error {
		after, err := s.cfg.Rehearse(auth.Caller(c).Client)
		if err == nil {
			return r.handle(c)
		}
		c.Response().Header().Set("Retry-After", fair.Seconds(after))
		return err
	}
}

// ofContract reports whether a path is one of the APIs of the contract, the token service among them.
func ofContract(path string) bool { return path == tokenPath || strings.Contains(path, "-api/") }
