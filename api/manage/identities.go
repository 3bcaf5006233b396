package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// identities is GET /people/{person}/identities. There is no way to link one by API: it takes somebody at a browser, at the provider and here.
func (s *Service) identities(c echo.Context) error {
	person, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	all, err := s.Accounts.Identities(c.Request().Context(), auth.Caller(c), person)
	return answer(c, http.StatusOK, viewIdentities, all, err)
}

// unlink is DELETE /people/{person}/identities/{identity}.
func (s *Service) unlink(c echo.Context) error {
	person, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	identity, err := id[account.IdentityID](c, "identity")
	if err != nil {
		return err
	}
	if err := s.Accounts.Unlink(c.Request().Context(), auth.Caller(c), person, identity); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func viewIdentities(all []account.Identity) wire.Identities {
	view := wire.Identities{Identities: make([]wire.Identity, len(all))}
	for i, one := range all {
		view.Identities[i] = wire.Identity{IdentityID: string(one.ID), Provider: one.Provider, Issuer: one.Issuer, Subject: one.Subject, LinkedAt: one.Linked.UTC()}
	}
	return view
}
