package manage

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// sketch is GET /orgs/{org}/routes/draft.
func (s *Service) sketch(c echo.Context) error {
	who := auth.Caller(c)
	kept, err := s.Publication.Sketch(c.Request().Context(), who, who.Org)
	return answer(c, http.StatusOK, viewSketch, kept, err)
}

// keepSketch is PUT /orgs/{org}/routes/draft.
func (s *Service) keepSketch(c echo.Context) error {
	in, err := read[wire.RoutesDraftChange](c)
	if err != nil {
		return err
	}
	set, err := s.changeSet(c, in.RouteChanges)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	kept, err := s.Publication.Keep(c.Request().Context(), who, who.Org, in.Was, set)
	return answer(c, http.StatusOK, viewSketch, kept, err)
}

// discardSketch is DELETE /orgs/{org}/routes/draft.
func (s *Service) discardSketch(c echo.Context) error {
	who := auth.Caller(c)
	if err := s.Publication.Discard(c.Request().Context(), who, who.Org); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// reviewSketch is GET /orgs/{org}/routes/draft/plan.
func (s *Service) reviewSketch(c echo.Context) error {
	shown, err := findingsAsked(c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	review, err := s.Publication.Review(c.Request().Context(), who, who.Org)
	return answer(c, http.StatusOK, func(r publication.Review) wire.RoutesReview {
		return wire.RoutesReview{RoutePlan: viewPlan(r.Plan, shown), Stale: whole(r.Stale), Digest: r.Digest}
	}, review, err)
}

// publishSketch is POST /orgs/{org}/routes/draft/publish.
func (s *Service) publishSketch(c echo.Context) error {
	in, err := read[wire.RoutesDraftPublish](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	out, err := s.Publication.PublishSketch(c.Request().Context(), who, who.Org, in.Digest, in.Comment)
	return answer(c, http.StatusOK, viewOutcome, out, err)
}

func viewSketch(s publication.Sketch) wire.RoutesDraft {
	view := wire.RoutesDraft{Put: []wire.RouteDraft{}, Delete: whole(s.Set.Delete), Digest: s.Digest, ChangedAt: instant(s.Changed)}
	for _, d := range s.Set.Put {
		view.Put = append(view.Put, ViewDraft(d))
	}
	return view
}

// coverage is GET /orgs/{org}/routes/coverage: by service, or of one service in the areas below a region.
func (s *Service) coverage(c echo.Context) error {
	service, region, err := placeOf(c)
	if err != nil {
		return err
	}
	return s.listReach(c, func(ctx context.Context, who broker.Caller, p broker.Page) ([]publication.Reach, int, error) {
		if service == "" {
			return s.Publication.Coverage(ctx, who, who.Org, p)
		}
		return s.Publication.CoverageIn(ctx, who, who.Org, service, region, p)
	})
}

// gaps is GET /orgs/{org}/routes/gaps.
func (s *Service) gaps(c echo.Context) error {
	service, _, err := placeOf(c)
	if err != nil {
		return err
	}
	return s.listReach(c, func(ctx context.Context, who broker.Caller, p broker.Page) ([]publication.Reach, int, error) {
		return s.Publication.Gaps(ctx, who, who.Org, service, p)
	})
}

// placeOf reads which part of a territory is asked about; a region that is not given is the country.
func placeOf(c echo.Context) (service, region string, err error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return "", "", err
	}
	if service, _, err = q.One("service"); err != nil {
		return "", "", err
	}
	region, given, err := q.One("region")
	if !given {
		region = "DE"
	}
	return service, region, err
}

func (s *Service) listReach(c echo.Context, load func(context.Context, broker.Caller, broker.Page) ([]publication.Reach, int, error)) error {
	all, counted, err := list(c, viewReach, func(p broker.Page) ([]publication.Reach, int, error) {
		return load(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ReachList{Counted: counted, Reach: all})
}

func viewReach(r publication.Reach) wire.Reach {
	return wire.Reach{
		Service: r.Service, Region: r.Region, Name: r.Label, Municipalities: r.Towns, Own: r.Own, Others: r.Others, Offline: r.Offline, Missing: r.Missing,
	}
}
