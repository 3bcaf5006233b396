package revocation

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	_ "crypto/sha256" // for certIDs of responders that use it
	_ "crypto/sha512"
)

var (
	oidSHA1   = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}

	oidBasic = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
)

// nonceSize is what RFC 9654 2.1 recommends.
const nonceSize = 32

// The shapes of RFC 6960 4.1.1 and 4.2.1.
type (
	certID struct {
		Hash    pkix.AlgorithmIdentifier
		Name    []byte // hash of the issuer's name
		Key     []byte // hash of the issuer's key
		Subject *big.Int
	}
	ocspRequest struct{ TBS requestData }
	requestData struct {
		Version    int `asn1:"explicit,tag:0,default:0,optional"`
		Requests   []singleRequest
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
	}
	singleRequest struct{ Cert certID }

	ocspResponse struct {
		Status asn1.Enumerated
		Bytes  responseBytes `asn1:"explicit,tag:0,optional"`
	}
	responseBytes struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	}
	basicResponse struct {
		TBS          responseData
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	responseData struct {
		Raw        asn1.RawContent
		Version    int `asn1:"explicit,tag:0,default:0,optional"`
		Responder  asn1.RawValue
		Produced   time.Time `asn1:"generalized"`
		Responses  []singleResponse
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	singleResponse struct {
		Cert       certID
		Good       asn1.Flag        `asn1:"tag:0,optional"`
		Revoked    revokedInfo      `asn1:"tag:1,optional"`
		Unknown    asn1.Flag        `asn1:"tag:2,optional"`
		This       time.Time        `asn1:"generalized"`
		Next       time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	revokedInfo struct {
		Since  time.Time       `asn1:"generalized"`
		Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
	}
)

// question is what is asked of a responder.
type question struct {
	certificate, issuer *x509.Certificate
	nonce               []byte
}

func ask(certificate, issuer *x509.Certificate) question {
	q := question{certificate: certificate, issuer: issuer, nonce: make([]byte, nonceSize)}
	rand.Read(q.nonce)
	return q
}

// request is the question in DER. Certificates are named by SHA-1, which every responder knows; it only names, and proves nothing.
func (q question) request() ([]byte, error) {
	id, err := q.named(pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue})
	if err != nil {
		return nil, err
	}
	nonce, err := asn1.Marshal(q.nonce)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(ocspRequest{requestData{
		Requests: []singleRequest{{id}}, Extensions: []pkix.Extension{{Id: oidNonce, Value: nonce}},
	}})
}

// named names the certificate by a hash.
func (q question) named(by pkix.AlgorithmIdentifier) (certID, error) {
	var hash crypto.Hash
	for candidate, oid := range map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA1: oidSHA1, crypto.SHA256: oidSHA256, crypto.SHA384: oidSHA384, crypto.SHA512: oidSHA512,
	} {
		if by.Algorithm.Equal(oid) {
			hash = candidate
		}
	}
	if hash == 0 {
		return certID{}, disbelieve("it names certificates by the unknown hash %s", by.Algorithm)
	}
	key, err := keyBits(q.issuer)
	if err != nil {
		return certID{}, err
	}
	sum := func(b []byte) []byte { h := hash.New(); h.Write(b); return h.Sum(nil) }
	return certID{by, sum(q.issuer.RawSubject), sum(key), q.certificate.SerialNumber}, nil
}

// keyBits is the key of a certificate without its algorithm.
func keyBits(c *x509.Certificate) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info)
	return info.Key.RightAlign(), err
}

// answered judges a response.
func (q question) answered(raw []byte, now time.Time) (Finding, error) {
	basic, err := parseResponse(raw)
	if err != nil {
		return Finding{}, err
	}
	if err := q.signed(basic, now); err != nil {
		return Finding{}, err
	}
	if err := q.checkNonce(basic.TBS.Extensions); err != nil {
		return Finding{}, err
	}
	for _, single := range basic.TBS.Responses {
		wanted, err := q.named(single.Cert.Hash)
		if err == nil && single.Cert.same(wanted) {
			return single.finding(now)
		}
	}
	return Finding{}, disbelieve("it is about another certificate")
}

func (c certID) same(as certID) bool {
	return bytes.Equal(c.Name, as.Name) && bytes.Equal(c.Key, as.Key) && c.Subject != nil && c.Subject.Cmp(as.Subject) == 0
}

// parseResponse reads the DER of a response, and refuses one that says that there is none.
func parseResponse(raw []byte) (basicResponse, error) {
	var (
		response ocspResponse
		basic    basicResponse
	)
	if rest, err := asn1.Unmarshal(raw, &response); err != nil || len(rest) > 0 {
		return basic, disbelieve("it is no OCSP response")
	}
	if response.Status != 0 {
		return basic, disbelieve("the responder refused, with status %d", response.Status)
	}
	if !response.Bytes.Type.Equal(oidBasic) {
		return basic, disbelieve("it is an OCSP response of an unknown type")
	}
	if rest, err := asn1.Unmarshal(response.Bytes.Response, &basic); err != nil || len(rest) > 0 {
		return basic, disbelieve("it is no basic OCSP response")
	}
	return basic, nil
}

// checkNonce refuses the answer to another question. Responders that prepare their answers leave it out.
func (q question) checkNonce(extensions []pkix.Extension) error {
	i := slices.IndexFunc(extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidNonce) })
	if i < 0 {
		return nil
	}
	var nonce []byte
	if _, err := asn1.Unmarshal(extensions[i].Value, &nonce); err != nil || !bytes.Equal(nonce, q.nonce) {
		return disbelieve("it answers another question: the nonce is not ours")
	}
	return nil
}

// finding is what a responder says of a certificate.
func (s singleResponse) finding(now time.Time) (Finding, error) {
	if err := fresh(s.This, s.Next, now); err != nil {
		return Finding{}, err
	}
	f := Finding{Status: Good, By: "OCSP", Until: s.Next}
	switch {
	case bool(s.Good):
	case bool(s.Unknown):
		return Finding{}, disbelieve("the responder does not know the certificate")
	case !s.Revoked.Since.IsZero():
		f.Status, f.Since, f.Why = Revoked, s.Revoked.Since, reason(int(s.Revoked.Reason))
	default:
		return Finding{}, disbelieve("it says nothing of the certificate")
	}
	return f, nil
}

// signed verifies the signature: that of the issuer, or of a responder to which the issuer delegated it (RFC 6960 4.2.2.2).
func (q question) signed(basic basicResponse, now time.Time) error {
	signer := q.issuer
	if !basic.TBS.by(signer) {
		delegate, err := q.delegate(basic, now)
		if err != nil {
			return err
		}
		signer = delegate
	}
	algorithm := signatureAlgorithm(basic.Algorithm)
	if err := signer.CheckSignature(algorithm, basic.TBS.Raw, basic.Signature.RightAlign()); err != nil {
		return disbelieve("its signature does not verify")
	}
	return nil
}

// by tells whether a certificate is that of the responder that the response names, by name or by key.
func (r responseData) by(c *x509.Certificate) bool {
	const byName, byKey = 1, 2
	switch r.Responder.Tag {
	case byName:
		return bytes.Equal(r.Responder.Bytes, c.RawSubject)
	case byKey:
		var hash []byte
		key, err := keyBits(c)
		if _, bad := asn1.Unmarshal(r.Responder.Bytes, &hash); err != nil || bad != nil {
			return false
		}
		sum := sha1.Sum(key)
		return bytes.Equal(hash, sum[:])
	}
	return false
}

// maxDelegates bounds the certificates of a response that are looked at.
const maxDelegates = 5

// delegate finds the certificate of the responder among those of the response.
func (q question) delegate(basic basicResponse, now time.Time) (*x509.Certificate, error) {
	for _, raw := range basic.Certificates[:min(len(basic.Certificates), maxDelegates)] {
		c, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil || !basic.TBS.by(c) {
			continue
		}
		return c, q.mayAnswer(c, now)
	}
	return nil, disbelieve("it is signed by neither the issuer nor a responder that it shows the certificate of")
}

// mayAnswer refuses a responder that the issuer did not certify for answering, itself and directly.
func (q question) mayAnswer(c *x509.Certificate, now time.Time) error {
	switch {
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return disbelieve("the responder's certificate is not for signing OCSP")
	case !bytes.Equal(c.RawIssuer, q.issuer.RawSubject) || c.CheckSignatureFrom(q.issuer) != nil:
		return disbelieve("the responder's certificate is not of the issuer")
	case now.Before(c.NotBefore) || now.After(c.NotAfter):
		return disbelieve("the responder's certificate is valid from %s to %s", stamp(c.NotBefore), stamp(c.NotAfter))
	}
	return nil
}
