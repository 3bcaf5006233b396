package sheet_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/sheet"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "Köln": "Köln", "a=b": "a=b", "-3": "-3", "0": "0", "'": "'", "'s-Hertogenbosch": "'s-Hertogenbosch",
		"=1+1": "'=1+1", "+1": "'+1", "-1+1": "'-1+1", "-": "'-", "@SUM(A1)": "'@SUM(A1)", "＝1": "'＝1", "-007": "'-007",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "\x00=1": "'\x00=1", "\u0085=1": "'\u0085=1", "'=1": "''=1", "''=1": "'''=1",
	} {
		got := sheet.Quote(cell)
		if got != want {
			t.Errorf("got %q of %q, want %q", got, cell, want)
		}
		if again := sheet.Unquote(got); again != cell {
			t.Errorf("got %q back, want %q", again, cell)
		}
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w, err := sheet.NewWriter(&out, "name", "count")
	if err == nil {
		err = w.Write(`=HYPERLINK("http://evil.example")`, "-3")
	}
	if err == nil {
		err = w.Flush()
	}
	if want := "name,count\n\"'=HYPERLINK(\"\"http://evil.example\"\")\",-3\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}
