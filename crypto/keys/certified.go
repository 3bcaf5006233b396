package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// ParseCertified makes the public key of a certificate and its chain in PEM (RFC 7468), leaf first, as an authority hands them out: for
// use, with the thumbprint as its id. It judges form only, as [ParsePublic]. Errors: [ErrPrivate] if there is a private key, else
// [ErrMalformed].
func ParseCertified(raw []byte, use Use) (Public, error) {
	fit, known := fittings()[use]
	if !known {
		return Public{}, fmt.Errorf("%w: certificates: expected use enc or sig, found %q", ErrMalformed, use)
	}
	chain, err := parsePEM(raw)
	if err != nil {
		return Public{}, err
	}
	certified, isRSA := chain[0].PublicKey.(*rsa.PublicKey)
	if !isRSA {
		return Public{}, fmt.Errorf("%w: certificates: expected an rsaEncryption key in the first certificate, found another kind", ErrMalformed)
	}
	public := Public{Alg: fit.alg, Ops: []string{fit.op}, Key: certified, Chain: chain}
	public.KID = public.Thumbprint()
	return public, nil
}

func parsePEM(raw []byte) (chain []*x509.Certificate, err error) {
	if len(raw) > maxJWK {
		return nil, fmt.Errorf("%w: certificates: expected at most %d bytes, found %d", ErrMalformed, maxJWK, len(raw))
	}
	if bytes.Contains(raw, []byte("PRIVATE KEY-----")) { // also one that is cut off, which the loop would pass over as text
		return nil, fmt.Errorf("%w: found a private key beside certificates", ErrPrivate)
	}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" || len(chain) == maxChain {
			return nil, fmt.Errorf("%w: certificates: expected 1 to %d blocks CERTIFICATE, found %q after %d", ErrMalformed, maxChain, block.Type, len(chain))
		}
		certificate, err := readCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(chain)+1, err)
		}
		chain = append(chain, certificate)
		raw = rest
	}
	if len(chain) == 0 || len(bytes.TrimSpace(raw)) > 0 {
		return nil, fmt.Errorf("%w: certificates: expected blocks from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and nothing else", ErrMalformed)
	}
	return chain, nil
}
