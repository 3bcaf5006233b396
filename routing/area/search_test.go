package area_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/search"
)

func find(t testing.TB, c *area.Catalogue, expressions ...string) []string {
	t.Helper()
	areas, total, err := c.Search(expressions, 0, 1000)
	if err != nil {
		t.Fatalf("search %q: %v", expressions, err)
	}
	if len(areas) != total {
		t.Errorf("search %q: %d areas of %d in all, want all", expressions, len(areas), total)
	}
	var names []string
	for _, a := range areas {
		names = append(names, fmt.Sprintf("%s: %s", a.Kind, a.Name))
	}
	return names
}

func TestSearch(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for _, tc := range []struct {
		expressions []string
		want        []string
	}{
		{[]string{"Mag*"}, []string{
			"Kreisfreie Stadt: Magdeburg, Landeshauptstadt", "Kreisangehörige Gemeinde: Magstadt", "Stadt: Magdala, Stadt"}},
		{[]string{"Magdeburg"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"magdeburg"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"Magdebur"}, nil},
		{[]string{"*burg", "39*"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"39104"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"39104", "Magdala"}, nil},
		{[]string{"Münster"}, []string{
			"Kreisfreie Stadt: Münster, Stadt", "Kreisangehörige Gemeinde: Münster (Hessen)", "Kreisangehörige Gemeinde: Münster",
			"Kreisangehörige Gemeinde: Münster-Sarmsheim", "Regierungsbezirk: Reg.-Bez. Münster"}},
		{[]string{"MUENSTER", "Hessen"}, []string{"Kreisangehörige Gemeinde: Münster (Hessen)"}},
		{[]string{"Mu\u0308nster Hessen"}, []string{"Kreisangehörige Gemeinde: Münster (Hessen)"}},
		{[]string{"Münster*", "255*"}, []string{"Kreisangehörige Gemeinde: Münsterdorf"}},
		{[]string{"*münster*", "Bad"}, []string{"Stadt: Bad Münstereifel, Stadt"}},
		{[]string{"Weissenfels"}, []string{"Stadt: Weißenfels, Stadt"}},
		{[]string{"WEIẞENFELS"}, []string{"Stadt: Weißenfels, Stadt"}},
		{[]string{"Budysin"}, []string{"Stadt: Bautzen / Budyšin, Stadt, Hochschulstadt / Wysokoš"}},
		{[]string{"Neustadt", "Weinstraße"}, []string{"Kreisfreie Stadt: Neustadt an der Weinstraße, Stadt"}},
		{[]string{"Neustadt an der Weinstrasse"}, []string{"Kreisfreie Stadt: Neustadt an der Weinstraße, Stadt"}},
		{[]string{"67433 Neustadt"}, []string{"Kreisfreie Stadt: Neustadt an der Weinstraße, Stadt"}},
		{[]string{"Tit*see"}, []string{
			"Stadt: Titisee-Neustadt, Stadt", "Verwaltungsgemeinschaft: VVG der Stadt Titisee-Neustadt"}},
		{[]string{"Titisee-Neustadt", "79*"}, []string{"Stadt: Titisee-Neustadt, Stadt"}},
		{[]string{"Hof"}, []string{"Kreisfreie Stadt: Hof", "Landkreis: Hof"}},
		{[]string{"Siek"}, []string{"Kreisangehörige Gemeinde: Siek", "Amt: Siek"}},
		{[]string{"Berlin"}, []string{"Kreisfreie Stadt: Berlin, Stadt", "Land: Berlin"}},
		{[]string{"Hamburg"}, []string{"Kreisfreie Stadt: Hamburg, Freie und Hansestadt", "Land: Hamburg"}},
		{[]string{"Frankfurt"}, []string{"Kreisfreie Stadt: Frankfurt am Main, Stadt", "Kreisfreie Stadt: Frankfurt (Oder), Stadt"}},
		{[]string{"ab"}, nil},
		{[]string{"d-39104"}, nil},
	} {
		got := find(t, c, tc.expressions...)
		if !slices.Equal(got, tc.want) {
			t.Errorf("search %q:\ngot  %s\nwant %s", tc.expressions, strings.Join(got, " · "), strings.Join(tc.want, " · "))
		}
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	c := sample(t)
	all, total, err := c.Search([]string{"Neustadt*"}, 0, 500)
	if err != nil || total < 15 || len(all) != total {
		t.Fatalf("got %d of %d, %v, want every Neustadt", len(all), total, err)
	}
	const maxInt = int(^uint(0) >> 1)
	for _, tc := range []struct{ offset, limit, from, to int }{
		{0, 1, 0, 1}, {3, 4, 3, 7}, {total - 1, 10, total - 1, total}, {total, 10, total, total}, {maxInt, maxInt, total, total},
		{1, maxInt, 1, total}, {0, 0, 0, 0}, {-1, 2, 0, 2}, {2, -1, 2, 2},
	} {
		page, n, err := c.Search([]string{"Neustadt*"}, tc.offset, tc.limit)
		same := slices.EqualFunc(page, all[tc.from:tc.to], func(a, b area.Area) bool { return a.ID == b.ID })
		if err != nil || n != total || !same {
			t.Errorf("offset %d, limit %d: got %d of %d, %v, want %d to %d", tc.offset, tc.limit, len(page), n, err, tc.from, tc.to)
		}
	}
}

// FuzzSearch compares the grammar with the contract's pattern, and what is found with a regular expression for each word.
func FuzzSearch(f *testing.F) {
	for _, e := range []string{"Mag*", "*stadt*", "ab**cd", "**", "Münster (Hessen)", "Tit*see", "a*", "ẞ ß", "u\u0308*", "\xff\xfe", "*a b*", "39104"} {
		f.Add(e)
	}
	pattern := regexp.MustCompile(`^(\*?([^\*]{2,})\*?)*$`)
	word := regexp.MustCompile(`[\pL\p{Nd}]`)
	c, err := area.Sample()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, e string) {
		areas, total, err := c.Search([]string{e}, 0, 1000)
		if err != nil && pattern.MatchString(e) && word.MatchString(e) && utf8.RuneCountInString(e) <= search.MaxExpressionLength {
			t.Fatalf("%q: got %v, want it accepted", e, err)
		}
		if err != nil {
			return
		}
		if !pattern.MatchString(e) || len(areas) != total {
			t.Fatalf("%q: accepted with %d of %d areas, want it rejected by the pattern", e, len(areas), total)
		}
		if plain := regexp.MustCompile(`^[a-z0-9 *]*$`); plain.MatchString(e) {
			compare(t, c, e, areas)
		}
	})
}

// compare looks for the expression, of plain letters, in every municipality with plain names.
func compare(t *testing.T, c *area.Catalogue, e string, found []area.Area) {
	t.Helper()
	for _, ars := range sampleMunicipalities() {
		a, _ := c.ByARS(ars)
		text := " " + strings.ToLower(a.Name) + " " + strings.Join(a.Postcodes, " ") + " "
		if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			continue
		}
		want := true
		for _, w := range strings.Fields(e) {
			inside := strings.ReplaceAll(regexp.QuoteMeta(w), `\*`, `[a-z0-9]*`)
			want = want && (strings.Trim(w, "*") == "" || regexp.MustCompile(`(^|[^a-z0-9])`+inside+`([^a-z0-9]|$)`).MatchString(text))
		}
		if got := slices.ContainsFunc(found, func(b area.Area) bool { return b.ID == a.ID }); got != want {
			t.Errorf("%q finds %s: got %v, want %v", e, a.Name, got, want)
		}
	}
}
