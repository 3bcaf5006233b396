package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/vierkant/vierkant/crypto/keys"
)

const limit = 64 << 10

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestSignPS512(t *testing.T) {
	t.Parallel()
	key := signatureKey()
	payload := []byte(`{"iss":"https://example.org"}`)
	raw, err := keys.SignPS512("JWT", key.KID, payload, key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.ParseCompact(raw, limit)
	if err != nil {
		t.Fatal(err)
	}
	if got.Typ != "JWT" || got.Alg != keys.PS512 || got.KID != key.KID || string(got.Payload) != string(payload) {
		t.Errorf("got %+v", got)
	}
	if err := key.VerifyPS512(got.SigningInput, got.Signature); err != nil {
		t.Error(err)
	}

	theirs, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.PS512})
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := theirs.Verify(key.Public.Key); err != nil || string(opened) != string(payload) {
		t.Errorf("go-jose: got %q, %v", opened, err)
	}
	if opened, err := jws.Verify([]byte(raw), jws.WithKey(jwa.PS512, key.Public.Key)); err != nil || string(opened) != string(payload) {
		t.Errorf("jwx: got %q, %v", opened, err)
	}
}

// jwx signs with a salt of 64 bytes; what it signs must verify here.
func TestVerifyPS512OfJWX(t *testing.T) {
	t.Parallel()
	raw, err := jws.Sign([]byte("payload"), jws.WithKey(jwa.PS512, signatureKey().Secret))
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.ParseCompact(string(raw), limit)
	if err != nil {
		t.Fatal(err)
	}
	if err := signatureKey().VerifyPS512(got.SigningInput, got.Signature); err != nil {
		t.Error(err)
	}
}

// Both libraries accept any salt; RFC 7518 3.5 and this package only one of 64 bytes.
func TestVerifyPS512DemandsTheSalt(t *testing.T) {
	t.Parallel()
	key := signatureKey()
	input := part(`{"alg":"PS512"}`) + "." + part("payload")
	digest := sha512.Sum512([]byte(input))
	for _, c := range []struct {
		salt int
		want error
	}{{64, nil}, {32, keys.ErrSignature}, {1, keys.ErrSignature}, {63, keys.ErrSignature}, {65, keys.ErrSignature}, {4096/8 - 64 - 2, keys.ErrSignature}} {
		options := &rsa.PSSOptions{SaltLength: c.salt, Hash: crypto.SHA512}
		signature, err := rsa.SignPSS(rand.Reader, key.Secret, crypto.SHA512, digest[:], options)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, key.VerifyPS512([]byte(input), signature), c.want)
		raw := input + "." + base64.RawURLEncoding.EncodeToString(signature)
		if _, err := jws.Verify([]byte(raw), jws.WithKey(jwa.PS512, key.Public.Key)); err != nil {
			t.Errorf("salt %d: jwx got stricter: %v", c.salt, err)
		}
	}
}

func TestVerifyPS512Refuses(t *testing.T) {
	t.Parallel()
	key := signatureKey()
	raw, err := keys.SignPS512("JWT", key.KID, []byte("payload"), key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	good, err := keys.ParseCompact(raw, limit)
	if err != nil {
		t.Fatal(err)
	}
	forEncryption := key.Public
	forEncryption.Alg, forEncryption.Ops = keys.RSAOAEP256, []string{keys.OpWrapKey}
	pkcs1 := func() []byte {
		digest := sha512.Sum512(good.SigningInput)
		signature, err := rsa.SignPKCS1v15(nil, key.Secret, crypto.SHA512, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	cases := map[string]struct {
		key              keys.Public
		input, signature []byte
	}{
		"other input":         {key.Public, append([]byte("x"), good.SigningInput...), good.Signature},
		"no signature":        {key.Public, good.SigningInput, nil},
		"cut signature":       {key.Public, good.SigningInput, good.Signature[:511]},
		"longer signature":    {key.Public, good.SigningInput, append([]byte{0}, good.Signature...)},
		"PKCS1 v1.5":          {key.Public, good.SigningInput, pkcs1()},
		"another key":         {keys.Public{Alg: keys.PS512, Key: encryptionKey().Public.Key}, good.SigningInput, good.Signature},
		"key for encryption":  {forEncryption, good.SigningInput, good.Signature},
		"key without numbers": {keys.Public{Alg: keys.PS512}, good.SigningInput, good.Signature},
		"key of unclear use":  {keys.Public{Key: key.Public.Key}, good.SigningInput, good.Signature},
	}
	for name, c := range cases {
		if got := c.key.VerifyPS512(c.input, c.signature); !errors.Is(got, keys.ErrSignature) {
			t.Errorf("%s: got %v, want %v", name, got, keys.ErrSignature)
		}
	}
}

// faulty is a signer gone wrong: it signs, but not with the salt that was asked for.
type faulty struct{ *rsa.PrivateKey }

func (f faulty) Sign(random io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return f.PrivateKey.Sign(random, digest, &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA512})
}

// absent is a signer that has no key at hand.
type absent struct{ *rsa.PrivateKey }

func (absent) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("module is gone")
}

func TestSignPS512Refuses(t *testing.T) {
	t.Parallel()
	key := signatureKey()
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		typ, kid string
		signer   crypto.Signer
		says     string
	}{
		"no typ":        {"", key.KID, key.Secret, "a typ"},
		"no kid":        {"JWT", "", key.Secret, "a kid"},
		"no RSA key":    {"JWT", key.KID, elliptical, "RSA"},
		"faulty signer": {"JWT", key.KID, faulty{key.Secret}, "does not verify"},
		"absent signer": {"JWT", key.KID, absent{key.Secret}, "module is gone"},
	}
	for name, c := range cases {
		raw, err := keys.SignPS512(c.typ, c.kid, []byte("payload"), c.signer)
		if raw != "" {
			t.Errorf("%s: got %q, want nothing", name, raw)
		}
		wantText(t, err, c.says)
	}
}

func TestParseCompactRefuses(t *testing.T) {
	t.Parallel()
	header := part(`{"alg":"PS512"}`)
	cases := map[string]string{
		"nothing":            "",
		"one part":           header,
		"two parts":          header + ".AA",
		"four parts":         header + ".AA.AA.AA",
		"five parts":         header + ".AA.AA.AA.AA",
		"JSON form":          `{"payload":"","protected":"","signature":""}`,
		"white space before": " " + header + ".AA.AA",
		"line break behind":  header + ".AA.AA\n",
		"line break inside":  header + ".A\nA.AA",
		"padding":            header + ".AA==.AA",
		"standard base64":    header + ".++++.AA",
		"loose bits":         header + ".AB.AA",
		"loose bits behind":  header + ".AA.AB",
		"no header":          ".AA.AA",
		"header no JSON":     part("alg") + ".AA.AA",
		"header an array":    part("[]") + ".AA.AA",
		"header null":        part("null") + ".AA.AA",
		"header two values":  part(`{"alg":"PS512"}{}`) + ".AA.AA",
		"alg twice":          part(`{"alg":"PS512","alg":"none"}`) + ".AA.AA",
		"alg in two cases":   part(`{"alg":"PS512","ALG":"none"}`) + ".AA.AA",
		"alg missing":        part(`{"typ":"JWT"}`) + ".AA.AA",
		"alg in capitals":    part(`{"ALG":"PS512"}`) + ".AA.AA",
		"alg null":           part(`{"alg":null}`) + ".AA.AA",
		"alg a list":         part(`{"alg":["PS512"]}`) + ".AA.AA",
		"kid a number":       part(`{"alg":"PS512","kid":1}`) + ".AA.AA",
		"typ null":           part(`{"alg":"PS512","typ":null}`) + ".AA.AA",
		"crit":               part(`{"alg":"PS512","crit":["b64"],"b64":false}`) + ".AA.AA",
		"crit empty":         part(`{"alg":"PS512","crit":[]}`) + ".AA.AA",
		"header not UTF-8":   part("{\"alg\":\"PS512\",\"x\":\"\xff\"}") + ".AA.AA",
		"too long":           header + "." + strings.Repeat("A", limit) + ".AA",
	}
	for name, raw := range cases {
		if _, err := keys.ParseCompact(raw, limit); !errors.Is(err, keys.ErrMalformed) {
			t.Errorf("%s: got %v, want %v", name, err, keys.ErrMalformed)
		}
	}
}

func TestParseCompact(t *testing.T) {
	t.Parallel()
	input := part(`{"alg":"none","typ":"jwt","jku":"http://127.0.0.1:1/","x5u":1}`) + "." + part("text")
	got, err := keys.ParseCompact(input+".", len(input)+1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Alg != "none" || got.Typ != "jwt" || got.KID != "" || string(got.Payload) != "text" || string(got.SigningInput) != input || len(got.Signature) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestWycheproofJWS(t *testing.T) {
	t.Parallel()
	var file struct {
		TestGroups []struct {
			Public json.RawMessage
			Tests  []struct {
				TcID                 int
				Comment, JWS, Result string
			}
		}
	}
	decode(t, vector(t, "wycheproof_jws_ps512.json"), &file)
	count := 0
	for _, group := range file.TestGroups {
		key, err := keys.ParsePublic(group.Public)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range group.Tests {
			count++
			jws, err := keys.ParseCompact(c.JWS, limit)
			if err == nil && jws.Alg != keys.PS512 {
				err = keys.ErrMalformed
			}
			if err == nil {
				err = key.VerifyPS512(jws.SigningInput, jws.Signature)
			}
			if got, want := err == nil, c.Result == "valid"; got != want {
				t.Errorf("case %d (%s): got %v, want %s", c.TcID, c.Comment, err, c.Result)
			}
		}
	}
	if count != 20 {
		t.Errorf("got %d cases, want 20", count)
	}
}

func TestWycheproofPSS(t *testing.T) {
	t.Parallel()
	var file struct {
		TestGroups []struct {
			PublicKeyJWK json.RawMessage `json:"publicKeyJwk"`
			Tests        []struct {
				TcID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	decode(t, vector(t, "wycheproof_rsa_pss_4096_sha512_mgf1_64.json"), &file)
	count := 0
	for _, group := range file.TestGroups {
		key, err := keys.ParsePublic(group.PublicKeyJWK)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range group.Tests {
			count++
			message, err := hex.DecodeString(c.Msg)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := hex.DecodeString(c.Sig)
			if err != nil {
				t.Fatal(err)
			}
			err = key.VerifyPS512(message, signature)
			if got, want := err == nil, c.Result == "valid"; got != want {
				t.Errorf("case %d (%s): got %v, want %s", c.TcID, c.Comment, err, c.Result)
			}
		}
	}
	if count != 179 {
		t.Errorf("got %d cases, want 179", count)
	}
}

// FuzzParseCompact holds that a text that parses has one spelling only: put together again it is the same.
func FuzzParseCompact(f *testing.F) {
	f.Add(part(`{"alg":"PS512","typ":"JWT","kid":"k"}`) + "." + part(`{}`) + ".AA")
	f.Add("..")
	f.Add(part(`{"alg":"none"}`) + "..")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := keys.ParseCompact(raw, limit)
		if err != nil {
			return
		}
		again := string(got.SigningInput) + "." + base64.RawURLEncoding.EncodeToString(got.Signature)
		if again != raw || !strings.HasSuffix(string(got.SigningInput), "."+base64.RawURLEncoding.EncodeToString(got.Payload)) {
			t.Errorf("got %q, want %q", again, raw)
		}
	})
}
