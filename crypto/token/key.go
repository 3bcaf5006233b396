package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/vierkant/vierkant/crypto/keys"
)

// ErrKey is returned for keys that cannot sign or check ES256.
var ErrKey = errors.New("token key: expected an ECDSA key on P-256")

// GenerateKey makes a signing key: ECDSA on P-256, as ES256 demands (RFC 7518 3.4). Store it as PKCS #8, wrapped.
func GenerateKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// PublicJWK writes key as it is published: with alg ES256, use sig, and as kid its SHA-256 thumbprint in base64url, 43
// characters (RFC 7517 4, RFC 7518 6.2.1, RFC 7638). The error is [ErrKey].
func PublicJWK(key *ecdsa.PublicKey) (kid string, raw []byte, err error) {
	if key == nil || key.Curve != elliptic.P256() {
		return "", nil, ErrKey
	}
	public, err := jwk.FromRaw(key)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	sum, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	kid = base64.RawURLEncoding.EncodeToString(sum)
	for name, value := range map[string]any{jwk.KeyIDKey: kid, jwk.AlgorithmKey: jwa.ES256, jwk.KeyUsageKey: jwk.ForSignature} {
		if err := public.Set(name, value); err != nil {
			return "", nil, fmt.Errorf("%w: JWK member %s: %w", ErrKey, name, err)
		}
	}
	raw, err = json.Marshal(public)
	return kid, raw, err
}

// ParsePublic reads what [PublicJWK] wrote: a strict JSON object with kty EC, crv P-256 and a point on the curve,
// nothing private. The error is [ErrKey].
func ParsePublic(raw []byte) (*ecdsa.PublicKey, error) {
	var members map[string]any
	if err := keys.UnmarshalStrict(raw, &members); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if _, isPrivate := members["d"]; isPrivate || members["kty"] != "EC" || members["crv"] != "P-256" {
		return nil, fmt.Errorf("%w: JWK: expected kty EC and crv P-256 without a private number", ErrKey)
	}
	parsed, err := jwk.ParseKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	key := new(ecdsa.PublicKey)
	if err := parsed.Raw(key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if _, err := key.Bytes(); err != nil { // which it is for a point beside the curve
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, nil
}
