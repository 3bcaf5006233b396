package attest

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Type is the header typ that [Sign] writes. Portals before version 1.3.1 wrote jwt, so readers compare without case.
const Type = "JWT"

// maxLength bounds the bytes of addressing information: some thousand services or regions.
const maxLength = 256 << 10

// beside the payload there are a header with a kid of at most some hundred bytes, and the signature of a key of at most 8192 bits.
const beside = 3 << 10

// Fits tells, without a key, whether claims are short enough for [Sign], with room for any key.
func (c Claims) Fits() bool {
	payload, err := c.encode()
	return err == nil && base64.RawURLEncoding.EncodedLen(len(payload)) <= maxLength-beside
}

// Why genuine addressing information is not the right one. Each is wrapped with what was expected and found.
var (
	ErrMismatch   = errors.New("addressing information is for another destination, host or issuer")
	ErrNotCovered = errors.New("addressing information does not cover service and region")
)

// Sign returns claims as a compact JWS: PS512 with a salt of 64 bytes, typ JWT, kid the published id of signer's key.
// It costs a private-key operation; sign when a route is published, never when it is looked up. It fails for
// claims that [Parse] would not accept.
func Sign(claims Claims, kid string, signer crypto.Signer) (string, error) {
	payload, err := claims.encode()
	if err != nil {
		return "", fmt.Errorf("sign addressing information: %w", err)
	}
	raw, err := keys.SignPS512(Type, kid, payload, signer)
	if err != nil {
		return "", fmt.Errorf("sign addressing information: %w", err)
	}
	if len(raw) > maxLength {
		return "", fmt.Errorf("sign addressing information: expected at most %d bytes, found %d", maxLength, len(raw))
	}
	return raw, nil
}

// Parse reads addressing information of at most 256 KiB without checking its signature, to show it or to find its
// issuer. Form and claims are checked strictly; gebietIDs of other kinds than ARS are left out. The error is
// [keys.ErrMalformed].
func Parse(raw string) (Claims, error) {
	_, claims, err := parse(raw)
	return claims, err
}

func parse(raw string) (keys.Compact, Claims, error) {
	jws, err := keys.ParseCompact(raw, maxLength)
	if err != nil {
		return keys.Compact{}, Claims{}, fmt.Errorf("addressing information: %w", err)
	}
	if !strings.EqualFold(jws.Typ, Type) || jws.Alg != keys.PS512 || jws.KID == "" {
		return keys.Compact{}, Claims{}, fmt.Errorf("addressing information: %w: expected typ JWT, alg PS512 and a kid, found %q, %q and %q",
			keys.ErrMalformed, jws.Typ, jws.Alg, jws.KID)
	}
	claims, err := decodeClaims(jws.Payload)
	if err != nil {
		return keys.Compact{}, Claims{}, fmt.Errorf("addressing information: %w", err)
	}
	return jws, claims, nil
}

// Expectation is what a sender asked for, and holds the addressing information of the answer against.
type Expectation struct {
	Hosts         []string // acceptable hosts of delivery services, without scheme
	Issuer        string   // base URL of the portal
	DestinationID string   // UUID that the route names
	Service       string   // URN of the service
	Region        string   // ARS of 2, 3, 5, 9 or 12 digits, zero padding or not; empty for the whole country
}

// Verify checks addressing information as a sender must (FIT-Connect contract 5.5): its form, the signature by the issuer's key
// that key returns for its kid (from the portal's JWKS), and every claim against want. A region is covered by itself and
// by those above it. The claims are returned only without an error. Errors: [keys.ErrMalformed], what key
// returned, [keys.ErrSignature], [ErrMismatch], [ErrNotCovered].
func Verify(raw string, key func(kid string) (keys.Public, error), want Expectation) (Claims, error) {
	jws, claims, err := parse(raw)
	if err != nil {
		return Claims{}, err
	}
	public, err := key(jws.KID)
	if err != nil {
		return Claims{}, fmt.Errorf("addressing information: key %q: %w", jws.KID, err)
	}
	if err := public.VerifyPS512(jws.SigningInput, jws.Signature); err != nil {
		return Claims{}, fmt.Errorf("addressing information: %w", err)
	}
	if err := want.check(claims); err != nil {
		return Claims{}, err
	}
	return claims, nil
}

func (want Expectation) check(claims Claims) error {
	sameHost := func(host string) bool { return strings.EqualFold(host, claims.SubmissionHost) }
	if !slices.ContainsFunc(want.Hosts, sameHost) {
		return fmt.Errorf("%w: expected one of the hosts %q, found %q", ErrMismatch, want.Hosts, claims.SubmissionHost)
	}
	if claims.Issuer != want.Issuer {
		return fmt.Errorf("%w: expected the issuer %q, found %q", ErrMismatch, want.Issuer, claims.Issuer)
	}
	if !strings.EqualFold(claims.DestinationID, want.DestinationID) {
		return fmt.Errorf("%w: expected the destination %q, found %q", ErrMismatch, want.DestinationID, claims.DestinationID)
	}
	if want.Region != "" && !isARS(want.Region) {
		return fmt.Errorf("%w: expected an ARS of 2, 3, 5, 9 or 12 digits, asked for %q", ErrNotCovered, want.Region)
	}
	if !claims.Covers(want.Service, want.Region) {
		return fmt.Errorf("%w: expected %q in region %q", ErrNotCovered, want.Service, want.Region)
	}
	return nil
}

// Covers reports whether the claims state that service, a URN, is served in the region with this ARS, padded or not,
// empty for the whole country.
func (c Claims) Covers(service, ars string) bool {
	inside := func(region string) bool { return strings.HasPrefix(trim(ars), trim(region)) }
	return slices.ContainsFunc(c.Services, func(s Service) bool {
		return slices.Contains(s.Services, service) && slices.ContainsFunc(s.Regions, inside)
	})
}
