package route

import (
	"errors"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

const searchParameter = "areaSearchexpression"

func pageOf(c echo.Context) (wire.Query, wire.Page, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return q, wire.Page{}, err
	}
	page, err := q.Page()
	if err != nil {
		return q, page, err
	}
	return q, page, broker.Page(page).Check()
}

func cut[T any](all []T, p wire.Page) []T {
	from := min(p.Offset, len(all))
	return all[from:min(from+p.Limit, len(all))]
}

// find reads service and area from the query (FIT-Connect contract 5.2) and looks the routes up.
func (s *Service) find(q wire.Query) ([]broker.Route, error) {
	key, _, err := q.One("leikaKey")
	if err != nil {
		return nil, err
	}
	service, err := routing.ParseKey(key)
	if err != nil {
		return nil, badParameter("leikaKey", "14 digits that begin with 99, without urn:")
	}
	name, value, err := oneArea(q)
	if err != nil {
		return nil, err
	}
	switch name {
	case "ars":
		return s.findARS(service, value)
	case "ags":
		return s.findAGS(service, value)
	}
	return s.findArea(service, value)
}

// oneArea returns the one of the three parameters that was given.
func oneArea(q wire.Query) (name, value string, err error) {
	for _, candidate := range []string{"ars", "ags", "areaId"} {
		text, given, err := q.One(candidate)
		if err != nil {
			return "", "", err
		}
		if given && name != "" {
			return "", "", broker.Invalid.New("", "give exactly one of ars, ags and areaId; there were %s and %s", name, candidate)
		}
		if given {
			name, value = candidate, text
		}
	}
	if name == "" {
		return "", "", broker.Invalid.New("", "give exactly one of ars, ags and areaId; there was none")
	}
	return name, value, nil
}

func (s *Service) findARS(service routing.Service, value string) ([]broker.Route, error) {
	region, err := routing.ParseARS(value)
	if err != nil {
		return nil, badParameter("ars", "2, 3, 5, 9 or 12 digits")
	}
	return s.routes.In(service, region), nil
}

// findAGS prefers the catalogue, which knows the association that no digit of an AGS tells.
func (s *Service) findAGS(service routing.Service, value string) ([]broker.Route, error) {
	ags, err := routing.ParseAGS(value)
	if err != nil {
		return nil, badParameter("ags", "2, 3, 5 or 8 digits")
	}
	if known, ok := s.areas.ByAGS(value); ok {
		return s.routes.In(service, known.Region()), nil
	}
	return s.routes.InAGS(service, ags), nil
}

// findArea takes an id of the areas search. An unknown one is an area without routes.
func (s *Service) findArea(service routing.Service, value string) ([]broker.Route, error) {
	if value == "" || strings.IndexByte("0123456789", value[0]) < 0 {
		return nil, badParameter("areaId", "an id as the areas search gives it: digits")
	}
	known, ok := s.areas.ByID(area.ID(value))
	if !ok {
		return nil, nil
	}
	return s.routes.In(service, known.Region()), nil
}

func badParameter(name, want string) error {
	return &wire.Error{Member: name, Want: "must be " + want}
}

func searchError(err error) error {
	var bad *area.ExpressionError
	if !errors.As(err, &bad) {
		return err
	}
	if bad.Index < 0 {
		return badParameter(searchParameter, fmt.Sprintf("given %s", bad.Want))
	}
	return badParameter(fmt.Sprintf("%s number %d", searchParameter, bad.Index+1), bad.Want)
}
