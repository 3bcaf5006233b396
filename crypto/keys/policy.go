package keys

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rule is one thing that must hold for a key. Check returns nil, or an error that says what was expected and what was
// found. A rule about something that is absent leaves the complaint to the rule that demands it.
type Rule struct {
	Name   string // short and stable, for example "kid"
	Source string // the paragraph it comes from
	Check  func(k Public, use Use, now time.Time) error
}

// Policy is the list of rules of one environment. It is a value: environments differ in lists and trust anchors.
type Policy struct {
	Name  string
	Rules []Rule
}

// Test is the policy for experiments: the form of a key (FIT-Connect contract 6.1), its size, and that its certificate is about
// this key. Whoever signed the certificate, and for when, does not matter.
func Test() Policy {
	return Policy{Name: "test", Rules: formRules()}
}

// Uncertified is [Test] for keys that are known from where they came, and may have no certificates: the broker's own, or one's own.
func Uncertified() Policy {
	p := Test()
	p.Rules = slices.DeleteFunc(p.Rules, func(rule Rule) bool { return rule.Name == chainPresent })
	return p
}

// Strict is the policy of reference and production: [Test], and a certificate chain as FIT-Connect contract 6.2 demands that
// ends at one of roots. Without roots no key passes; the roots of the operating system are never asked. Revocation needs
// the network and is not checked here.
func Strict(name string, roots *x509.CertPool) Policy {
	return Policy{Name: name, Rules: append(formRules(), certificateRules(roots)...)}
}

// Check holds k, meant for use, against every rule at the time now. The error joins one [*Violation] per broken rule,
// in the order of the rules.
func (p Policy) Check(k Public, use Use, now time.Time) error {
	var broken []error
	for _, rule := range p.Rules {
		if err := rule.Check(k, use, now); err != nil {
			broken = append(broken, &Violation{Policy: p.Name, Rule: rule.Name, Source: rule.Source, Err: err})
		}
	}
	return errors.Join(broken...)
}

// Violation is a rule that a key broke.
type Violation struct {
	Policy string // name of the policy
	Rule   string // name of the rule
	Source string // paragraph of the rule
	Err    error  // what was expected and found
}

func (v *Violation) Error() string {
	return fmt.Sprintf("key breaks rule %s (%s): %v", v.Rule, v.Source, v.Err)
}

func (v *Violation) Unwrap() error { return v.Err }

// SelfSigned reports whether the policy is content with certificates that the owner of a key signed: it does not ask where a chain ends.
func (p Policy) SelfSigned() bool {
	return !slices.ContainsFunc(p.Rules, func(rule Rule) bool { return rule.Name == chainTrusted })
}
