package manage

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// consents is GET /orgs/{org}/consents: what others agreed to, or with given=true what the organisation did.
func (s *Service) consents(c echo.Context) error {
	given, err := asked(c, "given")
	if err != nil {
		return err
	}
	if given {
		return s.listConsents(c, auth.Caller(c).Org, s.Publication.ConsentsFrom)
	}
	return s.listConsents(c, auth.Caller(c).Org, s.Publication.ConsentsTo)
}

// operatorConsents is GET /consents: what the operator agreed to for all.
func (s *Service) operatorConsents(c echo.Context) error {
	return s.listConsents(c, "", func(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) ([]publication.Consent, int, error) {
		if err := who.RequireOperator(); err != nil {
			return nil, 0, err
		}
		return s.Publication.ConsentsFrom(ctx, who, org, p)
	})
}

func (s *Service) listConsents(c echo.Context, org broker.OrgID, load listing[publication.Consent]) error {
	all, counted, err := list(c, viewConsent, func(p broker.Page) ([]publication.Consent, int, error) {
		return load(c.Request().Context(), auth.Caller(c), org, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ConsentList{Counted: counted, Consents: all})
}

// addConsent is POST /orgs/{org}/consents.
func (s *Service) addConsent(c echo.Context) error { return s.consent(c, auth.Caller(c).Org) }

// addOperatorConsent is POST /consents.
func (s *Service) addOperatorConsent(c echo.Context) error { return s.consent(c, "") }

func (s *Service) consent(c echo.Context, from broker.OrgID) error {
	in, err := read[wire.ConsentDraft](c)
	if err != nil {
		return err
	}
	to, err := broker.ParseID[broker.OrgID](in.ToOrgID)
	if err != nil {
		return err
	}
	made, err := s.Publication.Consent(c.Request().Context(), auth.Caller(c), from, to, in.Services, in.Region)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), viewConsent(made))
}

// withdrawConsent is DELETE /orgs/{org}/consents/{consent}.
func (s *Service) withdrawConsent(c echo.Context) error { return s.dissent(c, auth.Caller(c).Org) }

// withdrawOperatorConsent is DELETE /consents/{consent}.
func (s *Service) withdrawOperatorConsent(c echo.Context) error { return s.dissent(c, "") }

func (s *Service) dissent(c echo.Context, from broker.OrgID) error {
	consent, err := id[publication.ConsentID](c, "consent")
	if err != nil {
		return err
	}
	if err := s.Publication.WithdrawConsent(c.Request().Context(), auth.Caller(c), from, consent); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func viewConsent(a publication.Consent) wire.Consent {
	return wire.Consent{
		ConsentID: string(a.ID), FromOrgID: string(a.From), ToOrgID: string(a.To), Services: whole(a.Services), Region: a.Region,
		By: a.By, MadeAt: a.Made.UTC(),
	}
}
