package keys_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
)

func TestPolicyOwnedBy(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	about := func(subject pkix.Name) keys.Public {
		return p.issue(t, func(c *x509.Certificate) { c.Subject = subject })
	}
	o := func(names ...string) keys.Public {
		return about(pkix.Name{Organization: names, CommonName: "GRP: Poststelle"})
	}
	cn := about(pkix.Name{CommonName: "Stadt Münster"})
	for name, c := range map[string]struct {
		key   keys.Public
		names []string
		want  []string
	}{
		"the same":              {o("Stadt Münster"), []string{"Stadt Münster"}, nil},
		"one of several":        {o("Stadt Münster"), []string{"Kreis Borken", "Stadt Münster"}, nil},
		"other case":            {o("STADT MÜNSTER"), []string{"Stadt Münster"}, nil},
		"composed otherwise":    {o("Stadt Mu\u0308nster"), []string{"Stadt Münster"}, nil},
		"more space":            {o("Stadt  Münster "), []string{"Stadt Münster"}, nil},
		"sharp s":               {o("GROSSE STADT"), []string{"Große Stadt"}, nil},
		"ue for ü":              {o("Stadt Muenster"), []string{"Stadt Münster"}, []string{"x5c-subject"}},
		"a part of it":          {o("Münster"), []string{"Stadt Münster"}, []string{"x5c-subject"}},
		"another":               {o("Kreis Borken"), []string{"Stadt Münster"}, []string{"x5c-subject"}},
		"two, one of another":   {o("Stadt Münster", "Kreis Borken"), []string{"Stadt Münster"}, []string{"x5c-subject"}},
		"CN where there is O":   {o("Kreis Borken"), []string{"GRP: Poststelle"}, []string{"x5c-subject"}},
		"CN without O":          {cn, []string{"Stadt Münster"}, nil},
		"another CN without O":  {cn, []string{"Kreis Borken"}, []string{"x5c-subject"}},
		"nothing in it":         {about(pkix.Name{Country: []string{"DE"}}), []string{"Stadt Münster"}, []string{"x5c-subject"}},
		"no name is registered": {o("Stadt Münster"), nil, []string{"x5c-subject"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantBroken(t, p.policy().OwnedBy(c.names).Check(c.key, keys.Signature, madeAt()), c.want...)
			if got := len(p.policy().Rules); len(p.policy().OwnedBy(c.names).Rules) != got+1 {
				t.Errorf("got %d rules, want one more", got)
			}
		})
	}
}
