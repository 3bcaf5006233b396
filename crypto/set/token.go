package set

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vierkant/vierkant/crypto/keys"
)

const typ = "secevent+jwt" // RFC 8417 2.3

// MaxToken bounds a compact token, in bytes.
const MaxToken = 256 << 10

const maxKID = 64 // characters (FIT-Connect contract 6.1)

// Token is a security event token that was parsed and not verified yet.
type Token struct {
	Raw    string // verbatim
	KID    string // names the key; see [Token.Verify]
	Claims Claims

	jws keys.Compact
}

// Sign puts a header with kid and a PS512 signature around the claim bytes, which stay exactly as they are, and returns
// the compact token. It does not judge them: they were judged by [Claims.Bytes] when the event became a fact, and a
// rule that has grown since must not keep an acknowledged event from being signed. The signer may be a hardware module,
// see [keys.SignPS512].
func Sign(claims []byte, kid string, signer crypto.Signer) (string, error) {
	if !isKID(kid) {
		return "", fmt.Errorf("sign event: expected a kid of 1 to %d characters, found %q", maxKID, kid)
	}
	token, err := keys.SignPS512(typ, kid, claims, signer)
	if err != nil {
		return "", fmt.Errorf("sign event: %w", err)
	}
	return token, nil
}

func isKID(kid string) bool {
	return kid != "" && utf8.RuneCountInString(kid) <= maxKID
}

// Parse reads a compact token of at most [MaxToken] bytes and judges its form: the header (typ secevent+jwt, alg PS512,
// a kid of 1 to 64 characters) and the claims ([ParseClaims]). Errors: [ErrSyntax], [*HeaderError], [*ClaimError].
// Nothing in the result may be trusted before [Token.Verify].
func Parse(raw string) (Token, error) {
	jws, err := keys.ParseCompact(raw, MaxToken)
	if err != nil {
		return Token{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if err := checkHeader(raw, jws); err != nil {
		return Token{}, err
	}
	if len(jws.Signature) == 0 {
		return Token{}, fmt.Errorf("%w: expected a signature", ErrSyntax)
	}
	claims, err := ParseClaims(jws.Payload)
	if err != nil {
		return Token{}, err
	}
	return Token{Raw: raw, KID: jws.KID, Claims: claims, jws: jws}, nil
}

// checkHeader checks what every reader relies on, and that no reader's library stumbles over the rest. crit has been
// refused by [keys.ParseCompact].
func checkHeader(raw string, jws keys.Compact) error {
	switch {
	case jws.Typ != typ:
		return &HeaderError{Header: "typ", Want: typ, Got: found(jws.Typ)}
	case jws.Alg != keys.PS512:
		return &HeaderError{Header: "alg", Want: keys.PS512, Got: found(jws.Alg)}
	case !isKID(jws.KID):
		return &HeaderError{Header: "kid", Want: fmt.Sprintf("1 to %d characters", maxKID), Got: found(jws.KID)}
	}
	members, err := headerMembers(raw)
	if err != nil {
		return err
	}
	for _, name := range []string{"b64", "jwk", "jku", "x5c", "x5u"} {
		if value, present := members[name]; present {
			return &HeaderError{Header: name, Want: nothing, Got: describe(value)}
		}
	}
	for _, name := range []string{"cty", "nonce", "x5t", "x5t#S256"} {
		value, present := members[name]
		if _, isString := value.(string); present && !isString {
			return &HeaderError{Header: name, Want: "a string", Got: describe(value)}
		}
	}
	return nil
}

// headerMembers decodes the header once more, with all its members.
func headerMembers(raw string) (map[string]any, error) {
	encoded, _, _ := strings.Cut(raw, ".")
	header, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrSyntax, err)
	}
	var members map[string]any
	if err := keys.UnmarshalStrict(header, &members); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrSyntax, err)
	}
	return members, nil
}

// found renders a text of the header for a message.
func found(text string) string {
	if text == "" {
		return nothing
	}
	return describe(text)
}

// CheckSchema reports whether the version of the payload schema is one of v; without $schema the payload must be empty
// (FIT-Connect contract 6.4). Errors: [ErrSchemaVersion], [*ClaimError] for a $schema that is missing.
func (t Token) CheckSchema(v Versions) error {
	if t.Claims.Schema == "" {
		return t.Claims.checkEmpty()
	}
	if !v.take(t.Claims.Schema) {
		return ErrSchemaVersion
	}
	return nil
}

func (c Claims) checkEmpty() error {
	var members map[string]any
	if err := keys.UnmarshalStrict(c.Payload, &members); err != nil || len(members) > 0 {
		return &ClaimError{Claim: "$schema", Want: "the schema of the payload", Got: nothing}
	}
	return nil
}

// Verify checks the signature: by the key that kid names, PS512 with a salt of 64 bytes. Whether the key is the issuer's
// and may be used is for the caller and a [keys.Policy]. The error is [keys.ErrSignature].
func (t Token) Verify(key keys.Public) error {
	if t.KID != key.KID {
		return fmt.Errorf("%w: expected kid %s, found %s", keys.ErrSignature, describe(key.KID), found(t.KID))
	}
	return key.VerifyPS512(t.jws.SigningInput, t.jws.Signature)
}
