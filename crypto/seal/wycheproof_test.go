package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
)

// The vectors have 2048-bit keys and no kid, so the front check refuses every one of them. This test shows that it does
// so for the right reason, and holds what lies behind the front check, in both libraries and as a stream, against the
// vectors.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for _, group := range readVectors(t).TestGroups {
		key, err := keys.ParsePrivate(group.Private)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range group.Tests {
			checkHeader(t, test)
			plaintext, err := hex.DecodeString(test.Pt)
			if err != nil {
				t.Fatal(err)
			}
			for library, content := range map[string]int64{"go-jose": mayBeEmpty, "jwx": mayBeEmpty + 1} {
				got, err := decrypt(key.Secret, []byte(test.JWE), content, 1000)
				opened := err == nil && bytes.Equal(got, plaintext)
				if want := test.Result == "valid"; opened != want && test.Enc == enc {
					t.Errorf("%d %s with %s: opened %v, want %v (%v)", test.ID, test.Comment, library, opened, want, err)
				}
			}
			got, err := openVector(key, test.JWE)
			opened := err == nil && bytes.Equal(got, plaintext)
			if want := test.Result == "valid"; opened != want && test.Enc == enc {
				t.Errorf("%d %s as a stream: opened %v, want %v (%v)", test.ID, test.Comment, opened, want, err)
			}
		}
	}
}

// openVector gives the parts of a JWE to an opener, as an Inspector does with those that it finds good.
func openVector(key keys.Private, compact string) ([]byte, error) {
	text := strings.Split(compact, ".")
	if len(text) != len(parts) {
		return nil, ErrSyntax
	}
	var plaintext bytes.Buffer
	o := &opener{plaintext: &plaintext, key: func(Header) (keys.Private, error) { return key, nil }, limit: 1000}
	header := Header{KID: key.Thumbprint()}
	for part := headerPart; part < tagPart; part++ {
		if part == contentPart {
			if n, err := o.take([]byte(text[part])); err != nil || n < len(text[part]) {
				return nil, errors.Join(ErrSyntax, err)
			}
		}
		if err := o.end(part, []byte(text[part]), header); err != nil {
			return nil, err
		}
	}
	return plaintext.Bytes(), o.verify(text[tagPart])
}

type vectors struct {
	TestGroups []struct {
		Private json.RawMessage `json:"private"`
		Tests   []vector        `json:"tests"`
	} `json:"testGroups"`
}

type vector struct {
	ID      int    `json:"tcId"`
	Comment string `json:"comment"`
	Pt      string `json:"pt"`
	Enc     string `json:"enc"`
	JWE     string `json:"jwe"`
	Result  string `json:"result"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "vectors", "wycheproof_jwe_rsa-oaep-256.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs the vectors in shared/data/vectors beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// checkHeader expects the complaint about the first member, in the order alg, enc, kid, that is not ours.
func checkHeader(t *testing.T, test vector) {
	t.Helper()
	first, _, _ := strings.Cut(test.JWE, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	want := "kid"
	if !bytes.Contains(raw, []byte(`"RSA-OAEP-256"`)) {
		want = "alg"
	} else if test.Enc != enc {
		want = "enc"
	}
	_, err = Inspect(test.JWE, V1())
	var wrong *HeaderError
	if !errors.As(err, &wrong) || wrong.Header != want {
		t.Errorf("%d %s: got %v, want a complaint about %s", test.ID, test.Comment, err, want)
	}
}
