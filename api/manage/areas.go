package manage

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/routing/area"
)

// areaCatalogue is GET /areas.
func (s *Service) areaCatalogue(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.AreaCatalogue{
		CatalogueState: viewState(s.Catalogues.AreasState()), AreaCounts: viewCounts(s.Catalogues.Areas().Summary()),
	})
}

// importAreas is POST /areas/import.
func (s *Service) importAreas(c echo.Context) error {
	if err := auth.Caller(c).RequireOperator(); err != nil {
		return err
	}
	plan, _, err := importParameters(c)
	if err != nil {
		return err
	}
	lists, err := readAreas(c)
	if err != nil {
		return err
	}
	do := s.Catalogues.ImportAreas
	if plan {
		do = s.Catalogues.PlanAreas
	}
	change, err := do(c.Request().Context(), auth.Caller(c), lists)
	return answer(c, http.StatusOK, viewAreaImport, change, err)
}

// readAreas reads the files that a catalogue of areas is made of.
func readAreas(c echo.Context) (lists catalogues.AreaLists, err error) {
	err = forms(c, map[string]func(io.Reader) error{
		"areas":       func(r io.Reader) (err error) { lists.Areas, err = area.Read(r); return err },
		"postcodes":   func(r io.Reader) (err error) { lists.Postcodes, err = area.ReadPostcodes(r); return err },
		"successors":  func(r io.Reader) (err error) { lists.Successors, err = area.ReadSuccessors(r); return err },
		"attribution": text(&lists.Attribution),
	})
	if err == nil && lists.Areas == nil {
		err = &wire.Error{Member: "areas", Want: "must be a part of the form: the list of areas"}
	}
	return lists, err
}

// importParameters are what both imports have in the query.
func importParameters(c echo.Context) (plan, merge bool, err error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return false, false, err
	}
	if plan, err = flag(q, "plan"); err != nil {
		return false, false, err
	}
	merge, err = flag(q, "merge")
	return plan, merge, err
}

func viewState(s catalogues.State) wire.CatalogueState {
	view := wire.CatalogueState{Sample: s.Sample, Digest: s.Digest, Attribution: s.Attribution, ImportedBy: s.By}
	if !s.Sample {
		at := s.Imported.UTC()
		view.ImportedAt = &at
	}
	return view
}

func viewCounts(s area.Summary) wire.AreaCounts {
	return wire.AreaCounts{
		AsOf: string(s.AsOf), Areas: s.Areas, Municipalities: s.Municipalities, FormerAreas: s.Formers, Postcodes: s.Postcodes, Population: s.Population,
	}
}

func viewAreaImport(c catalogues.AreaChange) wire.AreaImport {
	return wire.AreaImport{
		Applied: c.Done, Before: viewCounts(c.From), After: viewCounts(c.To),
		Added: partOf(c.Added, viewArea), Removed: partOf(c.Removed, viewFormer), Changed: partOf(c.Changed, viewAreaChange),
		Notes: partOf(c.Notes, same),
	}
}

func viewArea(a area.Area) wire.ListedArea {
	return wire.ListedArea{ARS: a.ARS, Name: a.Name, Type: a.Kind}
}

func viewFormer(f area.Former) wire.RemovedArea {
	return wire.RemovedArea{ListedArea: viewArea(f.Area), Successor: string(f.Successor)}
}

func viewAreaChange(c area.Change) wire.ChangedArea {
	view := wire.ChangedArea{Before: viewArea(c.Before), After: viewArea(c.After), What: []string{}}
	for _, part := range []struct {
		name    string
		differs bool
	}{{"key", c.Key}, {"name", c.Name}, {"type", c.Kind}, {"parent", c.Parent}, {"postcodes", c.Postcodes}} {
		if part.differs {
			view.What = append(view.What, part.name)
		}
	}
	return view
}
