package area_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

func wholeCountry(t testing.TB) *area.Catalogue {
	t.Helper()
	c, err := area.Read(official(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOfficialList(t *testing.T) {
	t.Parallel()
	c := wholeCountry(t)
	if c.Len() != 16_000 {
		t.Errorf("got %d areas, want 16000", c.Len())
	}
	for _, row := range officialRows(t)[1:] {
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
	c := wholeCountry(t)
	first := make(map[routing.Region]area.Area)
	for _, row := range officialRows(t)[1:] {
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
	c := wholeCountry(t)
	type label struct{ text, kind string }
	owners := make(map[label]area.Area)
	for _, row := range officialRows(t)[1:] {
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

// TestOfficialNamesFindTheirAreas asks for every hundredth municipality by its full name.
func TestOfficialNamesFindTheirAreas(t *testing.T) {
	t.Parallel()
	c := wholeCountry(t)
	for i, row := range officialRows(t)[1:] {
		if i%100 != 0 || len(row[0]) != 12 {
			continue
		}
		found, _, err := c.Search([]string{row[2]}, 0, 100)
		if err != nil || !slices.ContainsFunc(found, func(a area.Area) bool { return a.ARS == row[0] }) {
			t.Errorf("search %q: got %d, %v, want %s among them", row[2], len(found), err, row[0])
		}
	}
}

func TestOfficialSearchShowsAPlaceOnce(t *testing.T) {
	t.Parallel()
	found, _, err := wholeCountry(t).Search([]string{"*st*"}, 0, 16_000)
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
	c := wholeCountry(t)
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
		{"Bautzen", "Landkreis: Bautzen"},
	} {
		got := search(t, c, tc.expression)
		if len(got) == 0 || got[0] != tc.first {
			t.Errorf("search %q: got %q, want first %s", tc.expression, got, tc.first)
		}
	}
}

func BenchmarkOfficial(b *testing.B) {
	text, err := io.ReadAll(official(b))
	if err != nil {
		b.Fatal(err)
	}
	c := wholeCountry(b)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := area.Read(strings.NewReader(string(text))); err != nil {
				b.Fatal(err)
			}
		}
	})
	searches := map[string][]string{"name": {"Neustadt"}, "wildcard": {"*en*"}, "wildcards": {"*en* -*er* -*st* -*in*", "*ch*", "*ei*"}}
	for name, expressions := range searches {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := c.Search(expressions, 0, 100); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
