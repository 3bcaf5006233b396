// Package pki is a small PKI for tests, like that of an administration: a root, an authority below it, certificates for keys of destinations, a
// responder for OCSP, and a list of what was revoked.
//
// The private keys lie in throwaway.pem beside this file, for everybody to read: making RSA-4096 keys takes seconds, which every test would
// pay. They protect nothing. Certificates are made anew by each test, with the names and times that it needs.
package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"math/big"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

//go:embed throwaway.pem
var throwaway []byte

// What the keys of throwaway.pem are for, by their places. Pairs of destinations have all others.
const (
	rootKey = iota
	authorityKey
	responderKey
	otherRootKey
	firstPair
	Pairs = 3 // how many pairs of keys there are
)

// read returns a key by its place.
func read(t testing.TB, place int) *rsa.PrivateKey {
	t.Helper()
	rest := throwaway
	var block *pem.Block
	for range place + 1 {
		block, rest = pem.Decode(rest)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// Change alters a certificate before it is signed.
type Change func(*x509.Certificate)

// Authority issues certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *rsa.PrivateKey
	above       *Authority // nil: it is a root

	// OCSP and CRL are addresses that the certificates it issues name; empty: none.
	OCSP, CRL string

	serial *atomic.Int64
}

// Root makes a trust anchor that is valid for ten years.
func Root(t testing.TB, from time.Time) *Authority {
	t.Helper()
	return root(t, "Wurzel der Verwaltung", read(t, rootKey), from)
}

// OtherRoot makes a root that nobody trusts, of the same name.
func OtherRoot(t testing.TB, from time.Time) *Authority {
	t.Helper()
	return root(t, "Wurzel der Verwaltung", read(t, otherRootKey), from)
}

func root(t testing.TB, name string, key *rsa.PrivateKey, from time.Time) *Authority {
	t.Helper()
	a := &Authority{key: key, serial: new(atomic.Int64)}
	template := authority(name, from)
	template.SerialNumber = big.NewInt(1)
	a.serial.Store(1)
	a.Certificate = sign(t, template, template, &key.PublicKey, key)
	return a
}

func authority(name string, from time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{Country: []string{"DE"}, Organization: []string{"PKI-1-Verwaltung"}, CommonName: name},
		NotBefore: from, NotAfter: from.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA: true, BasicConstraintsValid: true, SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
}

func sign(t testing.TB, template, parent *x509.Certificate, public *rsa.PublicKey, key *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// Below makes an authority below a.
func (a *Authority) Below(t testing.TB, name string, changes ...Change) *Authority {
	t.Helper()
	key := read(t, authorityKey)
	template := authority(name, a.Certificate.NotBefore)
	return &Authority{Certificate: a.issue(t, template, &key.PublicKey, changes), key: key, above: a, serial: new(atomic.Int64)}
}

// issue signs a certificate with what all certificates of a have.
func (a *Authority) issue(t testing.TB, template *x509.Certificate, public *rsa.PublicKey, changes []Change) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(1000 + a.serial.Add(1))
	if a.OCSP != "" {
		template.OCSPServer = []string{a.OCSP}
	}
	if a.CRL != "" {
		template.CRLDistributionPoints = []string{a.CRL}
	}
	for _, change := range changes {
		change(template)
	}
	return sign(t, template, a.Certificate, public, a.key)
}

// Chain is the certificate with those above it, up to the root.
func (a *Authority) Chain() []*x509.Certificate {
	if a.above == nil {
		return []*x509.Certificate{a.Certificate}
	}
	return append([]*x509.Certificate{a.Certificate}, a.above.Chain()...)
}

// Pair is the two keys of a destination that is an organisation's, certified by a for a year from now on. There are [Pairs] different pairs;
// pairs of the same number have the same keys and are certified anew.
func (a *Authority) Pair(t testing.TB, number int, organisation string, changes ...Change) (encryption, signing keys.Private) {
	t.Helper()
	at := firstPair + 2*number
	return a.Certify(t, keys.Encryption, read(t, at), organisation, changes...), a.Certify(t, keys.Signature, read(t, at+1), organisation, changes...)
}

// Certify makes a key pair of a destination out of a secret key.
func (a *Authority) Certify(t testing.TB, use keys.Use, secret *rsa.PrivateKey, organisation string, changes ...Change) keys.Private {
	t.Helper()
	now := time.Now()
	template := &x509.Certificate{
		Subject:   pkix.Name{Country: []string{"DE"}, Organization: []string{organisation}, CommonName: "GRP: Vierkant"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageKeyEncipherment,
		BasicConstraintsValid: true, SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
	public := keys.Public{Alg: keys.RSAOAEP256, Ops: []string{keys.OpWrapKey}, Key: &secret.PublicKey}
	if use == keys.Signature {
		template.KeyUsage = x509.KeyUsageDigitalSignature
		public.Alg, public.Ops = keys.PS512, []string{keys.OpVerify}
	}
	public.KID = public.Thumbprint()
	public.Chain = append([]*x509.Certificate{a.issue(t, template, &secret.PublicKey, changes)}, a.Chain()...)
	return keys.Private{Public: public, Secret: secret}
}

// Pool is what trusts a alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// WriteAnchor writes the certificate of a as a file of trust anchors.
func (a *Authority) WriteAnchor(t testing.TB, path string) {
	t.Helper()
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
