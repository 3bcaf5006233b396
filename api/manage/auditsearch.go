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

// searchAudit is GET /orgs/{org}/audit/search, and GET /audit/search for the logs of all and of the installation.
func (s *Service) searchAudit(c echo.Context) error {
	who, org := auth.Caller(c), broker.OrgID("")
	if c.Param(auth.OrgParameter) != "" {
		org = who.Org
	}
	q, err := logQuery(c)
	if err != nil {
		return err
	}
	part, err := s.Accounts.SearchLog(c.Request().Context(), who, org, q)
	return answer(c, http.StatusOK, viewLogPart, part, err)
}

// logQuery reads what part of a log is wanted.
func logQuery(c echo.Context) (out account.LogQuery, err error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return out, err
	}
	page, err := q.Page()
	if err != nil {
		return out, err
	}
	out.Limit = page.Limit
	if out.Noun, _, err = q.One("noun"); err != nil {
		return out, err
	}
	if out.Before, err = q.Number("before"); err != nil {
		return out, err
	}
	if out.From, err = instantOf(q, "from"); err != nil {
		return out, err
	}
	out.Until, err = instantOf(q, "until")
	return out, err
}

// instantOf reads a parameter that is an instant; the zero time if it is absent.
func instantOf(q wire.Query, name string) (time.Time, error) {
	text, given, err := q.One(name)
	if err != nil || !given {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, &wire.Error{Member: name, Want: "must be a date and time with its zone, like 2026-11-22T08:00:00Z"}
	}
	return t, nil
}

func viewLogPart(p account.LogPart) wire.AuditPart {
	view := wire.AuditPart{Deeds: make([]wire.Deed, len(p.Deeds)), Next: p.Next}
	for i, d := range p.Deeds {
		view.Deeds[i] = viewDeed(d)
	}
	return view
}
