package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/search"
)

// towns are by size; what is behind the comma is no title.
func towns() []string {
	return []string{
		"Münster", "Frankfurt, am Main", "Neunkirchen", "Uelzen", "Soest", "Munster", "Neuenkirchen", "Weißenfels", "Titisee-Neustadt", "Bautzen, Budyšin",
		"Malchow", "Bad Münstereifel", "Mühlhäuser Höhe", "Münsterdorf", "Frankfurt, Oder 15230 15232", "Głuchów",
	}
}

func index() *search.Index {
	var documents []search.Document
	for _, town := range towns() {
		title, text, _ := strings.Cut(town, ",")
		words := strings.Fields(text)
		codes := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return strings.Trim(word, "0123456789") != "" })
		documents = append(documents, search.Document{Title: title, Text: strings.TrimRight(text, " 0123456789"), Codes: codes})
	}
	return search.New(documents)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ expressions, want string }{
		{"Münster", "Münster"},
		{"muenster", "Münster"},
		{"MU\u0308NSTER", "Münster"},
		{"Munster", "Munster Münster"},
		{"munster*", "Munster Münster Münsterdorf Bad·Münstereifel"},
		{"Münster*", "Münster Münsterdorf Bad·Münstereifel"},
		{"*nster*", "Münster Munster Münsterdorf Bad·Münstereifel"},
		{"Neuenkirchen", "Neuenkirchen"},
		{"Neunkirchen", "Neunkirchen"},
		{"Neünkirchen", "Neuenkirchen"},
		{"Ülzen", "Uelzen"},
		{"Sost", ""},
		{"Söst", "Soest"},
		{"weissenfels", "Weißenfels"},
		{"Weiß*", "Weißenfels"},
		{"Weis*", "Weißenfels"},
		{"Muehlhaeuser", "Mühlhäuser·Höhe"},
		{"Muhlhauser Hohe", "Mühlhäuser·Höhe"},
		{"Gluchow", "Głuchów"},
		{"Budyšin", "Bautzen"},
		{"Frankfurt", "Frankfurt Frankfurt"},
		{"15230", "Frankfurt"},
		{"152*|Oder", "Frankfurt"},
		{"*5\u0301*|Munster", ""}, // a letter and its mark are two characters, but fold to one
		{"*e\u0301*|Soest", "Soest"},
		{"Frankfurt|152*|Main", ""},
		{"Neustadt", "Titisee-Neustadt"},
		{"Tit*see", "Titisee-Neustadt"},
		{"*ch*", "Neunkirchen Neuenkirchen Malchow Głuchów"},
		{"ab*cd", ""},
	} {
		expressions := strings.Split(tc.expressions, "|")
		found, total, err := index().Search(expressions, 0, 100)
		var got []string
		for _, i := range found {
			title, _, _ := strings.Cut(towns()[i], ",")
			got = append(got, strings.ReplaceAll(title, " ", "·"))
		}
		if strings.Join(got, " ") != tc.want || total != len(found) || err != nil {
			t.Errorf("search %q: got %s (%d, %v), want %s", expressions, strings.Join(got, " "), total, err, tc.want)
		}
	}
}

func TestZeroIndexFindsNothing(t *testing.T) {
	t.Parallel()
	if found, total, err := new(search.Index).Search([]string{"ab"}, 0, 10); len(found) != 0 || total != 0 || err != nil {
		t.Errorf("got %v, %d, %v, want nothing", found, total, err)
	}
	if found, total, err := search.New(nil).Search([]string{"ab"}, 0, 10); len(found) != 0 || total != 0 || err != nil {
		t.Errorf("got %v, %d, %v, want nothing", found, total, err)
	}
}

func TestTitlesOfManyWords(t *testing.T) {
	t.Parallel()
	var long []string
	for i := range 100 {
		long = append(long, fmt.Sprintf("word%d", i))
	}
	x := search.New([]search.Document{{Title: strings.Join(long, " ")}, {Title: "word99"}})
	if found, _, err := x.Search([]string{"word99"}, 0, 10); err != nil || !slices.Equal(found, []int{1, 0}) {
		t.Errorf("got %v, %v, want both, the short one first", found, err)
	}
}

// TestIndexLosesNothing compares with an index of each document alone, in which no other document can hide it.
func TestIndexLosesNothing(t *testing.T) {
	t.Parallel()
	var documents []search.Document
	for i := range 200 { // more than one word of a set
		documents = append(documents, search.Document{Title: towns()[i%len(towns())], Codes: []string{fmt.Sprint(10000 + 7*i)}})
	}
	x := search.New(documents)
	for _, e := range []string{"*nster*", "10*", "*49", "*en*", "mün*|*34", "neu*"} {
		found, total, err := x.Search(strings.Split(e, "|"), 0, 1000)
		if err != nil || total != len(found) {
			t.Fatalf("search %q: got %d of %d, %v", e, len(found), total, err)
		}
		for i, d := range documents {
			one, _, err := search.New([]search.Document{d}).Search(strings.Split(e, "|"), 0, 1)
			if err != nil || (len(one) == 1) != slices.Contains(found, i) {
				t.Errorf("search %q: document %d alone: %v, %v, among others: %v", e, i, one, err, slices.Contains(found, i))
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	if got, want := search.Words("Weißenfels a.d. Saale/ 06667 – ÄRA"), []string{"weissenfels", "a", "d", "saale", "06667", "aera"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
