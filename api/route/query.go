package route

import (
	"errors"
	"fmt"
	"time"

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

// question is what somebody asks for: a service in one place.
type question struct {
	service   routing.Service
	parameter string // ars, ags or areaId
	value     string
	place     place
	why       bool // explain the answer
}

// place is where somebody asks, as far as it is known.
type place struct {
	region  routing.Region
	ags     *routing.AGS // of a municipality that the catalogue does not know: its region is not known either
	nowhere bool         // an area that does not exist, so nobody serves it
	area    *area.Area   // nil if the catalogue does not know it
	former  *area.Former // that was asked for, if the area is what became of it
}

// in looks the routes up that answer.
func (q question) in(v broker.View, at time.Time) []uint32 {
	switch {
	case q.place.nowhere:
		return nil
	case q.place.ags != nil:
		return v.InAGS(q.service, *q.place.ags, at, nil)
	}
	return v.In(q.service, q.place.region, at, nil)
}

// read takes service and area from the query (FIT-Connect contract 5.2).
func (s *Service) read(q wire.Query) (question, error) {
	key, _, err := q.One("leikaKey")
	if err != nil {
		return question{}, err
	}
	service, err := routing.ParseKey(key)
	if err != nil {
		return question{}, badParameter("leikaKey", "14 digits that begin with 99, without urn:")
	}
	name, value, err := oneArea(q)
	if err != nil {
		return question{}, err
	}
	where, err := s.locate(name, value)
	if err != nil {
		return question{}, err
	}
	why, err := asksWhy(q)
	return question{service, name, value, where, why}, err
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

// asksWhy reads the parameter explain, an addition of ours.
func asksWhy(q wire.Query) (bool, error) {
	text, given, err := q.One("explain")
	switch {
	case err != nil || !given:
		return false, err
	case text == "1" || text == "true":
		return true, nil
	case text == "0" || text == "false":
		return false, nil
	}
	return false, badParameter("explain", "1 or true, or left out")
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
