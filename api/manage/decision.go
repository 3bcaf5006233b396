package manage

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// decision is GET /orgs/{org}/proposals/{proposal}/decision.
func (s *Service) decision(c echo.Context) error {
	p, err := s.ownProposal(c)
	if err != nil {
		return err
	}
	d, err := s.Accounts.Decide(c.Request().Context(), auth.Caller(c), p.ID)
	return answer(c, http.StatusOK, viewDecision, d, err)
}

func viewDecision(d account.Decision) wire.Decision {
	view := wire.Decision{Release: viewPermission(d.Release), Refuse: viewPermission(d.Refuse), Withdraw: viewPermission(d.Withdraw), Releasers: []wire.PersonInBrief{}}
	for _, m := range d.Releasers {
		view.Releasers = append(view.Releasers, wire.PersonInBrief{PersonID: string(m.ID), Name: m.Name, Email: m.Email, Role: string(m.Role)})
	}
	return view
}

// viewPermission shows what a deed would be refused with.
func viewPermission(err error) wire.Permission {
	var refused *broker.Error
	if errors.As(err, &refused) {
		return wire.Permission{Code: refused.Code, Reason: refused.Detail}
	}
	return wire.Permission{Allowed: err == nil}
}
