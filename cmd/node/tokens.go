package node

import (
	"crypto/ecdsa"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/token"
)

const (
	tokenLifetime = 1800 * time.Second // FIT-Connect contract 2.2
	tokenCache    = 10_000
)

// tokens issues and checks the access tokens of one environment with the keys of its keyring, following their rotation.
type tokens struct {
	keyring  *broker.Keyring
	base     string // public URL of the environment, which issues the tokens and takes them
	now      func() time.Time
	verifier *token.Verifier

	mu     sync.Mutex
	kid    string                      // of the key that current signs with
	signer *token.Issuer               // guarded by mu
	public map[string]*ecdsa.PublicKey // parsed keys by kid; guarded by mu
}

func newTokens(keyring *broker.Keyring, public string, now func() time.Time) (t *tokens, err error) {
	t = &tokens{keyring: keyring, base: public, now: now, public: map[string]*ecdsa.PublicKey{}}
	t.verifier, err = token.NewVerifier(token.VerifierConfig{
		Issuer: t.base, Audience: t.base, Now: now, Keys: t.key, CacheSize: tokenCache,
	})
	return t, err
}

// Verify checks a token of this environment.
func (t *tokens) Verify(raw string) (token.Claims, error) { return t.verifier.Verify(raw) }

// Issue makes a token for a client.
func (t *tokens) Issue(subject string, scopes []string) (string, token.Claims, error) {
	issuer, err := t.current()
	if err != nil {
		return "", token.Claims{}, err
	}
	return issuer.Issue(subject, scopes)
}

// current returns an issuer with the current key.
func (t *tokens) current() (*token.Issuer, error) {
	kid, key, err := t.keyring.Current(broker.TokenKeys)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kid == kid {
		return t.signer, nil
	}
	fresh, err := token.NewIssuer(token.IssuerConfig{
		Issuer: t.base, Audience: t.base, Key: key, KID: kid, Lifetime: tokenLifetime, Now: t.now,
	})
	if err != nil {
		return nil, err
	}
	t.kid, t.signer = kid, fresh
	return fresh, nil
}

// key returns the public key under kid, if the keyring still has it: the same pointer each time.
func (t *tokens) key(kid string) (*ecdsa.PublicKey, bool) {
	for _, k := range t.keyring.All(broker.TokenKeys) {
		if k.KID == kid {
			return t.parsed(k)
		}
	}
	return nil, false
}

func (t *tokens) parsed(k broker.ServiceKey) (*ecdsa.PublicKey, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if key, ok := t.public[k.KID]; ok {
		return key, true
	}
	key, err := token.ParsePublic(k.Public)
	if err != nil {
		return nil, false
	}
	t.public[k.KID] = key
	return key, true
}
