package revocation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/vierkant/vierkant/testenv/pki"
)

// signing is an authority of another kind than those of the administration: its answers are such as the library can make.
type signing struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func libraryAuthority(t *testing.T) signing {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Andere"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return signing{certificate, key}
}

func (s signing) issue(t *testing.T, responder string) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: "Amt"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		OCSPServer: []string{responder},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.certificate, s.key.Public(), s.key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return certificate
}

// listOfAnother has the list come from a root of the same name that has another key.
func listOfAnother(w *world) {
	w.responder.Bend(func(r *pki.Responder) {
		r.Instead = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			issuer := *w.authority.Certificate
			issuer.PublicKey, issuer.KeyUsage = key.Public(), x509.KeyUsageCRLSign
			list, _ := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
				Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
			}, &issuer, key)
			rw.Write(list)
		})
	})
}

// ask fetches what a responder has.
func ask(t *testing.T, url string) []byte {
	t.Helper()
	answer, err := http.Get(url)
	must(t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	must(t, err)
	return raw
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
