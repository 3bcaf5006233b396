package keys_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// The two key pairs that all tests share: making one takes about a second.
var (
	encryptionKey = sync.OnceValue(func() keys.Private { return generate(keys.Encryption) })
	signatureKey  = sync.OnceValue(func() keys.Private { return generate(keys.Signature) })
)

func madeAt() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

const lifetime = 365 * 24 * time.Hour

func generate(use keys.Use) keys.Private {
	private, err := keys.Generate(use, "Stadt Musterhausen", madeAt(), lifetime)
	if err != nil {
		panic(err)
	}
	return private
}

// vector returns a file of the test data beside the repository and skips the test where there is none.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "vectors", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("test data shared/data/vectors/%s is not beside the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// edit returns the JWK of key with members replaced; nil removes one.
func edit(t testing.TB, key any, changes map[string]any) []byte {
	t.Helper()
	var members map[string]any
	decode(t, encode(t, key), &members)
	for name, value := range changes {
		if value == nil {
			delete(members, name)
		} else {
			members[name] = value
		}
	}
	return encode(t, members)
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func wantText(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error that says %q", err, want)
	}
}

// authority is a made-up certification authority; small keys suffice, its own key is not judged.
type authority struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

func newAuthority(t testing.TB, template *x509.Certificate, issuer *authority) *authority {
	t.Helper()
	return newAuthorityOf(t, 3072, template, issuer)
}

func newAuthorityOf(t testing.TB, bits int, template *x509.Certificate, issuer *authority) *authority {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	made := &authority{key: key}
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	if issuer == nil {
		issuer = &authority{key: key, certificate: template}
	}
	made.certificate = issuer.issue(t, template, &key.PublicKey)
	return made
}

func (a *authority) issue(t testing.TB, template *x509.Certificate, key *rsa.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
