package oauth

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/token"
)

const (
	grantType = "client_credentials"
	formType  = "application/x-www-form-urlencoded"
	maxForm   = 8 << 10
)

// form is the parameters of a token request, each given once. One without a value is as good as absent (RFC 6749 3.2).
type form map[string]string

// readForm reads the body strictly. An error of the rules is a *refusal.
func readForm(r *http.Request) (form, error) {
	if _, tried := r.Header["Authorization"]; tried {
		return nil, &refusal{code: "invalid_client", challenge: `Basic realm="token"`,
			detail: "the Authorization header is not supported here: send client_id and client_secret in the form body"}
	}
	if r.URL.RawQuery != "" {
		return nil, invalidRequest("send the parameters in the form body, never in the URL: if a secret was in it, replace the secret")
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != formType {
		return nil, invalidRequest("the content type must be " + formType)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxForm {
		return nil, invalidRequest("the form is too long")
	}
	return parseForm(string(body))
}

func parseForm(body string) (form, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, invalidRequest("the body must be name=value, joined by &, percent-encoded")
	}
	f := make(form, len(values))
	for name, all := range values {
		if len(all) > 1 {
			return nil, invalidRequest("no parameter may be given twice")
		}
		f[name] = all[0]
	}
	return f, nil
}

func (f form) checkGrant() error {
	switch f["grant_type"] {
	case grantType:
		return nil
	case "":
		return invalidRequest("grant_type is required; it must be " + grantType)
	}
	return &refusal{code: "unsupported_grant_type", detail: "grant_type must be " + grantType}
}

// scopesOf reads the scopes that are asked for; none is all.
func scopesOf(asked string) []broker.Scope {
	if asked == "" {
		return nil
	}
	var all []broker.Scope
	for s := range strings.SplitSeq(asked, " ") {
		if last := len(all) - 1; last >= 0 && strings.HasPrefix(s, sendService) {
			all[last] += "+" + broker.Scope(s)
			continue
		}
		all = append(all, broker.Scope(s))
	}
	return all
}

// sendService is what no scope begins with. A scope of the first generation joins region and service by a plus sign, and a client that
// does not encode it in its form has asked for a blank.
const sendService = "send:service:"

func answerOf(raw string, claims token.Claims) wire.Token {
	return wire.Token{
		AccessToken: raw, TokenType: "Bearer", Scope: strings.Join(claims.Scopes, " "),
		ExpiresIn: int(claims.Expires.Sub(claims.IssuedAt).Seconds()),
	}
}

// refusal is an error of RFC 6749 5.2.
type refusal struct {
	code, detail string
	challenge    string        // WWW-Authenticate
	wait         time.Duration // until it is worth trying again; 0 if it never is
}

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.detail }

func (r *refusal) answer(c echo.Context) error {
	h := c.Response().Header()
	if r.challenge != "" {
		h.Set("WWW-Authenticate", r.challenge)
	}
	if r.wait > 0 {
		h.Set("Retry-After", fair.Seconds(r.wait))
	}
	return c.JSON(r.status(), wire.TokenError{Error: r.code, Description: r.detail})
}

func (r *refusal) status() int {
	switch r.code {
	case "invalid_client":
		return http.StatusUnauthorized
	case "slow_down":
		return http.StatusTooManyRequests
	}
	return http.StatusBadRequest
}

func invalidRequest(detail string) error { return &refusal{code: "invalid_request", detail: detail} }

func invalidClient(detail string) error { return &refusal{code: "invalid_client", detail: detail} }

func slowDown(wait time.Duration) error {
	return &refusal{code: "slow_down", wait: wait,
		detail: "too many logins with a wrong client_id or client_secret from here: check them, and try again after the seconds in Retry-After"}
}
