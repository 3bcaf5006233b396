package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// pss are the parameters that RFC 7518 3.5 demands of PS512: SHA-512 also for MGF1, and a salt as long as the hash.
func pss() *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: sha512.Size, Hash: crypto.SHA512}
}

// VerifyPS512 checks an RSASSA-PSS signature with SHA-512 and a salt of exactly 64 bytes over signingInput (RFC 7518
// 3.5). The key must be one for signatures ([Public.For]); everything else about it is for a [Policy]. The error is
// [ErrSignature].
func (p Public) VerifyPS512(signingInput, signature []byte) error {
	if p.Key == nil || p.For() != Signature {
		return fmt.Errorf("%w: expected a key for PS512 and verify, found alg %q and key_ops %q", ErrSignature, p.Alg, p.Ops)
	}
	return verifyPS512(p.Key, signingInput, signature)
}

func verifyPS512(key *rsa.PublicKey, signingInput, signature []byte) error {
	digest := sha512.Sum512(signingInput)
	if rsa.VerifyPSS(key, crypto.SHA512, digest[:], signature, pss()) != nil {
		return ErrSignature
	}
	return nil
}

// SignPS512 returns payload as a compact JWS with the header members alg (PS512), kid and typ. The signer may be a
// hardware module; it must hold an RSA key and do RSASSA-PSS with a salt of 64 bytes. What it returns is
// verified before it is handed on, for a fiftieth of what signing costs: a faulty signature can betray the key.
func SignPS512(typ, kid string, payload []byte, signer crypto.Signer) (string, error) {
	if typ == "" || kid == "" {
		return "", errors.New("sign: expected a typ and a kid")
	}
	public, isRSA := signer.Public().(*rsa.PublicKey)
	if !isRSA {
		return "", fmt.Errorf("sign: expected a signer with an RSA key, found %T", signer.Public())
	}
	options := new(jose.SignerOptions).WithType(jose.ContentType(typ))
	opaque := opaqueSigner{kid: kid, public: public, signer: signer}
	jws, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS512, Key: opaque}, options)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	signed, err := jws.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

// opaqueSigner lets go-jose sign with any [crypto.Signer]. Its own adapter asks for the longest salt instead of 64.
type opaqueSigner struct {
	kid    string
	public *rsa.PublicKey
	signer crypto.Signer
}

func (s opaqueSigner) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{KeyID: s.kid, Key: s.public}
}

func (s opaqueSigner) Algs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.PS512}
}

func (s opaqueSigner) SignPayload(signingInput []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	digest := sha512.Sum512(signingInput)
	signature, err := s.signer.Sign(rand.Reader, digest[:], pss())
	if err != nil {
		return nil, err
	}
	return signature, verifyPS512(s.public, signingInput, signature)
}
