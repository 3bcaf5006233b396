package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// invitations is GET /orgs/{org}/invitations.
func (s *Service) invitations(c echo.Context) error {
	who := auth.Caller(c)
	all, counted, err := list(c, viewInvitation, func(p broker.Page) ([]account.Invitation, int, error) {
		return s.Accounts.Invitations(c.Request().Context(), who, who.Org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.InvitationList{Counted: counted, Invitations: all})
}

// invite is POST /orgs/{org}/invitations.
func (s *Service) invite(c echo.Context) error {
	in, err := read[wire.InvitationDraft](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	i, err := s.Accounts.Invite(c.Request().Context(), who, who.Org, in.Email, broker.Role(in.Role))
	if err != nil {
		return err
	}
	return created(c, string(i.ID), viewInvitation(i))
}

// withdrawInvitation is DELETE /orgs/{org}/invitations/{invitation}.
func (s *Service) withdrawInvitation(c echo.Context) error {
	invitation, err := id[account.InvitationID](c, "invitation")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	if err := s.Accounts.WithdrawInvitation(c.Request().Context(), who, who.Org, invitation); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// acceptInvitation is POST /invitations/accept.
func (s *Service) acceptInvitation(c echo.Context) error {
	in, err := read[wire.InvitationCode](c)
	if err != nil {
		return err
	}
	m, err := s.Accounts.AcceptInvitation(c.Request().Context(), auth.Caller(c), in.Code)
	return answer(c, http.StatusOK, viewMembership, m, err)
}

func viewInvitation(i account.Invitation) wire.Invitation {
	return wire.Invitation{
		InvitationID: string(i.ID), Email: i.Email, Role: string(i.Role), MadeAt: i.Made.UTC(), MadeBy: i.By, ExpiresAt: i.Expires.UTC(),
	}
}

func viewMembership(m account.Member) wire.Membership {
	return wire.Membership{OrgID: string(m.Org), Role: string(m.Role), Since: m.Since.UTC()}
}
