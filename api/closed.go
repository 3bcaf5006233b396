package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/manage"
)

// opened is the handler of a route behind what may keep everybody out for a while: maintenance, and what fails on request. It comes after the
// check of who asks, so that somebody unknown learns nothing, and before anything of the body is read.
func (s *surface) opened(r entry) echo.HandlerFunc {
	return func(c echo.Context) error {
		after, err := s.closed(r, c)
		if err == nil {
			return r.handle(c)
		}
		c.Response().Header().Set("Retry-After", fair.Seconds(after))
		return err
	}
}

// closed returns an error for a request that is not taken now, and after how long it may be repeated.
func (s *surface) closed(r entry, c echo.Context) (after time.Duration, err error) {
	if r.changes() {
		after, err = s.cfg.Broker.Notices.Closed()
	}
	if err == nil && s.cfg.Rehearse != nil && r.ofContract() {
		after, err = s.cfg.Rehearse(auth.Caller(c).Client)
	}
	return after, err
}

// changes reports whether a request would change something that maintenance keeps as it is. To get a token does not; and what ends maintenance must not be
// refused because of it.
func (r entry) changes() bool {
	return r.method != http.MethodGet && !r.access.always && r.path != tokenPath && r.path != manage.Root+"/maintenance"
}

// ofContract reports whether a route is of one of the APIs of the contract, the token service among them.
func (r entry) ofContract() bool {
	return !r.access.people && (r.path == tokenPath || strings.Contains(r.path, "-api/"))
}
