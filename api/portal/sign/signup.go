package sign

import (
	"net/url"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

func signUpForm(v *page.Visit) *page.Form {
	return v.Form("signup", page.Text("name").As("name").Require(), page.Email("email").Require(), page.Hidden("back", v.Back("")))
}

// invitedForm is for somebody whose address an invitation proved.
func invitedForm(v *page.Visit) *page.Form {
	code := v.FormValue("invitation")
	back := v.Back(v.URL("/invitation") + "?" + url.Values{"code": {code}}.Encode()) // where it is accepted
	return v.Form("invited", page.Text("name").As("name").Require(), page.Hidden("invitation", code), page.Hidden("back", back))
}

// showSignUp is GET /sign-up, for whoever wants or was invited.
func (s *service) showSignUp(v *page.Visit) error {
	if v.FormValue("invitation") != "" {
		return s.invitedPage(v, invitedForm(v))
	}
	return s.signUpPage(v, signUpForm(v))
}

func (s *service) signUpPage(v *page.Visit, f *page.Form) error {
	return v.Show("signup", page.View{Title: v.T("signup.title"), Form: f, Data: s.wayOf(v)})
}

func (s *service) invitedPage(v *page.Visit, f *page.Form) error {
	if err := s.slowed(v); err != nil {
		return err
	}
	i, err := s.Accounts.InvitationByCode(v.Request().Context(), v.FormValue("invitation"))
	if err = s.counted(v, err); err != nil {
		return err
	}
	return v.Show("invited", page.View{Title: v.T("signup.title"), Form: f, Data: i})
}

// signUp is POST /sign-up.
func (s *service) signUp(v *page.Visit) error {
	if v.FormValue("invitation") != "" {
		return s.signUpInvited(v)
	}
	f := signUpForm(v)
	if !f.Read() {
		return s.signUpPage(v, f)
	}
	err := s.asked(v)
	if err == nil {
		err = s.SignIn.SignUp(v.Request().Context(), account.NewPerson{Name: f.Value("name"), Email: f.Value("email")})
	}
	if f.Refuse(err) {
		return s.signUpPage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Show("sent", page.View{Title: v.T("signup.sent"), Data: f.Value("email")})
}

// signUpInvited goes on at once to where a password is chosen: the invitation proved the address.
func (s *service) signUpInvited(v *page.Visit) error {
	f := invitedForm(v)
	if !f.Read() {
		return s.invitedPage(v, f)
	}
	if err := s.slowed(v); err != nil {
		return err
	}
	i, err := s.Accounts.InvitationByCode(v.Request().Context(), f.Value("invitation"))
	if err = s.counted(v, err); err != nil {
		return err
	}
	secret, err := s.SignIn.Invited(v.Request().Context(), account.NewPerson{Name: f.Value("name"), Email: i.Email})
	if f.Refuse(err) {
		return s.invitedPage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(s.wayOf(v).with(v.URL("/link/sign-up"), secret), "")
}

// chosen is what pages show on which a password is chosen.
type chosen struct {
	Email string
	signin.Reset
}

func newPasswordFields(v *page.Visit) []*page.Field {
	return []*page.Field{
		page.Password("password", "new-password").Require(), page.Password("again", "new-password").Require(),
		page.Hidden("code", v.FormValue("code")), page.Hidden("back", v.Back("")),
	}
}

// newPassword is a form on which a password is chosen.
func newPassword(v *page.Visit, name string, more ...*page.Field) *page.Form {
	f := v.Form(name, append(more, newPasswordFields(v)...)...)
	for _, code := range []string{"password-length", "password-common", "password-personal"} {
		f.At(code, "password")
	}
	return f
}

// readTwice reads a form on which a password is chosen, typed twice.
func readTwice(v *page.Visit, f *page.Form) bool {
	if !f.Read() {
		return false
	}
	if f.Value("password") != f.Value("again") {
		f.Wrong("again", v.T("password.differ"))
	}
	return !f.Failed()
}

// showConfirm is GET /link/sign-up.
func (s *service) showConfirm(v *page.Visit) error {
	return s.confirmPage(v, newPassword(v, "confirm"))
}

func (s *service) confirmPage(v *page.Visit, f *page.Form) error {
	if err := s.slowed(v); err != nil {
		return err
	}
	n, err := s.SignIn.SigningUp(v.Request().Context(), v.FormValue("code"))
	if err = s.counted(v, err); err != nil {
		return err
	}
	return v.Show("password", page.View{Title: v.T("confirm.title"), Form: f, Data: chosen{Email: n.Email}})
}

// confirm is POST /link/sign-up.
func (s *service) confirm(v *page.Visit) error {
	f := newPassword(v, "confirm")
	if !readTwice(v, f) {
		return s.confirmPage(v, f)
	}
	attempt, err := s.SignIn.Confirm(v.Request().Context(), f.Value("code"), f.Value("password"))
	if f.Refuse(err) {
		return s.confirmPage(v, f)
	}
	if err != nil {
		return err
	}
	return lead(v, s.SignIn, attempt, v.Back(""))
}

// showForgotten is GET /forgotten.
func (s *service) showForgotten(v *page.Visit) error { return forgottenPage(v, forgottenForm(v)) }

func forgottenForm(v *page.Visit) *page.Form {
	return v.Form("forgotten", page.Email("email").Require()).Or(v.URL(page.SignInPath))
}

func forgottenPage(v *page.Visit, f *page.Form) error {
	return v.Show("forgotten", page.View{Title: v.T("forgotten.title"), Form: f})
}

// forgotten is POST /forgotten. The answer is the same for all addresses.
func (s *service) forgotten(v *page.Visit) error {
	f := forgottenForm(v)
	if !f.Read() {
		return forgottenPage(v, f)
	}
	err := s.asked(v)
	if err == nil {
		err = s.SignIn.Forgotten(v.Request().Context(), f.Value("email"))
	}
	if f.Refuse(err) {
		return forgottenPage(v, f)
	}
	if err != nil {
		return err
	}
	return v.Show("sent", page.View{Title: v.T("forgotten.sent"), Data: f.Value("email")})
}

// resetForm asks for a code too, of somebody who has a second factor.
func resetForm(v *page.Visit, asked signin.Reset) *page.Form {
	var more []*page.Field
	if asked.Code {
		more = append(more, page.Text("second").As("one-time-code").Most(40).Typewritten().Require())
	}
	return newPassword(v, "reset", more...).At("code-wrong", "second")
}

func (s *service) resetting(v *page.Visit) (signin.Reset, error) {
	if err := s.slowed(v); err != nil {
		return signin.Reset{}, err
	}
	asked, err := s.SignIn.Resetting(v.Request().Context(), v.FormValue("code"))
	return asked, s.counted(v, err)
}

// showReset is GET /link/password.
func (s *service) showReset(v *page.Visit) error {
	asked, err := s.resetting(v)
	if err != nil {
		return err
	}
	return resetPage(v, resetForm(v, asked), asked)
}

func resetPage(v *page.Visit, f *page.Form, asked signin.Reset) error {
	return v.Show("password", page.View{Title: v.T("reset.title"), Form: f, Data: chosen{Email: asked.Email, Reset: asked}})
}

// reset is POST /link/password.
func (s *service) reset(v *page.Visit) error {
	asked, err := s.resetting(v)
	if err != nil {
		return err
	}
	f := resetForm(v, asked)
	if !readTwice(v, f) {
		return resetPage(v, f, asked)
	}
	second := ""
	if asked.Code {
		second = f.Value("second")
	}
	in, attempt, err := s.SignIn.Reset(v.Request().Context(), f.Value("code"), f.Value("password"), second, device(v))
	if f.Refuse(s.counted(v, err)) {
		return resetPage(v, f, asked)
	}
	if err != nil {
		return err
	}
	if in == nil {
		return lead(v, s.SignIn, attempt, v.Back(""))
	}
	return s.welcome(v, *in, "password.changed")
}

// showMoved is GET /link/address.
func (s *service) showMoved(v *page.Visit) error {
	if err := s.slowed(v); err != nil {
		return err
	}
	email, err := s.SignIn.Moving(v.Request().Context(), v.FormValue("code"))
	if err = s.counted(v, err); err != nil {
		return err
	}
	f := v.Form("moved", page.Hidden("code", v.FormValue("code")))
	return v.Show("moved", page.View{Title: v.T("moved.title"), Form: f, Data: email})
}

// moved is POST /link/address: to open a link alone changes nothing, since programs that look into mails open them.
func (s *service) moved(v *page.Visit) error {
	if err := s.SignIn.Moved(v.Request().Context(), v.FormValue("code")); err != nil {
		return s.counted(v, err)
	}
	to := v.URL(page.SignInPath)
	if v.Who().Person != broker.PersonID("") {
		to = v.URL("/account")
	}
	return v.Done(to, "moved.done")
}
