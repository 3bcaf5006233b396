package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/vierkant/vierkant/broker"
)

const (
	discoveryLife  = 12 * time.Hour
	discoveryPause = 10 * time.Second // after a failed one: whoever comes meanwhile is told at once
)

// algorithms are those that signatures of tokens may have: asymmetric ones.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
}

// provider is a Provider with what it says of itself.
type provider struct {
	Provider
	callback string
	now      func() time.Time

	mu     sync.Mutex // guards what follows, and that one asks at a time
	found  *oidc.Provider
	saysIs bool // it names itself in its answers (RFC 9207)
	failed error
	again  time.Time // when it is asked anew
}

// discover returns what the provider says of itself, which is asked for at most twice a day.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now().Before(p.again) {
		return p.found, p.saysIs, p.failed
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.HTTP), p.Issuer)
	var more struct {
		SaysIs bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err == nil {
		err = found.Claims(&more)
	}
	switch {
	case err == nil:
		p.found, p.saysIs, p.failed, p.again = found, more.SaysIs, nil, p.now().Add(discoveryLife)
	case p.found == nil:
		p.failed, p.again = unavailable(fmt.Errorf("discovery: %w", err)), p.now().Add(discoveryPause)
	default:
		p.again = p.now().Add(discoveryPause) // what it said last is still good
	}
	return p.found, p.saysIs, p.failed
}

func unavailable(err error) error {
	return broker.Unavailable.Wrap(err, "provider-unavailable", "the provider does not answer as it should: try again later, or sign in another way")
}

// client is us, as the provider knows us.
func (p *provider) client(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: p.callback, Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
}

// claims is what of a token counts.
type claims struct {
	Subject  string   `json:"sub"`
	Name     string   `json:"name"`
	Nickname string   `json:"preferred_username"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	Party    string   `json:"azp"`
}

// maxSubject is that of OpenID Connect Core 2.
const maxSubject = 255

// redeem exchanges a code for a token, and verifies it against the question that was asked.
func (p *provider) redeem(ctx context.Context, found *oidc.Provider, code string, f flow) (c claims, err error) {
	ctx = oidc.ClientContext(ctx, p.HTTP)
	answer, err := p.client(found).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 {
			return c, errRefused(err)
		}
		return c, unavailable(err)
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return c, errRefused(err)
	}
	if err := token.Claims(&c); err != nil {
		return c, errRefused(err)
	}
	return c, p.fits(token, c, f)
}

// fits holds a token against what go-oidc leaves to us.
func (p *provider) fits(token *oidc.IDToken, c claims, f flow) error {
	switch {
	case f.Nonce == "" || token.Nonce != f.Nonce:
		return errRefused(errors.New("the nonce is another one"))
	case (len(token.Audience) > 1 || c.Party != "") && c.Party != p.ClientID:
		return errRefused(errors.New("the token was issued to somebody else"))
	case token.Subject == "" || len(token.Subject) > maxSubject || slices.Contains([]byte(token.Subject), 0):
		return errRefused(errors.New("the subject is none"))
	case token.IssuedAt.After(p.now().Add(maxSkew)):
		return errRefused(errors.New("the token is of the future"))
	}
	return nil
}

// maxSkew is by how much the clock of a provider may be ahead.
const maxSkew = 5 * time.Minute

// errRefused says outside that it did not work, and inside why.
func errRefused(err error) error {
	return broker.Unprocessable.Wrap(err, "sign-in-refused", "the answer of the provider does not fit what was asked here: begin again, in this browser")
}
