package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// tokens fetches access tokens when they are needed and keeps the last one until shortly before it expires
// (FIT-Connect contract 2). One caller fetches, the others wait for it.
type tokens struct {
	url, id, secret string

	turn    chan struct{} // holds one element; whoever takes it owns the fields below
	value   string        // "" if there is none
	expires time.Time
}

func newTokens(address, id, secret string) *tokens {
	t := &tokens{url: address, id: id, secret: secret, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// get returns a token that has not expired. A mutex would do but for waiting: that must end with ctx.
func (t *tokens) get(ctx context.Context, by *transport) (string, error) {
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if t.value != "" && by.now().Before(t.expires) {
		return t.value, nil
	}
	value, life, err := t.fetch(ctx, by)
	if err != nil {
		return "", fmt.Errorf("get access token: %w", err)
	}
	t.value, t.expires = value, by.now().Add(life)
	return value, nil
}

// drop forgets a token that was refused, unless another caller has renewed it meanwhile.
func (t *tokens) drop(ctx context.Context, value string) {
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return
	}
	if t.value == value {
		t.value = ""
	}
}

// fetch asks for a token without naming a scope: that gives all the client has, and names of scopes change
// (FIT-Connect contract 2.2). The secret goes into the form, not into a header: Basic is refused (2.1).
func (t *tokens) fetch(ctx context.Context, by *transport) (value string, life time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {t.id}, "client_secret": {t.secret}}
	a, err := by.do(ctx, call{
		method: http.MethodPost, url: t.url, contentType: "application/x-www-form-urlencoded", body: form.Encode(),
	})
	if err != nil {
		return "", 0, err
	}
	var granted wire.Token
	if err := a.decode(&granted); err != nil {
		return "", 0, err
	}
	if granted.AccessToken == "" || !strings.EqualFold(granted.TokenType, "Bearer") || strings.ContainsAny(granted.AccessToken, " \r\n") {
		return "", 0, errors.New("the token service answered without a bearer token")
	}
	return granted.AccessToken, usable(granted.ExpiresIn), nil
}

// usable is how long a token is used that lives for so many seconds: not in its last minute or, if it lives shorter than ten,
// its last tenth, since it must still be good when it arrives. Without a life it is used once.
func usable(seconds int) time.Duration {
	life := time.Duration(min(max(seconds, 0), 86400)) * time.Second
	return life - min(time.Minute, life/10)
}
