package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// maintenance is GET /maintenance.
func (s *Service) maintenance(c echo.Context) error {
	notice, told := s.Notices.Current()
	if !told {
		return c.JSON(http.StatusOK, wire.Announcement{})
	}
	m := wire.Maintenance(notice)
	return c.JSON(http.StatusOK, wire.Announcement{Maintenance: &m})
}

// announce is PUT /maintenance.
func (s *Service) announce(c echo.Context) error {
	in, err := read[wire.Maintenance](c)
	if err != nil {
		return err
	}
	if err := s.Notices.Announce(c.Request().Context(), auth.Caller(c), broker.Notice(in)); err != nil {
		return err
	}
	return s.maintenance(c)
}

// endMaintenance is DELETE /maintenance.
func (s *Service) endMaintenance(c echo.Context) error {
	if err := s.Notices.Withdraw(c.Request().Context(), auth.Caller(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
