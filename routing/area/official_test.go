package area_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// derived opens the list that others made of the official one as CSV, which is not part of the repository. What we read must agree.
func derived(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "areas.csv"))
	if err != nil {
		t.Skip("the list of areas as CSV (shared/data/areas.csv beside the repository) is not there")
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func derivedRows(t *testing.T) [][]string {
	t.Helper()
	rows, err := csv.NewReader(derived(t)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestOfficialList(t *testing.T) {
	t.Parallel()
	c := published(t)
	if s := c.Summary(); s.AsOf != "2025-11-30" || s.Areas != 16_000 || s.Municipalities != 10_953 || s.Population != 83_577_140 {
		t.Errorf("got %s", s)
	}
	roundTrip(t, c)
	for _, row := range derivedRows(t) {
		a, ok := c.ByARS(row[0])
		if !ok || a.AGS != row[1] || a.Name != row[2] || a.Kind != row[3] || string(a.Parent) != row[4] || strings.Join(a.Postcodes, " ") != row[5] {
			t.Fatalf("got %+v, want %q", a, row)
		}
		if ars, ok := c.ARSFromAGS(a.AGS); a.AGS != "" && (!ok || ars != a.ARS) {
			t.Errorf("ARS of AGS %s = %s, want %s", a.AGS, ars, a.ARS)
		}
		if parent, ok := c.ByID(a.Parent); ok && !parent.Region().Covers(a.Region()) {
			t.Errorf("%s lies in %s, which does not cover it", a.ARS, parent.ARS)
		}
	}
}

// TestOfficialRegions holds the assumption behind normal forms: areas of one region are one place.
func TestOfficialRegions(t *testing.T) {
	t.Parallel()
	c := published(t)
	first := make(map[routing.Region]area.Area)
	for _, row := range derivedRows(t) {
		a, _ := c.ByARS(row[0])
		b, taken := first[a.Region()]
		if !taken {
			first[a.Region()] = a
			continue
		}
		if a.ARS != b.ARS+strings.Repeat("0", len(a.ARS)-len(b.ARS)) {
			t.Errorf("%s %s and %s %s are both %v", a.ARS, a.Name, b.ARS, b.Name, a.Region())
		}
	}
}

func TestOfficialLabels(t *testing.T) {
	t.Parallel()
	c := published(t)
	type label struct{ text, kind string }
	owners := make(map[label]area.Area)
	for _, row := range derivedRows(t) {
		a, _ := c.ByARS(row[0])
		if a.Kind == "Verbandsfreie Gemeinde" { // not shown
			continue
		}
		key := label{c.Label(a), a.Kind}
		if b, taken := owners[key]; taken && a.Region() != b.Region() {
			t.Errorf("%s and %s have one label: %s, %s", a.ID, b.ID, key.text, key.kind)
		}
		owners[key] = a
	}
}

// withPostcodes is the official list with the postcodes of another, which is not part of the repository either.
func withPostcodes(t testing.TB) (*area.Catalogue, []area.Postcode) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "postal_codes.csv"))
	if err != nil {
		t.Skip("the list of postcodes (shared/data/postal_codes.csv beside the repository) is not there")
	}
	defer f.Close()
	list, err := area.ReadPostcodes(f)
	if err != nil {
		t.Fatal(err)
	}
	c, left, err := published(t).WithPostcodes(list)
	if err != nil || left != nil || len(list) != 12_884 {
		t.Fatalf("got %d pairs, %v left over, %v", len(list), left, err)
	}
	return c, list
}

// TestEveryMunicipalityIsFound by its name, ARS, AGS and each of its postcodes.
func TestEveryMunicipalityIsFound(t *testing.T) {
	t.Parallel()
	c, list := withPostcodes(t)
	municipalities := 0
	for _, a := range c.All() {
		if len(a.ARS) != 12 {
			continue
		}
		municipalities++
		wantAmong(t, c, a.ID, a.Name)
		if found, ok := c.ByARS(a.ARS); !ok || found.ID != a.ID {
			t.Errorf("ByARS(%s): got %v", a.ARS, found)
		}
		if found, ok := c.ByAGS(a.AGS); !ok || found.ID != a.ID {
			t.Errorf("ByAGS(%s): got %v, want %v", a.AGS, found, a)
		}
		ags, _ := area.AGSFromARS(a.ARS)
		if ars, ok := c.ARSFromAGS(ags); !ok || ars != a.ARS || string(a.ID) != ars {
			t.Errorf("%s: by way of AGS %s it becomes %s", a.ARS, ags, ars)
		}
	}
	if municipalities != 10_953 {
		t.Errorf("got %d municipalities, want 10953", municipalities)
	}
	for _, p := range list {
		a, _ := c.ByAGS(p.AGS)
		wantAmong(t, c, a.ID, p.Code)
		if !slices.ContainsFunc(c.ByPostcode(p.Code), func(b area.Area) bool { return b.ID == a.ID }) {
			t.Errorf("ByPostcode(%s): %v is missing", p.Code, a)
		}
	}
}

func wantAmong(t *testing.T, c *area.Catalogue, id area.ID, expressions ...string) {
	t.Helper()
	found, _, err := c.Search(expressions, 0, 500)
	if err != nil || !slices.ContainsFunc(found, func(a area.Area) bool { return a.ID == id }) {
		t.Errorf("search %q: got %d areas, %v, want %s among them", expressions, len(found), err, id)
	}
}

func TestOfficialSearchShowsAPlaceOnce(t *testing.T) {
	t.Parallel()
	found, _, err := published(t).Search([]string{"*st*"}, 0, 16_000)
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[area.ID]bool)
	for _, a := range found {
		ids[a.ID] = true
	}
	for id, want := range map[area.ID]bool{
		"081110000000": true, "08111": false, "081110000": false, // Stuttgart
		"010550032032": true, "010550032": false, // Neustadt in Holstein
		"071435006272": true, // Neustadt/ Westerwald
		"01062":        true, // Stormarn
	} {
		if ids[id] != want {
			t.Errorf("%s is shown: %v, want %v", id, ids[id], want)
		}
	}
}

func TestOfficialSearch(t *testing.T) {
	t.Parallel()
	c := published(t)
	for _, tc := range []struct{ expression, first string }{
		{"Münster", "Kreisfreie Stadt: Münster, Stadt"},
		{"Neustadt", "Kreisfreie Stadt: Neustadt an der Weinstraße, Stadt"},
		{"Frankfurt", "Kreisfreie Stadt: Frankfurt am Main, Stadt"},
		{"Halle", "Kreisfreie Stadt: Halle (Saale), Stadt"},
		{"Köln", "Kreisfreie Stadt: Köln, Stadt"},
		{"Hannover", "Stadt: Hannover, Landeshauptstadt"},
		{"Leipzig", "Kreisfreie Stadt: Leipzig, Stadt"},
		{"Saarbruecken", "Stadt: Saarbrücken, Landeshauptstadt"},
		{"80313", "Kreisfreie Stadt: München, Landeshauptstadt"},
		{"Oldenburg", "Kreisfreie Stadt: Oldenburg (Oldb), Stadt"},
		{"Bautzen", "Stadt: Bautzen / Budyšin, Stadt, Hochschulstadt / Wysokoš"},
	} {
		got := find(t, c, tc.expression)
		if len(got) == 0 || got[0] != tc.first {
			t.Errorf("search %q: got %q, want first %s", tc.expression, got, tc.first)
		}
	}
}
