package keys

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Compact is a JWS in compact form (RFC 7515 7.1), taken apart strictly and not verified yet. Typ and KID are "" if
// the header has none.
type Compact struct {
	Typ, Alg, KID string // of the protected header, as written
	Payload       []byte // decoded
	SigningInput  []byte // the first two parts with the dot between them
	Signature     []byte // decoded; may be empty
}

// ParseCompact takes apart a JWS of at most limit bytes: three parts in canonical base64url, a header that is one
// strict JSON object with the strings alg and, if given, typ and kid. A header with crit is refused, since no extension
// is understood (RFC 7515 4.1.11); jwk, jku, x5c and x5u are not looked at: a key comes from its issuer, never from the
// message. The error is [ErrMalformed]. Which alg and typ are right is for the caller to say.
func ParseCompact(raw string, limit int) (Compact, error) {
	if len(raw) > limit {
		return Compact{}, fmt.Errorf("%w: JWS: expected at most %d bytes, found %d", ErrMalformed, limit, len(raw))
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, found := strings.Cut(rest, ".")
	if !found || strings.Contains(signature, ".") {
		return Compact{}, fmt.Errorf("%w: JWS: expected three parts with dots between", ErrMalformed)
	}
	jws, err := parseHeader(header)
	if err != nil {
		return Compact{}, fmt.Errorf("JWS header: %w", err)
	}
	if jws.Payload, err = decodeBase64URL(payload); err != nil {
		return Compact{}, fmt.Errorf("JWS payload: %w", err)
	}
	if jws.Signature, err = decodeBase64URL(signature); err != nil {
		return Compact{}, fmt.Errorf("JWS signature: %w", err)
	}
	jws.SigningInput = []byte(raw[:len(header)+1+len(payload)])
	return jws, nil
}

func parseHeader(encoded string) (Compact, error) {
	raw, err := decodeBase64URL(encoded)
	if err != nil {
		return Compact{}, err
	}
	var header map[string]json.RawMessage // a struct would take ALG for alg
	if err := UnmarshalStrict(raw, &header); err != nil {
		return Compact{}, err
	}
	if _, found := header["crit"]; found {
		return Compact{}, fmt.Errorf("%w: expected no crit: no extension is understood", ErrMalformed)
	}
	var jws Compact
	for name, target := range map[string]*string{"alg": &jws.Alg, "typ": &jws.Typ, "kid": &jws.KID} {
		value, found := header[name]
		if !found && name != "alg" {
			continue
		}
		if !found || value[0] != '"' || json.Unmarshal(value, target) != nil {
			return Compact{}, fmt.Errorf("%w: expected a string %s", ErrMalformed, name)
		}
	}
	return jws, nil
}
