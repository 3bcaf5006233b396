package sign

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker/signin"
)

// newApp is what the page shows on which an app that makes codes is added.
type newApp struct {
	way
	Seed    string // in groups
	URI     string
	Code    picture
	Passkey *page.Form // to make a passkey instead; nil: there is none
	Ask     string     // where a script asks for a challenge
	To      string     // where the passkey is sent
}

// picture is a QR code as the path of its dark squares.
type picture struct {
	Size int
	Path string
}

// draw makes a QR code. Its quiet zone is four squares wide.
func draw(text string) (picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return picture{}, err
	}
	const quiet = 4
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				path.WriteString(square(x+quiet, y+quiet))
			}
		}
	}
	return picture{Size: code.Size + 2*quiet, Path: path.String()}, nil
}

func enrolForm(v *page.Visit) *page.Form {
	return v.Form("app", page.Text("name").Most(60).Require().Is(v.T("app.name.usual")), page.Code("code").Require(), page.Hidden("back", v.Back("")))
}

// showEnrol is GET /sign-in/enrol, for somebody who has no second factor yet.
func (s *service) showEnrol(v *page.Visit) error {
	by, err := s.SignIn.InAttempt(v.Request().Context(), v.Kept(attemptCookie))
	if err != nil {
		return err
	}
	return s.appPage(v, by, enrolForm(v), newApp{way: s.wayOf(v), Ask: v.URL("/sign-in/enrol/passkey/ask"), To: v.URL("/sign-in/enrol/passkey")})
}

// appPage shows a seed.
func (s *service) appPage(v *page.Visit, by signin.Actor, f *page.Form, shown newApp) error {
	app, err := s.SignIn.NewApp(v.Request().Context(), by)
	if err != nil {
		return err
	}
	if shown.Code, err = draw(app.URI); err != nil {
		return err
	}
	shown.Seed, shown.URI = inGroups(app.Seed), app.URI
	if s.SignIn.Passkeys() && shown.Ask != "" {
		shown.Passkey = newPasskeyForm(v)
	}
	return v.Show("app", page.View{Title: v.T("app.title"), Form: f, Data: shown, Scripts: []string{"passkey.js"}})
}

func inGroups(text string) string {
	var groups []string
	for ; len(text) > 4; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(append(groups, text), " ")
}

// enrol is POST /sign-in/enrol.
func (s *service) enrol(v *page.Visit) error {
	ctx := v.Request().Context()
	by, err := s.SignIn.InAttempt(ctx, v.Kept(attemptCookie))
	if err != nil {
		return err
	}
	f := enrolForm(v).At("code-wrong", "code")
	again := newApp{way: s.wayOf(v), Ask: v.URL("/sign-in/enrol/passkey/ask"), To: v.URL("/sign-in/enrol/passkey")}
	if !f.Read() {
		return s.appPage(v, by, f, again)
	}
	e, err := s.SignIn.ConfirmApp(ctx, by, f.Value("name"), f.Value("code"), device(v))
	if f.Refuse(err) {
		return s.appPage(v, by, f, again)
	}
	if err != nil {
		return err
	}
	return s.enrolled(v, e)
}

// askEnrolPasskey is POST /sign-in/enrol/passkey/ask.
func (s *service) askEnrolPasskey(v *page.Visit) error {
	by, err := s.SignIn.InAttempt(v.Request().Context(), v.Kept(attemptCookie))
	if err != nil {
		return err
	}
	options, err := s.SignIn.NewPasskey(v.Request().Context(), by)
	return answerJSON(v, options, err)
}

func newPasskeyForm(v *page.Visit) *page.Form {
	return v.Form("passkey", page.Text("name").Most(60).Require().Is(v.T("passkey.name.usual")), page.Hidden("answer", ""), page.Hidden("back", v.Back("")))
}

// enrolPasskey is POST /sign-in/enrol/passkey.
func (s *service) enrolPasskey(v *page.Visit) error {
	ctx := v.Request().Context()
	by, err := s.SignIn.InAttempt(ctx, v.Kept(attemptCookie))
	if err != nil {
		return err
	}
	f := newPasskeyForm(v)
	if !f.Read() {
		return s.passkeyPage(v, f, v.URL("/sign-in/enrol/passkey/ask"))
	}
	e, err := s.SignIn.ConfirmPasskey(ctx, by, f.Value("name"), []byte(f.Value("answer")), device(v))
	if f.Refuse(err) {
		return s.passkeyPage(v, f, v.URL("/sign-in/enrol/passkey/ask"))
	}
	if err != nil {
		return err
	}
	return s.enrolled(v, e)
}

// enrolled shows recovery codes, this once, with the first factor; else it leads on.
func (s *service) enrolled(v *page.Visit, e signin.Enrolled) error {
	if e.In != nil {
		if err := s.enter(v, *e.In); err != nil {
			return err
		}
	}
	on := v.Back(v.URL("/account/factors"))
	if e.In != nil {
		on = v.Back(v.URL(page.HomePath))
	}
	if len(e.Recovery) == 0 {
		return v.Done(on, "factor.added")
	}
	return s.recoveryPage(v, e.Recovery, on)
}

// codes is what the page of recovery codes shows.
type codes struct {
	Codes string // a line each
	On    string // where it goes on
}

func (s *service) recoveryPage(v *page.Visit, all []string, on string) error {
	return v.Show("recovery", page.View{Title: v.T("recovery.title"), Data: codes{strings.Join(all, "\n"), on}})
}

// square is one square of a QR code as a path of SVG.
func square(x, y int) string { return fmt.Sprintf("M%d %dh1v1h-1z", x, y) }
