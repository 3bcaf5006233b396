package manage

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/routing/catalogue"
	"github.com/vierkant/vierkant/routing/search"
)

// services is GET /services: all by key, or what a search finds, best first.
func (s *Service) services(c echo.Context) error {
	found, counted, err := list(c, viewService, func(p broker.Page) ([]catalogue.Service, int, error) { return s.find(c, p) })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ServiceList{Counted: counted, Catalogue: viewState(s.Catalogues.ServicesState()), Services: found})
}

func (s *Service) find(c echo.Context, p broker.Page) ([]catalogue.Service, int, error) {
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, 0, err
	}
	query, searched, err := q.One("search")
	if err != nil {
		return nil, 0, err
	}
	all := s.Catalogues.Services()
	if !searched {
		return all.All(p.Offset, p.Limit), all.Len(), nil
	}
	found, total, err := all.Search(query, p.Offset, p.Limit)
	return found, total, searchError(err)
}

func searchError(err error) error {
	var bad *search.ExpressionError
	if errors.As(err, &bad) {
		return &wire.Error{Member: "search", Want: "must be words of at least 2 letters or digits: " + bad.Want}
	}
	return err
}

// service is GET /services/{key}; a key is fourteen digits or a URN.
func (s *Service) service(c echo.Context) error {
	name, err := url.PathUnescape(c.Param("key"))
	if err != nil {
		name = c.Param("key")
	}
	key, err := catalogue.ParseKey(name)
	if err != nil {
		return broker.Invalid.New("", "%v", err)
	}
	found, ok := s.Catalogues.Services().ByKey(key)
	if !ok {
		return broker.NotFound.New("service-not-found", "the catalogue has no service %s; it may be used all the same", key)
	}
	return c.JSON(http.StatusOK, viewService(found))
}

// importServices is POST /services/import.
func (s *Service) importServices(c echo.Context) error {
	if err := auth.Caller(c).RequireOperator(); err != nil {
		return err
	}
	plan, merge, err := importParameters(c)
	if err != nil {
		return err
	}
	list, err := readServices(c)
	if err != nil {
		return err
	}
	list.Merge = merge
	do := s.Catalogues.ImportServices
	if plan {
		do = s.Catalogues.PlanServices
	}
	change, err := do(c.Request().Context(), auth.Caller(c), list)
	return answer(c, http.StatusOK, viewServiceImport, change, err)
}

// readServices reads one file or several, of which a later one replaces what an earlier one has alike.
func readServices(c echo.Context) (list catalogues.ServiceList, err error) {
	err = forms(c, map[string]func(io.Reader) error{
		"services": func(r io.Reader) error {
			read, err := catalogue.Read(r)
			if err != nil {
				return err
			}
			if list.Services != nil {
				read.Catalogue = list.Services.Merge(read.Catalogue)
			}
			list.Services, list.Notes = read.Catalogue, append(list.Notes, read.Notes...)
			return nil
		},
		"attribution": text(&list.Attribution),
	})
	if err == nil && list.Services == nil {
		err = &wire.Error{Member: "services", Want: "must be a part of the form: the list of services"}
	}
	return list, err
}

func viewService(s catalogue.Service) wire.ListedService {
	view := wire.ListedService{Key: string(s.Key), URN: s.Key.URN(), Name: s.Name(), Texts: make([]wire.ServiceText, len(s.Texts))}
	for i, t := range s.Texts {
		view.Texts[i] = wire.ServiceText{Language: t.Language, Name: t.Name, OfficialName: t.Official, Description: t.Description}
	}
	return view
}

func viewServiceImport(c catalogues.ServiceChange) wire.ServiceImport {
	after := func(c catalogue.Change) wire.NamedService { return viewNamed(c.After) }
	return wire.ServiceImport{
		Applied: c.Done, Services: c.Services,
		Added: partOf(c.Added, viewNamed), Removed: partOf(c.Removed, viewNamed),
		Renamed: partOf(c.Renamed, viewRenamed), Described: partOf(c.Changed, after), Notes: partOf(c.Notes, same),
	}
}

func viewNamed(s catalogue.Service) wire.NamedService {
	return wire.NamedService{Key: string(s.Key), Name: s.Name()}
}

func viewRenamed(c catalogue.Change) wire.RenamedService {
	return wire.RenamedService{Key: string(c.After.Key), Before: c.Before.Name(), After: c.After.Name()}
}
