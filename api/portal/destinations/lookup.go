package destinations

import (
	"errors"
	"net/http"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
	"github.com/vierkant/vierkant/routing/search"
)

// mostSuggested is how many values are suggested at once.
const mostSuggested = 20

// suggestion is a value that a field can have, and what it stands for.
type suggestion struct {
	Value string `json:"value"`
	Text  string `json:"text"`
	More  string `json:"more,omitempty"` // what tells it from others of the same name
}

// suggested is what is found.
type suggested struct {
	Found []suggestion `json:"found"`
	Total int          `json:"total"`
}

// lookUpServices is GET /lookup/services: by words, or by a key or its beginning.
func (s *Service) lookUpServices(v *page.Visit) error {
	services := s.Catalogues.Services()
	asked := strings.TrimSpace(v.QueryParam("q"))
	if key, err := catalogue.ParseKey(asked); err == nil {
		if one, known := services.ByKey(key); known {
			return v.JSON(http.StatusOK, suggested{[]suggestion{suggestService(v, one)}, 1})
		}
	}
	found, total, err := services.Search(asked, 0, mostSuggested)
	all := make([]suggestion, len(found))
	for i, one := range found {
		all[i] = suggestService(v, one)
	}
	return suggest(v, suggested{all, total}, err)
}

func suggestService(v *page.Visit, one catalogue.Service) suggestion {
	return suggestion{Value: one.Key.URN(), Text: one.In(v.Lang()).Name, More: string(one.Key)}
}

// lookUpAreas is GET /lookup/areas: by names and postcodes, or by a key with DE before it.
func (s *Service) lookUpAreas(v *page.Visit) error {
	areas := s.Catalogues.Areas()
	asked := strings.TrimSpace(v.QueryParam("q"))
	if _, err := routing.ParseRegion(asked); err == nil {
		return v.JSON(http.StatusOK, s.namedRegion(v, asked))
	}
	words := strings.Fields(asked)
	if len(words) > 0 && !strings.Contains(asked, "*") {
		words[len(words)-1] += "*" // which may not be at its end yet
	}
	found, total, err := areas.Search(words, 0, mostSuggested)
	all := make([]suggestion, len(found))
	for i, one := range found {
		all[i] = s.suggestArea(one)
	}
	return suggest(v, suggested{all, total}, err)
}

// namedRegion is the one area that a key names, if the catalogue has it.
func (s *Service) namedRegion(v *page.Visit, region string) suggested {
	if name := s.regionName(v, region); name != "" {
		return suggested{[]suggestion{{Value: region, Text: name}}, 1}
	}
	return suggested{Found: []suggestion{}}
}

// regionName is what a region is called; "" if the catalogue does not have it. The list has keys as they are, and municipalities' padded.
func (s *Service) regionName(v *page.Visit, region string) string {
	areas, digits := s.Catalogues.Areas(), strings.TrimPrefix(region, "DE")
	if strings.Trim(digits, "0") == "" {
		return v.T("germany")
	}
	if one, known := areas.ByARS(digits); known {
		return areas.Label(one)
	}
	if r, err := routing.ParseRegion(region); err == nil {
		if one, known := areas.ByARS(r.ARS()); known {
			return areas.Label(one)
		}
	}
	return ""
}

// serviceName is what a service is called; "" if the catalogue does not have it.
func (s *Service) serviceName(v *page.Visit, urn string) string {
	key, err := catalogue.ParseKey(urn)
	if err != nil {
		return ""
	}
	one, _ := s.Catalogues.Services().ByKey(key)
	return one.In(v.Lang()).Name
}

func (s *Service) suggestArea(one area.Area) suggestion {
	return suggestion{Value: "DE" + one.ARS, Text: s.Catalogues.Areas().Label(one), More: one.Kind}
}

// suggest answers with what was found. What cannot be searched for, as it is too short yet, finds nothing.
func suggest(v *page.Visit, found suggested, err error) error {
	var early *search.ExpressionError
	if err != nil && !errors.As(err, &early) {
		return err
	}
	if found.Found == nil || err != nil {
		found = suggested{Found: []suggestion{}}
	}
	return v.JSON(http.StatusOK, found)
}
