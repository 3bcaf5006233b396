package interop_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// limit is enough for every plaintext of these tests.
const limit = 2 << 20

// plaintext is something to seal.
type plaintext struct {
	name    string
	cty     string
	content []byte
}

// plaintexts are lengths around the block of AES, what senders send, and one that spans many chunks and is no multiple of anything.
func plaintexts() []plaintext {
	const binary, pdf = "application/octet-stream", "application/pdf"
	random := rand.NewChaCha8([32]byte{4, 4})
	bytesOf := func(length int) []byte {
		content := make([]byte, length)
		_, _ = random.Read(content)
		return content
	}
	header, trailer := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\r\n"), []byte("\x00\x00\ntrailer\n%%EOF\n")
	return []plaintext{
		{"metadata", seal.JSON, metadata()},
		{"xml", seal.XML, []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<antrag><straße>Grüner Weg 4</straße></antrag>\n")},
		{"pdf", pdf, bytes.Join([][]byte{header, bytesOf(5000), trailer}, nil)},
		{"0", binary, nil},
		{"1", binary, bytesOf(1)},
		{"15", binary, bytesOf(15)},
		{"16", binary, bytesOf(16)},
		{"17", binary, bytesOf(17)},
		{"1 KiB", binary, bytesOf(1 << 10)},
		{"1 MiB + 1", binary, bytesOf(1<<20 + 1)},
	}
}

func metadata() []byte {
	return []byte(`{"$schema":"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",` +
		`"contentStructure":{"attachments":[]},"additionalReferenceInfo":{"applicationDate":"2026-03-01"},` +
		`"publicServiceType":{"name":"Straßenmusik – Erlaubnis für Ärger & Übermut \"<ß>\" \u2028 𝄞","identifier":"urn:de:fim:leika:leistung:99123456760610"}}`)
}

// deflatable are the plaintexts that are tried with zip. Crypt::JWT takes an empty result for a failure, so "0" is not among them.
func deflatable() []plaintext {
	all := plaintexts()
	return append(all[:3:3], all[len(all)-1])
}

// generations lists the rules that accept what was sealed with cty.
func generations(cty string) map[string]seal.Rules {
	rules := map[string]seal.Rules{"v1": seal.V1(), "v2 attachment": seal.V2Attachment()}
	if cty == seal.JSON || cty == seal.XML {
		rules["v2 content"] = seal.V2Content()
	}
	return rules
}

// stream seals with the Writer, in pieces that fit nothing.
func stream(key keys.Public, cty string, content []byte) (string, error) {
	var out strings.Builder
	w, err := seal.NewWriter(&out, key, cty)
	if err != nil {
		return "", err
	}
	for len(content) > 0 {
		piece := content[:min(len(content), 40_009)]
		if _, err := w.Write(piece); err != nil {
			return "", err
		}
		content = content[len(piece):]
	}
	err = w.Close()
	return out.String(), err
}

func opensOurs(t *testing.T, p *peer) {
	key := p.file(t, sealing())
	ways := map[string]func(keys.Public, string, []byte) (string, error){"whole": seal.Seal, "streamed": stream}
	for _, plain := range plaintexts() {
		for way, sealed := range ways {
			jwe := p.sealable(t, sealed, plain)
			got, err := p.do(t, "open", key, "-", []byte(jwe))
			if err != nil && p.gaveUpOn(plain) {
				continue
			}
			if err != nil || !bytes.Equal(got, plain.content) {
				t.Errorf("%s, %s: got %.60q, %v, want %.60q", plain.name, way, got, err, plain.content)
			}
		}
	}
}

// gaveUpOn reports whether a failure of the language with this plaintext is the one that the table names.
func (p *peer) gaveUpOn(plain plaintext) bool {
	return p.quirk.mindsEmpty && len(plain.content) == 0
}

// sealable seals, again if need be: one of 256 times a plaintext of one byte becomes what quirk.falseZero says.
func (p *peer) sealable(t *testing.T, sealed func(keys.Public, string, []byte) (string, error), plain plaintext) string {
	t.Helper()
	for {
		jwe, err := sealed(sealing().Public, plain.cty, plain.content)
		if err != nil {
			t.Fatal(err)
		}
		if !p.quirk.falseZero || strings.Split(jwe, ".")[3] != encoded([]byte("0")) {
			return jwe
		}
	}
}

func inflatesOurs(t *testing.T, p *peer) {
	key := p.file(t, sealing())
	for _, plain := range deflatable() {
		jwe, err := seal.SealDeflated(sealing().Public, plain.cty, plain.content)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.do(t, "inflate", key, "-", []byte(jwe))
		if err != nil || !bytes.Equal(got, plain.content) {
			t.Errorf("%s: got %.60q, %v, want %.60q", plain.name, got, err, plain.content)
		}
	}
}

func sealsForOurs(t *testing.T, p *peer) {
	key := p.file(t, sealing().Public)
	for _, plain := range plaintexts() {
		jwe, err := p.do(t, "seal", key, plain.cty, plain.content)
		if err != nil && p.gaveUpOn(plain) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", plain.name, err)
			continue
		}
		for generation, rules := range generations(plain.cty) {
			t.Run(plain.name+" "+generation, func(t *testing.T) { opens(t, string(jwe), rules, plain) })
		}
	}
	t.Run("no cty", func(t *testing.T) {
		jwe := string(p.must(t, "seal", key, "-", metadata()))
		opens(t, jwe, seal.V1(), plaintext{content: metadata()})
		if _, err := seal.Inspect(jwe, seal.V2Content()); !isAbout(err, "cty") {
			t.Errorf("v2 content: got %v, want a complaint about cty", err)
		}
	})
}

func deflatesForOurs(t *testing.T, p *peer) {
	key := p.file(t, sealing().Public)
	for _, plain := range deflatable() {
		t.Run(plain.name, func(t *testing.T) {
			jwe := string(p.must(t, "deflate", key, plain.cty, plain.content))
			opens(t, jwe, seal.V1(), plain)
			if _, err := seal.Inspect(jwe, seal.V2Attachment()); !isAbout(err, "zip") {
				t.Errorf("v2: got %v, want a complaint about zip", err)
			}
		})
	}
}

func isAbout(err error, header string) bool {
	var wrong *seal.HeaderError
	return errors.As(err, &wrong) && wrong.Header == header
}

// opens expects that ours accepts the JWE in every way that there is.
func opens(t *testing.T, jwe string, rules seal.Rules, want plaintext) {
	t.Helper()
	info, err := seal.Inspect(jwe, rules.For(sealing().KID))
	if err != nil || info.Header.KID != sealing().KID || info.Header.Cty != want.cty {
		t.Fatalf("inspect: got %+v, %v, want kid %s and cty %q", info, err, sealing().KID, want.cty)
	}
	got, _, err := seal.Open(sealing(), jwe, rules, limit)
	if err != nil || !bytes.Equal(got, want.content) {
		t.Errorf("open: got %.60q, %v, want %.60q", got, err, want.content)
	}
	got, err = openFile(t, jwe, rules)
	if err != nil || !bytes.Equal(got, want.content) {
		t.Errorf("open to a file: got %.60q, %v, want %.60q", got, err, want.content)
	}
}

func openFile(t *testing.T, jwe string, rules seal.Rules) ([]byte, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain")
	private := func(seal.Header) (keys.Private, error) { return sealing(), nil }
	if _, err := seal.OpenFile(path, strings.NewReader(jwe), private, rules, limit); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
