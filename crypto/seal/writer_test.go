package seal_test

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// chunk is what a stream authenticates at once, in bytes of plaintext. Nothing of it is visible from outside.
const chunk = 48 << 10

// streamLengths are plaintext lengths around blocks and the borders of chunks.
var streamLengths = []int{
	0, 1, 2, 3, 15, 16, 17, 33, 64,
	chunk - 17, chunk - 16, chunk - 1, chunk, chunk + 1, chunk + 16, chunk + 17,
	2*chunk - 1, 2 * chunk, 2*chunk + 1,
}

// noise is plaintext in which no two chunks are alike.
func noise(length int) []byte {
	data := make([]byte, length)
	_, _ = rand.NewChaCha8([32]byte{byte(length)}).Read(data)
	return data
}

// stream seals plaintext in pieces of at most so many bytes.
func stream(t testing.TB, key keys.Public, cty string, plaintext []byte, most int) (string, string) {
	t.Helper()
	var out bytes.Buffer
	writer, err := seal.NewWriter(&out, key, cty)
	if err != nil {
		t.Fatal(err)
	}
	cut := rand.New(rand.NewPCG(uint64(len(plaintext)), uint64(most)))
	for len(plaintext) > 0 {
		piece := plaintext[:min(1+cut.IntN(most), len(plaintext))]
		if n, err := writer.Write(piece); err != nil || n != len(piece) {
			t.Fatalf("got %d, %v, want %d", n, err, len(piece))
		}
		plaintext = plaintext[len(piece):]
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), writer.Tag()
}

// What is sealed as a stream both libraries open, and it is as long as announced.
func TestWriterForTheLibraries(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range streamLengths {
		want := noise(length)
		sealed, tag := stream(t, key.Public, "application/pdf", want, 1+length/3)
		info, err := seal.Inspect(sealed, seal.V2Attachment())
		if err != nil {
			t.Fatalf("%d bytes: %v", length, err)
		}
		if info.Tag != tag || info.Header.KID != key.KID || info.Header.Cty != "application/pdf" || info.Content != int64(length) {
			t.Errorf("%d bytes: got %+v and tag %s", length, info, tag)
		}
		if got := seal.SealedSize(key.Public, "application/pdf", int64(length)); got != int64(len(sealed)) {
			t.Errorf("%d bytes: got %d announced, want %d", length, got, len(sealed))
		}
		if got := joseOpens(t, key, sealed); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: go-jose got %d bytes", length, len(got))
		}
		if length == 0 {
			continue // jwx takes an empty plaintext for a failure
		}
		got, err := jwe.Decrypt([]byte(sealed), jwe.WithKey(jwa.RSA_OAEP_256, key.Secret))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: jwx got %d bytes, %v", length, len(got), err)
		}
	}
}

// What is copied to a Writer is sealed as what is written to it, also when both take turns, and whatever the reader does.
func TestWriterReadFrom(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, chunk - 1, chunk, chunk + 1, 7*chunk + 5} {
		var out bytes.Buffer
		writer, err := seal.NewWriter(&out, recipient().Public, "")
		if err != nil {
			t.Fatal(err)
		}
		want := noise(length)
		for _, in := range []io.Reader{
			bytes.NewReader(want), inPieces(string(want), length), iotest.DataErrReader(inPieces(string(want), length)),
		} {
			if n, err := writer.ReadFrom(in); err != nil || n != int64(length) {
				t.Errorf("%d bytes: got %d, %v", length, n, err)
			}
			if _, err := writer.Write([]byte("between")); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		want = bytes.Repeat(append(want, "between"...), 3)
		if got := joseOpens(t, recipient(), out.String()); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d in all, want %d", length, len(got), len(want))
		}
	}
}

// A reader that breaks off has not ended: the error is its own, and what it gave before never becomes a JWE that opens,
// although who copies closes the Writer in any case.
func TestWriterReadFromFailingReader(t *testing.T) {
	t.Parallel()
	for _, want := range []error{errBroken, io.ErrUnexpectedEOF} {
		for _, length := range []int{0, 100, chunk, 3*chunk + 1} {
			var out bytes.Buffer
			writer, err := seal.NewWriter(&out, recipient().Public, "")
			if err != nil {
				t.Fatal(err)
			}
			in := io.MultiReader(bytes.NewReader(noise(length)), iotest.ErrReader(want))
			if n, err := io.Copy(writer, in); err != want || n != int64(length) {
				t.Errorf("after %d bytes: got %d, %v, want %v", length, n, err, want)
			}
			if err := writer.Close(); err != want {
				t.Errorf("closed after %d bytes: got %v, want %v", length, err, want)
			}
			expectNoTag(t, writer, out.String())
		}
	}
}

// panicking gives something and then panics.
type panicking struct{ first io.Reader }

func (p panicking) Read(b []byte) (int, error) {
	if n, err := p.first.Read(b); err == nil {
		return n, nil
	}
	panic("reader")
}

// So does one that panics.
func TestWriterReadFromPanickingReader(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	writer, err := seal.NewWriter(&out, recipient().Public, "")
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = writer.ReadFrom(panicking{bytes.NewReader(noise(2*chunk + 5))})
	}()
	if err := writer.Close(); err == nil {
		t.Error("closed: got no error")
	}
	expectNoTag(t, writer, out.String())
}

func expectNoTag(t *testing.T, writer *seal.Writer, sealed string) {
	t.Helper()
	if _, err := seal.Inspect(sealed, seal.V1()); err == nil || writer.Tag() != "" {
		t.Errorf("got a JWE with the tag %q", writer.Tag())
	}
}

func joseOpens(t *testing.T, key keys.Private, sealed string) []byte {
	t.Helper()
	parsed, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := parsed.Decrypt(key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return plaintext
}

// Seal and a Writer write the same header, and as many bytes.
func TestWriterAsSeal(t *testing.T) {
	t.Parallel()
	odd := recipient().Public
	odd.KID = "<k>&\"ä\u2028"
	for _, key := range []keys.Public{recipient().Public, odd} {
		for _, cty := range []string{"", seal.JSON, "a/b; c=\"<d>\""} {
			whole, err := seal.Seal(key, cty, plain(10))
			if err != nil {
				t.Fatal(err)
			}
			streamed, _ := stream(t, key, cty, plain(10), 10)
			want, _, _ := strings.Cut(whole, ".")
			if got, _, _ := strings.Cut(streamed, "."); got != want {
				t.Errorf("cty %q: got header %s, want %s", cty, got, want)
			}
			if got := seal.SealedSize(key, cty, 10); got != int64(len(whole)) || len(streamed) != len(whole) {
				t.Errorf("cty %q: got %d announced, %d streamed, want %d", cty, got, len(streamed), len(whole))
			}
		}
	}
}

// Key and IV are fresh: no two streams have anything behind the header in common.
func TestWriterTwice(t *testing.T) {
	t.Parallel()
	first, _ := stream(t, recipient().Public, "", plain(48), 48)
	second, _ := stream(t, recipient().Public, "", plain(48), 48)
	one, two := strings.Split(first, "."), strings.Split(second, ".")
	for part := 1; part < len(one); part++ {
		if one[part] == two[part] {
			t.Errorf("part %d is the same twice: %s", part, one[part])
		}
	}
}

// failing takes so many bytes before it fails.
type failing struct{ room int }

var errBroken = errors.New("broken")

func (f *failing) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errBroken
	}
	return n, nil
}

func TestWriterPassesErrorsOn(t *testing.T) {
	t.Parallel()
	const size = 3 * chunk
	sealed := int(seal.SealedSize(recipient().Public, "", size))
	for _, room := range []int{0, 1, 10, 900, 70_000, 70_001, sealed - 23, sealed - 22, sealed - 1} {
		writer, err := seal.NewWriter(&failing{room}, recipient().Public, "")
		if err != nil {
			t.Fatal(err)
		}
		if room%2 == 0 {
			_, err = writer.Write(plain(size))
		} else {
			_, err = io.Copy(writer, bytes.NewReader(plain(size)))
		}
		if again := writer.Close(); !errors.Is(again, errBroken) || err != nil && again != err {
			t.Errorf("room for %d: got %v, then %v", room, err, again)
		}
		if _, err := writer.Write(plain(1)); !errors.Is(err, errBroken) || writer.Tag() != "" {
			t.Errorf("room for %d: after the failure got %v and tag %q", room, err, writer.Tag())
		}
	}
}

func TestWriterIsClosedOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	writer, err := seal.NewWriter(&out, recipient().Public, "")
	if err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 || writer.Tag() != "" {
		t.Errorf("before the first byte: got %d bytes and tag %q", out.Len(), writer.Tag())
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	sealed := out.String()
	if _, err := writer.Write(plain(1)); err == nil {
		t.Error("written after the end")
	}
	if err := writer.Close(); err == nil || out.String() != sealed || !strings.HasSuffix(sealed, "."+writer.Tag()) {
		t.Errorf("closed again: got %v, %d more bytes", err, out.Len()-len(sealed))
	}
}

func TestWriterRefusesUnfitKeys(t *testing.T) {
	t.Parallel()
	nameless, short := recipient().Public, recipient().Public
	nameless.KID = ""
	short.Key = &rsa.PublicKey{N: new(big.Int).Rsh(short.Key.N, 2048), E: 65537}
	for name, key := range map[string]keys.Public{"no key": {}, "no kid": nameless, "2048 bits": short} {
		if _, err := seal.NewWriter(io.Discard, key, ""); err == nil {
			t.Errorf("%s: got a writer", name)
		}
	}
}

func TestWriterAllocations(t *testing.T) {
	writer, err := seal.NewWriter(io.Discard, recipient().Public, "")
	if err != nil {
		t.Fatal(err)
	}
	piece := plain(2 * chunk)
	if got := testing.AllocsPerRun(10, func() { _, _ = writer.Write(piece) }); got != 0 {
		t.Errorf("got %v allocations per write, want 0", got)
	}
}
