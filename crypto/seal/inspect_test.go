package seal_test

import (
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/seal"
)

const goodHeader = `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a-key-id","cty":"application/json"}`

var (
	anyKey = strings.Repeat("k", 682) + "A" // 512 bytes
	anyIV  = strings.Repeat("i", 16)        // 12 bytes
	anyTag = strings.Repeat("t", 21) + "A"  // 16 bytes
)

// compact joins parts to something that looks like a JWE: what the inspector sees of one.
func compact(header, content string) string {
	encoded := base64.RawURLEncoding.EncodeToString([]byte(header))
	return strings.Join([]string{encoded, anyKey, anyIV, content, anyTag}, ".")
}

// pieces writes jwe in pieces that end at the given offsets and returns the final answer.
func pieces(jwe string, rules seal.Rules, limit int64, ends ...int) (seal.Info, error) {
	inspector := seal.NewInspector(rules, limit)
	start := 0
	for _, end := range append(ends, len(jwe)) {
		if n, err := inspector.Write([]byte(jwe[start:end])); err != nil {
			if n >= end-start {
				return seal.Info{}, io.ErrShortWrite
			}
			return seal.Info{}, err
		}
		start = end
	}
	return inspector.Finish()
}

func TestInspectSaysWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "AA", "AAA", "AAAA", "AAAAAA", strings.Repeat("x", 1<<20)} {
		jwe := compact(goodHeader, content)
		got, err := seal.Inspect(jwe, seal.V2Content())
		if err != nil {
			t.Fatalf("content of %d characters: %v", len(content), err)
		}
		want := seal.Info{
			Header:  seal.Header{Alg: "RSA-OAEP-256", Enc: "A256GCM", KID: "a-key-id", Cty: "application/json"},
			Tag:     anyTag,
			Size:    int64(len(jwe)),
			Content: int64(base64.RawURLEncoding.DecodedLen(len(content))),
		}
		if got != want {
			t.Errorf("content of %d characters: got %+v, want %+v", len(content), got, want)
		}
		if again, err := seal.Inspect([]byte(jwe), seal.V2Content()); err != nil || again != want {
			t.Errorf("as bytes: got %+v, %v, want %+v", again, err, want)
		}
	}
}

func TestInspectRefusesBadSyntax(t *testing.T) {
	t.Parallel()
	header := base64.RawURLEncoding.EncodeToString([]byte(goodHeader))
	join := func(parts ...string) string { return strings.Join(parts, ".") }
	good := compact(goodHeader, "AAAA")
	for name, jwe := range map[string]string{
		"nothing":                   "",
		"a dot":                     ".",
		"four dots":                 "....",
		"one part":                  header,
		"three parts":               join(header, anyKey, anyTag),
		"four parts":                join(header, anyKey, anyIV, "AAAA"),
		"six parts":                 good + ".AAAA",
		"dot behind":                good + ".",
		"dot before":                "." + good,
		"dot moved left":            join(header[:len(header)-1], header[len(header)-1:]+anyKey, anyIV, "AAAA", anyTag),
		"dot moved right":           join(header+anyKey[:1], anyKey[1:], anyIV, "AAAA", anyTag),
		"empty header":              join("", anyKey, anyIV, "AAAA", anyTag),
		"empty key":                 join(header, "", anyIV, "AAAA", anyTag),
		"key of 2048 bits":          join(header, strings.Repeat("A", 342), anyIV, "AAAA", anyTag),
		"key short by one":          join(header, anyKey[1:], anyIV, "AAAA", anyTag),
		"key long by one":           join(header, "k"+anyKey, anyIV, "AAAA", anyTag),
		"key not canonical":         join(header, anyKey[:682]+"B", anyIV, "AAAA", anyTag),
		"iv short by one":           join(header, anyKey, anyIV[1:], "AAAA", anyTag),
		"iv long by one":            join(header, anyKey, anyIV+"i", "AAAA", anyTag),
		"iv empty":                  join(header, anyKey, "", "AAAA", anyTag),
		"content of 1 character":    compact(goodHeader, "A"),
		"content of 5 characters":   compact(goodHeader, "AAAAA"),
		"content of 2, stray bits":  compact(goodHeader, "AB"),
		"content of 3, stray bits":  compact(goodHeader, "AAB"),
		"content with padding":      compact(goodHeader, "AA=="),
		"content with a blank":      compact(goodHeader, "AA AA"),
		"content with plus":         compact(goodHeader, "AA+A"),
		"content with slash":        compact(goodHeader, "AA/A"),
		"content with zero":         compact(goodHeader, "AA\x00A"),
		"content with DEL":          compact(goodHeader, "AA\x7fA"),
		"content with high bit":     compact(goodHeader, "AA\xffA"),
		"content with umlaut":       compact(goodHeader, "AAüA"),
		"content with CR LF":        compact(goodHeader, "AA\r\nAA"),
		"tag short by one":          good[:len(good)-1],
		"tag long by one":           good + "A",
		"tag empty":                 join(header, anyKey, anyIV, "AAAA", ""),
		"tag not canonical":         good[:len(good)-1] + "B",
		"newline at the end":        good + "\n",
		"newline at the beginning":  "\n" + good,
		"newline in header":         header[:4] + "\n" + good[4:],
		"padding at the end":        good + "==",
		"quoted":                    `"` + good + `"`,
		"JSON serialization":        `{"protected":"` + header + `"}`,
		"header not canonical":      join("eyB", anyKey, anyIV, "AAAA", anyTag),
		"header with padding":       join("e30=", anyKey, anyIV, "AAAA", anyTag),
		"header no object":          compact(`"alg"`, "AAAA"),
		"header null":               compact(`null`, "AAAA"),
		"header array":              compact(`[]`, "AAAA"),
		"header cut":                compact(goodHeader[:len(goodHeader)-1], "AAAA"),
		"header with more behind":   compact(goodHeader+"{}", "AAAA"),
		"header with alg twice":     compact(`{"alg":"RSA-OAEP-256",`+goodHeader[1:], "AAAA"),
		"header with kid in a case": compact(`{"KID":"another",`+goodHeader[1:], "AAAA"),
		"header not UTF-8":          compact(strings.Replace(goodHeader, "a-key", "\xff", 1), "AAAA"),
		"header too long":           compact(goodHeader+strings.Repeat(" ", seal.MaxHeader), "AAAA"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if info, err := seal.Inspect(jwe, seal.V2Content()); !errors.Is(err, seal.ErrSyntax) {
				t.Errorf("got %+v, %v, want %v", info, err, seal.ErrSyntax)
			}
		})
	}
}

func TestInspectAlphabet(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for b := range 256 {
		for _, at := range []int{0, 15, 16, 17, 99} {
			content := []byte(strings.Repeat("A", 100))
			content[at] = byte(b)
			_, err := seal.Inspect(compact(goodHeader, string(content)), seal.V1())
			if got, want := err == nil, strings.IndexByte(alphabet, byte(b)) >= 0; got != want {
				t.Errorf("byte %#02x at %d: accepted %v, want %v (%v)", b, at, got, want, err)
			}
		}
	}
}

func TestInspectLongestHeader(t *testing.T) {
	t.Parallel()
	fill := strings.Repeat(" ", seal.MaxHeader-len(goodHeader))
	if _, err := seal.Inspect(compact(goodHeader+fill, "AAAA"), seal.V1()); err != nil {
		t.Errorf("%d bytes: %v", seal.MaxHeader, err)
	}
	if _, err := seal.Inspect(compact(goodHeader+fill+" ", "AAAA"), seal.V1()); !errors.Is(err, seal.ErrSyntax) {
		t.Errorf("one byte more: got %v, want %v", err, seal.ErrSyntax)
	}
}

func TestInspectorCutEverywhere(t *testing.T) {
	t.Parallel()
	for name, jwe := range map[string]string{
		"good":           compact(goodHeader, "AAAAAAA"),
		"six parts":      compact(goodHeader, "AAAA") + ".AA",
		"newline":        compact(goodHeader, "AAA\nAAAA"),
		"stray bits":     compact(goodHeader, "AAB"),
		"long key":       strings.Replace(compact(goodHeader, "AAAA"), anyKey, anyKey+"\n", 1),
		"bad header":     compact(`{"alg":"dir"}`, "AAAA"),
		"cut":            compact(goodHeader, "AAAA")[:820],
		"too large":      compact(goodHeader, strings.Repeat("A", 400)),
		"bad, too large": compact(goodHeader, strings.Repeat("A", 400)+"\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const limit = 1000
			want, wantErr := pieces(jwe, seal.V1(), limit)
			for cut := range len(jwe) {
				got, err := pieces(jwe, seal.V1(), limit, cut)
				if got != want || message(err) != message(wantErr) {
					t.Fatalf("cut at %d: got %+v, %v, want %+v, %v", cut, got, err, want, wantErr)
				}
			}
			var every []int
			for cut := range len(jwe) {
				every = append(every, cut)
			}
			if got, err := pieces(jwe, seal.V1(), limit, every...); got != want || message(err) != message(wantErr) {
				t.Errorf("byte by byte: got %+v, %v, want %+v, %v", got, err, want, wantErr)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestInspectorRandomPieces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	jwe := compact(goodHeader, strings.Repeat("Vierkant", 1<<14))
	want, err := seal.Inspect(jwe, seal.V1())
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		var ends []int
		for at := 0; at < len(jwe); at += 1 + random.IntN(1<<uint(1+random.IntN(16))) {
			ends = append(ends, at)
		}
		if got, err := pieces(jwe, seal.V1(), int64(len(jwe)), ends...); err != nil || got != want {
			t.Fatalf("%d pieces: got %+v, %v, want %+v", len(ends), got, err, want)
		}
	}
}

func TestInspectorLimit(t *testing.T) {
	t.Parallel()
	jwe := compact(goodHeader, "AAAA")
	for _, limit := range []int64{-1, 0, 1, 800, int64(len(jwe)) - 1} {
		if _, err := pieces(jwe, seal.V1(), limit); !errors.Is(err, seal.ErrTooLarge) {
			t.Errorf("limit %d: got %v, want %v", limit, err, seal.ErrTooLarge)
		}
	}
	if _, err := pieces(jwe, seal.V1(), int64(len(jwe))); err != nil {
		t.Errorf("limit of the exact length: %v", err)
	}
}

func TestInspectorFailsFast(t *testing.T) {
	t.Parallel()
	inspector := seal.NewInspector(seal.V2Content(), 1<<30)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k"}`))
	n, err := inspector.Write([]byte(header + "." + anyKey))
	var wrong *seal.HeaderError
	if !errors.As(err, &wrong) || wrong.Header != "cty" {
		t.Fatalf("got %v, want a complaint about cty", err)
	}
	if n != len(header) {
		t.Errorf("got %d good bytes, want %d", n, len(header))
	}
	if n, again := inspector.Write([]byte("A")); n != 0 || again != err {
		t.Errorf("next write: got %d, %v, want 0, %v", n, again, err)
	}
	if _, again := inspector.Finish(); again != err {
		t.Errorf("finish: got %v, want %v", again, err)
	}
}

func TestInspectorAllocations(t *testing.T) {
	jwe := []byte(compact(goodHeader, strings.Repeat("A", 1<<20)))
	inspector := seal.NewInspector(seal.V1(), int64(len(jwe)))
	start := 1000 // behind the header, which is parsed once
	if _, err := inspector.Write(jwe[:start]); err != nil {
		t.Fatal(err)
	}
	piece := jwe[start : start+100]
	if got := testing.AllocsPerRun(100, func() { _, _ = inspector.Write(piece) }); got != 0 {
		t.Errorf("got %v allocations per piece, want 0", got)
	}
}

func BenchmarkInspector(b *testing.B) {
	const size, piece = 200 << 20, 64 << 10
	head := []byte(strings.TrimSuffix(compact(goodHeader, ""), "."+anyTag))
	body := []byte(strings.Repeat("Vierkant-broker_", piece/16))
	tail := []byte("." + anyTag)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		inspector := seal.NewInspector(seal.V1(), 2*size)
		_, _ = inspector.Write(head)
		for range size / piece {
			_, _ = inspector.Write(body)
		}
		_, _ = inspector.Write(tail)
		if _, err := inspector.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}
