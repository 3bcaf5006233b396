package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Responder tells what an authority revoked: POST /ocsp and GET /crl. Its fields are for tests to bend; they are set before it answers, or
// through Bend.
type Responder struct {
	Now      func() time.Time
	Validity time.Duration // of an answer, and of a list

	By      *x509.Certificate // who signs OCSP answers; a delegate, whose certificate is shown, unless it is the authority's
	key     *rsa.PrivateKey
	Nonce   bool         // repeat it
	Instead http.Handler // answers in its place, if it is there

	authority *Authority
	mu        sync.Mutex
	revoked   map[string]time.Time // guarded by mu; by serial number
	asked     int                  // guarded by mu
}

// Responder makes one that answers by a delegate.
func (a *Authority) Responder(t testing.TB, now func() time.Time, changes ...Change) *Responder {
	t.Helper()
	key := read(t, responderKey)
	from := a.Certificate.NotBefore
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Auskunft"}, NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
	return &Responder{
		Now: now, Validity: time.Hour, By: a.issue(t, template, &key.PublicKey, changes), key: key, Nonce: true,
		authority: a, revoked: map[string]time.Time{},
	}
}

// Itself makes the authority answer itself.
func (r *Responder) Itself() *Responder {
	r.By, r.key = r.authority.Certificate, r.authority.key
	return r
}

// Revoke revokes a certificate.
func (r *Responder) Revoke(c *x509.Certificate, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revoked[c.SerialNumber.String()] = at
}

// Bend changes the responder while it answers.
func (r *Responder) Bend(change func(*Responder)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

// Asked is how often it was asked.
func (r *Responder) Asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// ServeHTTP implements http.Handler.
func (r *Responder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.Instead != nil {
		r.Instead.ServeHTTP(w, request)
		return
	}
	question, err := io.ReadAll(request.Body)
	var answer []byte
	if err == nil && request.Method == http.MethodPost {
		answer, err = r.answer(question)
	} else if err == nil {
		answer, err = r.list()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(answer)
}

// list is the revocation list.
func (r *Responder) list() ([]byte, error) {
	now := r.Now().UTC()
	template := &x509.RevocationList{
		Number: big.NewInt(now.Unix()), ThisUpdate: now.Add(min(0, r.Validity) - time.Minute), NextUpdate: now.Add(r.Validity),
		SignatureAlgorithm: x509.SHA512WithRSAPSS,
	}
	for serial, at := range r.revoked {
		number, _ := new(big.Int).SetString(serial, 10)
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: number, RevocationTime: at.UTC(), ReasonCode: keyCompromise,
		})
	}
	return x509.CreateRevocationList(rand.Reader, template, r.authority.Certificate, r.authority.key)
}

const keyCompromise = 1

// The shapes of RFC 6960, as far as they are written here.
type (
	certID struct {
		Hash      pkix.AlgorithmIdentifier
		Name, Key []byte
		Serial    *big.Int
	}
	request struct {
		TBS struct {
			Requests   []struct{ Cert certID }
			Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
		}
	}
	single struct {
		Cert    certID
		Good    asn1.Flag `asn1:"tag:0,optional"`
		Revoked struct {
			At     time.Time       `asn1:"generalized"`
			Reason asn1.Enumerated `asn1:"explicit,tag:0"`
		} `asn1:"tag:1,optional"`
		This time.Time `asn1:"generalized"`
		Next time.Time `asn1:"generalized,explicit,tag:0"`
	}
	data struct {
		Responder  asn1.RawValue
		Produced   time.Time `asn1:"generalized"`
		Responses  []single
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional,omitempty"`
	}
	basic struct {
		TBS          asn1.RawValue
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	response struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type asn1.ObjectIdentifier
			Raw  []byte
		} `asn1:"explicit,tag:0"`
	}
)

func (r *Responder) answer(question []byte) ([]byte, error) {
	var asked request
	if _, err := asn1.Unmarshal(question, &asked); err != nil {
		return nil, err
	}
	now := r.Now().UTC().Truncate(time.Second)
	about := single{Cert: asked.TBS.Requests[0].Cert, Good: true, This: now.Add(-time.Minute), Next: now.Add(r.Validity)}
	if at, revoked := r.revoked[about.Cert.Serial.String()]; revoked {
		about.Good, about.Revoked.At, about.Revoked.Reason = false, at.UTC().Truncate(time.Second), keyCompromise
	}
	name, err := byKey(r.By)
	if err != nil {
		return nil, err
	}
	tbs := data{Responder: name, Produced: now, Responses: []single{about}}
	if r.Nonce {
		tbs.Extensions = asked.TBS.Extensions
	}
	raw, err := asn1.Marshal(tbs)
	if err != nil {
		return nil, err
	}
	return r.signed(raw)
}

// byKey names a responder by the hash of its key.
func byKey(c *x509.Certificate) (asn1.RawValue, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil {
		return asn1.RawValue{}, err
	}
	sum := sha1.Sum(info.Key.Bytes)
	inner, err := asn1.Marshal(sum[:])
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, IsCompound: true, Bytes: inner}, err
}

// signed makes a response of what is to be signed.
func (r *Responder) signed(tbs []byte) ([]byte, error) {
	digest := sha512.Sum512(tbs)
	signature, err := rsa.SignPSS(rand.Reader, r.key, crypto.SHA512, digest[:], &rsa.PSSOptions{SaltLength: sha512.Size, Hash: crypto.SHA512})
	if err != nil {
		return nil, err
	}
	full := basic{TBS: asn1.RawValue{FullBytes: tbs}, Signature: asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}}
	if full.Algorithm, err = pssOf(r.authority.Certificate); err != nil {
		return nil, err
	}
	if !bytes.Equal(r.By.Raw, r.authority.Certificate.Raw) {
		full.Certificates = []asn1.RawValue{{FullBytes: r.By.Raw}}
	}
	var out response
	out.Bytes.Type = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	if out.Bytes.Raw, err = asn1.Marshal(full); err != nil {
		return nil, err
	}
	return asn1.Marshal(out)
}

// pssOf is the algorithm by which a certificate is signed, RSASSA-PSS with SHA-512, as it is written there.
func pssOf(c *x509.Certificate) (pkix.AlgorithmIdentifier, error) {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(c.Raw, &outer)
	return outer.Algorithm, err
}
