package area_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

func sample(t testing.TB) *area.Catalogue {
	t.Helper()
	c, err := area.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLookups(t *testing.T) {
	t.Parallel()
	c := sample(t)
	naila, ok := c.ByID("094750156156")
	if !ok || naila.Name != "Naila, St" || naila.Kind != "Stadt" || naila.AGS != "09475156" || naila.Parent != "094750156" {
		t.Errorf("ByID: got %+v, want Naila", naila)
	}
	if a, ok := c.ByARS("05515"); !ok || a.Name != "Münster, Stadt" || len(a.Postcodes) != 0 {
		t.Errorf("ByARS: got %+v, want Münster as a Kreis, without postcode", a)
	}
	if a, ok := c.ByAGS("05515000"); !ok || a.ID != "055150000000" {
		t.Errorf("ByAGS: got %+v, want the municipality of Münster", a)
	}
	if got := c.ByPostcode("95119"); len(got) != 1 || got[0].ID != naila.ID {
		t.Errorf("ByPostcode: got %v, want Naila", got)
	}
	if ars, ok := c.ARSFromAGS("07143272"); !ok || ars != "071435006272" {
		t.Errorf("ARSFromAGS: got %s, want 071435006272", ars)
	}
	for _, id := range []area.ID{"", "1", "99", "09475015615", "0947501561560"} {
		if a, ok := c.ByID(id); ok {
			t.Errorf("ByID(%q): got %+v, want none", id, a)
		}
	}
	if a, ok := c.ByAGS(""); ok {
		t.Errorf("ByAGS of nothing: got %+v, want none", a)
	}
	if got := c.ByPostcode("00000"); got != nil {
		t.Errorf("ByPostcode: got %v, want none", got)
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for ars, want := range map[string]string{
		"094750156156": "DE094750156156", "055150000000": "DE05515", "05515": "DE05515", "055150000": "DE05515",
		"11": "DE11", "110000000000": "DE11", "094": "DE094", "010625262": "DE010625262",
	} {
		a, ok := c.ByARS(ars)
		if got := a.Region().String(); got != want || !ok {
			t.Errorf("region of %s = %s, want %s", ars, got, want)
		}
	}
}

func TestAGSFromARS(t *testing.T) {
	t.Parallel()
	for ars, want := range map[string]string{
		"05": "05", "055": "055", "05515": "05515", "055150000000": "05515000", "071435006272": "07143272",
		"0811": "", "071435006": "", "": "", "0714350062721": "",
	} {
		if got, ok := area.AGSFromARS(ars); got != want || ok != (want != "") {
			t.Errorf("AGSFromARS(%s) = %q, %v, want %q", ars, got, ok, want)
		}
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for id, want := range map[area.ID]string{
		"073160000000": "Neustadt an der Weinstraße, Stadt – Rheinland-Pfalz",
		"07316":        "Neustadt an der Weinstraße, kreisfreie Stadt – Rheinland-Pfalz",
		"065340016016": "Neustadt (Hessen), Stadt – Landkreis Marburg-Biedenkopf, Hessen",
		"071435006272": "Neustadt/ Westerwald – Verbandsgemeinde Rennerod, Westerwaldkreis, Rheinland-Pfalz",
		"032410012012": "Neustadt am Rübenberge, Stadt – Region Hannover, Niedersachsen",
		"055150000000": "Münster, Stadt – Nordrhein-Westfalen",
		"110000000000": "Berlin, Stadt",
		"11":           "Berlin",
		"094640000000": "Hof – Bayern",
		"09475":        "Landkreis Hof – Bayern",
		"010625262":    "Amt Siek – Kreis Stormarn, Schleswig-Holstein",
		"010625262069": "Siek – Amt Siek, Kreis Stormarn, Schleswig-Holstein",
		"055":          "Reg.-Bez. Münster – Nordrhein-Westfalen",
	} {
		a, _ := c.ByID(id)
		if got := c.Label(a); got != want {
			t.Errorf("label of %s = %s, want %s", id, got, want)
		}
	}
}

func TestNewRejects(t *testing.T) {
	t.Parallel()
	land := area.Area{ARS: "09", AGS: "09", Name: "Bayern", Kind: "Land"}
	for _, tc := range []struct {
		name string
		area area.Area
		want string
	}{
		{"no ARS", area.Area{Name: "x", Kind: "x"}, `area 1: ARS "": want 2, 3, 4, 5, 9 or 12 digits`},
		{"ARS with letters", area.Area{ARS: "0a", AGS: "0a", Name: "x", Kind: "x"}, "digits"},
		{"ARS of 8", area.Area{ARS: "09475156", Name: "x", Kind: "x"}, "digits"},
		{"wrong AGS", area.Area{ARS: "094", AGS: "095", Name: "x", Kind: "x", Parent: "09"}, `want "094"`},
		{"AGS missing", area.Area{ARS: "094", Name: "x", Kind: "x", Parent: "09"}, `want "094"`},
		{"AGS of an association", area.Area{ARS: "094750156", AGS: "09475156", Name: "x", Kind: "x", Parent: "09"}, `want ""`},
		{"other id", area.Area{ID: "7", ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "09"}, "want the ARS or nothing"},
		{"no name", area.Area{ARS: "094", AGS: "094", Name: " ", Kind: "x", Parent: "09"}, "want a name"},
		{"no kind", area.Area{ARS: "094", AGS: "094", Name: "x", Parent: "09"}, "want a name and a kind"},
		{"postcode", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "09", Postcodes: []string{"1234"}}, "want 5 digits"},
		{"postcode of letters", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "09", Postcodes: []string{"12e45"}}, "want 5 digits"},
		{"postcode of a district", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "09", Postcodes: []string{"95119"}}, "want it at a municipality"},
		{"twice", land, "ARS 09 is already that of area 0"},
		{"no parent", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x"}, "want a parent"},
		{"unknown parent", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "08"}, `parent "08" is not in the catalogue`},
		{"parent of its own", area.Area{ARS: "094", AGS: "094", Name: "x", Kind: "x", Parent: "094"}, "does not cover"},
		{"foreign parent", area.Area{ARS: "084", AGS: "084", Name: "x", Kind: "x", Parent: "09"}, "does not cover"},
	} {
		_, err := area.New([]area.Area{land, tc.area})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestNewKeepsItsArgument(t *testing.T) {
	t.Parallel()
	given := []area.Area{
		{ARS: "11", AGS: "11", Name: "Berlin", Kind: "Land"},
		{ARS: "110000000000", AGS: "11000000", Name: "Berlin, Stadt", Kind: "Kreisfreie Stadt", Parent: "11", Postcodes: []string{"10178"}},
	}
	c, err := area.New(given)
	if err != nil {
		t.Fatal(err)
	}
	given[1].Postcodes[0] = "00000"
	if a, _ := c.ByID("110000000000"); a.Postcodes[0] != "10178" || given[1].ID != "" {
		t.Errorf("got %v and %q, want a catalogue apart from what it was made of", a.Postcodes, given[1].ID)
	}
}

func TestAGSAgreesWithRouting(t *testing.T) {
	t.Parallel()
	for _, ars := range sampleMunicipalities() {
		region, err := routing.ParseARS(ars)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := area.AGSFromARS(ars)
		want, err := routing.ParseAGS(text)
		if got, ok := region.AGS(); err != nil || !ok || got != want {
			t.Errorf("AGS of %s: routing has %v, area has %v", ars, got, want)
		}
	}
}
