package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParseCertified(t *testing.T) {
	t.Parallel()
	leaf := block("CERTIFICATE", encryptionKey().Chain[0].Raw)
	public, err := keys.ParseCertified([]byte("subject=CN = Stadt Musterhausen\n"+leaf+"\n\n"), keys.Encryption)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Test().Check(public, keys.Encryption, time.Now()); err != nil || public.KID != encryptionKey().KID {
		t.Errorf("got the kid %q, %v, want the key of the certificate", public.KID, err)
	}

	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "EC"}}
	ec, err := x509.CreateCertificate(rand.Reader, template, template, other.Public(), other)
	if err != nil {
		t.Fatal(err)
	}
	private := block("PRIVATE KEY", []byte{1, 2, 3})
	for name, c := range map[string]struct {
		raw  string
		use  keys.Use
		want error
	}{
		"nothing":              {"", keys.Encryption, keys.ErrMalformed},
		"text":                 {"Zertifikat", keys.Encryption, keys.ErrMalformed},
		"no use":               {leaf, "", keys.ErrMalformed},
		"a request":            {block("CERTIFICATE REQUEST", []byte{1}), keys.Encryption, keys.ErrMalformed},
		"broken DER":           {block("CERTIFICATE", []byte{1}), keys.Encryption, keys.ErrMalformed},
		"cut off":              {leaf + leaf[:len(leaf)/2], keys.Encryption, keys.ErrMalformed},
		"eleven":               {strings.Repeat(leaf, 11), keys.Encryption, keys.ErrMalformed},
		"another kind of key":  {block("CERTIFICATE", ec), keys.Encryption, keys.ErrMalformed},
		"a private key":        {leaf + private, keys.Encryption, keys.ErrPrivate},
		"one of OpenSSL":       {block("RSA PRIVATE KEY", []byte{1}) + leaf, keys.Encryption, keys.ErrPrivate},
		"one that is cut off":  {private[:30] + "\n" + leaf, keys.Encryption, keys.ErrPrivate},
		"one that is too long": {strings.Repeat("x", 70<<10), keys.Encryption, keys.ErrMalformed},
	} {
		if _, err := keys.ParseCertified([]byte(c.raw), c.use); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
