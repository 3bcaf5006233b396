package area_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/sheet"
)

// gv100ad opens the Gemeindeverzeichnis as published, which is not part of the repository.
func gv100ad(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "GV100AD_30112025.txt.gz"))
	if err != nil {
		t.Skip("the Gemeindeverzeichnis (shared/data/GV100AD_30112025.txt.gz beside the repository) is not there")
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func published(t testing.TB) *area.Catalogue {
	t.Helper()
	c, err := area.Read(gv100ad(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// line is a record of a GV100AD: what stands in columns 1, 3, 11, 19, 23, 123, 140 and 166.
func line(kind, key, group, name, text, population, postcode string) string {
	return fmt.Sprintf("%s%s%-8s%-4s%-50s%-50s%-2s%15s%-11s%15s%-5s%50s", kind, "20251231", key, group, name, "", text, "", population, "", postcode, "")
}

// small is a country of sixteen Länder and four municipalities.
func small() []string {
	var lines []string
	for land := range 16 {
		lines = append(lines, line("10", fmt.Sprintf("%02d", land+1), "", fmt.Sprintf("Land %d", land+1), "", "", ""))
	}
	return append(lines,
		line("20", "081", "", "Reg.-Bez. Oberland", "", "", ""),
		line("30", "0811", "", "Region Oberland", "", "", ""),
		line("40", "08111", "", "Öhringen", "44", "", ""),
		line("50", "08111", "5001", "Überlingen", "54", "", ""),
		line("60", "08111002", "5001", "Überlingen, Stadt", "63", "00000023000", "88662"),
		line("60", "08111003", "5001", "Äpfelbach", "64", "00000000400", "88663"),
		line("50", "07000", "9999", "Gemeinsames Gebiet", "50", "", ""),
		line("60", "07000999", "9999", "Gemeinsames Gebiet", "66", "00000000000", ""),
		line("40", "04011", "", "Weser, Stadt", "41", "", ""),
		line("50", "04011", "0000", "Weser, Stadt", "50", "", ""),
		line("60", "04011000", "0000", "Weser, Stadt", "61", "00000500000", "28195"),
	)
}

func TestReadGV100AD(t *testing.T) {
	t.Parallel()
	text := strings.Join(small(), "\n") + "\n"
	latin1 := make([]byte, 0, len(text))
	for _, r := range text {
		latin1 = append(latin1, byte(r))
	}
	for name, in := range map[string]string{
		"as published":    text,
		"Windows":         strings.ReplaceAll(text, "\n", "\r\n"),
		"byte order mark": "\ufeff" + text,
		"ISO-8859-1":      string(latin1),
		"no end of line":  strings.TrimSuffix(text, "\n"),
	} {
		c, err := area.Read(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkSmall(t, name, c)
	}
}

func checkSmall(t *testing.T, name string, c *area.Catalogue) {
	t.Helper()
	if c.AsOf() != "2025-12-31" || c.Len() != len(small()) {
		t.Errorf("%s: got %d areas of %s", name, c.Len(), c.AsOf())
	}
	for _, tc := range []struct{ ars, want string }{
		{"08", "Land 8, Land, 08, in , 23400 []"},
		{"0811", "Region Oberland, Region, , in 081, 0 []"},
		{"08111", "Öhringen, Landkreis, 08111, in 081, 23400 []"},
		{"081115001", "Überlingen, Verwaltungsgemeinschaft, , in 08111, 23400 []"},
		{"081115001002", "Überlingen, Stadt, Stadt, 08111002, in 081115001, 23000 [88662]"},
		{"070009999", "Gemeinsames Gebiet, Verbandsfreie Gemeinde, , in 07, 0 []"},
		{"040110000000", "Weser, Stadt, Kreisfreie Stadt, 04011000, in 040110000, 500000 [28195]"},
	} {
		a, _ := c.ByARS(tc.ars)
		if got := fmt.Sprintf("%s, %s, %s, in %s, %d %v", a.Name, a.Kind, a.AGS, a.Parent, a.Population, a.Postcodes); got != tc.want {
			t.Errorf("%s: %s: got %s, want %s", name, tc.ars, got, tc.want)
		}
	}
}

// TestReadGV100ADRejects breaks one line, the 21st if nothing else is said, which is that of the town of Überlingen.
func TestReadGV100ADRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, new, want string }{
		{"kind of record", "6020251231081110025001", "7020251231081110025001", `line 21, column 1: kind of record "70": want 10, 20, 30, 40, 50 or 60`},
		{"another day", "6020251231081110025001", "6020251130081110025001", `line 21, column 3: day of the list (Gebietsstand) "20251130": want 2025-12-31 as in the lines before`},
		{"no day", "102025123101", "102025133101", `line 1, column 3: day of the list (Gebietsstand) "20251331"`},
		{"key too short", "6020251231081110025001", "602025123108111   5001", `line 21, column 11: Regionalschlüssel "08111": want 8 digits`},
		{"key too long", "502025123108111   5001", "50202512310811100 5001", `line 20, column 11: Regionalschlüssel "0811100": want 5 digits`},
		{"letters in the key", "6020251231081110025001", "60202512310811100x5001", `column 11: Regionalschlüssel "0811100x"`},
		{"shifted", "6020251231081110025001", "6020251231 08111002500", `line 21, column 11: Regionalschlüssel " 0811100"`},
		{"no association", "6020251231081110025001", "602025123108111002    ", `line 21, column 19: Gemeindeverband "": want 4 digits`},
		{"association of a Kreis", "402025123108111       ", "402025123108111   5001", `line 19, column 19: Gemeindeverband "5001": want 0 digits`},
		{"no name", "Überlingen, Stadt", "                 ", "line 21, column 23: ARS 081115001002: want a name"},
		{"control character", "Überlingen, Stadt", "Überlingen,\tStadt", "line 21, column 23: ARS 081115001002: want a name in UTF-8 without control characters"},
		{"Textkennzeichen", "63               00000023000", "44               00000023000", `line 21, column 123: Textkennzeichen "44": want one of a record 60`},
		{"population", "00000023000", "0000002300 ", `line 21, column 140: population "0000002300": want 11 digits`},
		{"postcode", "88662", "8866 ", `line 21, column 166: postcode "8866" of ARS 081115001002: want 5 digits`},
		{"too long by a character", "Überlingen, Stadt ", "Überlingen, Stadt  ", "line 21, column 221: want 220 characters in the line, got 221"},
		{"twice", "60202512310811100350", "60202512310811100250", "line 22, column 11: ARS 081115001002 is already that of line 21, column 11"},
		{"a Land missing", line("10", "16", "", "Land 16", "", "", "") + "\n", "", "the Land 16 is missing: want the whole list, with all 16"},
		{"an empty line", "6020251231081110025001", "\n6020251231081110025001", "line 21, column 1"},
		{"ISO-8859-1 in one line", "Überlingen, Stadt", "\xdcberlingen, Stadt", "line 21, column 23: want UTF-8"},
	} {
		text := strings.Join(small(), "\n")
		broken := strings.Replace(text, tc.old, tc.new, 1)
		if broken == text {
			t.Errorf("%s: nothing was broken", tc.name)
		}
		if c, err := area.Read(strings.NewReader(broken)); c != nil || err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

// TestHalfAGV100ADIsRefused cuts the file after every byte of its last line, and where Länder are missing.
func TestHalfAGV100ADIsRefused(t *testing.T) {
	t.Parallel()
	text := strings.Join(small()[:21], "\n")
	for cut := strings.LastIndexByte(text, '\n') + 2; cut < len(text); cut++ {
		c, err := area.Read(strings.NewReader(text[:cut]))
		if c != nil || err == nil || !strings.Contains(err.Error(), "line 21, column") {
			t.Errorf("cut after %d bytes: got %v, want a complaint about line 21", cut, err)
		}
	}
	for lines := range 16 {
		if _, err := area.Read(strings.NewReader(strings.Join(small()[:lines], "\n"))); err == nil {
			t.Errorf("cut after %d lines: got a catalogue", lines)
		}
	}
}

// TestPublishedAsOtherFiles reads the official list unpacked, and in the encoding that it had before.
func TestPublishedAsOtherFiles(t *testing.T) {
	t.Parallel()
	want, err := published(t).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	text, err := sheet.Text(gv100ad(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := area.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.MarshalBinary(); err != nil || string(got) != string(want) {
		t.Errorf("unpacked: got another catalogue, %v", err)
	}
	_, err = area.Read(io.LimitReader(gv100ad(t), 300_000))
	if err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("most of the file: got %v, want it refused", err)
	}
}

func FuzzReadGV100AD(f *testing.F) {
	text := strings.Join(small(), "\n")
	f.Add(text)
	f.Add(strings.Replace(text, "08111", "0811", 1))
	f.Add("1020251231")
	f.Add("10202512310")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := area.Read(strings.NewReader(text))
		if err != nil {
			if c != nil {
				t.Fatalf("got a catalogue and %v", err)
			}
			return
		}
		roundTrip(t, c)
	})
}
