package route

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// Config is what the Routing API needs; both are required.
type Config struct {
	Routes *broker.Routes
	Areas  *area.Catalogue
}

// Service answers the Routing API.
type Service struct {
	routes *broker.Routes
	areas  *area.Catalogue
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Routes == nil || cfg.Areas == nil {
		return nil, errors.New("route: Routes and Areas are required")
	}
	return &Service{cfg.Routes, cfg.Areas}, nil
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
