package keys

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// OwnedBy adds to the policy that the first certificate is about an organisation with one of the names: each organisation (O) of its subject
// or, where there is none, the common name (CN) is one of them. Names are the same if they are after Unicode's compatibility composition
// and case folding, with white space as one blank and none at the ends. Nothing else is guessed: whoever is called both
// "Münster" and "Muenster" has two names. Without names no key passes.
func (p Policy) OwnedBy(names []string) Policy {
	known := map[string]bool{}
	for _, name := range names {
		known[sameName(name)] = true
	}
	rule := Rule{"x5c-subject", "FIT-Connect contract 1.3; RFC 5280 4.1.2.6", func(k Public, _ Use, _ time.Time) error {
		return ruleSubject(k, known)
	}}
	return Policy{Name: p.Name, Rules: append(p.Rules[:len(p.Rules):len(p.Rules)], rule)}
}

func ruleSubject(k Public, known map[string]bool) error {
	if len(k.Chain) == 0 {
		return nil
	}
	if len(known) == 0 {
		return errors.New("expected an organisation with a registered legal name, found none: an operator of the platform registers it (\"vierkant org legal-names\")")
	}
	attribute, found := subjectNames(k.Chain[0])
	if len(found) == 0 {
		return errors.New("expected the organisation's legal name as O or CN of the first certificate, found neither")
	}
	for _, name := range found {
		if !known[sameName(name)] {
			return fmt.Errorf("expected a registered legal name of the organisation as %s of the first certificate, found %q: an operator of the platform registers names (\"vierkant org legal-names\")",
				attribute, name)
		}
	}
	return nil
}

// subjectNames are whom a certificate is about, and which attribute says so.
func subjectNames(c *x509.Certificate) (attribute string, names []string) {
	if len(c.Subject.Organization) > 0 {
		return "O", c.Subject.Organization
	}
	if c.Subject.CommonName == "" {
		return "CN", nil
	}
	return "CN", []string{c.Subject.CommonName}
}

// sameName is equal for names that are the same.
func sameName(name string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(name))), " ")
}
