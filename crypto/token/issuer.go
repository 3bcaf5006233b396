package token

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/google/uuid"
)

// IssuerConfig is what an [Issuer] needs; all of it.
type IssuerConfig struct {
	Issuer   string           // iss, URL of the token service
	Audience string           // aud, the service the tokens are for
	Key      crypto.Signer    // current signing key, ECDSA on P-256; it may be in a hardware module
	KID      string           // under which the public half of Key is published, see [PublicJWK]
	Lifetime time.Duration    // whole seconds; FIT-Connect contract 2.2: 1800 s
	Now      func() time.Time // the wall clock
}

// Issuer makes tokens with one key. When keys move on, make another. Safe for concurrent use if its Key is.
type Issuer struct {
	config IssuerConfig
	signer jose.Signer
}

// NewIssuer checks the configuration and prepares signing. It is cheap. For a key that cannot do ES256 the error is
// [ErrKey].
func NewIssuer(config IssuerConfig) (*Issuer, error) {
	if config.Issuer == "" || config.Audience == "" || config.Key == nil || config.KID == "" || config.Now == nil {
		return nil, errors.New("token issuer: expected issuer, audience, key, kid and clock")
	}
	if config.Lifetime < time.Second || config.Lifetime%time.Second != 0 {
		return nil, fmt.Errorf("token issuer: expected a lifetime in whole seconds, found %s", config.Lifetime)
	}
	options := new(jose.SignerOptions).WithType(Type).WithHeader("kid", config.KID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: cryptosigner.Opaque(config.Key)}, options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &Issuer{config: config, signer: signer}, nil
}

// Issue signs a token that lets subject, the id of an API client, use scopes until its lifetime is over, and says
// what it states. It fails for a subject that is empty, scopes outside RFC 6749 3.3, a token beyond 16 KiB, and when
// the key cannot be used.
func (i *Issuer) Issue(subject string, scopes []string) (raw string, claims Claims, err error) {
	if subject == "" {
		return "", Claims{}, errors.New("issue token: expected a subject")
	}
	if err := checkScopes(scopes); err != nil {
		return "", Claims{}, fmt.Errorf("issue token: %w", err)
	}
	now := i.config.Now().UTC().Truncate(time.Second)
	claims = Claims{
		Issuer: i.config.Issuer, Subject: subject, Audience: i.config.Audience, ID: uuid.NewString(),
		Scopes: slices.Clone(scopes), IssuedAt: now, Expires: now.Add(i.config.Lifetime),
	}
	raw, err = i.sign(claims)
	if err != nil {
		return "", Claims{}, fmt.Errorf("issue token: %w", err)
	}
	return raw, claims, nil
}

func (i *Issuer) sign(claims Claims) (string, error) {
	payload, err := claims.encode()
	if err != nil {
		return "", err
	}
	signed, err := i.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		return "", err
	}
	if len(raw) > maxToken {
		return "", fmt.Errorf("expected at most %d bytes, found %d: too many scopes", maxToken, len(raw))
	}
	return raw, nil
}
