package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/destination"
	"github.com/vierkant/vierkant/api/docs"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/oauth"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/snippets"
	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/api/route"
	"github.com/vierkant/vierkant/api/submission"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/token"
)

// Config is what the surface needs. What says its zero value may be left out; the rest is required.
type Config struct {
	Broker    *broker.Broker
	Keyring   *broker.Keyring
	PublicURL string // under which callers know this environment, without a slash at its end; the issuer of tokens

	// Environment is test, reference or production.
	Environment string

	// Issue signs an access token; Verify checks one. They are functions because the key behind them moves on.
	Issue  func(client string, scopes []string) (raw string, claims token.Claims, err error)
	Verify func(raw string) (token.Claims, error)

	// Routing needs Areas; the rest is filled in.
	Routing route.Config

	// Management needs all but the services of Broker, which are filled in.
	Management manage.Config

	// TrustedProxies are the networks of the proxies through which callers come. From a connection of one of them the address of the
	// caller is the last in X-Forwarded-For that is not one of them; from all others, and by default, it is that of the connection.
	TrustedProxies []netip.Prefix

	// Grace is how long, all pauses together, a caller may let us wait for bytes of a body or for room for those of an answer, before
	// both have to make 64 KiB/s (submits 1 MiB/s). 0 is 30 seconds. A third of it is how long large bodies wait for their turn.
	Grace time.Duration

	LargeBodies int64 // bytes of memory for submits beyond 64 KiB together; 0 is 128 MiB, and never less than one of them
	FairUse     FairUse

	Log *slog.Logger
	Now func() time.Time // wall clock

	// Rehearse, if it is not nil, is asked before a request to the APIs of the contract is handled, with the client that it knows of: an
	// error, if it is to fail on request, and what Retry-After says then.
	Rehearse func(client broker.ClientID) (after time.Duration, err error)

	// Observe, if it is not nil, is told of every answered request: "GET /submission-api/v2/submissions/:id" or "unmatched", status, duration.
	Observe func(route string, status int, took time.Duration)

	// Refused, if it is not nil, is told what was refused because somebody asked for too much: "client-reads", "client-writes", "address" or
	// "routing" by number, "login" or "code" after failures, "submit" or "upload" because no turn came.
	Refused func(what string)
}

func (cfg Config) check() error {
	for _, required := range []struct {
		name    string
		present bool
	}{
		{"Broker", cfg.Broker != nil}, {"Keyring", cfg.Keyring != nil}, {"Issue", cfg.Issue != nil}, {"Verify", cfg.Verify != nil},
		{"Routing.Areas", cfg.Routing.Areas != nil}, {"Environment", cfg.Environment != ""},
		{"Management.Accounts", cfg.Management.Accounts != nil},
		{"Management.Templates", cfg.Management.Templates != nil}, {"Management.Adoptions", cfg.Management.Adoptions != nil},
		{"Management.Mails", cfg.Management.Mails != nil},
		{"Management.Try", cfg.Management.Try != nil}, {"Management.Keys", cfg.Management.Keys != nil}, {"Management.Diagnosis", cfg.Management.Diagnosis != nil},
		{"Management.Catalogues", cfg.Management.Catalogues != nil}, {"Log", cfg.Log != nil}, {"Now", cfg.Now != nil},
	} {
		if !required.present {
			return errors.New("config lacks " + required.name)
		}
	}
	if cfg.Grace < 0 {
		return errors.New("a negative Grace")
	}
	if slices.ContainsFunc(cfg.TrustedProxies, func(p netip.Prefix) bool { return !p.IsValid() }) {
		return errors.New("TrustedProxies holds a prefix that is none")
	}
	if err := cfg.FairUse.Check(); err != nil {
		return err
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Host == "" || strings.HasSuffix(cfg.PublicURL, "/") {
		return fmt.Errorf("PublicURL %q must be an absolute URL without a slash at its end", cfg.PublicURL)
	}
	return nil
}

// surface is the parts that routes lead to.
type surface struct {
	cfg     Config
	headers http.Header // of every answer
	labels  map[label]string

	problems problem.Writer

	counter     counter
	guesses     guesses
	guard       auth.Guard
	oauth       *oauth.Service
	submission  *submission.Service
	destination *destination.Service
	routing     *route.Service
	manage      *manage.Service
	docs        *docs.Service
	portal      *page.Kit
}

// New assembles the surface. It starts nothing.
func New(cfg Config) (http.Handler, error) {
	s, err := newSurface(cfg)
	if err == nil {
		err = s.open()
	}
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return s.mount(s.routes(), s.guarded, s.observe, s.counter.rates, paths), nil
}

// Operator assembles what the operator of this installation may ask for: the management API, at the paths that it has for everybody. Who
// reaches this handler is the operator, so it must be where nobody else can come; nothing is counted.
func Operator(cfg Config) (http.Handler, error) {
	s, err := newSurface(cfg)
	if err == nil {
		err = s.openManagement()
	}
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return s.mount(s.management(), func(r entry) echo.HandlerFunc { return auth.Operator(r.handle) }, s.observe, paths), nil
}

func newSurface(cfg Config) (*surface, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Grace == 0 {
		cfg.Grace = defaultGrace
	}
	if cfg.Refused == nil {
		cfg.Refused = func(string) {}
	}
	return &surface{cfg: cfg, headers: headersFor(cfg.PublicURL), problems: problem.Writer{Pages: cfg.PublicURL + problem.Folder}}, nil
}

func (s *surface) openManagement() (err error) {
	management := s.cfg.Management
	management.Notices = s.cfg.Broker.Notices
	management.Clients, management.Destinations, management.Deliveries = s.cfg.Broker.Clients, s.cfg.Broker.Destinations, s.cfg.Broker.Deliveries
	if management.Snippets, err = snippets.NewService(s.cfg.Broker.Clients, s.cfg.Environment, s.cfg.PublicURL); err != nil {
		return err
	}
	s.manage, err = manage.New(management)
	return err
}

// open makes the APIs.
func (s *surface) open() (err error) {
	if err := s.openManagement(); err != nil {
		return err
	}
	use := s.cfg.FairUse.withDefaults()
	s.counter = newCounter(use, s.cfg)
	s.guesses = newGuesses(s.counter, s.cfg.Now)
	s.guard = auth.Guard{Verify: s.cfg.Verify, Clients: s.cfg.Broker.Clients, Accounts: s.cfg.Management.Accounts, Admit: s.counter.known}
	room := submission.Room{
		Memory: s.cfg.LargeBodies, Uploads: use.Uploads, ClientUploads: use.ClientUploads, Patience: s.cfg.Grace / 3, Refused: s.cfg.Refused,
	}
	if s.submission, err = submission.New(s.cfg.Broker, room); err != nil {
		return err
	}
	if s.destination, err = destination.New(s.cfg.Broker.Destinations); err != nil {
		return err
	}
	routing := s.cfg.Routing
	routing.Routes, routing.Now = s.cfg.Broker.Routes, s.cfg.Now
	if s.routing, err = route.New(routing); err != nil {
		return err
	}
	s.docs = docs.New(s.cfg.PublicURL, s.problems)
	if err = s.openPortal(); err != nil {
		return err
	}
	s.oauth, err = oauth.New(oauth.Config{
		Clients: s.cfg.Broker.Clients, Issue: s.cfg.Issue, URL: s.cfg.PublicURL,
		JWKS:    func() []byte { return s.cfg.Keyring.JWKS(broker.TokenKeys) },
		Proxies: s.cfg.TrustedProxies, Now: s.cfg.Now, Refused: func() { s.cfg.Refused(refusedLogin) },
	})
	return err
}

// mount makes the handler of routes, each with who may ask for it before it, and what is around all of them. What answers GET answers HEAD
// alike; the server leaves the body out.
func (s *surface) mount(routes []entry, guarded func(entry) echo.HandlerFunc, around ...echo.MiddlewareFunc) http.Handler {
	e := echo.New()
	e.Use(around...)
	s.labels = map[label]string{}
	for _, r := range routes {
		methods := []string{r.method}
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		r.handle = r.body.admit(s.cfg.Grace, r.handle)
		handle := guarded(r)
		for _, method := range methods {
			e.Add(method, r.path, handle)
			s.labels[label{method, r.path}] = method + " " + r.path
		}
	}
	return e
}

// guarded is the handler of a route, which comes to run for those who may ask.
func (s *surface) guarded(r entry) echo.HandlerFunc {
	r.handle = s.opened(r)
	switch {
	case r.access.people:
		return s.guard.ProtectForPeople(r.handle)
	case !r.access.public:
		return s.guard.Protect(r.handle, r.access.scope)
	case r.access.code:
		return s.guesses.slowed(r.handle)
	case !strings.HasPrefix(r.path, routingAPI):
		return s.counter.counted(r.handle)
	}
	return r.handle
}

// jwks publishes the broker's own keys of a use. Half an hour is half of how long a key is shown before it signs.
func (s *surface) jwks(use broker.KeyUse) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=1800")
		return c.JSONBlob(http.StatusOK, s.cfg.Keyring.JWKS(use))
	}
}
