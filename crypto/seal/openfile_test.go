package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// the answers every question for a key with the same one.
func the(key keys.Private) func(seal.Header) (keys.Private, error) {
	return func(seal.Header) (keys.Private, error) { return key, nil }
}

// openFile opens in a folder of its own and returns the plaintext. It fails the test unless the folder then holds one file
// of mode 0600 after a success and nothing after an error.
func openFile(t testing.TB, in io.Reader, rules seal.Rules, limit int64) ([]byte, seal.Info, error) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "plaintext")
	info, err := seal.OpenFile(path, in, the(recipient()), rules, limit)
	if err != nil {
		expectFiles(t, folder)
		return nil, info, err
	}
	expectFiles(t, folder, "plaintext")
	found, err := os.Stat(path)
	if err != nil || found.Mode() != 0o600 {
		t.Fatalf("got %v, %v, want a file of mode 0600", found, err)
	}
	plaintext, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return plaintext, info, nil
}

func expectFiles(t testing.TB, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("in the folder are %q, want %q", got, want)
	}
}

// What is sealed in whatever way opens to a file, read in whatever pieces.
func TestOpenFileWhatIsSealed(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range streamLengths {
		want := noise(length)
		for name, sealer := range map[string]func() (string, error){
			"stream":  func() (string, error) { sealed, _ := stream(t, key.Public, seal.JSON, want, chunk); return sealed, nil },
			"go-jose": func() (string, error) { return seal.Seal(key.Public, seal.JSON, want) },
			"jwx":     func() (string, error) { return jwxSeals(key, jwa.NoCompress, want) },
		} {
			sealed, err := sealer()
			if err != nil {
				t.Fatal(err)
			}
			got, info, err := openFile(t, inPieces(sealed, length), seal.V2Content(), int64(length))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, %d bytes: got %d bytes, %v", name, length, len(got), err)
			}
			if inspected, err := seal.Inspect(sealed, seal.V2Content()); err != nil || info != inspected {
				t.Errorf("%s, %d bytes: got %+v, want %+v, %v", name, length, info, inspected, err)
			}
		}
	}
}

func jwxSeals(key keys.Private, zip jwa.CompressionAlgorithm, plaintext []byte) (string, error) {
	headers := jwe.NewHeaders()
	for name, value := range map[string]any{jwe.KeyIDKey: key.Thumbprint(), jwe.ContentTypeKey: seal.JSON} {
		if err := headers.Set(name, value); err != nil {
			return "", err
		}
	}
	sealed, err := jwe.Encrypt(plaintext, jwe.WithKey(jwa.RSA_OAEP_256, key.Key), jwe.WithContentEncryption(jwa.A256GCM),
		jwe.WithCompress(zip), jwe.WithProtectedHeaders(headers))
	return string(sealed), err
}

// cutting reads at most so many bytes at a time as the numbers say.
type cutting struct {
	in  io.Reader
	cut *rand.Rand
}

func (c cutting) Read(p []byte) (int, error) {
	return c.in.Read(p[:min(len(p), 1+c.cut.IntN(1<<uint(c.cut.IntN(18))))])
}

func inPieces(text string, seed int) io.Reader {
	return cutting{strings.NewReader(text), rand.New(rand.NewPCG(uint64(seed), 6))}
}

func TestOpenFileFromOddReaders(t *testing.T) {
	t.Parallel()
	want := noise(chunk + 100)
	sealed, _ := stream(t, recipient().Public, "", want, chunk)
	for name, odd := range map[string]func(io.Reader) io.Reader{
		"byte by byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with the end": iotest.DataErrReader,
	} {
		got, _, err := openFile(t, odd(strings.NewReader(sealed)), seal.V1(), roomy)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
}

// One changed bit anywhere, and there is no plaintext. Where only the tag can tell, the answer is the bare ErrOpen, with
// the tag that the sender will want to know of.
func TestOpenFileAfterTampering(t *testing.T) {
	t.Parallel()
	cut := rand.New(rand.NewPCG(7, 8))
	for _, length := range []int{1, 2*chunk + 20} {
		sealed, _ := stream(t, recipient().Public, "", noise(length), chunk)
		header := strings.IndexByte(sealed, '.')
		for _, at := range append(partEnds(sealed), cut.IntN(len(sealed)), cut.IntN(len(sealed)), cut.IntN(len(sealed))) {
			changed := []byte(sealed)
			changed[at] ^= 1 << cut.IntN(7)
			inspected, syntax := seal.Inspect(changed, seal.V1())
			_, info, err := openFile(t, bytes.NewReader(changed), seal.V1(), roomy)
			if syntax != nil {
				if err == nil || at > header && message(err) != message(syntax) {
					t.Errorf("%d bytes, changed at %d: got %v, want %v", length, at, err, syntax)
				}
				continue
			}
			if err != seal.ErrOpen || info != inspected {
				t.Errorf("%d bytes, changed at %d: got %+v, %v, want %+v and the bare %v", length, at, info, err, inspected, seal.ErrOpen)
			}
		}
	}
}

// partEnds lists where the parts begin and end.
func partEnds(sealed string) []int {
	ends := []int{0, len(sealed) - 1}
	for i := range len(sealed) {
		if sealed[i] == '.' {
			ends = append(ends, i-1, i, i+1)
		}
	}
	return ends
}

// Changed in its bits, not in its spelling: every part that is encoded anew passes the front check and fails at the tag.
func TestOpenFileTellsNoReason(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, chunk + 1} {
		sealed, _ := stream(t, recipient().Public, "", noise(length), chunk)
		for part, want := range strings.Split(sealed, ".") {
			for _, last := range []bool{false, true} {
				changed := flipPart(t, sealed, part, last)
				in := &counting{in: strings.NewReader(changed)}
				_, info, err := openFile(t, in, seal.V1(), roomy)
				if err != seal.ErrOpen || in.read != len(changed) {
					t.Errorf("%d bytes, changed %.20s: got %v after %d of %d bytes, want the bare %v", length, want, err, in.read, len(changed), seal.ErrOpen)
				}
				if !strings.HasSuffix(changed, "."+info.Tag) || info.Content != int64(length) {
					t.Errorf("%d bytes, changed %.20s: got %+v", length, want, info)
				}
			}
		}
	}
}

// flipPart changes one bit of what a part spells, in its first or last byte.
func flipPart(t *testing.T, sealed string, part int, last bool) string {
	t.Helper()
	parts := strings.Split(sealed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case part == 0:
		raw = append(raw, ' ') // the same header in other words
	case last:
		raw[len(raw)-1] ^= 1
	default:
		raw[0] ^= 1
	}
	parts[part] = base64.RawURLEncoding.EncodeToString(raw)
	return strings.Join(parts, ".")
}

// counting counts the bytes that were read.
type counting struct {
	in   io.Reader
	read int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read += n
	return n, err
}

// Nothing opens that was cut off, wherever.
func TestOpenFileTruncated(t *testing.T) {
	t.Parallel()
	cut := rand.New(rand.NewPCG(9, 10))
	small, _ := stream(t, recipient().Public, "", noise(5), chunk)
	large, _ := stream(t, recipient().Public, "", noise(2*chunk+5), chunk)
	ends := map[string][]int{small: {0, 1}, large: {len(large) - 1, len(large) - 22, len(large) - 23, len(large) - 24, 1000 + chunk}}
	for end := len(small) - 60; end < len(small); end++ {
		ends[small] = append(ends[small], end)
	}
	for range 50 {
		ends[small] = append(ends[small], cut.IntN(len(small)-60))
		ends[large] = append(ends[large], cut.IntN(800))
	}
	for sealed, ends := range ends {
		for _, end := range ends {
			if _, info, err := openFile(t, strings.NewReader(sealed[:end]), seal.V1(), roomy); !errors.Is(err, seal.ErrSyntax) || info != (seal.Info{}) {
				t.Errorf("%d of %d bytes: got %+v, %v, want %v", end, len(sealed), info, err, seal.ErrSyntax)
			}
		}
	}
}

// A reader that fails is no end: its error comes out, even when all bytes of the JWE were there.
func TestOpenFileFromFailingReader(t *testing.T) {
	t.Parallel()
	sealed, _ := stream(t, recipient().Public, "", noise(2*chunk), chunk)
	for _, end := range []int{0, 100, 900, 70_000, len(sealed)} {
		in := io.MultiReader(strings.NewReader(sealed[:end]), iotest.ErrReader(errBroken))
		if _, info, err := openFile(t, in, seal.V1(), roomy); !errors.Is(err, errBroken) || info != (seal.Info{}) {
			t.Errorf("after %d bytes: got %+v, %v, want %v", end, info, err, errBroken)
		}
	}
}

func TestOpenFileLimit(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 2, 3, 4, chunk - 1, chunk, chunk + 1, 2*chunk + 2} {
		sealed, _ := stream(t, recipient().Public, "", noise(length), chunk)
		if got, _, err := openFile(t, inPieces(sealed, length), seal.V1(), int64(length)); err != nil || len(got) != length {
			t.Errorf("%d bytes, limit of the exact length: got %d bytes, %v", length, len(got), err)
		}
		if _, _, err := openFile(t, inPieces(sealed, length), seal.V1(), int64(length)-1); !errors.Is(err, seal.ErrTooLarge) {
			t.Errorf("%d bytes, one more than the limit: got %v, want %v", length, err, seal.ErrTooLarge)
		}
	}
}

// A stream that never ends is left as soon as it is too long.
func TestOpenFileLeavesEndlessStreams(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{"plain": `{`, "zip": `{"zip":"DEF",`} {
		header += `"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"` + recipient().KID + `"}`
		text := strings.TrimSuffix(compact(header, ""), "."+anyTag)
		in := &counting{in: io.MultiReader(strings.NewReader(text), endless{})}
		if _, _, err := openFile(t, in, seal.V1(), 100_000); !errors.Is(err, seal.ErrTooLarge) || in.read > 1<<20 {
			t.Errorf("%s: got %v after %d bytes, want %v", name, err, in.read, seal.ErrTooLarge)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

func TestOpenFileZip(t *testing.T) {
	t.Parallel()
	key := recipient()
	for _, length := range []int{0, 1, 1000, chunk, 10 << 20} {
		for _, want := range [][]byte{make([]byte, length), noise(min(length, 2*chunk))} {
			sealed, err := seal.SealDeflated(key.Public, "", want)
			if err != nil {
				t.Fatal(err)
			}
			limit := int64(len(want))
			if got, info, err := openFile(t, strings.NewReader(sealed), seal.V1(), limit); err != nil || !bytes.Equal(got, want) || info.Header.Zip != "DEF" {
				t.Errorf("%d bytes, limit of the exact length: got %d bytes, %+v, %v", len(want), len(got), info, err)
			}
			_, info, err := openFile(t, strings.NewReader(sealed), seal.V1(), limit-1)
			if limit > 0 && (err != seal.ErrOpen || !strings.HasSuffix(sealed, "."+info.Tag)) {
				t.Errorf("%d bytes, one more than the limit: got %+v, %v, want the bare %v", len(want), info, err, seal.ErrOpen)
			}
		}
	}
}

func TestOpenFileZipOfJWX(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 100_000} {
		sealed, err := jwxSeals(recipient(), jwa.Deflate, plain(length))
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := openFile(t, strings.NewReader(sealed), seal.V1(), roomy); err != nil || !bytes.Equal(got, plain(length)) {
			t.Errorf("%d bytes: got %d bytes, %v", length, len(got), err)
		}
	}
}

func TestOpenFileAsksForTheKey(t *testing.T) {
	t.Parallel()
	key := recipient()
	sealed, _ := stream(t, key.Public, seal.JSON, plain(10), 10)
	other := key
	other.KID, other.Key = "other", nil
	folder := t.TempDir()
	for name, test := range map[string]struct {
		key  func(seal.Header) (keys.Private, error)
		want error
	}{
		"none":    {func(seal.Header) (keys.Private, error) { return keys.Private{}, errBroken }, errBroken},
		"another": {the(other), seal.ErrWrongKey},
		"zero":    {the(keys.Private{}), seal.ErrWrongKey},
	} {
		in := &counting{in: iotest.OneByteReader(strings.NewReader(sealed))}
		info, err := seal.OpenFile(filepath.Join(folder, "plaintext"), in, test.key, seal.V1(), roomy)
		if !errors.Is(err, test.want) || info != (seal.Info{}) || in.read != strings.IndexByte(sealed, '.')+1 {
			t.Errorf("%s: got %+v, %v after %d bytes, want %v when the header has passed", name, info, err, in.read, test.want)
		}
		expectFiles(t, folder)
	}
	asked := func(h seal.Header) (keys.Private, error) {
		if h.KID != key.KID || h.Cty != seal.JSON {
			t.Errorf("asked for %+v", h)
		}
		return key, nil
	}
	if _, err := seal.OpenFile(filepath.Join(folder, "plaintext"), strings.NewReader(sealed), asked, seal.V1(), roomy); err != nil {
		t.Error(err)
	}
}

// The rules of the front check are those of Inspect.
func TestOpenFileKeepsTheRules(t *testing.T) {
	t.Parallel()
	sealed, err := seal.SealDeflated(recipient().Public, "", plain(10))
	if err != nil {
		t.Fatal(err)
	}
	_, want := seal.Inspect(sealed, seal.V2Attachment())
	if _, _, err := openFile(t, strings.NewReader(sealed), seal.V2Attachment(), roomy); message(err) != message(want) || want == nil {
		t.Errorf("got %v, want %v", err, want)
	}
	for _, foreign := range []string{"\n", "\r\n", "=", "+", " "} {
		at := len(sealed) - 30
		changed := sealed[:at] + foreign + sealed[at:]
		_, want := seal.Inspect(changed, seal.V1())
		if _, _, err := openFile(t, strings.NewReader(changed), seal.V1(), roomy); message(err) != message(want) || want == nil {
			t.Errorf("with %q: got %v, want %v", foreign, err, want)
		}
	}
}

func TestOpenFileOverwritesNothing(t *testing.T) {
	t.Parallel()
	sealed, _ := stream(t, recipient().Public, "", plain(10), 10)
	for name, put := range map[string]func(path string) error{
		"file":         func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) },
		"folder":       func(path string) error { return os.Mkdir(path, 0o700) },
		"link to none": func(path string) error { return os.Symlink("nowhere", path) },
	} {
		for _, late := range []bool{false, true} {
			folder := t.TempDir()
			path := filepath.Join(folder, "plaintext")
			key := the(recipient())
			if late {
				key = func(seal.Header) (keys.Private, error) { return recipient(), put(path) }
			} else if err := put(path); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.OpenFile(path, strings.NewReader(sealed), key, seal.V1(), roomy); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s, late %v: got %v, want %v", name, late, err, fs.ErrExist)
			}
			expectFiles(t, folder, "plaintext")
			if got, err := os.ReadFile(path); name == "file" && (err != nil || string(got) != "precious") {
				t.Errorf("%s, late %v: now there is %q, %v", name, late, got, err)
			}
		}
	}
}

func TestOpenFileNeedsAFolder(t *testing.T) {
	t.Parallel()
	in := &counting{in: endless{}}
	path := filepath.Join(t.TempDir(), "missing", "plaintext")
	if _, err := seal.OpenFile(path, in, the(recipient()), seal.V1(), roomy); !errors.Is(err, fs.ErrNotExist) || in.read > 0 {
		t.Errorf("got %v after %d bytes, want %v", err, in.read, fs.ErrNotExist)
	}
	if os.Getuid() == 0 {
		t.Skip("the rest needs a user who may not write everywhere")
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(closed, "plaintext")
	if _, err := seal.OpenFile(path, in, the(recipient()), seal.V1(), roomy); !errors.Is(err, fs.ErrPermission) || in.read > 0 {
		t.Errorf("got %v after %d bytes, want %v", err, in.read, fs.ErrPermission)
	}
}
