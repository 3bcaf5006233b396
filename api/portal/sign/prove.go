package sign

import (
	"github.com/vierkant/vierkant/api/portal/page"
)

func proveForm(v *page.Visit) *page.Form {
	return v.Form("prove", page.Text("code").As("one-time-code").Most(40).Typewritten().Require(), page.Hidden("back", v.Back(""))).Or(v.URL("/account"))
}

// showProve is GET /prove: before something sensitive.
func (s *service) showProve(v *page.Visit) error { return s.provePage(v, proveForm(v)) }

func (s *service) provePage(v *page.Visit, f *page.Form) error {
	return v.Show("prove", page.View{Title: v.T("prove.title"), Form: f, Data: s.wayOf(v), Scripts: []string{"passkey.js"}})
}

// prove is POST /prove.
func (s *service) prove(v *page.Visit) error {
	f := proveForm(v).At("code-wrong", "code")
	if !f.Read() {
		return s.provePage(v, f)
	}
	renewed, err := s.SignIn.Prove(v.Request().Context(), v.Secret(), f.Value("code"))
	if f.Refuse(s.counted(v, err)) {
		return s.provePage(v, f)
	}
	if err != nil {
		return err
	}
	return proved(v, renewed)
}

// provePasskey is POST /prove/passkey.
func (s *service) provePasskey(v *page.Visit) error {
	f := passkeyForm(v, "prove")
	f.Read()
	renewed, err := s.SignIn.ProvePasskey(v.Request().Context(), v.Secret(), []byte(f.Value("answer")))
	f = proveForm(v)
	if f.Refuse(err) {
		return s.provePage(v, f.To(v.URL(page.ProvePath)))
	}
	if err != nil {
		return err
	}
	return proved(v, renewed)
}

func proved(v *page.Visit, renewed string) error {
	v.GoOn(renewed)
	return v.Done(v.Back(v.URL("/account")), "")
}
