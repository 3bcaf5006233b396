package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/token"
)

// Config is what the token service needs; all fields but Proxies are required.
type Config struct {
	Clients *broker.Clients
	Issue   func(client string, scopes []string) (raw string, claims token.Claims, err error)
	JWKS    func() []byte // public keys that check tokens, as a JWK Set
	URL     string        // public URL of the environment without a slash at its end; the issuer
	Proxies fair.Proxies
	Now     func() time.Time
	Refused func() // is told when a login has to wait
}

// Service answers the token endpoint and its two documents.
type Service struct {
	cfg    Config
	logins *logins
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Clients == nil || cfg.Issue == nil || cfg.JWKS == nil || cfg.URL == "" || cfg.Now == nil || cfg.Refused == nil {
		return nil, errors.New("oauth: Clients, Issue, JWKS, URL, Now and Refused are required")
	}
	return &Service{cfg, newLogins(cfg.Proxies, cfg.Now)}, nil
}

// Token is POST /token.
func (s *Service) Token(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	answer, err := s.grant(c.Request())
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.answer(c)
	case err != nil:
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// grant checks a token request and issues the token.
func (s *Service) grant(r *http.Request) (wire.Token, error) {
	f, err := readForm(r)
	if err != nil {
		return wire.Token{}, err
	}
	if err := f.checkGrant(); err != nil {
		return wire.Token{}, err
	}
	client, err := s.authenticate(r, f)
	if err != nil {
		return wire.Token{}, err
	}
	scopes, err := s.narrow(r, client, f["scope"])
	if err != nil {
		return wire.Token{}, err
	}
	raw, claims, err := s.cfg.Issue(string(client.ID), scopes)
	if err != nil {
		return wire.Token{}, err
	}
	return answerOf(raw, claims), nil
}

// narrow returns the scopes of the token: all that the client holds, or those asked for, each of which it must hold.
func (s *Service) narrow(r *http.Request, client broker.Client, asked string) ([]string, error) {
	wanted := scopesOf(asked)
	if len(wanted) > broker.MaxScopes {
		return nil, invalidRequest(fmt.Sprintf("ask for at most %d scopes, or leave scope out to get all of them", broker.MaxScopes))
	}
	granted, err := s.cfg.Clients.Narrow(r.Context(), client, wanted)
	if errors.Is(err, broker.Forbidden) {
		return nil, &refusal{code: "invalid_scope", detail: "ask for scopes that the client holds, separated by single blanks, or leave scope out to get all of them"}
	}
	all := make([]string, len(granted))
	for i, s := range granted {
		all[i] = string(s)
	}
	return all, err
}

func (s *Service) authenticate(r *http.Request, f form) (broker.Client, error) {
	if f["client_id"] == "" || f["client_secret"] == "" {
		return broker.Client{}, invalidClient("send client_id and client_secret in the form body")
	}
	attempt := s.logins.attempt(r, f["client_id"], f["client_secret"])
	if pause := attempt.pause(); pause > 0 {
		s.cfg.Refused()
		return broker.Client{}, slowDown(pause)
	}
	client, err := s.cfg.Clients.Authenticate(r.Context(), broker.ClientID(f["client_id"]), f["client_secret"])
	wrong := errors.Is(err, broker.Unauthenticated)
	if pause := attempt.pauseOfAddress(); wrong && pause > 0 {
		s.cfg.Refused()
		return broker.Client{}, slowDown(pause)
	}
	switch {
	case wrong:
		attempt.failed()
		return broker.Client{}, invalidClient(detailOf(err))
	case err == nil:
		attempt.succeeded()
	}
	return client, err
}

// detailOf is what a refusal says to its caller.
func detailOf(err error) string {
	var refused *broker.Error
	if errors.As(err, &refused) {
		return refused.Detail
	}
	return ""
}

// JWKS is GET /.well-known/jwks.json.
func (s *Service) JWKS(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=1800")
	return c.JSONBlob(http.StatusOK, s.cfg.JWKS())
}

// Metadata is GET /.well-known/oauth-authorization-server.
func (s *Service) Metadata(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=1800")
	return c.JSON(http.StatusOK, wire.AuthorizationServer{
		Issuer:                            s.cfg.URL,
		TokenEndpoint:                     s.cfg.URL + "/token",
		JWKSURI:                           s.cfg.URL + "/.well-known/jwks.json",
		ScopesSupported:                   []string{string(broker.ScopeSend), string(broker.ScopeSubscribe), string(broker.ScopeManage)},
		ResponseTypesSupported:            []string{},
		GrantTypesSupported:               []string{grantType},
		TokenEndpointAuthMethodsSupported: []string{"client_secret_post"},
	})
}
