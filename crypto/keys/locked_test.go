package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
)

const passphrase = "vier Ecken, ein Schlüssel"

func TestLockedKeysComeBack(t *testing.T) {
	t.Parallel()
	locked, err := keys.Lock([]keys.Private{encryptionKey(), signatureKey()}, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if !keys.IsLocked([]byte(locked+"\n")) || keys.IsLocked([]byte(`{"kty":"RSA"}`)) {
		t.Error("a locked file is not told from a key")
	}
	encoded, _, _ := strings.Cut(locked, ".")
	if header, err := base64.RawURLEncoding.DecodeString(encoded); err != nil || !strings.Contains(string(header), `"p2c":600000`) {
		t.Errorf("who guesses has it easier than 600,000 iterations make it: %s, %v", header, err)
	}
	for name, spelt := range map[string]string{"as it was": passphrase, "with ü as two characters": strings.ReplaceAll(passphrase, "ü", "u\u0308")} {
		got, err := keys.Unlock([]byte(locked+"\n"), spelt)
		if err != nil || len(got) != 2 {
			t.Fatalf("%s: got %d keys, %v", name, len(got), err)
		}
		if got[0].KID != encryptionKey().KID || got[1].KID != signatureKey().KID || !got[0].Secret.Equal(encryptionKey().Secret) {
			t.Errorf("%s: got %v, want the keys that were locked", name, got)
		}
	}
	if _, err := keys.Unlock([]byte(locked), passphrase+" "); !errors.Is(err, keys.ErrPassphrase) {
		t.Errorf("another passphrase: got %v", err)
	}
	parts := strings.Split(locked, ".")
	for n := 1; n < len(parts); n++ {
		changed := append([]string{}, parts...)
		changed[n] = flip(changed[n])
		if _, err := keys.Unlock([]byte(strings.Join(changed, ".")), passphrase); !errors.Is(err, keys.ErrPassphrase) {
			t.Errorf("part %d changed: got %v, want ErrPassphrase", n, err)
		}
	}
}

// flip changes the first character of base64url, which no padding hides.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func TestShortPassphraseLocksNothing(t *testing.T) {
	t.Parallel()
	if _, err := keys.Lock([]keys.Private{signatureKey()}, "elfzeichen!"); !errors.Is(err, keys.ErrShortPassphrase) {
		t.Errorf("got %v, want ErrShortPassphrase", err)
	}
	for _, n := range []int{0, 21} {
		if _, err := keys.Lock(make([]keys.Private, n), passphrase); err == nil {
			t.Errorf("%d keys were locked, which nobody could open", n)
		}
	}
	if _, err := keys.Lock([]keys.Private{signatureKey()}, "zwölfzeichen"); err != nil {
		t.Errorf("twelve characters: %v", err)
	}
}

// What another library locks is opened, as long as it says what it is.
func TestUnlocksWhatOthersLocked(t *testing.T) {
	t.Parallel()
	set := textOf(t, map[string]any{"keys": []keys.Private{signatureKey()}})
	for name, c := range map[string]struct {
		content, cty string
		alg          jwa.KeyEncryptionAlgorithm
		want         error
		say          string
	}{
		"good":            {set, "jwk-set+json", jwa.PBES2_HS512_A256KW, nil, ""},
		"long cty":        {set, "application/jwk-set+json", jwa.PBES2_HS512_A256KW, nil, ""},
		"another content": {set, "text/plain", jwa.PBES2_HS512_A256KW, keys.ErrMalformed, "cty"},
		"weaker":          {set, "jwk-set+json", jwa.PBES2_HS256_A128KW, keys.ErrMalformed, "alg"},
		"no set":          {`[]`, "jwk-set+json", jwa.PBES2_HS512_A256KW, keys.ErrMalformed, "JWKS"},
		"empty set":       {`{"keys":[]}`, "jwk-set+json", jwa.PBES2_HS512_A256KW, keys.ErrMalformed, "1 to 20"},
		"public key":      {textOf(t, map[string]any{"keys": []keys.Public{signatureKey().Public}}), "jwk-set+json", jwa.PBES2_HS512_A256KW, keys.ErrMalformed, "keys[0]"},
	} {
		headers := jwe.NewHeaders()
		if err := headers.Set(jwe.ContentTypeKey, c.cty); err != nil {
			t.Fatal(err)
		}
		locked, err := jwe.Encrypt([]byte(c.content), jwe.WithKey(c.alg, []byte(passphrase)), jwe.WithContentEncryption(jwa.A256GCM), jwe.WithProtectedHeaders(headers))
		if err != nil {
			t.Fatal(err)
		}
		got, err := keys.Unlock(locked, passphrase)
		if !errors.Is(err, c.want) || c.want == nil && (err != nil || got[0].KID != signatureKey().KID) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %q, want it to say %q", name, err, c.say)
		}
	}
}

// What costs too much, or says something else, is refused before the passphrase is looked at.
func TestLockedHeaders(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"too many iterations": `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":1000001,"p2s":"AAAAAAAAAAAAAAAAAAAAAA"}`,
		"too few":             `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":999,"p2s":"AAAAAAAAAAAAAAAAAAAAAA"}`,
		"a fraction":          `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":600000.5,"p2s":"AAAAAAAAAAAAAAAAAAAAAA"}`,
		"zip":                 `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":600000,"p2s":"AAAAAAAAAAAAAAAAAAAAAA","zip":"DEF"}`,
		"crit":                `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":600000,"p2s":"AAAAAAAAAAAAAAAAAAAAAA","crit":["exp"]}`,
		"twice":               `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","cty":"jwk-set+json","p2c":600000,"P2C":1000,"p2s":"AAAAAAAAAAAAAAAAAAAAAA"}`,
		"dir":                 `{"alg":"dir","enc":"A256GCM","cty":"jwk-set+json","p2c":600000}`,
		"no JSON":             `{`,
	} {
		locked := base64.RawURLEncoding.EncodeToString([]byte(header)) + ".AAAA.AAAA.AAAA.AAAA"
		if _, err := keys.Unlock([]byte(locked), passphrase); !errors.Is(err, keys.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
	for _, raw := range []string{"", ".", "eyJ", strings.Repeat("A", 300<<10)} {
		if _, err := keys.Unlock([]byte(raw), passphrase); !errors.Is(err, keys.ErrMalformed) {
			t.Errorf("%.10q: got %v, want ErrMalformed", raw, err)
		}
	}
}

func FuzzUnlock(f *testing.F) {
	f.Add([]byte("eyJhbGciOiJQQkVTMi1IUzUxMitBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIiwiY3R5IjoiandrLXNldCtqc29uIiwicDJjIjoxMDAwLCJwMnMiOiJBQSJ9.AAAA.AAAA.AAAA.AAAA"))
	f.Add([]byte("eyJ.e.y.J."))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := keys.Unlock(raw, passphrase)
		if err == nil || got != nil {
			t.Errorf("%q was opened", raw)
		}
	})
}

func textOf(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
