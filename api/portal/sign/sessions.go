package sign

import (
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// sessions is what their page shows.
type sessions struct {
	All []account.Session
	Own account.SessionID
}

// showSessions is GET /account/sessions.
func (s *service) showSessions(v *page.Visit) error {
	all, err := s.Accounts.Sessions(v.Request().Context(), v.Who(), v.Who().Person)
	if err != nil {
		return err
	}
	return v.Show("sessions", page.View{Title: v.T("sessions.title"), Crumbs: toAccount(v), Data: sessions{all, v.Signed().Session.ID}})
}

// endOthers is POST /account/sessions/others.
func (s *service) endOthers(v *page.Visit) error {
	if err := s.Accounts.EndSessions(v.Request().Context(), v.Who(), v.Who().Person, v.Signed().Session.ID); err != nil {
		return err
	}
	return v.Done(v.URL("/account/sessions"), "sessions.ended")
}

// endSession is POST /account/sessions/end/{session}.
func (s *service) endSession(v *page.Visit) error {
	id, err := broker.ParseID[account.SessionID](v.Param("session"))
	if err != nil {
		return err
	}
	if err := s.Accounts.EndOneSession(v.Request().Context(), v.Who(), v.Who().Person, id); err != nil {
		return err
	}
	return v.Done(v.URL("/account/sessions"), "session.ended")
}

// tokens is what the page of personal tokens shows.
type tokens struct {
	All   []account.Token
	Pager page.Pager
	New   string // the one that was just made
	At    time.Time
}

// Over reports whether a token is good no more.
func (t tokens) Over(one account.Token) bool { return !t.At.Before(one.Expires) }

func tokenForm(v *page.Visit) *page.Form {
	return v.Form("token", page.Text("name").Most(100).Require(), page.Select("days", "7", "30", "90", "366").Require().Is("90"))
}

// showTokens is GET /account/tokens.
func (s *service) showTokens(v *page.Visit) error { return s.tokensPage(v, tokenForm(v), "") }

func (s *service) tokensPage(v *page.Visit, f *page.Form, made string) error {
	all, total, err := s.Accounts.Tokens(v.Request().Context(), v.Who(), v.Who().Person, v.Page())
	if err != nil {
		return err
	}
	shown := tokens{All: all, Pager: v.Pager(len(all), total), New: made, At: v.Now()}
	return v.Show("tokens", page.View{Title: v.T("tokens.title"), Crumbs: toAccount(v), Form: f, Data: shown})
}

// lives are how long a token may be good, as the form offers it.
func life(days string) time.Duration {
	return map[string]time.Duration{"7": 7, "30": 30, "90": 90, "366": 366}[days] * 24 * time.Hour
}

// addToken is POST /account/tokens. The token is on this answer and nowhere else.
func (s *service) addToken(v *page.Visit) error {
	f := tokenForm(v)
	if !f.Read() {
		return s.tokensPage(v, f, "")
	}
	_, made, err := s.Accounts.IssueToken(v.Request().Context(), v.Who(), v.Who().Person, f.Value("name"), life(f.Value("days")))
	if f.Refuse(err) {
		return s.tokensPage(v, f, "")
	}
	if err != nil {
		return err
	}
	return s.tokensPage(v, tokenForm(v), made)
}

// revokeToken is POST /account/tokens/revoke/{token}.
func (s *service) revokeToken(v *page.Visit) error {
	id, err := broker.ParseID[account.TokenID](v.Param("token"))
	if err != nil {
		return err
	}
	if err := s.Accounts.RevokeToken(v.Request().Context(), v.Who(), v.Who().Person, id); err != nil {
		return err
	}
	return v.Done(v.URL("/account/tokens"), "token.revoked")
}
