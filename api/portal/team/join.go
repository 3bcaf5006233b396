package team

import (
	"errors"
	"net/url"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// invitation is where the link of an invitation leads. Opening it does nothing yet: programs that look at mails open links, too.
func (s service) invitation(v *page.Visit) error {
	code := v.QueryParam("code")
	i, err := s.Accounts.InvitationByCode(ctx(v), code)
	if errors.Is(err, broker.NotFound) {
		return v.Show("invitation-gone", page.View{Title: v.T("invitation.gone")})
	}
	if err != nil {
		return err
	}
	return s.offer(v, i, v.Form("accept", page.Hidden("code", code)), code)
}

// offered is an invitation, and how it can be accepted.
type offered struct {
	account.Invited
	Signed         bool // somebody is signed in
	Mine           bool // and was invited
	Address        string
	SignIn, SignUp string // addresses
}

func (s service) offer(v *page.Visit, i account.Invited, f *page.Form, code string) error {
	me := v.Signed().Person
	back := v.URL("/invitation") + "?" + url.Values{"code": {code}}.Encode()
	return v.Show("invitation", page.View{Title: v.T("invitation.title", i.OrgName), Form: f, Data: offered{
		Invited: i, Signed: me.ID != "", Mine: me.ID != "" && account.FoldEmail(me.Email) == account.FoldEmail(i.Email), Address: me.Email,
		SignIn: v.URL(page.SignInPath) + "?" + url.Values{"back": {back}}.Encode(),
		SignUp: v.URL("/sign-up") + "?" + url.Values{"invitation": {code}, "back": {back}}.Encode(),
	}})
}

// accept makes whoever is signed in a member.
func (s service) accept(v *page.Visit) error {
	code := v.FormValue("code")
	f := v.Form("accept", page.Hidden("code", code).Require().Most(64))
	if f.Read() {
		m, err := s.Accounts.AcceptInvitation(ctx(v), v.Who(), code)
		if err == nil {
			return v.Done(v.URL("/orgs/"+string(m.Org)), "accept.done")
		}
		if !refuse(v, f, "", err) {
			return err
		}
	}
	i, err := s.Accounts.InvitationByCode(ctx(v), code)
	if errors.Is(err, broker.NotFound) {
		return v.Show("invitation-gone", page.View{Title: v.T("invitation.gone"), Form: f})
	}
	if err != nil {
		return err
	}
	return s.offer(v, i, f, code)
}

// refuse is Form.Refuse where what was filled in names something that may not be there: a code.
func refuse(v *page.Visit, f *page.Form, field string, err error) bool {
	var e *broker.Error
	if errors.Is(err, broker.NotFound) && errors.As(err, &e) {
		f.Wrong(field, v.T("problem."+e.Code))
		return true
	}
	return f.Refuse(err)
}
