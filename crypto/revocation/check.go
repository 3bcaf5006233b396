package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How large answers may be. The response of a responder with two certificates has some 5 KiB, a list 40 bytes per entry.
const (
	MaxResponse = 64 << 10
	MaxList     = 8 << 20
)

// Call is what Fetch is to send.
type Call struct {
	Method, URL string
	Type        string // media type of Body, if there is one
	Body        []byte
	Limit       int64 // bytes of the answer; a longer one is an error
}

// Checker asks issuers. Both fields are required.
type Checker struct {
	// Fetch makes a call and returns the body of a 200; anything else is an error, whose text is shown to people.
	Fetch func(context.Context, Call) ([]byte, error)
	Now   func() time.Time
}

// Chain checks all certificates of a verified chain, leaf first and the root, which nobody can revoke, last. It returns the worst finding. It
// returns with ctx.
func (c Checker) Chain(ctx context.Context, chain []*x509.Certificate) Finding {
	if len(chain) < 2 {
		return Finding{Status: Unknown, Why: "there is no issuer to ask"}
	}
	worst := c.check(ctx, chain[0], chain[1])
	for i := 1; i+1 < len(chain); i++ {
		next := c.check(ctx, chain[i], chain[i+1])
		if next.worse(worst) {
			next.Why = fmt.Sprintf("issuer %s: %s", chain[i].Subject, next.Why)
			worst = next
		}
	}
	return worst
}

// check asks after one certificate: by OCSP, and if that tells nothing, by the lists.
func (c Checker) check(ctx context.Context, certificate, issuer *x509.Certificate) Finding {
	var failures []error
	for _, way := range []struct {
		name string
		urls []string
		do   func(context.Context, string, *x509.Certificate, *x509.Certificate) (Finding, error)
	}{
		{"OCSP", certificate.OCSPServer, c.ocsp}, {"CRL", certificate.CRLDistributionPoints, c.crl},
	} {
		for _, at := range reachable(way.urls) {
			found, err := way.do(ctx, at, certificate, issuer)
			if err == nil {
				return found
			}
			failures = append(failures, fmt.Errorf("%s at %s: %w", way.name, host(at), err))
		}
	}
	if len(failures) == 0 {
		return Finding{Status: Unknown, Why: "the certificate names neither a responder nor a list with an http address"}
	}
	return Finding{Status: Unknown, Why: clip(strings.ReplaceAll(errors.Join(failures...).Error(), "\n", "; "))}
}

func (c Checker) ocsp(ctx context.Context, at string, certificate, issuer *x509.Certificate) (Finding, error) {
	q := ask(certificate, issuer)
	request, err := q.request()
	if err != nil {
		return Finding{}, err
	}
	raw, err := c.Fetch(ctx, Call{Method: http.MethodPost, URL: at, Type: "application/ocsp-request", Body: request, Limit: MaxResponse})
	if err != nil {
		return Finding{}, err
	}
	return q.answered(raw, c.Now())
}

func (c Checker) crl(ctx context.Context, at string, certificate, issuer *x509.Certificate) (Finding, error) {
	raw, err := c.Fetch(ctx, Call{Method: http.MethodGet, URL: at, Limit: MaxList})
	if err != nil {
		return Finding{}, err
	}
	return listed(certificate, issuer, raw, c.Now())
}

// maxPlaces is how many responders, and how many lists, of a certificate are tried.
const maxPlaces = 2

// reachable are the first addresses that are http(s).
func reachable(all []string) []string {
	some := slices.DeleteFunc(slices.Clone(all), func(at string) bool {
		u, err := url.Parse(at)
		return err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == ""
	})
	return some[:min(len(some), maxPlaces)]
}

// host is what is shown of an address.
func host(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	return u.Host
}

// clip bounds what is kept of what went wrong.
func clip(s string) string {
	const most = 500
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
