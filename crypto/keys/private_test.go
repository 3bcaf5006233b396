package keys_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/vierkant/vierkant/crypto/keys"
)

func TestGenerate(t *testing.T) {
	t.Parallel()
	cases := []struct {
		private keys.Private
		use     keys.Use
		alg, op string
		usage   x509.KeyUsage
	}{
		{encryptionKey(), keys.Encryption, "RSA-OAEP-256", "wrapKey", x509.KeyUsageKeyEncipherment},
		{signatureKey(), keys.Signature, "PS512", "verify", x509.KeyUsageDigitalSignature},
	}
	for _, c := range cases {
		p := c.private
		if p.Alg != c.alg || !reflect.DeepEqual(p.Ops, []string{c.op}) || p.For() != c.use {
			t.Errorf("got %s %v, want %s [%s]", p.Alg, p.Ops, c.alg, c.op)
		}
		if got, want := p.KID, p.Thumbprint(); got != want || len(got) != 43 {
			t.Errorf("kid: got %q, want the thumbprint %q", got, want)
		}
		if got := p.Public.Key.N.BitLen(); got != 4096 || !p.Public.Key.Equal(&p.Secret.PublicKey) {
			t.Errorf("got %d bits, want 4096 of the same pair", got)
		}
		leaf := p.Chain[0]
		if leaf.SignatureAlgorithm != x509.SHA512WithRSAPSS || leaf.KeyUsage != c.usage || leaf.IsCA {
			t.Errorf("certificate: got %v, usage %b, CA %t", leaf.SignatureAlgorithm, leaf.KeyUsage, leaf.IsCA)
		}
		if err := leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature); err != nil {
			t.Errorf("certificate is not signed by its own key: %v", err)
		}
		if !leaf.NotBefore.Equal(madeAt()) || !leaf.NotAfter.Equal(madeAt().Add(lifetime)) {
			t.Errorf("certificate: got valid %s to %s, want from %s for %s", leaf.NotBefore, leaf.NotAfter, madeAt(), lifetime)
		}
		if got, want := leaf.Subject.CommonName, "Stadt Musterhausen"; got != want {
			t.Errorf("subject: got %q, want %q", got, want)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		use      keys.Use
		subject  string
		lifetime time.Duration
	}{{"", "x", lifetime}, {"both", "x", lifetime}, {keys.Signature, "", lifetime}, {keys.Signature, "x", 0}, {keys.Signature, "x", -lifetime}} {
		if _, err := keys.Generate(c.use, c.subject, madeAt(), c.lifetime); err == nil {
			t.Errorf("%+v: got no error", c)
		}
	}
}

func TestPrivateRoundTrip(t *testing.T) {
	t.Parallel()
	for _, want := range []keys.Private{encryptionKey(), signatureKey()} {
		raw := encode(t, want)
		got, err := keys.ParsePrivate(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Secret.Equal(want.Secret) {
			t.Error("got another private key")
		}
		if got, want := string(encode(t, got.Public)), string(encode(t, want.Public)); got != want {
			t.Errorf("public half: got %s, want %s", got, want)
		}
		if _, err := keys.ParsePublic(raw); err == nil {
			t.Error("a private JWK was read as a public one")
		}
		var unmarshalled keys.Private
		if decode(t, raw, &unmarshalled); !unmarshalled.Secret.Equal(want.Secret) {
			t.Error("UnmarshalJSON: got another private key")
		}
	}
}

func TestPrivateOps(t *testing.T) {
	t.Parallel()
	cases := []struct {
		private keys.Private
		written []string
		read    []string
	}{
		{encryptionKey(), []string{"unwrapKey"}, []string{"wrapKey"}},
		{encryptionKey(), []string{"unwrapKey", "decrypt"}, []string{"wrapKey"}},
		{encryptionKey(), []string{"wrapKey", "unwrapKey"}, []string{"wrapKey"}},
		{encryptionKey(), []string{"unwrapKey", "encrypt", "decrypt"}, []string{"wrapKey"}},
		{signatureKey(), []string{"sign"}, []string{"verify"}},
		{signatureKey(), []string{"sign", "verify"}, []string{"verify"}},
		{signatureKey(), nil, nil},
	}
	for _, c := range cases {
		changes := map[string]any{"key_ops": c.written}
		if c.written == nil {
			changes["key_ops"] = nil
		}
		got, err := keys.ParsePrivate(edit(t, c.private, changes))
		if err != nil || !reflect.DeepEqual(got.Ops, c.read) {
			t.Errorf("%v: got %v, %v, want %v", c.written, got.Ops, err, c.read)
		}
	}
	var members struct {
		Ops []string `json:"key_ops"`
	}
	if decode(t, encode(t, encryptionKey()), &members); !reflect.DeepEqual(members.Ops, []string{"unwrapKey"}) {
		t.Errorf("got key_ops %v, want unwrapKey", members.Ops)
	}
}

// A private key that one library wrote works in the other, through this package.
func TestPrivateBetweenLibraries(t *testing.T) {
	t.Parallel()
	want := signatureKey()
	theirs := jose.JSONWebKey{Key: want.Secret, KeyID: want.KID, Algorithm: want.Alg}
	got, err := keys.ParsePrivate(encode(t, theirs))
	if err != nil || !got.Secret.Equal(want.Secret) {
		t.Fatalf("written by go-jose: %v", err)
	}
	key, err := jwk.ParseKey(encode(t, got))
	if err != nil {
		t.Fatal(err)
	}
	var secret rsa.PrivateKey
	if err := key.Raw(&secret); err != nil || !secret.Equal(want.Secret) {
		t.Errorf("read by jwx: %v", err)
	}
}

func TestParsePrivateWithoutCRTValues(t *testing.T) {
	t.Parallel()
	want := encryptionKey()
	got, err := keys.ParsePrivate(edit(t, want, map[string]any{"dp": nil, "dq": nil, "qi": nil}))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, want.Public.Key, []byte("content key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := got.Secret.Decrypt(nil, sealed, &rsa.OAEPOptions{Hash: crypto.SHA256})
	if err != nil || string(plain) != "content key" {
		t.Errorf("got %q, %v", plain, err)
	}
}

func TestParsePrivateRefuses(t *testing.T) {
	t.Parallel()
	own, other := encryptionKey(), signatureKey()
	number := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	bumped := func(n *big.Int) string { return number(new(big.Int).Add(n, big.NewInt(2))) }
	cases := map[string]map[string]any{
		"a public key":           {"d": nil, "p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil},
		"no d":                   {"d": nil},
		"no primes":              {"p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil},
		"n of another key":       {"n": number(other.Secret.N)},
		"d of another key":       {"d": number(other.Secret.D)},
		"p of another key":       {"p": number(other.Secret.Primes[0])},
		"dp changed":             {"dp": bumped(own.Secret.Precomputed.Dp)},
		"dq changed":             {"dq": bumped(own.Secret.Precomputed.Dq)},
		"qi changed":             {"qi": bumped(own.Secret.Precomputed.Qinv)},
		"more than two primes":   {"oth": []any{}},
		"d empty":                {"d": ""},
		"dp in standard base64":  {"dp": "++++"},
		"operation of the other": {"key_ops": []string{"wrapKey"}},
		"an empty operation":     {"key_ops": []string{""}},
		"half a pair":            {"key_ops": []string{"unwrapKey", "encrypt"}},
		"kty":                    {"kty": "EC"},
		"x5c broken":             {"x5c": []string{"x"}},
	}
	for name, changes := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.ParsePrivate(edit(t, own, changes))
			wantError(t, err, keys.ErrMalformed)
		})
	}
}

func TestPrivateIsNotPrinted(t *testing.T) {
	t.Parallel()
	key := signatureKey()
	wrapper, _ := newWrapper(t)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "key", key, "wrapper", wrapper)
	for _, printed := range []string{fmt.Sprint(key), fmt.Sprintf("%+v", key), log.String()} {
		if !strings.Contains(printed, "private key "+key.KID) || len(printed) > 300 {
			t.Errorf("got %q", printed)
		}
	}
	if got, want := fmt.Sprintf("%+v", wrapper), "wrapper"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMarshalPrivateWithoutSecret(t *testing.T) {
	t.Parallel()
	if _, err := json.Marshal(keys.Private{Public: signatureKey().Public}); err == nil {
		t.Error("got no error for a private JWK without private numbers")
	}
}
