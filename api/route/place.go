package route

import (
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// locate finds out where somebody asks.
func (s *Service) locate(name, value string) (place, error) {
	switch name {
	case "ars":
		return s.locateARS(value)
	case "ags":
		return s.locateAGS(value)
	}
	return s.locateID(value)
}

// locateARS needs no catalogue but for keys that were given up: what is unknown falls back by its digits.
func (s *Service) locateARS(value string) (place, error) {
	region, err := routing.ParseARS(value)
	if err != nil {
		return place{}, badParameter("ars", "2, 3, 5, 9 or 12 digits")
	}
	if known, former, ok := s.areas().Resolve(area.ID(value)); ok {
		return found(known, former), nil
	}
	return place{region: region}, nil
}

// locateAGS prefers the catalogue, which knows the association that no digit of an AGS tells.
func (s *Service) locateAGS(value string) (place, error) {
	ags, err := routing.ParseAGS(value)
	if err != nil {
		return place{}, badParameter("ags", "2, 3, 5 or 8 digits")
	}
	if known, former, ok := s.areas().ResolveAGS(value); ok {
		return found(known, former), nil
	}
	return place{ags: &ags}, nil
}

// locateID takes an id of the areas search. The contract's pattern is open at its end, so all that begins with a digit is an id; an
// unknown one is an area without routes.
func (s *Service) locateID(value string) (place, error) {
	if value == "" || strings.IndexByte("0123456789", value[0]) < 0 {
		return place{}, badParameter("areaId", "an id as the areas search gives it: digits")
	}
	if known, former, ok := s.areas().Resolve(area.ID(value)); ok {
		return found(known, former), nil
	}
	return place{nowhere: true}, nil
}

// found is a place of the catalogue. One whose key was given up is where its successor is.
func found(known area.Area, former *area.Former) place {
	return place{region: known.Region(), area: &known, former: former}
}

// notes say for people what became of the value that was given.
func (q question) notes() []string {
	var notes []string
	if q.place.former != nil {
		notes = append(notes, q.place.former.String()+".")
	}
	switch {
	case q.place.area != nil && q.parameter == "ags":
		notes = append(notes, fmt.Sprintf("AGS %s is ARS %s.", q.value, q.place.area.ARS))
	case q.place.ags != nil:
		notes = append(notes, fmt.Sprintf("The catalogue of areas does not have AGS %s, and no digit of it tells its association: "+
			"routes of the municipality itself count, then those of the Kreis and above.", q.value))
	case q.place.area == nil:
		notes = append(notes, "The catalogue of areas does not have this area: it is looked up by its digits.")
	}
	return notes
}
