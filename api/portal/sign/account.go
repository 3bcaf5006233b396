package sign

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

// me is what the page of an account shows.
type me struct {
	account.Person
	Factors  signin.Factors
	Sessions int
	Linked   bool // other providers can be linked
}

func accountForm(v *page.Visit) *page.Form {
	p := v.Signed().Person
	lang := p.Language
	if lang == "" {
		lang = v.Lang()
	}
	return v.Form("account", page.Text("name").As("name").Require().Is(p.Name), page.Radio("language", page.Languages()...).Require().Is(lang))
}

// showAccount is GET /account.
func (s *service) showAccount(v *page.Visit) error { return s.accountPage(v, accountForm(v)) }

func (s *service) accountPage(v *page.Visit, f *page.Form) error {
	ctx, who := v.Request().Context(), v.Who()
	shown := me{Person: v.Signed().Person, Linked: len(s.Providers) > 0}
	var err error
	if shown.Factors, err = s.SignIn.Factors(ctx, who, who.Person); err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(ctx, who, who.Person)
	if err != nil {
		return err
	}
	shown.Sessions = len(sessions)
	return v.Show("account", page.View{Title: v.T("account.title"), Form: f, Data: shown})
}

// changeAccount is POST /account.
func (s *service) changeAccount(v *page.Visit) error {
	f := accountForm(v)
	if !f.Read() {
		return s.accountPage(v, f)
	}
	ctx, who := v.Request().Context(), v.Who()
	_, err := s.Accounts.Change(ctx, who, who.Person, account.NewPerson{Name: f.Value("name"), Email: v.Signed().Person.Email})
	if err == nil {
		err = s.Accounts.SetLanguage(ctx, who, f.Value("language"))
	}
	if f.Refuse(err) {
		return s.accountPage(v, f)
	}
	if err != nil {
		return err
	}
	if f.Value("language") != v.Lang() {
		v.Speak(f.Value("language"))
		return v.Done(v.URL("/account"), "") // in that language, which says it all
	}
	return v.Done(v.URL("/account"), "saved")
}

// fresh is who may change what they sign in with; if that has to be proved first, the visitor was led there, and ok is false.
func (s *service) fresh(v *page.Visit) (by signin.Actor, ok bool, err error) {
	if ok, err = v.Proved(); !ok {
		return by, false, err
	}
	by, err = s.SignIn.InSession(v.Signed().Session)
	return by, err == nil, err
}

// toAccount is the way to pages below that of the account.
func toAccount(v *page.Visit) []page.Crumb {
	return []page.Crumb{{Text: v.T("account.title"), Path: v.URL("/account")}}
}

func addressForm(v *page.Visit) *page.Form {
	return v.Form("address", page.Email("email").Require()).Or(v.URL("/account"))
}

// showAddress is GET /account/address.
func (s *service) showAddress(v *page.Visit) error {
	if _, ok, err := s.fresh(v); !ok {
		return err
	}
	return addressPage(v, addressForm(v))
}

func addressPage(v *page.Visit, f *page.Form) error {
	return v.Show("address", page.View{Title: v.T("address.title"), Crumbs: toAccount(v), Form: f, Data: v.Signed().Person.Email})
}

// changeAddress is POST /account/address.
func (s *service) changeAddress(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	f := addressForm(v)
	if !f.Read() {
		return addressPage(v, f)
	}
	if err = s.asked(v); err == nil {
		err = s.SignIn.Move(v.Request().Context(), by, f.Value("email"))
	}
	if f.Refuse(err) {
		return addressPage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Show("sent", page.View{Title: v.T("address.sent"), Crumbs: toAccount(v), Data: f.Value("email")})
}

func passwordForm(v *page.Visit, has bool) *page.Form {
	var more []*page.Field
	if has {
		more = append(more, page.Password("present", "current-password").Require())
	}
	return newPassword(v, "change", more...).At("password-wrong", "present").Or(v.URL("/account"))
}

// showPassword is GET /account/password.
func (s *service) showPassword(v *page.Visit) error {
	if _, ok, err := s.fresh(v); !ok {
		return err
	}
	has, err := s.hasPassword(v)
	if err != nil {
		return err
	}
	return passwordPage(v, passwordForm(v, has))
}

func (s *service) hasPassword(v *page.Visit) (bool, error) {
	f, err := s.SignIn.Factors(v.Request().Context(), v.Who(), v.Who().Person)
	return !f.Password.IsZero(), err
}

func passwordPage(v *page.Visit, f *page.Form) error {
	return v.Show("password", page.View{Title: v.T("change.title"), Crumbs: toAccount(v), Form: f, Data: chosen{Email: v.Signed().Person.Email}})
}

// changePassword is POST /account/password.
func (s *service) changePassword(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	has, err := s.hasPassword(v)
	if err != nil {
		return err
	}
	f := passwordForm(v, has)
	if !readTwice(v, f) {
		return passwordPage(v, f)
	}
	present := ""
	if has {
		present = f.Value("present")
	}
	err = s.SignIn.ChangePassword(v.Request().Context(), by, present, f.Value("password"))
	if f.Refuse(s.counted(v, err)) {
		return passwordPage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.URL("/account"), "password.changed")
}
