package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Type is the header typ of an access token (RFC 9068 2.1).
const Type = "at+jwt"

// maxToken bounds the bytes of a token, issued or checked. HTTP servers in front rarely take headers beyond it.
const maxToken = 16 << 10

// Claims are what a token states. Claims that were checked are shared between requests: do not change Scopes.
type Claims struct {
	Issuer   string    // iss, URL of the token service
	Subject  string    // sub, id of the API client; also written as client_id (RFC 9068 2.2)
	Audience string    // aud, the service it is for
	ID       string    // jti, a UUID
	Scopes   []string  // scope
	IssuedAt time.Time // iat, whole seconds
	Expires  time.Time // exp, whole seconds
}

// payload is the wire form of Claims.
type payload struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Client   string `json:"client_id"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	Scope    string `json:"scope"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

func (c Claims) encode() ([]byte, error) {
	return json.Marshal(payload{
		Issuer: c.Issuer, Subject: c.Subject, Client: c.Subject, Audience: c.Audience, ID: c.ID,
		Scope: strings.Join(c.Scopes, " "), IssuedAt: c.IssuedAt.Unix(), Expires: c.Expires.Unix(),
	})
}

func decodeClaims(raw []byte) (Claims, error) {
	var p payload
	if err := keys.UnmarshalStrict(raw, &p); err != nil {
		return Claims{}, err
	}
	if p.Subject == "" || p.ID == "" || p.IssuedAt <= 0 || p.Expires <= p.IssuedAt {
		return Claims{}, errors.New("expected sub, jti, iat and a later exp")
	}
	return Claims{
		Issuer: p.Issuer, Subject: p.Subject, Audience: p.Audience, ID: p.ID,
		Scopes: slices.Clip(strings.Fields(p.Scope)), IssuedAt: time.Unix(p.IssuedAt, 0).UTC(), Expires: time.Unix(p.Expires, 0).UTC(),
	}, nil
}

// checkScopes holds each scope against RFC 6749 3.3: printable ASCII without space, quote and backslash. One with a
// space in it would come out of the token as two.
func checkScopes(scopes []string) error {
	for _, scope := range scopes {
		bad := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
		if scope == "" || strings.ContainsFunc(scope, bad) {
			return fmt.Errorf("expected a scope of RFC 6749 3.3, found %q", scope)
		}
	}
	return nil
}
