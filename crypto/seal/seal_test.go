package seal_test

import (
	"bytes"
	"compress/flate"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// recipient is the one RSA-4096 key pair of these tests.
var recipient = sync.OnceValue(func() keys.Private {
	key, err := keys.Generate(keys.Encryption, "seal test", time.Now(), time.Hour)
	if err != nil {
		panic(err)
	}
	return key
})

const roomy = 1 << 20 // bytes of plaintext

// lengths are plaintext lengths around the borders of base64 groups, AES blocks and the two ways to open.
var lengths = []int{0, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 4095, 4096, 100_000}

func plain(length int) []byte {
	return bytes.Repeat([]byte("Gewerbeanmeldung"), length/16+1)[:length]
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range lengths {
		jwe, err := seal.Seal(key.Public, seal.JSON, plain(length))
		if err != nil {
			t.Fatal(err)
		}
		got, info, err := seal.Open(key, jwe, seal.V2Content(), roomy)
		if err != nil || !bytes.Equal(got, plain(length)) {
			t.Errorf("%d bytes: got %d bytes, %v", length, len(got), err)
		}
		inspected, err := seal.Inspect(jwe, seal.V2Content())
		if err != nil || inspected != info {
			t.Errorf("%d bytes: inspected %+v, %v, opened %+v", length, inspected, err, info)
		}
		if info.Content != int64(length) || info.Size != int64(len(jwe)) || !strings.HasSuffix(jwe, "."+info.Tag) {
			t.Errorf("%d bytes: got %+v for %d characters", length, info, len(jwe))
		}
		if info.Header.KID != key.KID || info.Header.Cty != seal.JSON {
			t.Errorf("%d bytes: got header %+v", length, info.Header)
		}
	}
}

func TestSealDeflated(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range lengths {
		jwe, err := seal.SealDeflated(key.Public, "", plain(length))
		if err != nil {
			t.Fatal(err)
		}
		got, info, err := seal.Open(key, jwe, seal.V1(), int64(length))
		if err != nil || !bytes.Equal(got, plain(length)) || info.Header.Zip != "DEF" {
			t.Errorf("%d bytes: got %d bytes, %+v, %v", length, len(got), info, err)
		}
		var wrong *seal.HeaderError
		if _, _, err := seal.Open(key, jwe, seal.V2Attachment(), roomy); !errors.As(err, &wrong) || wrong.Header != "zip" {
			t.Errorf("%d bytes under v2: got %v, want a complaint about zip", length, err)
		}
	}
}

// What we seal, each library opens by itself.
func TestLibrariesOpenWhatWeSeal(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range lengths {
		sealed, err := seal.Seal(key.Public, seal.XML, plain(length))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.Decrypt(key.Secret); err != nil || !bytes.Equal(got, plain(length)) {
			t.Errorf("go-jose, %d bytes: got %d bytes, %v", length, len(got), err)
		}
		if length == 0 {
			continue // jwx takes an empty plaintext for a failure
		}
		if got, err := jwe.Decrypt([]byte(sealed), jwe.WithKey(jwa.RSA_OAEP_256, key.Secret)); err != nil || !bytes.Equal(got, plain(length)) {
			t.Errorf("jwx, %d bytes: got %d bytes, %v", length, len(got), err)
		}
	}
}

// What jwx seals, with or without zip, Open opens.
func TestOpenWhatAnotherLibrarySeals(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, zip := range []jwa.CompressionAlgorithm{jwa.NoCompress, jwa.Deflate} {
		for _, length := range lengths {
			headers := jwe.NewHeaders()
			for name, value := range map[string]any{jwe.KeyIDKey: key.Thumbprint(), jwe.ContentTypeKey: seal.JSON, jwe.TypeKey: "JWE"} {
				if err := headers.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			sealed, err := jwe.Encrypt(plain(length), jwe.WithKey(jwa.RSA_OAEP_256, key.Secret.PublicKey),
				jwe.WithContentEncryption(jwa.A256GCM), jwe.WithCompress(zip), jwe.WithProtectedHeaders(headers))
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := seal.Open(key, sealed, seal.V1(), roomy)
			if err != nil || !bytes.Equal(got, plain(length)) {
				t.Errorf("zip %q, %d bytes: got %d bytes, %v", zip, length, len(got), err)
			}
		}
	}
}

func TestOpenRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	key := recipient()
	sealed, err := seal.Seal(key.Public, "", plain(10))
	if err != nil {
		t.Fatal(err)
	}
	renamed := key
	renamed.KID = "renamed"
	if _, _, err := seal.Open(renamed, sealed, seal.V1(), roomy); err != nil {
		t.Errorf("kid is the thumbprint: %v", err)
	}
	renamed.Key = &rsa.PublicKey{N: key.Key.N, E: 3} // another thumbprint
	if _, _, err := seal.Open(renamed, sealed, seal.V1(), roomy); !errors.Is(err, seal.ErrWrongKey) {
		t.Errorf("got %v, want %v", err, seal.ErrWrongKey)
	}
}

// Whatever was changed on the way, the answer is the bare ErrOpen.
func TestOpenTellsNoReason(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range []int{0, 3, 48} {
		sealed, err := seal.Seal(key.Public, "", plain(length))
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(sealed, ".")
		for i, name := range []string{"header", "key", "iv", "content", "tag"} {
			var changed string
			switch {
			case i == 0:
				raw, _ := base64.RawURLEncoding.DecodeString(parts[0])
				changed = base64.RawURLEncoding.EncodeToString(append(raw, ' '))
			case parts[i] == "":
				continue
			case parts[i][0] == 'A':
				changed = "B" + parts[i][1:]
			default:
				changed = "A" + parts[i][1:]
			}
			other := slices.Clone(parts)
			other[i] = changed
			if _, _, err := seal.Open(key, strings.Join(other, "."), seal.V1(), roomy); err != seal.ErrOpen {
				t.Errorf("%d bytes, changed %s: got %v, want the bare %v", length, name, err, seal.ErrOpen)
			}
		}
	}
}

func TestOpenLimit(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range []int{10, 5000} {
		sealed, err := seal.Seal(key.Public, "", plain(length))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := seal.Open(key, sealed, seal.V1(), int64(length)); err != nil {
			t.Errorf("%d bytes, limit of the exact length: %v", length, err)
		}
		if _, _, err := seal.Open(key, sealed, seal.V1(), int64(length)-1); !errors.Is(err, seal.ErrTooLarge) {
			t.Errorf("%d bytes, one more than the limit: got %v, want %v", length, err, seal.ErrTooLarge)
		}
	}
}

func TestOpenInflatesNoFurtherThanLimit(t *testing.T) {
	t.Parallel()
	key := recipient()
	const length = 10 << 20
	for _, length := range []int{100, length} {
		sealed, err := seal.SealDeflated(key.Public, "", make([]byte, length))
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := seal.Open(key, sealed, seal.V1(), int64(length)); err != nil || len(got) != length {
			t.Errorf("limit of the exact length: got %d bytes, %v", len(got), err)
		}
		if _, _, err := seal.Open(key, sealed, seal.V1(), int64(length)-1); err != seal.ErrOpen {
			t.Errorf("one more than the limit: got %v, want %v", err, seal.ErrOpen)
		}
	}
}

// Streams that end early, are garbage, or end in one of the ways in which writers end an empty stream.
func TestOpenZipStreams(t *testing.T) {
	t.Parallel()
	key := recipient()
	var flushed bytes.Buffer
	writer, err := flate.NewWriter(&flushed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writer.Flush(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		stream []byte
		want   error
	}{
		"empty fixed block":      {[]byte{0x03, 0x00}, nil},
		"empty stored block":     {[]byte{0x01, 0x00, 0x00, 0xff, 0xff}, nil},
		"flushed and closed":     {flushed.Bytes(), nil},
		"nothing at all":         {nil, seal.ErrOpen},
		"cut":                    {[]byte{0x01, 0x00, 0x00}, seal.ErrOpen},
		"garbage":                {[]byte("no deflate stream at all, but long"), seal.ErrOpen},
		"plaintext by its looks": {[]byte("{}"), seal.ErrOpen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := new(jose.EncrypterOptions).WithHeader("zip", "DEF")
			encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: key.Key, KeyID: key.KID}, options)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := encrypter.Encrypt(test.stream)
			if err != nil {
				t.Fatal(err)
			}
			text, err := sealed.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := seal.Open(key, text, seal.V1(), roomy); err != test.want || len(got) != 0 {
				t.Errorf("got %q, %v, want nothing, %v", got, err, test.want)
			}
		})
	}
}

func TestSealRefusesUnfitKeys(t *testing.T) {
	t.Parallel()
	good := recipient().Public
	signing, nameless, short := good, good, good
	signing.Alg, signing.Ops, signing.Use = keys.PS512, []string{keys.OpVerify}, keys.Signature
	nameless.KID = ""
	short.Key = &rsa.PublicKey{N: new(big.Int).Rsh(good.Key.N, 2048), E: 65537}
	for name, key := range map[string]keys.Public{
		"no key": {}, "signing key": signing, "no kid": nameless, "2048 bits": short,
	} {
		if got, err := seal.Seal(key, seal.JSON, plain(3)); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}
