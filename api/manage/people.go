package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// people is GET /people.
func (s *Service) people(c echo.Context) error {
	all, counted, err := list(c, viewPerson, func(p broker.Page) ([]account.Person, int, error) {
		return s.Accounts.FindPeople(c.Request().Context(), auth.Caller(c), c.QueryParam("search"), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.PersonList{Counted: counted, People: all})
}

// addPerson is POST /people.
func (s *Service) addPerson(c echo.Context) error {
	in, err := read[wire.PersonDraft](c)
	if err != nil {
		return err
	}
	p, err := s.Accounts.AddPerson(c.Request().Context(), auth.Caller(c), account.NewPerson(in))
	if err != nil {
		return err
	}
	return created(c, string(p.ID), viewPerson(p))
}

// person is GET /people/{person}.
func (s *Service) person(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	p, err := s.Accounts.Person(c.Request().Context(), auth.Caller(c), who)
	return answer(c, http.StatusOK, viewPerson, p, err)
}

// changePerson is PATCH /people/{person}: what is left out stays.
func (s *Service) changePerson(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	in, err := read[wire.PersonChange](c)
	if err != nil {
		return err
	}
	p, err := s.Accounts.Person(c.Request().Context(), auth.Caller(c), who)
	if err != nil {
		return err
	}
	draft := account.NewPerson{Name: p.Name, Email: p.Email}
	for into, given := range map[*string]*string{&draft.Name: in.Name, &draft.Email: in.Email} {
		if given != nil {
			*into = *given
		}
	}
	p, err = s.Accounts.Change(c.Request().Context(), auth.Caller(c), who, draft)
	return answer(c, http.StatusOK, viewPerson, p, err)
}

// disablePerson is POST /people/{person}/disable and /enable.
func (s *Service) disablePerson(disabled bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := id[broker.PersonID](c, "person")
		if err != nil {
			return err
		}
		p, err := s.Accounts.Disable(c.Request().Context(), auth.Caller(c), who, disabled)
		return answer(c, http.StatusOK, viewPerson, p, err)
	}
}

// appoint is POST /people/{person}/appoint and /dismiss.
func (s *Service) appoint(platform bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := id[broker.PersonID](c, "person")
		if err != nil {
			return err
		}
		p, err := s.Accounts.Appoint(c.Request().Context(), auth.Caller(c), who, platform)
		return answer(c, http.StatusOK, viewPerson, p, err)
	}
}

func viewPerson(p account.Person) wire.Person {
	view := wire.Person{
		PersonID: string(p.ID), Name: p.Name, Email: p.Email, OrgIDs: make([]string, len(p.Orgs)),
		Platform: p.Platform, Disabled: p.Disabled, CreatedAt: p.Created.UTC(),
	}
	for i, org := range p.Orgs {
		view.OrgIDs[i] = string(org)
	}
	return view
}
