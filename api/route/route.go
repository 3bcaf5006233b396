package route

import (
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// Config is what the Routing API needs. Zero limits mean the defaults.
type Config struct {
	Routes *broker.Routes  // required
	Areas  *area.Catalogue // required
	Now    func() time.Time

	// Proxies are the networks whose word on the caller's address is believed (X-Forwarded-For); none by default.
	Proxies []netip.Prefix

	Requests int           // per caller and window; default 6,000
	Window   time.Duration // default one minute
}

// Service answers the Routing API.
type Service struct {
	routes *broker.Routes
	areas  *area.Catalogue
	window *window
	trust  trust
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Routes == nil || cfg.Areas == nil || cfg.Now == nil {
		return nil, errors.New("route: Routes, Areas and Now are required")
	}
	if cfg.Requests < 0 || cfg.Window < 0 {
		return nil, errors.New("route: the limit of requests and its window cannot be negative")
	}
	if cfg.Requests == 0 {
		cfg.Requests = 6000
	}
	if cfg.Window == 0 {
		cfg.Window = time.Minute
	}
	return &Service{cfg.Routes, cfg.Areas, &window{requests: cfg.Requests, length: cfg.Window, now: cfg.Now}, cfg.Proxies}, nil
}

// origin says where all routes of this broker come from: its own register (FIT-Connect contract 5.2, 5.6).
const origin = "Zustelldienst"

// Find is GET /routes. That no route is found is an empty list.
func (s *Service) Find(c echo.Context) error {
	q, page, err := pageOf(c)
	if err != nil {
		return err
	}
	found, err := s.find(q)
	if err != nil {
		return err
	}
	part := cut(found, page)
	list := wire.RouteList{
		Counted: wire.Counted{Count: len(part), Offset: page.Offset, TotalCount: len(found)},
		Routes:  make([]wire.Route, len(part)),
	}
	for i, r := range part {
		list.Routes[i] = wire.Route{
			DestinationID: string(r.Destination), DestinationSignature: r.Signature, DestinationName: r.Name, Origin: origin,
		}
	}
	return c.JSON(http.StatusOK, list)
}

// SearchAreas is GET /areas.
func (s *Service) SearchAreas(c echo.Context) error {
	q, page, err := pageOf(c)
	if err != nil {
		return err
	}
	part, total, err := s.areas.Search(q.All(searchParameter), page.Offset, page.Limit)
	if err != nil {
		return searchError(err)
	}
	list := wire.AreaList{
		Counted: wire.Counted{Count: len(part), Offset: page.Offset, TotalCount: total},
		Areas:   make([]wire.Area, len(part)),
	}
	for i, a := range part {
		list.Areas[i] = wire.Area{ID: string(a.ID), Name: s.areas.Label(a), Type: a.Kind, ARS: a.ARS}
	}
	return c.JSON(http.StatusOK, list)
}

// Info is GET /info: the version of the specification that is followed.
func (s *Service) Info(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.Info{Version: wire.Version{Major: 2}})
}
