package keys_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
)

// What a stranger is told is said in words of JSON and of the standards; the libraries name Go types.
func TestErrorsAreInOurWords(t *testing.T) {
	t.Parallel()
	own := encryptionKey()
	edited := func(name string, value any) string {
		return string(edit(t, own.Public, map[string]any{name: value}))
	}
	for raw, want := range map[string]string{
		`[]`:                      "JWK: malformed: the JSON text must be a JSON object",
		`7`:                       "JWK: malformed: the JSON text must be a JSON object",
		`{"kty":"RSA"`:            "JWK: malformed: the JSON text is not valid JSON: expected a comma or '}' at byte 12",
		`{"kty":"RSA","KTY":1}`:   `JWK: malformed: the JSON text must not have the member "KTY" twice, also not in another case`,
		`{"kty":"RSA","n":[]}`:    "malformed: JWK member n: expected a string",
		`{"kty":"\ud800"}`:        "JWK: malformed: the JSON text is not valid JSON: expected the second half of a surrogate pair at byte 14",
		edited("kid", 17):         "malformed: JWK member kid: expected a string",
		edited("use", []int{}):    "malformed: JWK member use: expected a string",
		edited("alg", true):       "malformed: JWK member alg: expected a string",
		edited("x5c", "MII"):      "malformed: JWK member x5c: expected an array of strings",
		edited("key_ops", "seal"): "malformed: JWK member key_ops: expected an array of operations of RFC 7517 4.3",
	} {
		_, err := keys.ParsePublic([]byte(raw))
		wantError(t, err, keys.ErrMalformed)
		if err == nil || err.Error() != want {
			t.Errorf("%.60s: got %v, want %s", raw, err, want)
		}
	}
	_, err := keys.ParseSet([]byte(`{"keys":{}}`))
	wantText(t, err, "JWKS: malformed: member keys must be an array, not object")
	other := edit(t, own, map[string]any{"d": strings.Repeat("B", 100)})
	_, err = keys.ParsePrivate(other)
	wantText(t, err, "malformed: private JWK: expected numbers that belong to one key")
}

func TestUnmarshalStrict(t *testing.T) {
	t.Parallel()
	var claims struct {
		IssuedAt int64 `json:"iat"`
		Number   *big.Int
	}
	if err := keys.UnmarshalStrict([]byte(`{"iat":17,"unknown":[{}]}`), &claims); err != nil || claims.IssuedAt != 17 {
		t.Errorf("got %+v, %v", claims, err)
	}
	for raw, want := range map[string]string{
		`{"iat":"17"}`: "malformed: member iat must be a whole number, not string", `{"Number":"x"}`: "malformed: the JSON text has a value of another form than expected",
		`{"iat":17,"Iat":18}`: "twice", `{"iat":17}{}`: "nothing behind", "{\"\xff\":1}": "UTF-8",
	} {
		err := keys.UnmarshalStrict([]byte(raw), &claims)
		wantError(t, err, keys.ErrMalformed)
		wantText(t, err, want)
	}
}
