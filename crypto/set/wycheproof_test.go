package set

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
)

// read decodes a file of vectors.
func read(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "vectors", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs the vectors in shared/data/vectors beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// The tokens of these vectors are no events, so Parse refuses all of them. Behind Parse, those with the right alg verify
// exactly if they are valid.
func TestWycheproofJWS(t *testing.T) {
	t.Parallel()
	var vectors struct {
		TestGroups []struct {
			Public json.RawMessage
			Tests  []struct {
				TcID                 int
				Comment, JWS, Result string
			}
		}
	}
	read(t, "wycheproof_jws_ps512.json", &vectors)
	for _, group := range vectors.TestGroups {
		key, err := keys.ParsePublic(group.Public)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range group.Tests {
			var wrong *HeaderError
			if _, err := Parse(test.JWS); !errors.As(err, &wrong) || wrong.Header != "typ" {
				t.Errorf("%d %s: got %v, want a complaint about typ", test.TcID, test.Comment, err)
			}
			jws, err := keys.ParseCompact(test.JWS, MaxToken)
			if err != nil {
				t.Fatal(err)
			}
			verified := jws.Alg == keys.PS512 && (Token{KID: jws.KID, jws: jws}).Verify(key) == nil
			if want := test.Result == "valid"; verified != want {
				t.Errorf("%d %s: verified %v, want %v", test.TcID, test.Comment, verified, want)
			}
		}
	}
}

func TestWycheproofPSS(t *testing.T) {
	t.Parallel()
	var vectors struct {
		TestGroups []struct {
			PublicKeyJWK json.RawMessage
			PublicKey    struct{ Modulus, PublicExponent string }
			Tests        []struct {
				TcID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	read(t, "wycheproof_rsa_pss_4096_sha512_mgf1_64.json", &vectors)
	for _, group := range vectors.TestGroups {
		key, err := keys.ParsePublic(group.PublicKeyJWK)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range group.Tests {
			message, err := hex.DecodeString(test.Msg)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := hex.DecodeString(test.Sig)
			if err != nil {
				t.Fatal(err)
			}
			token := Token{KID: key.KID, jws: keys.Compact{SigningInput: message, Signature: signature}}
			if got, want := token.Verify(key) == nil, test.Result == "valid"; got != want {
				t.Errorf("%d %s: verified %v, want %v", test.TcID, test.Comment, got, want)
			}
		}
	}
}
