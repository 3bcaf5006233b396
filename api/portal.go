package api

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/portal"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/problem"
)

func (s *surface) openPortal() (err error) {
	s.portal, err = portal.New(portal.Config{
		PublicURL: s.cfg.PublicURL, Environment: s.cfg.Environment, Problems: s.problems, Now: s.cfg.Now, Management: s.manage.Config,
		Proxies: s.cfg.TrustedProxies,
	})
	return err
}

// pages is the portal, whose table is its own. It knows its visitors by their sessions, so tokens are nothing to it.
func (s *surface) pages() []entry {
	types := []string{"application/x-www-form-urlencoded", "multipart/form-data", "application/json"}
	var all []entry
	for _, r := range s.portal.Routes() {
		all = append(all, entry{r.Method, page.Root + r.Path, access{public: true, always: r.Always}, body{types: types, limit: r.Limit}, r.Handle})
	}
	return all
}

// refuse answers with an error: to browsers with a page, to programs with a problem document.
func (s *surface) refuse(c echo.Context, err error) problem.Outcome {
	if s.portal != nil && ofPortal(c.Request().URL.Path) {
		return s.portal.Write(c, err)
	}
	return s.problems.Write(c, err)
}

// ofPortal reports whether people look at what is at a path. Its keys are for programs.
func ofPortal(path string) bool {
	return path == page.Root || strings.HasPrefix(path, page.Root+"/") && !strings.HasPrefix(path, page.Root+"/.well-known")
}
