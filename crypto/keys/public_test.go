package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/vierkant/vierkant/crypto/keys"
)

func TestPublicRoundTrip(t *testing.T) {
	t.Parallel()
	want := encryptionKey().Public
	want.Use = keys.Encryption
	got, err := keys.ParsePublic(encode(t, want))
	if err != nil {
		t.Fatal(err)
	}
	var unmarshalled keys.Public
	if decode(t, encode(t, want), &unmarshalled); !unmarshalled.Key.Equal(want.Key) {
		t.Error("UnmarshalJSON: got another key")
	}
	if err := json.Unmarshal([]byte(`{"kty":"RSA"}`), &unmarshalled); !errors.Is(err, keys.ErrMalformed) {
		t.Errorf("UnmarshalJSON: got %v, want %v", err, keys.ErrMalformed)
	}
	if !got.Key.Equal(want.Key) || !got.Chain[0].Equal(want.Chain[0]) || len(got.Chain) != 1 {
		t.Error("got other numbers or certificates than were written")
	}
	got.Key, got.Chain, want.Key, want.Chain = nil, nil, nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What this package writes must mean the same to both libraries.
func TestPublicAsOthersReadIt(t *testing.T) {
	t.Parallel()
	for _, private := range []keys.Private{encryptionKey(), signatureKey()} {
		raw := encode(t, private.Public)

		var theirs jose.JSONWebKey
		decode(t, raw, &theirs)
		if !theirs.IsPublic() || theirs.KeyID != private.KID || theirs.Algorithm != private.Alg {
			t.Errorf("go-jose: got %q %q, want %q %q", theirs.KeyID, theirs.Algorithm, private.KID, private.Alg)
		}
		if !private.Key.Equal(theirs.Key) || !theirs.Certificates[0].Equal(private.Chain[0]) {
			t.Error("go-jose: got another key or certificate")
		}
		sum, err := theirs.Thumbprint(crypto.SHA256)
		if got := base64.RawURLEncoding.EncodeToString(sum); err != nil || got != private.Thumbprint() {
			t.Errorf("go-jose: got thumbprint %q, want %q", got, private.Thumbprint())
		}

		key, err := jwk.ParseKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		var numbers rsa.PublicKey
		if err := key.Raw(&numbers); err != nil || !private.Key.Equal(&numbers) {
			t.Errorf("jwx: got another key, %v", err)
		}
		if got, want := string(key.KeyOps()[0]), private.Ops[0]; got != want {
			t.Errorf("jwx: got key_ops %q, want %q", got, want)
		}
	}
}

func TestPublicWritesStandardBase64(t *testing.T) {
	t.Parallel()
	var members struct{ X5C []string }
	decode(t, encode(t, signatureKey().Public), &members)
	want := base64.StdEncoding.EncodeToString(signatureKey().Chain[0].Raw)
	if len(members.X5C) != 1 || members.X5C[0] != want {
		t.Errorf("got %q, want %q", members.X5C, want)
	}
}

func TestThumbprintRFC7638(t *testing.T) {
	t.Parallel()
	key, err := keys.ParsePublic([]byte(rfc7638))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := key.Thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (keys.Public{}).Thumbprint(); got != "" {
		t.Errorf("without a key: got %q, want none", got)
	}
}

// The example of RFC 7638 3.1.
const rfc7638 = `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`

func TestParsePublicVectors(t *testing.T) {
	t.Parallel()
	var fitko struct{ JWK json.RawMessage }
	decode(t, vector(t, "fitko_example_public_jwk.json"), &fitko)
	key, err := keys.ParsePublic(fitko.JWK)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := key.Thumbprint(), key.KID; got != want {
		t.Errorf("thumbprint of the FITKO example: got %q, want its kid %q", got, want)
	}
	if got, want := key.For(), keys.Encryption; got != want {
		t.Errorf("use of the FITKO example: got %q, want %q", got, want)
	}
	for _, name := range []string{"adapter_decryption_key_placeholder.json", "adapter_signing_key_placeholder.json"} {
		_, err := keys.ParsePublic(vector(t, name))
		wantError(t, err, keys.ErrPrivate)
		_, err = keys.ParsePrivate(vector(t, name))
		wantError(t, err, keys.ErrMalformed)
	}
}

func TestParsePublicRefuses(t *testing.T) {
	t.Parallel()
	key := encryptionKey().Public
	n := base64.RawURLEncoding.EncodeToString(key.Key.N.Bytes())
	der := base64.StdEncoding.EncodeToString(key.Chain[0].Raw)
	long := base64.RawURLEncoding.EncodeToString(new(big.Int).Lsh(big.NewInt(1), 16384).Bytes())
	cases := map[string]struct {
		changes map[string]any
		want    error
		says    string
	}{
		"no kty":                  {map[string]any{"kty": nil}, keys.ErrMalformed, "kty"},
		"kty null":                {map[string]any{"kty": json.RawMessage("null")}, keys.ErrMalformed, "kty"},
		"kty EC":                  {map[string]any{"kty": "EC"}, keys.ErrMalformed, "expected RSA"},
		"kty in another case":     {map[string]any{"kty": nil, "KTY": "RSA"}, keys.ErrMalformed, "kty"},
		"no n":                    {map[string]any{"n": nil}, keys.ErrMalformed, "member n"},
		"n a number":              {map[string]any{"n": 17}, keys.ErrMalformed, "member n"},
		"n empty":                 {map[string]any{"n": ""}, keys.ErrMalformed, "member n"},
		"n padded":                {map[string]any{"n": n + "=="}, keys.ErrMalformed, "member n"},
		"n in lines":              {map[string]any{"n": n[:4] + "\n" + n[4:]}, keys.ErrMalformed, "member n"},
		"n in standard base64":    {map[string]any{"n": "++++" + n[4:]}, keys.ErrMalformed, "member n"},
		"n with a leading zero":   {map[string]any{"n": "AAAA" + n[4:]}, keys.ErrMalformed, "leading zero"},
		"n with loose bits":       {map[string]any{"n": "AQAC" + "AB"}, keys.ErrMalformed, "member n"},
		"n too long":              {map[string]any{"n": long}, keys.ErrMalformed, "at most 2048 bytes"},
		"no e":                    {map[string]any{"e": nil}, keys.ErrMalformed, "member e"},
		"e cut to 65537 by jwx":   {map[string]any{"e": "AQAAAAAAAQAB"}, keys.ErrMalformed, "member e"},
		"e with a leading zero":   {map[string]any{"e": "AAEAAQ"}, keys.ErrMalformed, "member e"},
		"kid a number":            {map[string]any{"kid": 17}, keys.ErrMalformed, "JWK"},
		"key_ops a string":        {map[string]any{"key_ops": "wrapKey"}, keys.ErrMalformed, "JWK"},
		"x5c a string":            {map[string]any{"x5c": der}, keys.ErrMalformed, "JWK"},
		"x5c no base64":           {map[string]any{"x5c": []string{"%%%"}}, keys.ErrMalformed, "x5c[0]"},
		"x5c in base64url":        {map[string]any{"x5c": []string{base64.RawURLEncoding.EncodeToString(key.Chain[0].Raw)}}, keys.ErrMalformed, "x5c[0]"},
		"x5c in lines":            {map[string]any{"x5c": []string{der[:64] + "\n" + der[64:]}}, keys.ErrMalformed, "x5c[0]"},
		"x5c no certificate":      {map[string]any{"x5c": []string{der, "AAAA"}}, keys.ErrMalformed, "x5c[1]"},
		"x5c followed by more":    {map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(append(bytes.Clone(key.Chain[0].Raw), 0))}}, keys.ErrMalformed, "x5c[0]"},
		"x5c too many":            {map[string]any{"x5c": strings.Split(strings.Repeat(der+" ", 11), " ")[:11]}, keys.ErrMalformed, "at most 10"},
		"d":                       {map[string]any{"d": "AQAB"}, keys.ErrPrivate, "member d"},
		"p":                       {map[string]any{"p": "AQAB"}, keys.ErrPrivate, "member p"},
		"q":                       {map[string]any{"q": "AQAB"}, keys.ErrPrivate, "member q"},
		"dp":                      {map[string]any{"dp": ""}, keys.ErrPrivate, "member dp"},
		"dq":                      {map[string]any{"dq": 1}, keys.ErrPrivate, "member dq"},
		"qi":                      {map[string]any{"qi": json.RawMessage("null")}, keys.ErrPrivate, "member qi"},
		"oth":                     {map[string]any{"oth": []string{}}, keys.ErrPrivate, "member oth"},
		"k":                       {map[string]any{"k": "c2VjcmV0"}, keys.ErrPrivate, "member k"},
		"a private key by itself": {map[string]any{"d": "AQAB", "p": "Aw", "q": "BQ"}, keys.ErrPrivate, "member"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.ParsePublic(edit(t, key, c.changes))
			wantError(t, err, c.want)
			wantText(t, err, c.says)
		})
	}
}

func TestParsePublicRefusesText(t *testing.T) {
	t.Parallel()
	good := string(encode(t, encryptionKey().Public))
	cases := map[string]struct{ raw, says string }{
		"nothing":                   {"", "JWK"},
		"null":                      {"null", "kty"},
		"an array":                  {"[" + good + "]", "JWK"},
		"a second value":            {good + good, "JWK"},
		"trailing text":             {good + "x", "JWK"},
		"cut":                       {good[:len(good)-1], "JWK"},
		"a member twice":            {`{"kty":"RSA",` + good[1:], "twice"},
		"a member twice, escaped":   {`{"\u006bty":"oct",` + good[1:], "twice"},
		"a member in two cases":     {`{"KTY":"RSA",` + good[1:], "twice"},
		"a member twice, further":   {`{"ext":{"a":[{"b":1,"b":2}]},` + good[1:], "twice"},
		"a member with the Kelvin":  {"{\"\u212aty\":\"RSA\"," + good[1:], "twice"},
		"not UTF-8":                 {"{\"note\":\"\xff\"," + good[1:], "UTF-8"},
		"too long":                  {`{"note":"` + strings.Repeat("x", 64<<10) + `",` + good[1:], "at most"},
		"nested beyond all measure": {`{"note":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `,` + good[1:], "deeper than 10000 levels"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.ParsePublic([]byte(c.raw))
			wantError(t, err, keys.ErrMalformed)
			wantText(t, err, c.says)
		})
	}
}

func TestParsePublicIgnoresTheUnknown(t *testing.T) {
	t.Parallel()
	key, err := keys.ParsePublic(edit(t, encryptionKey().Public, map[string]any{
		"ext": true, "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/", "x5t": 17, "D": "AQAB", "nested": map[string]any{"d": 1},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(encode(t, key)), string(encode(t, encryptionKey().Public)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParsePublicBoundsCertificateKeys(t *testing.T) {
	t.Parallel()
	monster := &rsa.PublicKey{N: new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 20000), big.NewInt(1)), E: 65537}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, monster, signer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = keys.ParsePublic(edit(t, encryptionKey().Public, map[string]any{"x5c": [][]byte{der}}))
	wantError(t, err, keys.ErrMalformed)
	wantText(t, err, "at most 16384 bits")
}

func TestFor(t *testing.T) {
	t.Parallel()
	cases := []struct {
		key  keys.Public
		want keys.Use
	}{
		{keys.Public{}, ""},
		{keys.Public{Alg: keys.RSAOAEP256}, keys.Encryption},
		{keys.Public{Alg: keys.PS512}, keys.Signature},
		{keys.Public{Ops: []string{"wrapKey"}}, keys.Encryption},
		{keys.Public{Ops: []string{"verify"}}, keys.Signature},
		{keys.Public{Use: keys.Signature}, keys.Signature},
		{keys.Public{Alg: keys.RSAOAEP256, Ops: []string{"wrapKey"}, Use: keys.Encryption}, keys.Encryption},
		{keys.Public{Alg: keys.PS512, Ops: []string{"verify"}, Use: keys.Signature}, keys.Signature},
		{keys.Public{Alg: keys.PS512, Ops: []string{"wrapKey"}}, ""},
		{keys.Public{Alg: keys.PS512, Use: keys.Encryption}, ""},
		{keys.Public{Alg: keys.PS512, Ops: []string{"verify", "wrapKey"}}, ""},
		{keys.Public{Alg: "RS256"}, ""},
		{keys.Public{Alg: "RS256", Ops: []string{"verify"}}, ""},
		{keys.Public{Ops: []string{"deriveKey"}}, ""},
	}
	for _, c := range cases {
		if got := c.key.For(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.key, got, c.want)
		}
	}
}

func TestMarshalPublicWithoutKey(t *testing.T) {
	t.Parallel()
	if _, err := json.Marshal(keys.Public{KID: "something"}); err == nil {
		t.Error("got no error for a JWK without numbers")
	}
}

// FuzzParsePublic holds that what parses is an RSA key within bounds that survives being written and read again.
func FuzzParsePublic(f *testing.F) {
	f.Add([]byte(rfc7638))
	f.Add([]byte(`{"kty":"RSA","n":"w-_9","e":"AQAB","kid":"k","use":"enc","key_ops":["wrapKey"],"alg":"RSA-OAEP-256","x5c":[]}`))
	f.Add([]byte(`{"kty":"RSA","n":"w-_9","e":"AQAB","d":"AQAB"}`))
	f.Add([]byte(`{"kty":"RSA","n":null,"n":"w-_9","e":"AQAB"}`))
	f.Add([]byte(`{"kty":"oct","k":"c2VjcmV0"}`))
	f.Add([]byte(`{"kty":"RSA","n":"w-_9","e":"AQAB","alg":"own","use":"own","key_ops":["own",""]}`))
	f.Add(encode(f, encryptionKey().Public))
	f.Fuzz(func(t *testing.T, raw []byte) {
		key, err := keys.ParsePublic(raw)
		if err != nil {
			return
		}
		if bits := key.Key.N.BitLen(); bits == 0 || bits > 16384 || key.Key.E < 1 || key.Key.E > 1<<24 {
			t.Errorf("got %d bits and e %d", bits, key.Key.E)
		}
		again, err := keys.ParsePublic(encode(t, key))
		if err != nil {
			t.Fatalf("written and read again: %v", err)
		}
		if !again.Key.Equal(key.Key) || again.KID != key.KID || again.Alg != key.Alg || !reflect.DeepEqual(again.Ops, key.Ops) {
			t.Errorf("got %+v, want %+v", again, key)
		}
		_ = keys.Test().Check(key, keys.Encryption, madeAt())
		_ = keys.Strict("strict", nil).Check(key, keys.Signature, madeAt())
	})
}
