package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

// sessions is GET /people/{person}/sessions.
func (s *Service) sessions(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	all, err := s.Accounts.Sessions(c.Request().Context(), auth.Caller(c), who)
	return answer(c, http.StatusOK, viewSessions, all, err)
}

// endSessions is DELETE /people/{person}/sessions.
func (s *Service) endSessions(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	if err := s.Accounts.EndSessions(c.Request().Context(), auth.Caller(c), who, ""); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// endSession is DELETE /people/{person}/sessions/{session}.
func (s *Service) endSession(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	session, err := id[account.SessionID](c, "session")
	if err != nil {
		return err
	}
	if err := s.Accounts.EndOneSession(c.Request().Context(), auth.Caller(c), who, session); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// factors is GET /people/{person}/factors. To change them is for the portal, where they can be proved.
func (s *Service) factors(c echo.Context) error {
	who, err := id[broker.PersonID](c, "person")
	if err != nil {
		return err
	}
	f, err := s.SignIn.Factors(c.Request().Context(), auth.Caller(c), who)
	return answer(c, http.StatusOK, viewFactors, f, err)
}

func viewSessions(all []account.Session) wire.SessionList {
	list := wire.SessionList{Sessions: make([]wire.Session, len(all))}
	for i, s := range all {
		view := wire.Session{
			SessionID: string(s.ID), Agent: s.Agent, From: s.From, Means: make([]string, len(s.Means)),
			StartedAt: s.Started.UTC(), SeenAt: s.Seen.UTC(), EndsAt: s.Ends.UTC(),
		}
		for j, by := range s.Means {
			view.Means[j] = string(by)
		}
		list.Sessions[i] = view
	}
	return list
}

func viewFactors(f signin.Factors) wire.Factors {
	view := wire.Factors{PasswordSetAt: instant(f.Password), Factors: make([]wire.Factor, len(f.All)), RecoveryCodes: f.Recovery}
	for i, one := range f.All {
		view.Factors[i] = wire.Factor{FactorID: string(one.ID), Kind: string(one.Kind), Name: one.Name, MadeAt: one.Made.UTC(), UsedAt: instant(one.Used)}
	}
	return view
}
