package area_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

const head = "ars,ags,name,kind,parent_ars,postal_code\n"

func TestRead(t *testing.T) {
	t.Parallel()
	c, err := area.Read(strings.NewReader("# comment\n" + head +
		"110000000000,11000000,\"Berlin, Stadt\",Kreisfreie Stadt,11,10178 10115\n# comment\n11,11,Berlin,Land,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ByPostcode("10115"); c.Len() != 2 || len(got) != 1 || got[0].Name != "Berlin, Stadt" {
		t.Errorf("got %d areas and %v by postcode, want 2 and Berlin", c.Len(), got)
	}
}

func TestReadRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", "no lines: want the header ars,ags,name"},
		{"only a comment", "# x\n", "no lines"},
		{"no header", "11,11,Berlin,Land,,\n", "line 1, column 1: want the header"},
		{"other header", "# x\nars,ags,name,kind,parent,plz\n", "line 2, column 1: want the header"},
		{"missing field", head + "11,11,Berlin,Land,\n", "line 2, column 19: want 6 cells in the line, got 5"},
		{"quote", head + "11,11,\"Berlin,Land,,\n", "line 2, column 21"},
		{"Latin-1", head + "05,05,M\xfcnster,Land,,\n", "line 2, column 8: want UTF-8"},
		{"shape", head + "11,11,Berlin,Land,,\n1,1,x,Land,,\n", "line 3, column 1: ARS"},
		{"twice, comments counted", head + "11,11,Berlin,Land,,\n# x\n11,11,Berlin,Land,,\n", "line 4, column 1: ARS 11 is already that of line 2, column 1"},
		{"same AGS twice", head + "07,07,x,Land,,\n071435006272,07143272,x,Stadt,07,\n071435007272,07143272,x,Stadt,07,\n",
			"line 4, column 14: AGS 07143272 is already that of line 3, column 14"},
		{"unknown parent", head + "11,11,Berlin,Land,,\n094,094,x,Regierungsbezirk,09,\n", `line 3, column 28: ARS 094: its parent "09"`},
		{"postcode", head + "11,11,Berlin,Land,,1011\n", `line 2, column 20: postcode "1011"`},
		{"population", "ars,ags,name,kind,parent_ars,postal_code,population\n11,11,Berlin,Land,,,viele\n", `line 2, column 21: population "viele": want a number`},
		{"control character", head + "11,11,\"Ber\nlin\",Land,,\n", "line 2, column 7: ARS 11: want a name in UTF-8 without control characters"},
		{"column in characters", head + "05,05,ÄÖÜ,Land,,x\n", "line 2, column 17: postcode"},
	} {
		_, err := area.Read(strings.NewReader(tc.in))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(head + "11,11,Berlin,Land,,\n110000000000,11000000,\"Berlin, Stadt\",Kreisfreie Stadt,11,10178\n")
	f.Add(head + "11,11,Berlin,Land,11,\n")
	f.Add("# x\n" + head + "05,05,\"(,\",x,,12345 12345\n")
	f.Add("ars")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := area.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		found, total, err := c.Search([]string{"be*", "*in"}, 0, 500)
		if err != nil || len(found) != min(total, 500) || total > c.Len() {
			t.Fatalf("search: %d of %d among %d, %v", len(found), total, c.Len(), err)
		}
		for _, a := range found {
			again, ok := c.ByID(a.ID)
			if !ok || again.Region() != a.Region() || c.Label(a) == "" {
				t.Errorf("got %+v by the id of %+v", again, a)
			}
		}
	})
}
