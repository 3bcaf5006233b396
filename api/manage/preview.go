package manage

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/routing"
)

// preview is GET /orgs/{org}/routes/preview: as things are.
func (s *Service) preview(c echo.Context) error { return s.ask(c, nil) }

// previewChanges is POST /orgs/{org}/routes/preview: as they would be.
func (s *Service) previewChanges(c echo.Context) error {
	set, err := s.changes(c)
	if err != nil {
		return err
	}
	return s.ask(c, &set)
}

func (s *Service) ask(c echo.Context, changes *publication.ChangeSet) error {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	question := publication.Question{Org: who.Org, Changes: changes}
	var at string
	for name, into := range map[string]*string{"service": &question.Service, "region": &question.Region, "at": &at} {
		if *into, _, err = q.One(name); err != nil {
			return err
		}
	}
	if at != "" {
		if question.At, err = time.Parse(time.RFC3339, at); err != nil {
			return &wire.Error{Member: "at", Want: "must be a time like 2027-01-01T00:00:00Z"}
		}
	}
	found, err := s.Publication.Preview(c.Request().Context(), who, question)
	return answer(c, http.StatusOK, func(p publication.Preview) wire.RoutePreview { return viewPreview(p, who.Org) }, found, err)
}

func viewPreview(p publication.Preview, org broker.OrgID) wire.RoutePreview {
	view := wire.RoutePreview{At: p.At.UTC(), Region: p.Where, Answers: []wire.PreviewRoute{}, Steps: []wire.PreviewStep{}}
	for _, r := range p.Answers {
		view.Answers = append(view.Answers, viewAnswer(r, org))
	}
	for _, s := range p.Steps {
		step := wire.PreviewStep{Region: s.Region, Name: s.Label, Candidates: []wire.PreviewCandidate{}}
		for _, c := range s.Candidates {
			step.Candidates = append(step.Candidates, wire.PreviewCandidate{
				PreviewRoute: viewAnswer(c.Route, org), Answers: c.Verdict == routing.Answers, Reason: c.Text,
			})
		}
		view.Steps = append(view.Steps, step)
	}
	return view
}

// viewAnswer shows a route of anybody to org.
func viewAnswer(r broker.Route, org broker.OrgID) wire.PreviewRoute {
	view := wire.PreviewRoute{OrgID: string(r.Org), DestinationID: string(r.Destination), Name: r.Name}
	if r.Org == org {
		view.Key = publication.DraftOf(r).Key
	}
	return view
}
