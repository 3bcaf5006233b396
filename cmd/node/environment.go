package node

import (
	"crypto/x509"
	"fmt"
	"os"
	"slices"

	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Environment is what differs between test, reference and production (DESIGN, "One program, three environments").
type Environment struct {
	Name          string
	SelfSigned    bool             // keys of destinations may have self-signed certificates; else a chain to a trust anchor is required
	TwoForKeys    bool             // another key of a destination takes effect by a second person's release, or by signature
	HTTPCallbacks bool             // http and loopback callbacks are allowed where the operator asks for them and the listener is loopback
	OpenSignUp    bool             // whoever wants may sign up where the operator says so
	MovableClock  bool             // Node.Forward moves the clock of deadlines
	Founding      bool             // people make organisations by themselves; else operators do
	Faults        bool             // on request, over the operator's socket
	Publishing    publication.Rule // who may publish routes, and how
}

// Environments returns the three, in the order in which a participant passes through them.
func Environments() []Environment {
	return []Environment{
		{Name: "test", SelfSigned: true, HTTPCallbacks: true, MovableClock: true, Founding: true, OpenSignUp: true, Faults: true, Publishing: publication.Rule{Open: true}},
		{Name: "reference", TwoForKeys: true},
		{Name: "production", TwoForKeys: true, Publishing: publication.Rule{FourEyes: true}},
	}
}

// ByName returns one of Environments.
func ByName(name string) (Environment, error) {
	all := Environments()
	i := slices.IndexFunc(all, func(e Environment) bool { return e.Name == name })
	if i < 0 {
		return Environment{}, fmt.Errorf("environment %q: it is one of test, reference, production", name)
	}
	return all[i], nil
}

// policy returns the rules for keys of destinations. file names a PEM file with the trust anchors; where a chain is required and there are no
// anchors, no key is accepted.
func (e Environment) policy(file string) (keys.Policy, error) {
	if e.SelfSigned {
		return keys.Test(), nil
	}
	roots, err := readRoots("trust_anchors", file)
	if err != nil {
		return keys.Policy{}, err
	}
	return keys.Strict(e.Name, roots), nil
}

// readRoots reads the certificates that a setting names; without a file there are none.
func readRoots(setting, file string) (*x509.CertPool, error) {
	roots := x509.NewCertPool()
	if file == "" {
		return roots, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s has no certificate in PEM form", setting, file)
	}
	return roots, nil
}
