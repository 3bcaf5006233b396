package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// chainTrusted names the rule that asks where a chain ends, see [Policy.SelfSigned].
const chainTrusted = "x5c-trust"

// certificateRules are the rules about x5c that need trust anchors or a clock. FIT-Connect contract 6.2 asks for them in
// reference and production only.
func certificateRules(roots *x509.CertPool) []Rule {
	return []Rule{
		{"x5c-order", "RFC 7517 4.7", ruleOrder},
		{chainTrusted, "FIT-Connect contract 6.2; RFC 5280 6.1", ruleTrust(roots)},
		{"x5c-validity", "FIT-Connect contract 6.2; RFC 5280 4.1.2.5", ruleValidity},
		{"x5c-signature", "FIT-Connect contract 6.2; RFC 4055 3.1", rulePSS},
		{"x5c-size", "FIT-Connect contract 1.3; BSI TR-02102-1", ruleIssuerSize},
		{"x5c-key-usage", "FIT-Connect contract 6.2; RFC 5280 4.2.1.3", ruleKeyUsage},
		{"x5c-end", "RFC 5280 4.2.1.9", ruleNoAuthority},
	}
}

func ruleOrder(k Public, _ Use, _ time.Time) error {
	for i := 1; i < len(k.Chain); i++ {
		if !bytes.Equal(k.Chain[i-1].RawIssuer, k.Chain[i].RawSubject) {
			return fmt.Errorf("expected each certificate to be followed by its issuer, found %q after one issued by %q",
				k.Chain[i].Subject, k.Chain[i-1].Issuer)
		}
	}
	return nil
}

// ruleTrust verifies signatures, names and constraints up to one of roots.
func ruleTrust(roots *x509.CertPool) func(Public, Use, time.Time) error {
	return func(k Public, _ Use, now time.Time) error {
		if roots != nil && len(k.Chain) == 0 {
			return nil
		}
		_, err := k.PathTo(roots, now)
		return err
	}
}

// PathTo returns the certificates from that of the key up to one of roots, which is the last and need not be in Chain.
func (p Public) PathTo(roots *x509.CertPool, now time.Time) ([]*x509.Certificate, error) {
	if roots == nil { // x509 would take those of the operating system
		return nil, errors.New("expected a configured trust anchor, found none")
	}
	if len(p.Chain) == 0 {
		return nil, errors.New("expected at least one certificate, found none")
	}
	between := x509.NewCertPool()
	for _, certificate := range p.Chain[1:] {
		between.AddCert(certificate)
	}
	paths, err := p.Chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("expected a chain that ends at a configured trust anchor: %w", err)
	}
	return paths[0], nil
}

// Expires returns until when all certificates of the key are valid; zero if it has none.
func (p Public) Expires() (end time.Time) {
	for i, certificate := range p.Chain {
		if i == 0 || certificate.NotAfter.Before(end) {
			end = certificate.NotAfter
		}
	}
	return end
}

func ruleValidity(k Public, _ Use, now time.Time) error {
	for i, certificate := range k.Chain {
		if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
			return fmt.Errorf("expected certificates that are valid at %s, found certificate %d valid from %s to %s", stamp(now), i,
				stamp(certificate.NotBefore), stamp(certificate.NotAfter))
		}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// rulePSS demands RSASSA-PSS with SHA-512, the strongest that x509 knows, of every certificate whose signature counts:
// that of a root at the end of a longer chain proves nothing, it is trusted for being configured (RFC 5280 6.1).
func rulePSS(k Public, _ Use, _ time.Time) error {
	for i, certificate := range k.Chain {
		isRoot := i > 0 && bytes.Equal(certificate.RawIssuer, certificate.RawSubject)
		if !isRoot && certificate.SignatureAlgorithm != x509.SHA512WithRSAPSS {
			return fmt.Errorf("expected certificates signed with %v, found %v on certificate %d",
				x509.SHA512WithRSAPSS, certificate.SignatureAlgorithm, i)
		}
	}
	return nil
}

// minIssuerBits is what BSI TR-02102-1 asks of RSA keys that have to last beyond 2023. The key of the JWK has to be longer (FIT-Connect contract 6.1).
const minIssuerBits = 3000

// ruleIssuerSize demands that nobody can make certificates who is not an issuer of the chain.
func ruleIssuerSize(k Public, _ Use, _ time.Time) error {
	for i := 1; i < len(k.Chain); i++ {
		public, isRSA := k.Chain[i].PublicKey.(*rsa.PublicKey)
		if !isRSA {
			return fmt.Errorf("expected RSA keys of issuers, found another kind in certificate %d", i)
		}
		if bits := public.N.BitLen(); bits < minIssuerBits {
			return fmt.Errorf("expected keys of issuers of at least %d bits, found %d in certificate %d", minIssuerBits, bits, i)
		}
	}
	return nil
}

// ruleNoAuthority keeps a key that certifies others from being one that is sealed to, or signs events. A certificate that is its own issuer
// says nothing by that.
func ruleNoAuthority(k Public, _ Use, _ time.Time) error {
	if len(k.Chain) > 1 && k.Chain[0].BasicConstraintsValid && k.Chain[0].IsCA {
		return errors.New("expected the first certificate to be that of an end entity, found that of an authority")
	}
	return nil
}

func ruleKeyUsage(k Public, use Use, _ time.Time) error {
	fit := fittings()[use]
	if len(k.Chain) > 0 && k.Chain[0].KeyUsage&fit.keyUsage == 0 {
		return fmt.Errorf("expected %s among the key usages of the first certificate, found it missing", fit.usage)
	}
	return nil
}
