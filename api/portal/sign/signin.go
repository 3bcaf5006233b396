package sign

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

// way is what pages of the way in show beside their form.
type way struct {
	Back      string // where the visitor wanted to go; "": nowhere
	Passkeys  bool
	Open      bool // to sign up
	Providers []Provider
	Attempt   signin.Attempt
}

func (s *service) wayOf(v *page.Visit) way {
	return way{Back: v.Back(""), Passkeys: s.SignIn.Passkeys(), Open: s.SignIn.OpenToAll(), Providers: s.Providers}
}

// On is the address of another page of the way in, which knows where the visitor wanted to go.
func (w way) On(address string) string {
	if w.Back == "" {
		return address
	}
	return address + "?" + url.Values{"back": {w.Back}}.Encode()
}

// with is On with the secret of a link.
func (w way) with(address, secret string) string {
	q := url.Values{"code": {secret}}
	if w.Back != "" {
		q.Set("back", w.Back)
	}
	return address + "?" + q.Encode()
}

func signInForm(v *page.Visit) *page.Form {
	return v.Form("signin", page.Email("email").Require().As("username"), page.Password("password", "current-password").Require(), page.Hidden("back", v.Back("")))
}

// showSignIn is GET /sign-in.
func (s *service) showSignIn(v *page.Visit) error {
	if v.Signed().Session.ID != "" {
		return v.Done(v.Back(v.URL(page.HomePath)), "")
	}
	return s.signInPage(v, signInForm(v))
}

func (s *service) signInPage(v *page.Visit, f *page.Form) error {
	return v.Show("signin", page.View{Title: v.T("signin.title"), Form: f, Data: s.wayOf(v), Scripts: []string{"passkey.js"}})
}

// signIn is POST /sign-in, the first step.
func (s *service) signIn(v *page.Visit) error {
	f := signInForm(v)
	if !f.Read() {
		return s.signInPage(v, f)
	}
	secret, err := s.first(v, f)
	if f.Refuse(err) {
		return s.signInPage(v, f)
	}
	if err != nil {
		return err
	}
	return lead(v, s.SignIn, secret, v.Back(""))
}

func (s *service) first(v *page.Visit, f *page.Form) (secret string, err error) {
	if err := s.slowed(v); err != nil {
		return "", err
	}
	secret, err = s.SignIn.Begin(v.Request().Context(), signin.Login{Email: f.Value("email"), Password: f.Value("password"), Browser: v.Kept(browserCookie)})
	return secret, s.counted(v, err)
}

// Second leads on somebody who proved one factor with an OpenID provider, by way of the other one to an address of this portal.
func Second(known *signin.Service) func(v *page.Visit, person broker.PersonID, back string) error {
	return func(v *page.Visit, person broker.PersonID, back string) error {
		secret, err := known.After(v.Request().Context(), person, account.ByOIDC)
		if err != nil {
			return err
		}
		return lead(v, known, secret, back)
	}
}

// lead leads whoever proved one factor to the other, or to where one is enrolled.
func lead(v *page.Visit, known *signin.Service, secret, back string) error {
	v.Keep(attemptCookie, secret, int(signin.AttemptLife.Seconds()))
	a, err := known.Attempt(v.Request().Context(), secret)
	if err != nil {
		return err
	}
	if a.Enrolled {
		return v.Stay("/sign-in/second", back)
	}
	return v.Stay("/sign-in/enrol", back)
}

// enter has the browser keep the session of somebody who is in.
func (s *service) enter(v *page.Visit, in signin.In) error {
	v.Keep(attemptCookie, "", -1)
	v.Keep(browserCookie, in.Browser, browserSeconds)
	return v.SignIn(in.Secret)
}

// welcome leads somebody who is in to where they wanted to go, and speaks the language that they chose.
func (s *service) welcome(v *page.Visit, in signin.In, notice string, values ...any) error {
	if err := s.enter(v, in); err != nil {
		return err
	}
	p, err := s.Accounts.Person(v.Request().Context(), in.Session.Caller(), in.Session.Person)
	if err != nil {
		return err
	}
	if p.Language != "" {
		v.Speak(p.Language)
	}
	return v.Done(v.Back(v.URL(page.HomePath)), notice, values...)
}

func secondForm(v *page.Visit) *page.Form {
	return v.Form("second", page.Text("code").As("one-time-code").Most(40).Typewritten().Require(), page.Hidden("back", v.Back(""))).Or(v.URL(page.SignInPath))
}

// showSecond is GET /sign-in/second.
func (s *service) showSecond(v *page.Visit) error { return s.secondPage(v, secondForm(v)) }

func (s *service) secondPage(v *page.Visit, f *page.Form) error {
	a, err := s.SignIn.Attempt(v.Request().Context(), v.Kept(attemptCookie))
	if err != nil {
		return err
	}
	if !a.Enrolled {
		return v.Stay("/sign-in/enrol", v.Back(""))
	}
	w := s.wayOf(v)
	w.Attempt = a
	return v.Show("second", page.View{Title: v.T("second.title"), Form: f, Data: w, Scripts: []string{"passkey.js"}})
}

// second is POST /sign-in/second.
func (s *service) second(v *page.Visit) error {
	f := secondForm(v).At("code-wrong", "code")
	if !f.Read() {
		return s.secondPage(v, f)
	}
	in, err := s.proveSecond(v, f.Value("code"))
	if f.Refuse(err) {
		return s.secondPage(v, f)
	}
	if err != nil {
		return err
	}
	if in.Left < fewCodes {
		return s.welcome(v, in, "second.few", in.Left)
	}
	return s.welcome(v, in, "")
}

// fewCodes is how many recovery codes are worth a word when there are less.
const fewCodes = 4

func (s *service) proveSecond(v *page.Visit, code string) (signin.In, error) {
	if err := s.slowed(v); err != nil {
		return signin.In{}, err
	}
	in, err := s.SignIn.Second(v.Request().Context(), v.Kept(attemptCookie), code, device(v))
	return in, s.counted(v, err)
}

// askPasskey is POST /sign-in/passkey/ask: what the browser needs to answer with a passkey.
func (s *service) askPasskey(v *page.Visit) error {
	options, err := s.SignIn.AskPasskey()
	return answerJSON(v, options, err)
}

func answerJSON(v *page.Visit, options []byte, err error) error {
	if err != nil {
		return err
	}
	v.Response().Header().Set("Cache-Control", "no-store")
	return v.JSON(http.StatusOK, json.RawMessage(options))
}

// passkeyForm is what a script sends.
func passkeyForm(v *page.Visit, name string) *page.Form {
	return v.Form(name, page.Hidden("answer", ""), page.Hidden("back", v.Back("")))
}

// withPasskey is POST /sign-in/passkey.
func (s *service) withPasskey(v *page.Visit) error {
	f := passkeyForm(v, "signin")
	f.Read()
	in, err := s.enterByPasskey(v, []byte(f.Value("answer")))
	f = signInForm(v)
	if f.Refuse(err) {
		return s.signInPage(v, f.To(v.URL(page.SignInPath)))
	}
	if err != nil {
		return err
	}
	return s.welcome(v, in, "")
}

func (s *service) enterByPasskey(v *page.Visit, answer []byte) (signin.In, error) {
	if err := s.slowed(v); err != nil {
		return signin.In{}, err
	}
	in, err := s.SignIn.WithPasskey(v.Request().Context(), answer, device(v))
	return in, s.counted(v, err)
}

// signOut is POST /sign-out.
func (s *service) signOut(v *page.Visit) error {
	if secret := v.Secret(); secret != "" {
		if err := s.Accounts.EndSession(v.Request().Context(), secret); err != nil {
			return err
		}
	}
	v.SignOut()
	return v.Done(v.URL(page.SignInPath), "signin.out")
}
