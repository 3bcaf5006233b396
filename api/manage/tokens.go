package manage

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// tokens is GET /people/{person}/tokens.
func (s *Service) tokens(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	all, counted, err := list(c, viewToken, func(p broker.Page) ([]account.Token, int, error) {
		return s.Accounts.Tokens(c.Request().Context(), auth.Caller(c), who, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.PersonalTokenList{Counted: counted, Tokens: all})
}

// issueToken is POST /people/{person}/tokens.
func (s *Service) issueToken(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	in, err := read[wire.PersonalTokenDraft](c)
	if err != nil {
		return err
	}
	if in.Days < 0 || in.Days > maxDays {
		return &wire.Error{Member: "days", Want: "must be 1 to 366"}
	}
	t, token, err := s.Accounts.IssueToken(c.Request().Context(), auth.Caller(c), who, in.Name, time.Duration(in.Days)*24*time.Hour)
	if err != nil {
		return err
	}
	return created(c, string(t.ID), wire.NewPersonalToken{PersonalToken: viewToken(t), Token: token})
}

// maxDays keeps a number of days from overflowing a duration; the service has its own bound.
const maxDays = int(account.MaxLife / (24 * time.Hour))

// revokeToken is DELETE /people/{person}/tokens/{token}.
func (s *Service) revokeToken(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	token, err := id[account.TokenID](c, "token")
	if err != nil {
		return err
	}
	if err := s.Accounts.RevokeToken(c.Request().Context(), auth.Caller(c), who, token); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func viewToken(t account.Token) wire.PersonalToken {
	return wire.PersonalToken{
		TokenID: string(t.ID), Name: t.Name, IssuedAt: t.Issued.UTC(), IssuedBy: t.IssuedBy, ExpiresAt: t.Expires.UTC(),
	}
}
