package sheet_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/sheet"
)

func packed(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"plain":           "Köln\nUlm\n",
		"gzip":            packed(t, "Köln\nUlm\n"),
		"byte order mark": "\ufeffKöln\nUlm\n",
		"both":            packed(t, "\ufeffKöln\nUlm\n"),
		"Windows":         "Köln\r\nUlm\r\n",
	} {
		if got, err := sheet.Text(strings.NewReader(in), nil); err != nil || got != "Köln\nUlm\n" {
			t.Errorf("%s: got %q, %v, want the two towns", name, got, err)
		}
	}
}

func TestTextRejects(t *testing.T) {
	t.Parallel()
	whole := packed(t, strings.Repeat("Köln\n", 1000))
	for _, tc := range []struct{ name, in, want string }{
		{"ISO-8859-1", "Ulm\nK\xf6ln\n", "line 2, column 2: want UTF-8"},
		{"after what UTF-8 may have", "\ufffdK\xf6ln", "line 1, column 3: want UTF-8"},
		{"ISO-8859-1 in gzip", packed(t, "K\xf6ln"), "line 1, column 2: want UTF-8"},
		{"UTF-16", "\xff\xfeK\x00", "the file: this is UTF-16: want UTF-8"},
		{"UTF-16, big end first", "\xfe\xff\x00K", "the file: this is UTF-16"},
		{"ZIP", "PK\x03\x04...", "a ZIP archive or an Excel file"},
		{"PDF", "%PDF-1.7", "a PDF"},
		{"old Excel", "\xd0\xcf\x11\xe0", "old Excel"},
		{"half a gzip", whole[:len(whole)-9], "unpack gzip: unexpected EOF"},
		{"a damaged gzip", whole[:len(whole)-6] + "\x00\x00" + whole[len(whole)-4:], "checksum"},
		{"a bomb", packed(t, strings.Repeat(" ", sheet.MaxText+1)), "want at most 64 MiB"},
	} {
		if _, err := sheet.Text(strings.NewReader(tc.in), nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestTextAsksForOtherEncodings(t *testing.T) {
	t.Parallel()
	latin1 := func(b []byte) (string, bool) { return "Köln", string(b) == "K\xf6ln" }
	if got, err := sheet.Text(strings.NewReader("K\xf6ln"), latin1); got != "Köln" || err != nil {
		t.Errorf("got %q, %v, want Köln", got, err)
	}
	if got, err := sheet.Text(strings.NewReader("Kö"), latin1); got != "Kö" || err != nil {
		t.Errorf("got %q, %v, want UTF-8 as it is", got, err)
	}
	if got, err := sheet.Text(strings.NewReader("\xf6"), latin1); err == nil {
		t.Errorf("got %q, want what the other encoding refuses to be refused", got)
	}
}
