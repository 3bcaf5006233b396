package sign

import (
	"embed"
	"errors"
	"net/netip"
	"time"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

//go:embed pages static texts.yaml
var files embed.FS

// Provider is somebody else who knows who people are. Its page is sent a form to begin.
type Provider struct{ Name, Path string } // Path is below the portal

// Config is what the pages need; what may be left out says so.
type Config struct {
	Accounts  *account.Accounts
	SignIn    *signin.Service
	Now       func() time.Time // wall clock
	Providers []Provider       // may be none
}

// Cookies beside that of the session.
const (
	attemptCookie = "attempt" // of who proved one factor
	browserCookie = "browser" // of a browser in which somebody has signed in
)

// browserSeconds is how long a browser is known.
const browserSeconds = 180 * 24 * 60 * 60

type service struct {
	Config
	wrong *fair.Failures[netip.Addr] // by network: passwords, codes and links
	mails *fair.Budget[netip.Addr]   // by network: that were asked for
}

// remembered is how many networks are told apart.
const remembered = 20_000

// New makes the subject.
func New(cfg Config) (page.Subject, error) {
	if cfg.Accounts == nil || cfg.SignIn == nil || cfg.Now == nil {
		return page.Subject{}, errors.New("sign: config lacks Accounts, SignIn or Now")
	}
	s := &service{
		Config: cfg,
		wrong:  fair.NewFailures[netip.Addr](fair.Rule{Free: 30, First: time.Second, Most: 5 * time.Minute, Forgive: 30 * time.Second}, remembered, cfg.Now),
		mails:  fair.NewBudget[netip.Addr](20, time.Hour, remembered, cfg.Now),
	}
	return page.Subject{Name: "sign", Files: files, Routes: s.routes()}, nil
}

func (s *service) routes() []page.Route {
	public := func(r page.Route) page.Route { return r.For(page.Public) }
	return []page.Route{
		public(page.Get(page.SignInPath, s.showSignIn)),
		public(page.Post(page.SignInPath, s.signIn).Always()),
		public(page.Post("/sign-in/passkey/ask", s.askPasskey).Always()),
		public(page.Post("/sign-in/passkey", s.withPasskey).Always()),
		public(page.Get("/sign-in/second", s.showSecond)),
		public(page.Post("/sign-in/second", s.second).Always()),
		public(page.Get("/sign-in/enrol", s.showEnrol)),
		public(page.Post("/sign-in/enrol", s.enrol)),
		public(page.Post("/sign-in/enrol/passkey/ask", s.askEnrolPasskey)),
		public(page.Post("/sign-in/enrol/passkey", s.enrolPasskey)),
		public(page.Post("/sign-out", s.signOut).Always()),

		public(page.Get("/sign-up", s.showSignUp)),
		public(page.Post("/sign-up", s.signUp)),
		public(page.Get("/link/sign-up", s.showConfirm)),
		public(page.Post("/link/sign-up", s.confirm)),
		public(page.Get("/forgotten", s.showForgotten)),
		public(page.Post("/forgotten", s.forgotten)),
		public(page.Get("/link/password", s.showReset)),
		public(page.Post("/link/password", s.reset)),
		public(page.Get("/link/address", s.showMoved)),
		public(page.Post("/link/address", s.moved)),

		page.Get(page.ProvePath, s.showProve),
		page.Post(page.ProvePath, s.prove).Always(),
		page.Post(page.ProvePath+"/passkey", s.provePasskey).Always(),

		page.Get("/account", s.showAccount),
		page.Post("/account", s.changeAccount),
		page.Get("/account/address", s.showAddress),
		page.Post("/account/address", s.changeAddress),
		page.Get("/account/password", s.showPassword),
		page.Post("/account/password", s.changePassword),
		page.Get("/account/factors", s.showFactors),
		page.Get("/account/factors/app", s.showApp),
		page.Post("/account/factors/app", s.addApp),
		page.Get("/account/factors/passkey", s.showPasskey),
		page.Post("/account/factors/passkey/ask", s.askNewPasskey),
		page.Post("/account/factors/passkey", s.addPasskey),
		page.Get("/account/factors/recovery", s.showRecovery),
		page.Post("/account/factors/recovery", s.newRecovery),
		page.Get("/account/factors/remove/:factor", s.showRemove),
		page.Post("/account/factors/remove/:factor", s.removeFactor),
		page.Get("/account/sessions", s.showSessions),
		page.Post("/account/sessions/others", s.endOthers).Fresh(),
		page.Post("/account/sessions/end/:session", s.endSession).Fresh(),
		page.Get("/account/tokens", s.showTokens),
		page.Post("/account/tokens", s.addToken).Fresh(),
		page.Post("/account/tokens/revoke/:token", s.revokeToken),
	}
}

// device describes the browser of a visitor.
func device(v *page.Visit) account.NewSession {
	_, from := v.From()
	return account.NewSession{Agent: v.Request().UserAgent(), From: from}
}

// slowed refuses who was wrong too often from one network. What is wrong is for the caller to count.
func (s *service) slowed(v *page.Visit) error {
	from, _ := v.From()
	if pause := s.wrong.Pause(from); pause > 0 {
		v.Response().Header().Set("Retry-After", fair.Seconds(pause))
		return broker.RateLimited.New("too-many-tries", "too much was tried in vain: wait %s seconds, then try again", fair.Seconds(pause))
	}
	return nil
}

// counted notes what was wrong, and hands on the error.
func (s *service) counted(v *page.Visit, err error) error {
	if errors.Is(err, broker.Unprocessable) || errors.Is(err, broker.NotFound) {
		from, _ := v.From()
		s.wrong.Failed(from)
	}
	return err
}

// asked refuses who asked for too many mails.
func (s *service) asked(v *page.Visit) error {
	from, _ := v.From()
	left := s.mails.Take(from)
	if left.Wait == 0 {
		return nil
	}
	v.Response().Header().Set("Retry-After", fair.Seconds(left.Wait))
	return broker.RateLimited.New("too-many-tries", "too many mails were asked for from here: wait %s seconds, then try again", fair.Seconds(left.Wait))
}
