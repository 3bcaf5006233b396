package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
)

// checklists is GET /orgs/{org}/golive.
func (s *Service) checklists(c echo.Context) error {
	all, counted, err := list(c, viewProgress, func(p broker.Page) ([]golive.Checklist, int, error) {
		return s.GoLive.List(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.GoLiveSubjects{Counted: counted, Subjects: all})
}

// checklist is GET /orgs/{org}/golive/{subject}.
func (s *Service) checklist(c echo.Context) error {
	asked, err := id[string](c, "subject")
	if err != nil {
		return err
	}
	found, err := s.GoLive.Get(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewChecklist, found, err)
}

// declarePoint is PUT /orgs/{org}/golive/{subject}/points/{point}.
func (s *Service) declarePoint(c echo.Context) error {
	asked, err := id[string](c, "subject")
	if err != nil {
		return err
	}
	in, err := read[wire.GoLiveDeclaration](c)
	if err != nil {
		return err
	}
	if in.Done == nil {
		return &wire.Error{Member: "done", Want: "is required: true ticks the point, false takes that back"}
	}
	found, err := s.GoLive.Declare(c.Request().Context(), auth.Caller(c), asked, golive.Point(c.Param("point")), golive.Declaration{
		Done: *in.Done, Note: in.Note, Link: in.Link,
	})
	return answer(c, http.StatusOK, viewChecklist, found, err)
}

// report is GET /orgs/{org}/golive/{subject}/report.
func (s *Service) report(c echo.Context) error {
	asked, err := id[string](c, "subject")
	if err != nil {
		return err
	}
	made, err := s.GoLive.Report(c.Request().Context(), auth.Caller(c), asked)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, made)
}

// ownPoints is GET /orgs/{org}/golive-points.
func (s *Service) ownPoints(c echo.Context) error {
	all, err := s.GoLive.Points(c.Request().Context(), auth.Caller(c))
	if err != nil {
		return err
	}
	points := make([]wire.GoLiveOwnPoint, len(all))
	for i, p := range all {
		points[i] = viewOwnPoint(p)
	}
	return c.JSON(http.StatusOK, wire.GoLiveOwnPoints{Points: points})
}

// addOwnPoint is POST /orgs/{org}/golive-points.
func (s *Service) addOwnPoint(c echo.Context) error {
	in, err := read[wire.GoLiveOwnPointDraft](c)
	if err != nil {
		return err
	}
	kinds := make([]golive.Kind, len(in.Kinds))
	for i, k := range in.Kinds {
		kinds[i] = golive.Kind(k)
	}
	made, err := s.GoLive.AddPoint(c.Request().Context(), auth.Caller(c), in.Text, kinds)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), viewOwnPoint(made))
}

// removeOwnPoint is DELETE /orgs/{org}/golive-points/{own}.
func (s *Service) removeOwnPoint(c echo.Context) error {
	asked, err := id[golive.OwnPointID](c, "own")
	if err != nil {
		return err
	}
	if err := s.GoLive.RemovePoint(c.Request().Context(), auth.Caller(c), asked); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func viewProgress(l golive.Checklist) wire.GoLiveSubject {
	done, of := l.Progress()
	return wire.GoLiveSubject{
		SubjectID: l.Subject.ID, Kind: string(l.Subject.Kind), Name: l.Subject.Name, Digest: l.Subject.Digest,
		Done: done, Required: of, Complete: l.Complete(),
	}
}

func viewChecklist(l golive.Checklist) wire.GoLiveChecklist {
	view := wire.GoLiveChecklist{GoLiveSubject: viewProgress(l), Points: make([]wire.GoLivePoint, len(l.Items))}
	for i, item := range l.Items {
		view.Points[i] = viewPoint(item)
	}
	return view
}

func viewPoint(i golive.Item) wire.GoLivePoint {
	view := wire.GoLivePoint{
		Point: string(i.Point), Title: i.Title, Source: string(i.Source), State: string(i.State), Required: i.Required,
		At: instant(i.At), Why: i.Why(), By: i.By, Note: i.Note, Link: i.Link, Own: i.Own,
	}
	if i.Shown.Type != "" {
		view.Evidence = &wire.GoLiveEvidence{Type: i.Shown.Type, ID: i.Shown.ID}
	}
	return view
}

func viewOwnPoint(p golive.OwnPoint) wire.GoLiveOwnPoint {
	view := wire.GoLiveOwnPoint{PointID: string(p.ID), Text: p.Text, Kinds: []string{}, By: p.By, CreatedAt: p.Made}
	for _, k := range p.Kinds {
		view.Kinds = append(view.Kinds, string(k))
	}
	return view
}
