package area_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

var update = flag.Bool("update", false, "write sample.csv anew from the official list")

const attribution = "# Quelle: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis, Gebietsstand 30.11.2025, Daten umgeformt.\n" +
	"# Auszug: alle Länder und einige Gemeinden mit ihren übergeordneten Gebieten; postal_code ist der Sitz der Verwaltung.\n"

// TestSampleIsOfficial holds every byte of the sample against the official list.
func TestSampleIsOfficial(t *testing.T) {
	t.Parallel()
	want := extract(t, published(t))
	if *update {
		if err := os.WriteFile("sample.csv", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("sample.csv is not the extract of the official list; run this test with -update")
	}
}

// extract is the sample file: the Länder, the municipalities below, and the ancestors of these, in the order of their ARS.
func extract(t *testing.T, c *area.Catalogue) []byte {
	t.Helper()
	taken := make(map[area.ID]bool)
	for _, ars := range sampleMunicipalities() {
		if _, listed := c.ByARS(ars); !listed {
			t.Errorf("%s is not in the official list", ars)
		}
		for a, ok := c.ByARS(ars); ok; a, ok = c.ByID(a.Parent) {
			taken[a.ID] = true
		}
	}
	out := bytes.NewBufferString(attribution)
	w := csv.NewWriter(out)
	w.Write([]string{"ars", "ags", "name", "kind", "parent_ars", "postal_code", "population"})
	for _, a := range c.All() {
		if taken[a.ID] || a.Kind == "Land" {
			w.Write([]string{a.ARS, a.AGS, a.Name, a.Kind, string(a.Parent), a.Seat, strconv.Itoa(a.Population)})
		}
	}
	w.Flush()
	return out.Bytes()
}

func sampleMunicipalities() []string {
	return slices.Concat(
		[]string{ // the capitals, and large cities; with Neustadt in Holstein to Bautzen below every Land has one
			"110000000000", "020000000000", "091620000000", "053150000000", "147130000000", "055150000000", "150030000000",
			"040110000000", "040120000000", "081110000000", "146120000000", "160510000000", "010020000000", "073150000000",
			"064140000000", "100410100100", "130040000000", "120540000000", "032410001001", "051110000000",
			"064120000000", "120530000000", // both Frankfurt
			"130030000000", // Rostock
		},
		[]string{ // examples of the contract: Hanau, Naila
			"064350014014", "094750156156",
		},
		[]string{ // Neustadt
			"010550032032", "032410012012", "065340016016", "071385001044", "071435006272", "073160000000", "083155017113",
			"092730152152", "093740139139", "093745327140", "094730151151", "095750153153", "096730114114", "120685805324",
			"130765660105", "145235107290", "146280260260", "160755050073",
		},
		[]string{ // Münster
			"064320015015", "073395001038", "097795725187", "053660004004", "010615104072",
		},
		[]string{ // of one name with what lies above: Siek, Hankensbüttel, Hof, a town in the Kreis Leipzig
			"010625262069", "031515403011", "094640000000", "147290030030",
		},
		[]string{ // small ones in an Amt, a Verbandsgemeinde, a Verwaltungsgemeinschaft
			"071315001004", "150905052285", "094755430123",
		},
		[]string{ // Mag*: Magstadt, Magdala; accents: Bautzen; ß: Weißenfels
			"081150029029", "160715008053", "146250020020", "150840550550",
		},
	)
}

func TestSample(t *testing.T) {
	t.Parallel()
	c, err := area.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if c.AsOf() != "2025-11-30" { // as the attribution says
		t.Errorf("got the areas as of %q", c.AsOf())
	}
	var lands int
	for _, ars := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"} {
		if a, ok := c.ByARS(ars); ok && a.Kind == "Land" {
			lands++
		}
	}
	if lands != 16 {
		t.Errorf("got %d Länder, want 16", lands)
	}
	for _, ars := range sampleMunicipalities() {
		a, ok := c.ByARS(ars)
		if !ok || len(a.Postcodes) != 1 {
			t.Errorf("%s: got %+v, want a municipality with its postcode", ars, a)
		}
	}
}
