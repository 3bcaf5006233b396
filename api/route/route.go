package route

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// Config is what the Routing API needs; all of it is required but for the folder.
type Config struct {
	Routes *broker.Routes
	Areas  func() *area.Catalogue // those that are valid now
	Now    func() time.Time       // wall clock: what is in force is a matter of the real time
	Folder string                 // of the snapshot while it is served: room for all routes twice; "" is that for temporary files
}

// Service answers the Routing API.
type Service struct {
	routes    *broker.Routes
	areas     func() *area.Catalogue
	now       func() time.Time
	snapshots *press
	encoder   encoder
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Routes == nil || cfg.Areas == nil || cfg.Now == nil {
		return nil, errors.New("route: Routes, Areas and Now are required")
	}
	return &Service{
		routes: cfg.Routes, areas: cfg.Areas, now: cfg.Now,
		snapshots: &press{folder: cfg.Folder, sign: cfg.Routes.SignSnapshot, now: cfg.Now},
	}, nil
}

// Find is GET /routes. That no route is found is an empty list.
func (s *Service) Find(c echo.Context) error {
	q, page, err := pageOf(c)
	if err != nil {
		return err
	}
	asked, err := s.read(q)
	if err != nil {
		return err
	}
	view, now := s.routes.View(), s.now()
	found := asked.in(view, now)
	part := cut(found, page)
	counted := wire.Counted{Count: len(part), Offset: page.Offset, TotalCount: len(found)}
	if asked.why {
		return c.JSON(http.StatusOK, s.explained(wire.RouteList{Counted: counted}, view, part, asked, now))
	}
	text, err := s.encoder.of(view).list(counted, part)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}

// explained is the same answer with its reasons.
func (s *Service) explained(list wire.RouteList, view broker.View, part []uint32, asked question, at time.Time) wire.RouteList {
	list.Routes = make([]wire.Route, len(part))
	for i, n := range part {
		list.Routes[i] = routeOf(view.Route(n))
	}
	list.Explanation = explanation{view, s.areas(), at}.of(asked)
	return list
}

// problemType is how /areas names what it answers with success: so it stands in the published specification, and a client made from that
// takes nothing else (FIT-Connect contract 5.3).
const problemType = "application/problem+json"

// SearchAreas is GET /areas. It answers whatever a caller accepts.
func (s *Service) SearchAreas(c echo.Context) error {
	q, page, err := pageOf(c)
	if err != nil {
		return err
	}
	areas := s.areas()
	part, total, err := areas.Search(q.All(searchParameter), page.Offset, page.Limit)
	if err != nil {
		return searchError(err)
	}
	list := wire.AreaList{
		Counted: wire.Counted{Count: len(part), Offset: page.Offset, TotalCount: total},
		Areas:   make([]wire.Area, len(part)),
	}
	for i, a := range part {
		list.Areas[i] = areaOf(areas, a)
	}
	c.Response().Header().Set(echo.HeaderContentType, problemType)
	c.Response().WriteHeader(http.StatusOK)
	return c.Echo().JSONSerializer.Serialize(c, list, "")
}

func areaOf(areas *area.Catalogue, a area.Area) wire.Area {
	return wire.Area{ID: string(a.ID), Name: areas.Label(a), Type: a.Kind, ARS: a.ARS}
}

// Info is GET /info: the version of the specification that is followed.
func (s *Service) Info(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.Info{Version: wire.Version{Major: 2}})
}
