package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"
)

const generatedBits = 4096 // the least that FIT-Connect contract 6.1 allows

// Generate makes an RSA-4096 key pair for use, with its thumbprint as key id and one self-signed certificate in x5c:
// RSASSA-PSS with SHA-512, key usage keyEncipherment or digitalSignature, common name subject, valid for lifetime from
// the second of from on (FIT-Connect contract 6.1, 6.2). It takes about a second of one core.
func Generate(use Use, subject string, from time.Time, lifetime time.Duration) (Private, error) {
	fit, known := fittings()[use]
	if !known || subject == "" || lifetime < time.Second {
		return Private{}, errors.New("generate key: expected use enc or sig, a subject and a lifetime of at least a second")
	}
	secret, err := rsa.GenerateKey(rand.Reader, generatedBits)
	if err != nil {
		return Private{}, fmt.Errorf("generate key: %w", err)
	}
	certificate, err := selfSign(secret, subject, fit.keyUsage, from, lifetime)
	if err != nil {
		return Private{}, fmt.Errorf("generate key: %w", err)
	}
	public := Public{Alg: fit.alg, Ops: []string{fit.op}, Key: &secret.PublicKey, Chain: []*x509.Certificate{certificate}}
	public.KID = public.Thumbprint()
	return Private{Public: public, Secret: secret}, nil
}

func selfSign(secret *rsa.PrivateKey, subject string, usage x509.KeyUsage, from time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	template := &x509.Certificate{ // without a serial number: x509 draws a random one
		Subject:               pkix.Name{CommonName: subject},
		NotBefore:             from,
		NotAfter:              from.Add(lifetime),
		KeyUsage:              usage,
		SignatureAlgorithm:    x509.SHA512WithRSAPSS,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// fitting is what must agree with a use: the algorithm and the operation of the public JWK and the key usage of the
// certificate (RFC 5280 4.2.1.3).
type fitting struct {
	alg, op  string
	keyUsage x509.KeyUsage
	usage    string // the name of keyUsage in RFC 5280
}

func fittings() map[Use]fitting {
	return map[Use]fitting{
		Encryption: {RSAOAEP256, OpWrapKey, x509.KeyUsageKeyEncipherment, "keyEncipherment"},
		Signature:  {PS512, OpVerify, x509.KeyUsageDigitalSignature, "digitalSignature"},
	}
}
