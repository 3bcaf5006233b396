package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Leeway is how far the clocks of two nodes may differ: a token is accepted this long before its iat and after its exp.
const Leeway = 10 * time.Second

// Why a token is not accepted; both are invalid_token to the client (RFC 6750 3.1). What follows the first colon is
// for the log.
var (
	ErrInvalid = errors.New("access token invalid")
	ErrExpired = errors.New("access token expired")
)

// VerifierConfig is what a [Verifier] needs; all of it but CacheSize.
type VerifierConfig struct {
	Issuer   string           // the only iss to accept
	Audience string           // the only aud to accept
	Now      func() time.Time // the wall clock

	// Keys returns the public key known under kid. It is asked on every check, so it must be quick and safe for
	// concurrent use, and should return the same pointer for the same key.
	Keys func(kid string) (*ecdsa.PublicKey, bool)

	// CacheSize is how many checked tokens to remember at most, at about 1 KiB each; none if 0. Odd ones are rounded up.
	CacheSize int
}

// Verifier checks tokens of one issuer for one audience. Safe for concurrent use.
type Verifier struct {
	config VerifierConfig
	cache  *cache
}

// NewVerifier checks the configuration.
func NewVerifier(config VerifierConfig) (*Verifier, error) {
	if config.Issuer == "" || config.Audience == "" || config.Now == nil || config.Keys == nil || config.CacheSize < 0 {
		return nil, errors.New("token verifier: expected issuer, audience, clock, keys and a cache size of at least 0")
	}
	return &Verifier{config: config, cache: newCache(config.CacheSize)}, nil
}

// checked is a token whose signature and fixed claims held under key.
type checked struct {
	claims Claims
	kid    string
	key    *ecdsa.PublicKey
}

// Verify checks a token of at most 16 KiB (RFC 9068 4, RFC 8725): strict compact form, typ at+jwt, alg ES256, a known
// kid, the signature, iss, aud, sub, jti, and iat and exp within [Leeway]. Errors: [ErrExpired] for a genuine token
// whose time is over, else [ErrInvalid].
func (v *Verifier) Verify(raw string) (Claims, error) {
	if len(raw) > maxToken {
		return Claims{}, fmt.Errorf("%w: expected at most %d bytes, found %d", ErrInvalid, maxToken, len(raw))
	}
	sum := sha256.Sum256([]byte(raw))
	found, hit := v.cache.get(sum)
	if !hit || !v.stillKnown(found) {
		verified, err := v.verify(raw)
		if err != nil {
			return Claims{}, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		v.cache.put(sum, verified)
		found = verified
	}
	if err := v.checkTime(found.claims); err != nil {
		return Claims{}, err
	}
	return found.claims, nil
}

// stillKnown reports whether the key that verified the token is the one known under its kid now.
func (v *Verifier) stillKnown(token *checked) bool {
	key, known := v.config.Keys(token.kid)
	return known && key != nil && (key == token.key || token.key.Equal(key))
}

func (v *Verifier) verify(raw string) (*checked, error) {
	jws, err := keys.ParseCompact(raw, maxToken)
	if err != nil {
		return nil, err
	}
	if jws.Typ != Type || jws.Alg != string(jose.ES256) {
		return nil, fmt.Errorf("expected typ %s and alg ES256, found %q and %q", Type, jws.Typ, jws.Alg)
	}
	key, known := v.config.Keys(jws.KID)
	if !known || key == nil || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("expected the kid of a key of this issuer, found %q", jws.KID)
	}
	payload, err := verifySignature(raw, key)
	if err != nil {
		return nil, err
	}
	claims, err := decodeClaims(payload)
	if err != nil {
		return nil, err
	}
	if claims.Issuer != v.config.Issuer || claims.Audience != v.config.Audience {
		return nil, fmt.Errorf("expected iss %q and aud %q, found %q and %q", v.config.Issuer, v.config.Audience, claims.Issuer, claims.Audience)
	}
	return &checked{claims: claims, kid: jws.KID, key: key}, nil
}

func verifySignature(raw string, key *ecdsa.PublicKey) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}

// checkTime is for every check, remembered or not.
func (v *Verifier) checkTime(claims Claims) error {
	now := v.config.Now()
	if !now.Before(claims.Expires.Add(Leeway)) {
		return fmt.Errorf("%w: at %s", ErrExpired, claims.Expires.Format(time.RFC3339))
	}
	if now.Before(claims.IssuedAt.Add(-Leeway)) {
		return fmt.Errorf("%w: issued in the future, at %s", ErrInvalid, claims.IssuedAt.Format(time.RFC3339))
	}
	return nil
}
