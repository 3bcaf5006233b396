package keys

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// Private is a key pair. Its Public is the half to publish, with the public key_ops, so that p.Public can be stored and
// sent as it is. Secret implements [crypto.Signer] and [crypto.Decrypter].
type Private struct {
	Public
	Secret *rsa.PrivateKey
}

// String names the key without its secret, so that it may be printed by accident.
func (p Private) String() string { return "private key " + p.KID }

// LogValue is [Private.String]: a JSON log would otherwise hold what MarshalJSON writes.
func (p Private) LogValue() slog.Value { return slog.StringValue(p.String()) }

// privateOps maps the operations of the private half to those of the public one (FIT-Connect contract 6.1). Some clients write
// decrypt beside unwrapKey.
func privateOps() map[string]string {
	return map[string]string{OpUnwrapKey: OpWrapKey, "decrypt": OpWrapKey, OpSign: OpVerify}
}

// besideOps maps the operations of the public half that a private key may name beside its own, to what they need (RFC 7517
// 4.3). The command jose writes sign and verify.
func besideOps() map[string]string {
	return map[string]string{OpWrapKey: OpUnwrapKey, "encrypt": "decrypt", OpVerify: OpSign}
}

// ParsePrivate reads a private JWK with two primes (RFC 7518 6.3.2) in the same strictness as [ParsePublic] and checks
// that its numbers belong together. key_ops are those of a private key (unwrapKey, decrypt, sign), perhaps
// each with its counterpart; the result names the public ones. Errors are [ErrMalformed] and never quote a private member.
func ParsePrivate(raw []byte) (Private, error) {
	m, err := readMembers(raw)
	if err != nil {
		return Private{}, err
	}
	numbers, err := m.privateNumbers()
	if err != nil {
		return Private{}, err
	}
	if err := m.checkNumbers(numbers...); err != nil {
		return Private{}, err
	}
	secret, err := m.secret(numbers)
	if err != nil {
		return Private{}, err
	}
	public, err := m.public()
	if err != nil {
		return Private{}, err
	}
	public.Ops, err = publicOps(public.Ops)
	return Private{Public: public, Secret: secret}, err
}

// privateNumbers names the numbers of m that must be read: all that are required, and those optional ones it has.
func (m members) privateNumbers() ([]string, error) {
	if _, found := m["oth"]; found {
		return nil, fmt.Errorf("%w: JWK member oth: expected a key of two primes", ErrMalformed)
	}
	numbers := []string{"n", "e", "d", "p", "q"}
	for _, optional := range []string{"dp", "dq", "qi"} {
		if _, found := m[optional]; found {
			numbers = append(numbers, optional)
		}
	}
	return numbers, nil
}

func (m members) secret(numbers []string) (*rsa.PrivateKey, error) {
	key, err := m.parse(append([]string{"kty"}, numbers...)...)
	if err != nil {
		return nil, err
	}
	secret := new(rsa.PrivateKey)
	if key.Raw(secret) != nil {
		return nil, fmt.Errorf("%w: private JWK: expected an RSA key", ErrMalformed)
	}
	secret.Precompute()
	if secret.Validate() != nil {
		return nil, fmt.Errorf("%w: private JWK: expected numbers that belong to one key", ErrMalformed)
	}
	return secret, nil
}

// publicOps translates the operations of a private key; each counterpart appears once.
func publicOps(private []string) ([]string, error) {
	var public []string
	for _, op := range private {
		if own, public := besideOps()[op]; public && slices.Contains(private, own) {
			continue
		}
		counterpart, known := privateOps()[op]
		if !known {
			return nil, fmt.Errorf("%w: private JWK member key_ops: expected unwrapKey or sign, found %q", ErrMalformed, op)
		}
		if !slices.Contains(public, counterpart) {
			public = append(public, counterpart)
		}
	}
	return public, nil
}

// MarshalJSON writes the private JWK, all numbers included, with key_ops of the private half. Keep it secret: wrap it
// ([Wrapper]) or write it to a file of mode 0600.
func (p Private) MarshalJSON() ([]byte, error) {
	if p.Secret == nil {
		return nil, errors.New("write private JWK: no key")
	}
	key, err := jwk.FromRaw(p.Secret)
	if err != nil {
		return nil, fmt.Errorf("write private JWK: %w", err)
	}
	var ops []string
	for _, op := range p.Ops {
		switch op {
		case OpWrapKey:
			ops = append(ops, OpUnwrapKey)
		case OpVerify:
			ops = append(ops, OpSign)
		}
	}
	return p.describe(key, ops)
}

// UnmarshalJSON is [ParsePrivate].
func (p *Private) UnmarshalJSON(raw []byte) error {
	parsed, err := ParsePrivate(raw)
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
