package area_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing/area"
)

func search(t testing.TB, c *area.Catalogue, expressions ...string) []string {
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
			"Kreisfreie Stadt: Magdeburg, Landeshauptstadt", "Stadt: Magdala, Stadt", "Kreisangehörige Gemeinde: Magstadt"}},
		{[]string{"Magdeburg"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"magdeburg"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"Magdebur"}, nil},
		{[]string{"*burg", "39*"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"39104"}, []string{"Kreisfreie Stadt: Magdeburg, Landeshauptstadt"}},
		{[]string{"39104", "Magdala"}, nil},
		{[]string{"Münster"}, []string{
			"Kreisfreie Stadt: Münster, Stadt", "Kreisangehörige Gemeinde: Münster", "Kreisangehörige Gemeinde: Münster (Hessen)",
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
		{[]string{"Siek"}, []string{"Amt: Siek", "Kreisangehörige Gemeinde: Siek"}},
		{[]string{"Berlin"}, []string{"Kreisfreie Stadt: Berlin, Stadt", "Land: Berlin"}},
		{[]string{"Hamburg"}, []string{"Kreisfreie Stadt: Hamburg, Freie und Hansestadt", "Land: Hamburg"}},
		{[]string{"Frankfurt"}, []string{"Kreisfreie Stadt: Frankfurt am Main, Stadt", "Kreisfreie Stadt: Frankfurt (Oder), Stadt"}},
		{[]string{"ab"}, nil},
		{[]string{"d-39104"}, nil},
	} {
		got := search(t, c, tc.expressions...)
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

func TestCheckExpressions(t *testing.T) {
	t.Parallel()
	good := []string{"ab", "*ab", "ab*", "*ab*", "ab*cd", "ab**cd", "*ab*cd*", "Bad Steben", "ab* cd", "a b", "39104", "Ü-", "ab *", strings.Repeat("ü", 100)}
	for _, e := range good {
		if err := area.CheckExpressions([]string{e}); err != nil {
			t.Errorf("%q: got %v, want it accepted", e, err)
		}
	}
	for _, tc := range []struct {
		name        string
		expressions []string
		index       int
		want        string
	}{
		{"none", nil, -1, "1 to 10"},
		{"eleven", slices.Repeat([]string{"ab"}, 11), -1, "1 to 10 of them, got 11"},
		{"empty", []string{""}, 0, "place name or postcode"},
		{"blanks", []string{"  "}, 0, "place name or postcode"},
		{"punctuation", []string{"ab", "--"}, 1, "place name or postcode"},
		{"one character", []string{"ab", "cd", "a"}, 2, "at least 2 characters"},
		{"one character in two bytes", []string{"ü"}, 0, "at least 2 characters"},
		{"one character and a star", []string{"a*"}, 0, "at least 2 characters"},
		{"star alone", []string{"*"}, 0, "at least 2 characters"},
		{"two stars before", []string{"**ab"}, 0, "at most one *"},
		{"two stars behind", []string{"ab**"}, 0, "at most one *"},
		{"three stars between", []string{"ab***cd"}, 0, "at most one *"},
		{"one character between stars", []string{"ab*c*de"}, 0, "at least 2 characters"},
		{"too long", []string{strings.Repeat("ab*", 34)}, 0, "at most 100 characters"},
	} {
		err := area.CheckExpressions(tc.expressions)
		var wrong *area.ExpressionError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: got %v, want an ExpressionError", tc.name, err)
			continue
		}
		if wrong.Index != tc.index || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got index %d, %q, want %d and %q", tc.name, wrong.Index, err, tc.index, tc.want)
		}
		if _, _, err := sample(t).Search(tc.expressions, 0, 10); !errors.As(err, &wrong) {
			t.Errorf("%s: Search gives %v, want an ExpressionError", tc.name, err)
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
		if err != nil && pattern.MatchString(e) && word.MatchString(e) && utf8.RuneCountInString(e) <= area.MaxExpressionLength {
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
