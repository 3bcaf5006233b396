package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
)

// tracked is GET /orgs/{org}/submissions.
func (s *Service) tracked(c echo.Context) error {
	q, err := trackingQuery(c)
	if err != nil {
		return err
	}
	page, err := s.Tracking.Submissions(c.Request().Context(), auth.Caller(c), q)
	return answer(c, http.StatusOK, viewTrackedList, page, err)
}

// trackedOne is GET /orgs/{org}/submissions/{submission}.
func (s *Service) trackedOne(c echo.Context) error {
	asked, err := id[broker.SubmissionID](c, "submission")
	if err != nil {
		return err
	}
	found, err := s.Tracking.Submission(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewTracked, found, err)
}

// evidence is GET /orgs/{org}/submissions/{submission}/evidence.
func (s *Service) evidence(c echo.Context) error {
	asked, err := id[broker.SubmissionID](c, "submission")
	if err != nil {
		return err
	}
	found, err := s.Tracking.Evidence(c.Request().Context(), auth.Caller(c), asked)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, found)
}

// trackedCases is GET /orgs/{org}/cases.
func (s *Service) trackedCases(c echo.Context) error {
	q, err := trackingQuery(c)
	if err != nil {
		return err
	}
	page, err := s.Tracking.Cases(c.Request().Context(), auth.Caller(c), q)
	return answer(c, http.StatusOK, viewTrackedCases, page, err)
}

// trackedCase is GET /orgs/{org}/cases/{case}.
func (s *Service) trackedCase(c echo.Context) error {
	asked, err := id[broker.CaseID](c, "case")
	if err != nil {
		return err
	}
	found, err := s.Tracking.Case(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewTrackedCase, found, err)
}

// trackedEvents is GET /orgs/{org}/cases/{case}/events.
func (s *Service) trackedEvents(c echo.Context) error {
	asked, err := id[broker.CaseID](c, "case")
	if err != nil {
		return err
	}
	view := wire.TrackedEvents{CaseID: string(asked)}
	view.Events, view.Counted, err = list(c, viewTrackedEvent, func(p broker.Page) ([]tracking.Event, int, error) {
		l, err := s.Tracking.Timeline(c.Request().Context(), auth.Caller(c), asked, p)
		view.Whole = l.Whole
		return l.Events, l.Total, err
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, view)
}

// findID is GET /orgs/{org}/ids/{id}.
func (s *Service) findID(c echo.Context) error {
	asked, err := id[string](c, "id")
	if err != nil {
		return err
	}
	found, err := s.Tracking.Find(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewFound, found, err)
}
