package manage

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// listing is a method that lists what belongs to an organisation.
type listing[T any] func(context.Context, broker.Caller, broker.OrgID, broker.Page) ([]T, int, error)

// routes is GET /orgs/{org}/routes.
func (s *Service) routes(c echo.Context) error {
	filter, err := filterOf(c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	all, counted, err := list(c, viewRoute, func(p broker.Page) ([]broker.Route, int, error) {
		return s.Publication.Find(c.Request().Context(), who, who.Org, filter, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ManagedRouteList{Counted: counted, Routes: all})
}

// filterOf reads which routes are looked for.
func filterOf(c echo.Context) (f publication.Filter, err error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return f, err
	}
	var destination string
	for name, into := range map[string]*string{"search": &f.Key, "service": &f.Service, "region": &f.Region, "destination": &destination} {
		if *into, _, err = q.One(name); err != nil {
			return f, err
		}
	}
	f.Destination = broker.DestinationID(destination)
	f.Offline, err = flag(q, "offline")
	return f, err
}

// planRoutes is POST /orgs/{org}/routes/plan.
func (s *Service) planRoutes(c echo.Context) error {
	shown, err := findingsAsked(c)
	if err != nil {
		return err
	}
	set, err := s.changes(c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	plan, err := s.Publication.Plan(c.Request().Context(), who, who.Org, set)
	return answer(c, http.StatusOK, func(p publication.Plan) wire.RoutePlan { return viewPlan(p, shown) }, plan, err)
}

// applyRoutes is POST /orgs/{org}/routes/apply.
func (s *Service) applyRoutes(c echo.Context) error {
	set, err := s.changes(c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	out, err := s.Publication.Publish(c.Request().Context(), who, who.Org, set)
	return answer(c, http.StatusOK, viewOutcome, out, err)
}

// changes reads the body as changeSet does.
func (s *Service) changes(c echo.Context) (set publication.ChangeSet, err error) {
	in, err := read[wire.RouteChanges](c)
	if err != nil {
		return set, err
	}
	return s.changeSet(c, in)
}

// changeSet reads a change set, or makes the one that leads to what is desired.
func (s *Service) changeSet(c echo.Context, in wire.RouteChanges) (set publication.ChangeSet, err error) {
	if in.Desired == nil {
		set.Put, err = ReadDrafts("put", in.Put)
		set.Delete, set.Comment = in.Delete, in.Comment
		return set, err
	}
	if in.Put != nil || in.Delete != nil {
		return set, &wire.Error{Member: "desired", Want: "must not stand beside put and delete"}
	}
	want := publication.Desired{Prefix: in.Desired.Prefix}
	if want.Routes, err = ReadDrafts("desired.routes", in.Desired.Routes); err != nil {
		return set, err
	}
	who := auth.Caller(c)
	set, err = s.Publication.Toward(c.Request().Context(), who, who.Org, want)
	set.Comment = in.Comment
	return set, err
}

// rollback is POST /orgs/{org}/routes/rollback.
func (s *Service) rollback(c echo.Context) error {
	in, err := read[wire.Rollback](c)
	if err != nil {
		return err
	}
	if in.Revision == nil || *in.Revision < 0 {
		return &wire.Error{Member: "revision", Want: "must be the number of a revision, or 0 for before the first"}
	}
	who, ctx := auth.Caller(c), c.Request().Context()
	if in.Plan {
		plan, err := s.Publication.PlanRollback(ctx, who, who.Org, *in.Revision)
		return answer(c, http.StatusOK, viewOutcome, publication.Outcome{Plan: plan}, err)
	}
	out, err := s.Publication.Rollback(ctx, who, who.Org, *in.Revision, in.Comment)
	return answer(c, http.StatusOK, viewOutcome, out, err)
}

// offline is POST /orgs/{org}/routes/offline and /online.
func (s *Service) offline(offline bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, err := read[wire.RoutesOffline](c)
		if err != nil {
			return err
		}
		who := auth.Caller(c)
		out, err := s.Publication.SetOffline(c.Request().Context(), who, who.Org, in.Keys, offline, in.Comment)
		return answer(c, http.StatusOK, viewOutcome, out, err)
	}
}

// revisions is GET /orgs/{org}/routes/revisions.
func (s *Service) revisions(c echo.Context) error {
	who := auth.Caller(c)
	all, counted, err := list(c, viewRevision, func(p broker.Page) ([]publication.Revision, int, error) {
		return s.Publication.History(c.Request().Context(), who, who.Org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.RevisionList{Counted: counted, Revisions: all})
}

// revision is GET /orgs/{org}/routes/revisions/{revision}.
func (s *Service) revision(c echo.Context) error {
	number, err := strconv.Atoi(c.Param("revision"))
	if err != nil {
		return &wire.Error{Member: "revision", Want: "must be a whole number"}
	}
	who := auth.Caller(c)
	all, counted, err := list(c, viewChange, func(p broker.Page) ([]publication.Change, int, error) {
		return s.Publication.Changes(c.Request().Context(), who, who.Org, number, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.RouteChangeList{Counted: counted, Changes: all})
}
