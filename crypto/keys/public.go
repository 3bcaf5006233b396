package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/cert"
	"github.com/lestrrat-go/jwx/v2/jwk"
)

// Use is what a key is for, written as the JWK member use (RFC 7517 4.2).
type Use string

// The two uses of the contract; the empty Use means unknown or not stated.
const (
	Encryption Use = "enc"
	Signature  Use = "sig"
)

// Algorithms and key operations of the contract (FIT-Connect contract 6.1; RFC 7518 3.1 and 4.1, RFC 7517 4.3).
const (
	RSAOAEP256 = "RSA-OAEP-256"
	PS512      = "PS512"

	OpWrapKey   = "wrapKey"   // public half of an encryption key
	OpUnwrapKey = "unwrapKey" // private half of an encryption key
	OpVerify    = "verify"    // public half of a signature key
	OpSign      = "sign"      // private half of a signature key
)

// What may be wrong with a key or a signed text that was handed in. Each is wrapped with what was expected.
var (
	ErrMalformed = errors.New("malformed")
	ErrPrivate   = errors.New("private key material where only a public key may be")
	ErrSignature = errors.New("signature does not verify")
)

const (
	maxJWK         = 64 << 10 // bytes of one JWK; a chain of four 4096-bit certificates takes about 10 KiB
	maxModulusBits = 16384    // beyond it one verification takes longer than a stranger may ask for
	maxChain       = 10       // certificates in x5c; RFC 7517 sets no bound, no administration PKI is deeper than 4
)

// Public is the public half of a key pair, as a JWK says it. Only Key is certain to be there after [ParsePublic]; what
// else must be there is for a [Policy] to say. Fields and what they point to are read only once shared.
type Public struct {
	KID   string              // key id, "" if none
	Alg   string              // as written, e.g. [RSAOAEP256], "" if none
	Ops   []string            // key_ops as written
	Use   Use                 // use as written, "" if none; see [Public.For]
	Key   *rsa.PublicKey      // n and e
	Chain []*x509.Certificate // x5c, leaf first, empty if none
}

// ParsePublic reads a JWK of at most 64 KiB (RFC 7517 4, RFC 7518 6.3.1): one strict JSON object with kty RSA, n and e
// in minimal base64url of at most 16384 and 24 bits, x5c (if given) as standard base64 DER. Unknown members are
// ignored, jku and x5u are not followed. It judges form only; a [Policy] judges whether the key may be used.
// Errors: [ErrPrivate] if there is a member of a private or symmetric key, else [ErrMalformed].
func ParsePublic(raw []byte) (Public, error) {
	members, err := readMembers(raw)
	if err != nil {
		return Public{}, err
	}
	if err := members.refusePrivate(); err != nil {
		return Public{}, err
	}
	if err := members.checkNumbers("n", "e"); err != nil {
		return Public{}, err
	}
	return members.public()
}

// public materialises the public half from members whose numbers have been checked.
func (m members) public() (Public, error) {
	key, err := m.parse("kty", "n", "e", "kid", "alg", "use", "key_ops", "x5c")
	if err != nil {
		return Public{}, err
	}
	public := Public{KID: key.KeyID(), Use: Use(key.KeyUsage()), Key: new(rsa.PublicKey)}
	if alg := key.Algorithm(); alg != nil {
		public.Alg = alg.String()
	}
	for _, op := range key.KeyOps() {
		public.Ops = append(public.Ops, string(op))
	}
	if key.Raw(public.Key) != nil {
		return Public{}, fmt.Errorf("%w: JWK: expected an RSA key", ErrMalformed)
	}
	public.Chain, err = parseChain(key.X509CertChain())
	return public, err
}

// parseChain decodes x5c and bounds what the certificates may cost to check.
func parseChain(encoded *cert.Chain) ([]*x509.Certificate, error) {
	if encoded == nil {
		return nil, nil
	}
	if encoded.Len() > maxChain {
		return nil, fmt.Errorf("%w: x5c: expected at most %d certificates, found %d", ErrMalformed, maxChain, encoded.Len())
	}
	var chain []*x509.Certificate
	for i := range encoded.Len() {
		text, _ := encoded.Get(i)
		certificate, err := parseCertificate(string(text))
		if err != nil {
			return nil, fmt.Errorf("x5c[%d]: %w", i, err)
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

func parseCertificate(text string) (*x509.Certificate, error) {
	der, err := decodeBase64(text)
	if err != nil {
		return nil, err
	}
	return readCertificate(der)
}

// readCertificate reads a certificate that costs no more to check than a stranger may ask for.
func readCertificate(der []byte) (*x509.Certificate, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if key, ok := certificate.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxModulusBits {
		return nil, fmt.Errorf("%w: expected a key of at most %d bits, found %d", ErrMalformed, maxModulusBits, key.N.BitLen())
	}
	return certificate, nil
}

// MarshalJSON writes the JWK: kty, n, e and those of kid, alg, use, key_ops and x5c that are set. Never a private member.
func (p Public) MarshalJSON() ([]byte, error) {
	if p.Key == nil {
		return nil, errors.New("write JWK: no key")
	}
	key, err := jwk.FromRaw(p.Key)
	if err != nil {
		return nil, fmt.Errorf("write JWK: %w", err)
	}
	return p.describe(key, p.Ops)
}

// describe adds to key what is not a number, and writes it.
func (p Public) describe(key jwk.Key, ops []string) ([]byte, error) {
	values := map[string]any{}
	if p.KID != "" {
		values[jwk.KeyIDKey] = p.KID
	}
	if p.Alg != "" {
		values[jwk.AlgorithmKey] = p.Alg
	}
	if p.Use != "" {
		values[jwk.KeyUsageKey] = string(p.Use)
	}
	if len(ops) > 0 {
		list := make(jwk.KeyOperationList, len(ops)) // of []string jwx would take only registered ones
		for i, op := range ops {
			list[i] = jwk.KeyOperation(op)
		}
		values[jwk.KeyOpsKey] = list
	}
	if len(p.Chain) > 0 {
		chain := new(cert.Chain)
		for _, certificate := range p.Chain {
			_ = chain.AddString(base64.StdEncoding.EncodeToString(certificate.Raw)) // has no way to fail
		}
		values[jwk.X509CertChainKey] = chain
	}
	for name, value := range values {
		if err := key.Set(name, value); err != nil {
			return nil, fmt.Errorf("write JWK member %s: %w", name, err)
		}
	}
	return json.Marshal(key)
}

// UnmarshalJSON is [ParsePublic].
func (p *Public) UnmarshalJSON(raw []byte) error {
	parsed, err := ParsePublic(raw)
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// Thumbprint returns the SHA-256 thumbprint of RFC 7638 in base64url, 43 characters; "" without a Key.
func (p Public) Thumbprint() string {
	if p.Key == nil {
		return ""
	}
	key, err := jwk.FromRaw(p.Key)
	if err != nil {
		return ""
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// For returns what the key is for: what alg, key_ops and use agree on, those that are absent aside. It is "" when all
// are absent, when they contradict each other, or when one names something outside the contract.
func (p Public) For() Use {
	var said []Use
	if p.Alg != "" {
		said = append(said, map[string]Use{RSAOAEP256: Encryption, PS512: Signature}[p.Alg])
	}
	for _, op := range p.Ops {
		said = append(said, map[string]Use{OpWrapKey: Encryption, OpVerify: Signature}[op])
	}
	if p.Use != "" {
		said = append(said, p.Use)
	}
	if len(said) == 0 || slices.ContainsFunc(said, func(u Use) bool { return u != said[0] }) {
		return ""
	}
	return said[0]
}
