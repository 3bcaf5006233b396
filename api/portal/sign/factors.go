package sign

import (
	"slices"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/signin"
)

// owned is what the page of factors shows.
type owned struct {
	signin.Factors
	Passkeys bool // can be made
}

func toFactors(v *page.Visit) []page.Crumb {
	return append(toAccount(v), page.Crumb{Text: v.T("factors.title"), Path: v.URL("/account/factors")})
}

// showFactors is GET /account/factors.
func (s *service) showFactors(v *page.Visit) error {
	f, err := s.SignIn.Factors(v.Request().Context(), v.Who(), v.Who().Person)
	if err != nil {
		return err
	}
	return v.Show("factors", page.View{Title: v.T("factors.title"), Crumbs: toAccount(v), Data: owned{f, s.SignIn.Passkeys()}})
}

// showApp is GET /account/factors/app.
func (s *service) showApp(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	return s.appPage(v, by, enrolForm(v).Or(v.URL("/account/factors")), newApp{})
}

// addApp is POST /account/factors/app.
func (s *service) addApp(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	f := enrolForm(v).At("code-wrong", "code").Or(v.URL("/account/factors"))
	if !f.Read() {
		return s.appPage(v, by, f, newApp{})
	}
	e, err := s.SignIn.ConfirmApp(v.Request().Context(), by, f.Value("name"), f.Value("code"), device(v))
	if f.Refuse(err) {
		return s.appPage(v, by, f, newApp{})
	}
	if err != nil {
		return err
	}
	return s.enrolled(v, e)
}

// newKey is what the page shows on which a passkey is made.
type newKey struct{ Ask string }

func (s *service) passkeyPage(v *page.Visit, f *page.Form, ask string) error {
	return v.Show("passkey", page.View{Title: v.T("passkey.title"), Form: f, Data: newKey{ask}, Scripts: []string{"passkey.js"}})
}

const askNew = "/account/factors/passkey/ask"

// showPasskey is GET /account/factors/passkey.
func (s *service) showPasskey(v *page.Visit) error {
	if _, ok, err := s.fresh(v); !ok {
		return err
	}
	return s.passkeyPage(v, newPasskeyForm(v).Or(v.URL("/account/factors")), v.URL(askNew))
}

// askNewPasskey is POST /account/factors/passkey/ask.
func (s *service) askNewPasskey(v *page.Visit) error {
	by, err := s.SignIn.InSession(v.Signed().Session)
	if err != nil {
		return err
	}
	options, err := s.SignIn.NewPasskey(v.Request().Context(), by)
	return answerJSON(v, options, err)
}

// addPasskey is POST /account/factors/passkey.
func (s *service) addPasskey(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	f := newPasskeyForm(v).Or(v.URL("/account/factors"))
	if !f.Read() {
		return s.passkeyPage(v, f, v.URL(askNew))
	}
	e, err := s.SignIn.ConfirmPasskey(v.Request().Context(), by, f.Value("name"), []byte(f.Value("answer")), device(v))
	if f.Refuse(err) {
		return s.passkeyPage(v, f, v.URL(askNew))
	}
	if err != nil {
		return err
	}
	return s.enrolled(v, e)
}

// showRecovery is GET /account/factors/recovery.
func (s *service) showRecovery(v *page.Visit) error {
	if _, ok, err := s.fresh(v); !ok {
		return err
	}
	f := v.Form("codes").Or(v.URL("/account/factors")).Dangerous()
	return v.Show("sure", page.View{Title: v.T("codes.title"), Crumbs: toFactors(v), Form: f, Data: v.T("codes.sure")})
}

// newRecovery is POST /account/factors/recovery.
func (s *service) newRecovery(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	all, err := s.SignIn.Recovery(v.Request().Context(), by)
	if err != nil {
		return err
	}
	return s.recoveryPage(v, all, v.URL("/account/factors"))
}

// factor is the one that the path names.
func (s *service) factor(v *page.Visit) (signin.Factor, error) {
	id, err := broker.ParseID[signin.FactorID](v.Param("factor"))
	if err != nil {
		return signin.Factor{}, err
	}
	f, err := s.SignIn.Factors(v.Request().Context(), v.Who(), v.Who().Person)
	if err != nil {
		return signin.Factor{}, err
	}
	at := slices.IndexFunc(f.All, func(one signin.Factor) bool { return one.ID == id })
	if at < 0 {
		return signin.Factor{ID: id}, nil // the service says that there is none
	}
	return f.All[at], nil
}

// showRemove is GET /account/factors/remove/{factor}.
func (s *service) showRemove(v *page.Visit) error {
	if _, ok, err := s.fresh(v); !ok {
		return err
	}
	return s.removePage(v, removeForm(v))
}

func removeForm(v *page.Visit) *page.Form {
	return v.Form("remove").Or(v.URL("/account/factors")).Dangerous()
}

func (s *service) removePage(v *page.Visit, f *page.Form) error {
	one, err := s.factor(v)
	if err != nil {
		return err
	}
	return v.Show("sure", page.View{Title: v.T("remove.title"), Crumbs: toFactors(v), Form: f, Data: v.T("remove.sure", one.Name)})
}

// removeFactor is POST /account/factors/remove/{factor}.
func (s *service) removeFactor(v *page.Visit) error {
	by, ok, err := s.fresh(v)
	if !ok {
		return err
	}
	one, err := s.factor(v)
	if err == nil {
		err = s.SignIn.RemoveFactor(v.Request().Context(), by, one.ID)
	}
	f := removeForm(v)
	if f.Refuse(err) {
		return s.removePage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.URL("/account/factors"), "factor.removed")
}
