package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// members is GET /orgs/{org}/people.
func (s *Service) members(c echo.Context) error {
	who := auth.Caller(c)
	all, counted, err := list(c, viewMember, func(p broker.Page) ([]account.Member, int, error) {
		return s.Accounts.Members(c.Request().Context(), who, who.Org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.MemberList{Counted: counted, People: all})
}

// addMember is POST /orgs/{org}/people.
func (s *Service) addMember(c echo.Context) error {
	in, err := read[wire.MemberDraft](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	m, err := s.Accounts.AddMember(c.Request().Context(), who, who.Org, account.NewPerson{Name: in.Name, Email: in.Email}, broker.Role(in.Role))
	if err != nil {
		return err
	}
	return created(c, string(m.ID), viewMember(m))
}

// member is GET /orgs/{org}/people/{person}.
func (s *Service) member(c echo.Context) error {
	person, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	m, err := s.Accounts.Member(c.Request().Context(), who, who.Org, person)
	return answer(c, http.StatusOK, viewMember, m, err)
}

// setRole is PATCH /orgs/{org}/people/{person}.
func (s *Service) setRole(c echo.Context) error {
	person, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	in, err := read[wire.RoleChange](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	m, err := s.Accounts.SetRole(c.Request().Context(), who, who.Org, person, broker.Role(in.Role))
	return answer(c, http.StatusOK, viewMember, m, err)
}

// removeMember is DELETE /orgs/{org}/people/{person}.
func (s *Service) removeMember(c echo.Context) error {
	person, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	if err := s.Accounts.RemoveMember(c.Request().Context(), who, who.Org, person); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func viewMember(m account.Member) wire.Member {
	return wire.Member{
		PersonID: string(m.ID), Name: m.Name, Email: m.Email, Role: string(m.Role), Disabled: m.Disabled, Since: m.Since.UTC(),
	}
}
