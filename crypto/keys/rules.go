package keys

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

const (
	minModulusBits = 4096
	exponent       = 65537
	minKID, maxKID = 8, 64
	smallFactor    = 752
)

// chainPresent names the one rule that [Uncertified] is without.
const chainPresent = "x5c"

// formRules are the rules about the JWK itself. They hold in every environment.
func formRules() []Rule {
	return []Rule{
		{"kty", "FIT-Connect contract 6.1; RFC 7518 6.3", ruleKty},
		{"alg", "FIT-Connect contract 6.1", ruleAlg},
		{"key_ops", "FIT-Connect contract 6.1; RFC 7517 4.3", ruleOps},
		{"use", "RFC 7517 4.2 and 4.3", ruleUse},
		{"kid", "FIT-Connect contract 6.1; RFC 3986 3.3", ruleKID},
		{"n", "FIT-Connect contract 6.1", ruleSize},
		{"n-factors", "NIST SP 800-89 5.3.3", ruleFactors},
		{"e", "FIT-Connect contract 6.1", ruleExponent},
		{chainPresent, "FIT-Connect contract 6.1; RFC 7517 4.7", ruleChainPresent},
		{"x5c-key", "FIT-Connect contract 6.2; RFC 7517 4.7", ruleLeaf},
	}
}

func ruleKty(k Public, _ Use, _ time.Time) error {
	if k.Key == nil || k.Key.N == nil {
		return errors.New("expected an RSA key, found none")
	}
	return nil
}

func ruleAlg(k Public, use Use, _ time.Time) error {
	fit, known := fittings()[use]
	if !known {
		return fmt.Errorf("expected a key for enc or sig, asked for %q", use)
	}
	if k.Alg != fit.alg {
		return fmt.Errorf("expected %s, found %q", fit.alg, k.Alg)
	}
	return nil
}

func ruleOps(k Public, use Use, _ time.Time) error {
	if op := fittings()[use].op; len(k.Ops) != 1 || k.Ops[0] != op {
		return fmt.Errorf("expected exactly [%q], found %q", op, k.Ops)
	}
	return nil
}

func ruleUse(k Public, use Use, _ time.Time) error {
	if k.Use != "" && k.Use != use {
		return fmt.Errorf("expected none or %q, found %q", use, k.Use)
	}
	return nil
}

func ruleKID(k Public, _ Use, _ time.Time) error {
	if len(k.KID) < minKID || len(k.KID) > maxKID {
		return fmt.Errorf("expected %d to %d characters, found %d", minKID, maxKID, len(k.KID))
	}
	if strings.ContainsFunc(k.KID, notInSegment) {
		return fmt.Errorf("expected letters, digits and -._~!$&'()*+,;=:@ as a URL path segment carries them, found %q", k.KID)
	}
	return nil
}

// notInSegment reports whether r must be escaped in a path segment: keys are fetched under …/keys/{kid}.
func notInSegment(r rune) bool {
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	isDigit := r >= '0' && r <= '9'
	return !isLetter && !isDigit && !strings.ContainsRune("-._~!$&'()*+,;=:@", r)
}

func ruleSize(k Public, _ Use, _ time.Time) error {
	if bits := modulus(k).BitLen(); bits != 0 && (bits < minModulusBits || bits > maxModulusBits) {
		return fmt.Errorf("expected %d to %d bits (at least 683 characters), found %d bits", minModulusBits, maxModulusBits, bits)
	}
	return nil
}

// ruleFactors divides by all numbers below 752, which covers the primes among them.
func ruleFactors(k Public, _ Use, _ time.Time) error {
	n := modulus(k)
	if bits := n.BitLen(); bits == 0 || bits > maxModulusBits {
		return nil
	}
	rest := new(big.Int)
	for factor := int64(2); factor < smallFactor; factor++ {
		if rest.Mod(n, big.NewInt(factor)).Sign() == 0 {
			return fmt.Errorf("expected a product of two large primes, found a multiple of %d", factor)
		}
	}
	return nil
}

// modulus returns n, and zero for a key without.
func modulus(k Public) *big.Int {
	if k.Key == nil || k.Key.N == nil {
		return new(big.Int)
	}
	return k.Key.N
}

func ruleExponent(k Public, _ Use, _ time.Time) error {
	if k.Key != nil && k.Key.E != exponent {
		return fmt.Errorf("expected %d (AQAB), found %d", exponent, k.Key.E)
	}
	return nil
}

func ruleChainPresent(k Public, _ Use, _ time.Time) error {
	if len(k.Chain) == 0 {
		return errors.New("expected at least one certificate, found none")
	}
	return nil
}

func ruleLeaf(k Public, _ Use, _ time.Time) error {
	if k.Key == nil || len(k.Chain) == 0 {
		return nil
	}
	certified, isRSA := k.Chain[0].PublicKey.(*rsa.PublicKey)
	if !isRSA {
		return errors.New("expected an rsaEncryption key in the first certificate, found another kind")
	}
	if !certified.Equal(k.Key) {
		return errors.New("expected the first certificate to certify n and e of this JWK, found another key in it")
	}
	return nil
}
