package keys_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// broken lists the names of the rules that err complains of.
func broken(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %T, want joined violations", err)
	}
	var names []string
	for _, one := range joined.Unwrap() {
		var violation *keys.Violation
		if !errors.As(one, &violation) {
			t.Fatalf("got %T, want a violation", one)
		}
		if violation.Source == "" || violation.Policy == "" || !strings.Contains(violation.Err.Error(), "expected") {
			t.Errorf("violation says too little: %+v", violation)
		}
		names = append(names, violation.Rule)
	}
	return names
}

func wantBroken(t testing.TB, err error, want ...string) {
	t.Helper()
	if got := broken(t, err); !slices.Equal(got, want) {
		t.Errorf("got broken rules %v, want %v (%v)", got, want, err)
	}
}

func TestEnvironmentsAreTheSameButForTheirLists(t *testing.T) {
	t.Parallel()
	lax, strict := keys.Test(), keys.Strict("reference", x509.NewCertPool())
	for i, rule := range lax.Rules {
		if strict.Rules[i].Name != rule.Name {
			t.Errorf("rule %d: got %q in strict, want %q", i, strict.Rules[i].Name, rule.Name)
		}
	}
	for _, rule := range strict.Rules {
		if rule.Name == "" || rule.Source == "" {
			t.Errorf("rule without name or source: %+v", rule)
		}
	}
}

func TestPolicyTest(t *testing.T) {
	t.Parallel()
	one := big.NewInt(1)
	with := func(change func(k *keys.Public)) keys.Public {
		key := encryptionKey().Public
		change(&key)
		return key
	}
	cases := map[string]struct {
		key  keys.Public
		use  keys.Use
		want []string
	}{
		"encryption key":        {encryptionKey().Public, keys.Encryption, nil},
		"signature key":         {signatureKey().Public, keys.Signature, nil},
		"with its use":          {with(func(k *keys.Public) { k.Use = "enc" }), keys.Encryption, nil},
		"nothing at all":        {keys.Public{}, keys.Encryption, []string{"kty", "alg", "key_ops", "kid", "x5c"}},
		"swapped":               {signatureKey().Public, keys.Encryption, []string{"alg", "key_ops"}},
		"of no use":             {encryptionKey().Public, "", []string{"alg", "key_ops"}},
		"RSA-OAEP":              {with(func(k *keys.Public) { k.Alg = "RSA-OAEP" }), keys.Encryption, []string{"alg"}},
		"two operations":        {with(func(k *keys.Public) { k.Ops = []string{"wrapKey", "encrypt"} }), keys.Encryption, []string{"key_ops"}},
		"one operation twice":   {with(func(k *keys.Public) { k.Ops = []string{"wrapKey", "wrapKey"} }), keys.Encryption, []string{"key_ops"}},
		"no operation":          {with(func(k *keys.Public) { k.Ops = nil }), keys.Encryption, []string{"key_ops"}},
		"another use":           {with(func(k *keys.Public) { k.Use = "sig" }), keys.Encryption, []string{"use"}},
		"kid of 8":              {with(func(k *keys.Public) { k.KID = "12345678" }), keys.Encryption, nil},
		"kid of 64":             {with(func(k *keys.Public) { k.KID = strings.Repeat("k", 64) }), keys.Encryption, nil},
		"kid of 7":              {with(func(k *keys.Public) { k.KID = "1234567" }), keys.Encryption, []string{"kid"}},
		"kid of 65":             {with(func(k *keys.Public) { k.KID = strings.Repeat("k", 65) }), keys.Encryption, []string{"kid"}},
		"kid in base64":         {with(func(k *keys.Public) { k.KID = "AAAA+AAA=" }), keys.Encryption, nil},
		"kid with a slash":      {with(func(k *keys.Public) { k.KID = "abcd/efgh" }), keys.Encryption, []string{"kid"}},
		"kid with a percent":    {with(func(k *keys.Public) { k.KID = "abcd%2Fefgh" }), keys.Encryption, []string{"kid"}},
		"kid with a question":   {with(func(k *keys.Public) { k.KID = "abcd?efgh" }), keys.Encryption, []string{"kid"}},
		"kid with a space":      {with(func(k *keys.Public) { k.KID = "abcd efgh" }), keys.Encryption, []string{"kid"}},
		"kid with an umlaut":    {with(func(k *keys.Public) { k.KID = "schlüssel" }), keys.Encryption, []string{"kid"}},
		"kid with a line break": {with(func(k *keys.Public) { k.KID = "abcdefgh\n" }), keys.Encryption, []string{"kid"}},
		"4095 bits": {with(func(k *keys.Public) {
			k.Key = &rsa.PublicKey{N: withoutSmallFactors(new(big.Int).Rsh(k.Key.N, 1)), E: 65537}
		}), keys.Encryption, []string{"n", "x5c-key"}},
		"16385 bits": {with(func(k *keys.Public) {
			k.Key = &rsa.PublicKey{N: withoutSmallFactors(new(big.Int).Lsh(one, 16384)), E: 65537}
		}), keys.Encryption, []string{"n", "x5c-key"}},
		"even": {with(func(k *keys.Public) {
			k.Key = &rsa.PublicKey{N: new(big.Int).Sub(k.Key.N, one), E: 65537}
		}), keys.Encryption, []string{"n-factors", "x5c-key"}},
		"multiple of 751": {with(func(k *keys.Public) {
			k.Key = &rsa.PublicKey{N: new(big.Int).Mul(k.Key.N, big.NewInt(751)), E: 65537}
		}), keys.Encryption, []string{"n-factors", "x5c-key"}},
		"e of 3": {with(func(k *keys.Public) {
			k.Key = &rsa.PublicKey{N: k.Key.N, E: 3}
		}), keys.Encryption, []string{"e", "x5c-key"}},
		"no certificate":         {with(func(k *keys.Public) { k.Chain = nil }), keys.Encryption, []string{"x5c"}},
		"certificate of another": {with(func(k *keys.Public) { k.Chain = signatureKey().Chain }), keys.Encryption, []string{"x5c-key"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantBroken(t, keys.Test().Check(c.key, c.use, madeAt()), c.want...)
		})
	}
}

// withoutSmallFactors returns the next number from n on that no number up to 752 divides.
func withoutSmallFactors(n *big.Int) *big.Int {
	product, one := new(big.Int).MulRange(2, 752), big.NewInt(1)
	for new(big.Int).GCD(nil, nil, n, product).Cmp(one) != 0 {
		n.Add(n, one)
	}
	return n
}

func TestViolationNamesRuleAndSource(t *testing.T) {
	t.Parallel()
	key := encryptionKey().Public
	key.Alg = "RSA1_5"
	err := keys.Test().Check(key, keys.Encryption, madeAt())
	want := `key breaks rule alg (FIT-Connect contract 6.1): expected RSA-OAEP-256, found "RSA1_5"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPolicyVectors(t *testing.T) {
	t.Parallel()
	govtech, err := keys.ParsePublic(vector(t, "govtech-de_mock_destination_public_jwk.json"))
	if err != nil {
		t.Fatal(err)
	}
	wantBroken(t, keys.Test().Check(govtech, keys.Encryption, madeAt()), "key_ops", "x5c")

	var fitko struct{ JWK json.RawMessage }
	decode(t, vector(t, "fitko_example_public_jwk.json"), &fitko)
	key, err := keys.ParsePublic(fitko.JWK)
	if err != nil {
		t.Fatal(err)
	}
	wantBroken(t, keys.Test().Check(key, keys.Encryption, madeAt()), "x5c")
}

// pki is a root, an authority below it, and what it issues for the shared signature key.
type pki struct {
	root, middle *authority
}

func newPKI(t testing.TB) pki {
	root := newAuthority(t, caTemplate("Root"), nil)
	return pki{root: root, middle: newAuthority(t, caTemplate("Middle"), root)}
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:            pkix.Name{CommonName: name},
		NotBefore:          madeAt(),
		NotAfter:           madeAt().Add(10 * lifetime),
		SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
}

// issue returns the shared signature key with a certificate of its own, changed by change, and the two above it.
func (p pki) issue(t testing.TB, change func(*x509.Certificate)) keys.Public {
	template := &x509.Certificate{
		Subject:            pkix.Name{CommonName: "Stadt Musterhausen"},
		NotBefore:          madeAt(),
		NotAfter:           madeAt().Add(lifetime),
		KeyUsage:           x509.KeyUsageDigitalSignature,
		SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
	change(template)
	key := signatureKey().Public
	key.Chain = []*x509.Certificate{p.middle.issue(t, template, key.Key), p.middle.certificate, p.root.certificate}
	return key
}

func (p pki) policy() keys.Policy {
	roots := x509.NewCertPool()
	roots.AddCert(p.root.certificate)
	return keys.Strict("reference", roots)
}

func TestPolicyStrict(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	as := func(*x509.Certificate) {}
	good := p.issue(t, as)
	withChain := func(chain ...*x509.Certificate) keys.Public {
		key := good
		key.Chain = chain
		return key
	}
	leaf, middle, root := good.Chain[0], good.Chain[1], good.Chain[2]
	weak := caTemplate("Weak")
	weak.SignatureAlgorithm = x509.SHA512WithRSA
	weakPKI := pki{root: p.root, middle: newAuthority(t, weak, p.root)}
	shortPKI := pki{root: p.root, middle: newAuthorityOf(t, 2048, caTemplate("Short"), p.root)}
	later := madeAt().Add(lifetime + time.Hour)
	cases := map[string]struct {
		key  keys.Public
		now  time.Time
		want []string
	}{
		"good":                      {good, madeAt(), nil},
		"good until the end":        {good, leaf.NotAfter, nil},
		"root left out":             {withChain(leaf, middle), madeAt(), nil},
		"expired":                   {good, later, []string{"x5c-trust", "x5c-validity"}},
		"not yet valid":             {good, madeAt().Add(-time.Hour), []string{"x5c-trust", "x5c-validity"}},
		"self-signed":               {signatureKey().Public, madeAt(), []string{"x5c-trust"}},
		"middle left out":           {withChain(leaf), madeAt(), []string{"x5c-trust"}},
		"out of order":              {withChain(leaf, root, middle), madeAt(), []string{"x5c-order"}},
		"a stranger in it":          {withChain(leaf, middle, root, encryptionKey().Chain[0]), madeAt(), []string{"x5c-order"}},
		"SHA-256":                   {p.issue(t, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }), madeAt(), []string{"x5c-signature"}},
		"PKCS1 v1.5":                {p.issue(t, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA512WithRSA }), madeAt(), []string{"x5c-signature"}},
		"PKCS1 v1.5 on the middle":  {weakPKI.issue(t, as), madeAt(), []string{"x5c-signature"}},
		"usage of the other":        {p.issue(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), madeAt(), []string{"x5c-key-usage"}},
		"no usage":                  {p.issue(t, func(c *x509.Certificate) { c.KeyUsage = 0 }), madeAt(), []string{"x5c-key-usage"}},
		"usage among others":        {p.issue(t, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment }), madeAt(), nil},
		"no certificate":            {withChain(), madeAt(), []string{"x5c"}},
		"certificate for other key": {withChain(middle, root), madeAt(), []string{"x5c-key", "x5c-key-usage", "x5c-end"}},
		"short key of the middle":   {shortPKI.issue(t, as), madeAt(), []string{"x5c-size"}},
		"an authority itself": {p.issue(t, func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, c.KeyUsage|x509.KeyUsageCertSign
		}), madeAt(), []string{"x5c-end"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantBroken(t, p.policy().Check(c.key, keys.Signature, c.now), c.want...)
		})
	}
}

func TestPolicyStrictNeedsOwnTrustAnchors(t *testing.T) {
	t.Parallel()
	good := newPKI(t).issue(t, func(*x509.Certificate) {})
	wantBroken(t, keys.Strict("reference", nil).Check(good, keys.Signature, madeAt()), "x5c-trust")
	wantBroken(t, keys.Strict("reference", x509.NewCertPool()).Check(good, keys.Signature, madeAt()), "x5c-trust")
}

// A self-signed certificate that is itself an anchor is as good as what stands behind it.
func TestPolicyStrictTakesAnAnchorAsLeaf(t *testing.T) {
	t.Parallel()
	roots := x509.NewCertPool()
	roots.AddCert(encryptionKey().Chain[0])
	wantBroken(t, keys.Strict("reference", roots).Check(encryptionKey().Public, keys.Encryption, madeAt()))
}

func TestPolicySeesAForgedCertificate(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	key := p.issue(t, func(*x509.Certificate) {})
	forged := bytes.Clone(key.Chain[0].Raw)
	forged[len(forged)-1] ^= 1
	certificate, err := x509.ParseCertificate(forged)
	if err != nil {
		t.Fatal(err)
	}
	key.Chain = append([]*x509.Certificate{certificate}, key.Chain[1:]...)
	wantBroken(t, p.policy().Check(key, keys.Signature, madeAt()), "x5c-trust")
}
