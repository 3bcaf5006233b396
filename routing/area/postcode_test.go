package area_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

func postcodes(t testing.TB, csv string) []area.Postcode {
	t.Helper()
	list, err := area.ReadPostcodes(strings.NewReader(csv))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWithPostcodes(t *testing.T) {
	t.Parallel()
	c, left, err := third(t).WithPostcodes(postcodes(t, "postal_code,ags,source\n70100,08111003,osm\n70100,08111003,seat\n70100,08111005,osm\n"+
		"70200,08111001,osm\n70300,08111004,osm\n70400,08999999,osm\n"))
	if err != nil {
		t.Fatal(err)
	}
	for ars, want := range map[string]string{"081110000003": "70003 [70003 70100 70200]", "081110000005": "70005 [70005 70100]"} {
		a, _ := c.ByARS(ars)
		if got := fmt.Sprint(a.Seat, " ", a.Postcodes); got != want {
			t.Errorf("%s: got %s, want %s", ars, got, want)
		}
	}
	if want := []area.Postcode{{"70300", "08111004", "osm", 6}, {"70400", "08999999", "osm", 7}}; !reflect.DeepEqual(left, want) {
		t.Errorf("left over: got %v, want %v", left, want)
	}
	if !reflect.DeepEqual(c.Formers(), third(t).Formers()) {
		t.Errorf("got the former areas %v, want those that there were", c.Formers())
	}
	if found, _, err := c.Search([]string{"70100", "70200"}, 0, 5); err != nil || len(found) != 1 || found[0].Name != "Cdorf" {
		t.Errorf("search: got %v, %v, want Cdorf", found, err)
	}
}

// TestPostcodesOfTheListBefore are taken over, and none that came from another list is left.
func TestPostcodesOfTheListBefore(t *testing.T) {
	t.Parallel()
	before, _, err := kreis(t, "001 Adorf", "002 Bdorf").WithPostcodes(postcodes(t, "postal_code,ags\n70100,08111001\n"))
	if err != nil {
		t.Fatal(err)
	}
	next := succeeds(t, before, kreis(t, "002 Bdorf"), "081110000001,081110000002,\n")
	next, left, err := next.WithPostcodes(before.Postcodes())
	if err != nil || left != nil {
		t.Fatal(left, err)
	}
	if a, _ := next.ByARS("081110000002"); fmt.Sprint(a.Postcodes) != "[70001 70002 70100]" {
		t.Errorf("got %v, want the own ones and those of the former area", a.Postcodes)
	}
	next, _, err = next.WithPostcodes(nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := next.ByARS("081110000002"); fmt.Sprint(a.Postcodes) != "[70002]" {
		t.Errorf("got %v, want that of the seat", a.Postcodes)
	}
}

func TestReadPostcodesRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, csv, want string }{
		{"header", "plz,ags\n", "read postcodes: line 1, column 1: want the header postal_code,ags[,source]"},
		{"postcode", "postal_code,ags\n70100,08111001\n7010,08111001\n", `line 3, column 1: postcode "7010": want 5 digits`},
		{"AGS of a Kreis", "postal_code,ags\n70100,08111\n", `line 2, column 7: AGS "08111": want the 8 digits of a municipality`},
		{"letters", "postal_code,ags\n70100,0811100x\n", `line 2, column 7: AGS "0811100x"`},
		{"cell missing", "postal_code,ags,source\n70100,08111001\n", "line 2, column 7: want 3 cells in the line, got 2"},
	} {
		if _, err := area.ReadPostcodes(strings.NewReader(tc.csv)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}
