package keys

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// members are the members of one JWK object under their exact names, not yet decoded.
type members map[string]json.RawMessage

// readMembers reads one JWK object and checks what holds for public and private keys alike: length, JSON, kty.
func readMembers(raw []byte) (members, error) {
	if len(raw) > maxJWK {
		return nil, fmt.Errorf("%w: JWK: expected at most %d bytes, found %d", ErrMalformed, maxJWK, len(raw))
	}
	var m members
	if err := UnmarshalStrict(raw, &m); err != nil {
		return nil, fmt.Errorf("JWK: %w", err)
	}
	kty, err := m.text("kty")
	if err != nil {
		return nil, err
	}
	if kty != "RSA" {
		return nil, fmt.Errorf("%w: JWK member kty: expected RSA, found %q", ErrMalformed, kty)
	}
	return m, nil
}

// refusePrivate fails if there is a member of a private RSA key or of a symmetric one (RFC 7518 6.3.2, 6.4).
func (m members) refusePrivate() error {
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, found := m[name]; found {
			return fmt.Errorf("%w: JWK has the member %s", ErrPrivate, name)
		}
	}
	return nil
}

// checkNumbers demands each named member as Base64urlUInt (RFC 7518 2): minimal, so without leading zero bytes. The
// bound for e leaves it in a Go int on every machine; jwx would silently cut a longer one.
func (m members) checkNumbers(names ...string) error {
	for _, name := range names {
		text, err := m.text(name)
		if err != nil {
			return err
		}
		number, err := decodeBase64URL(text)
		if err != nil {
			return fmt.Errorf("JWK member %s: %w", name, err)
		}
		if len(number) == 0 || number[0] == 0 {
			return fmt.Errorf("%w: JWK member %s: expected a positive number without leading zero bytes", ErrMalformed, name)
		}
		if limit := maxBytes(name); len(number) > limit {
			return fmt.Errorf("%w: JWK member %s: expected at most %d bytes, found %d", ErrMalformed, name, limit, len(number))
		}
	}
	return nil
}

func maxBytes(name string) int {
	if name == "e" {
		return 3
	}
	return maxModulusBits / 8
}

func (m members) text(name string) (string, error) {
	var text string
	if value, found := m[name]; !found || !isText(value) || json.Unmarshal(value, &text) != nil {
		return "", fmt.Errorf("%w: JWK member %s: expected a string", ErrMalformed, name)
	}
	return text, nil
}

func isText(value json.RawMessage) bool { return value[0] == '"' }

// parse hands the named members, and only those, to jwx; all others are ignored (RFC 7517 4).
func (m members) parse(names ...string) (jwk.Key, error) {
	known := members{}
	for name, value := range m {
		if slices.Contains(names, name) {
			known[name] = value
		}
	}
	raw, err := json.Marshal(known)
	if err != nil {
		return nil, fmt.Errorf("write JWK: %w", err)
	}
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return nil, known.misfit()
	}
	return key, nil
}

// misfit says in our words which member jwx did not take; its own name Go types. The numbers were checked before.
func (m members) misfit() error {
	for _, name := range []string{"kid", "alg", "use"} {
		if value, found := m[name]; found && !isText(value) {
			return fmt.Errorf("%w: JWK member %s: expected a string", ErrMalformed, name)
		}
	}
	if value, found := m["x5c"]; found && json.Unmarshal(value, new([]string)) != nil {
		return fmt.Errorf("%w: JWK member x5c: expected an array of strings", ErrMalformed)
	}
	return fmt.Errorf("%w: JWK member key_ops: expected an array of operations of RFC 7517 4.3", ErrMalformed)
}
