package oidc

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Provider is one at which people sign in.
type Provider struct {
	Name     string // in addresses: small letters, digits, hyphens
	Label    string // for people
	Issuer   string // exactly as the provider writes it
	ClientID string
	Secret   string // of the client

	// Trusted providers see to two factors for everybody. Otherwise one of ACR or AMR in the token tells that they did.
	Trusted  bool
	ACR, AMR []string

	HTTP *http.Client // guarded
}

// Config is what the service needs; all is required but Providers.
type Config struct {
	Accounts  *account.Accounts
	Store     broker.Store
	Providers []Provider
	Wrap      func(plain []byte, context string) ([]byte, error) // see keys.Wrapper
	Unwrap    func(wrapped []byte, context string) ([]byte, error)
	URL       string           // where the portal is, without a slash at its end
	Now       func() time.Time // wall clock
	Log       *slog.Logger
}

// Service signs people in at providers.
type Service struct {
	cfg       Config
	providers map[string]*provider
}

// New checks the configuration. It asks no provider anything yet: one that is down keeps nobody from starting.
func New(cfg Config) (*Service, error) {
	if cfg.Accounts == nil || cfg.Store == nil || cfg.Wrap == nil || cfg.Unwrap == nil || cfg.Now == nil || cfg.Log == nil || cfg.URL == "" {
		return nil, errors.New("oidc: config lacks Accounts, Store, Wrap, Unwrap, URL, Now or Log")
	}
	s := &Service{cfg: cfg, providers: map[string]*provider{}}
	for _, p := range cfg.Providers {
		if err := p.Check(); err != nil {
			return nil, err
		}
		if _, twice := s.providers[p.Name]; twice {
			return nil, fmt.Errorf("oidc: two providers are called %s", p.Name)
		}
		s.providers[p.Name] = &provider{Provider: p, callback: cfg.URL + "/oidc/" + p.Name + "/return", now: cfg.Now}
	}
	return s, nil
}

var providerName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Check refuses a provider that cannot be one.
func (p Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	switch {
	case !providerName.MatchString(p.Name):
		return fmt.Errorf("oidc: %q is no name of a provider: use small letters, digits and hyphens", p.Name)
	case p.Label == "" || p.ClientID == "" || p.Secret == "" || p.HTTP == nil:
		return fmt.Errorf("oidc: provider %s lacks label, client id, secret or HTTP", p.Name)
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("oidc: %q is no issuer: expected its URL, as the provider writes it", p.Issuer)
	case p.Trusted && len(p.ACR)+len(p.AMR) > 0:
		return fmt.Errorf("oidc: provider %s is trusted, or has to say so by acr or amr: not both", p.Name)
	}
	return nil
}

// Shown is a provider as people choose it.
type Shown struct{ Name, Label string }

// Providers lists those that are configured, in that order.
func (s *Service) Providers() []Shown {
	all := make([]Shown, len(s.cfg.Providers))
	for i, p := range s.cfg.Providers {
		all[i] = Shown{p.Name, p.Label}
	}
	return all
}

// Known reports whether a provider is configured, and how people know it.
func (s *Service) Known(name string) (Shown, bool) {
	p, known := s.providers[name]
	if !known {
		return Shown{}, false
	}
	return Shown{p.Name, p.Label}, true
}

func errNoProvider() error {
	return broker.NotFound.New("provider-not-found", "there is no such provider here: choose one on the page for signing in")
}

// strong reports whether the provider saw to two factors.
func (p Provider) strong(acr string, amr []string) bool {
	if p.Trusted {
		return true
	}
	for _, wanted := range p.ACR {
		if acr == wanted {
			return true
		}
	}
	for _, wanted := range p.AMR {
		for _, got := range amr {
			if got == wanted {
				return true
			}
		}
	}
	return false
}

// nameFrom makes a name that the rules for names allow out of what a provider says.
func nameFrom(claims ...string) string {
	for _, c := range claims {
		if c = strings.Join(strings.Fields(c), " "); broker.CheckName("the name of a person", c) == nil {
			return c
		}
	}
	return "?"
}
