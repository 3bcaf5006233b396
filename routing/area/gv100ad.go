package area

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/sheet"
)

// lineLength of a GV100AD, in characters.
const lineLength = 220

// span is a field of a GV100AD line: the first and the last column, counted from 1, as the description of the publisher has them.
type span struct{ from, to int }

// The fields that every kind of record has, and those of municipalities. What is not named here (ha, tax offices, courts, constituencies)
// is not kept.
var (
	spanKind       = span{1, 2}
	spanDate       = span{3, 10}
	spanKey        = span{11, 18}
	spanGroup      = span{19, 22} // Gemeindeverband
	spanName       = span{23, 72}
	spanText       = span{123, 124} // Textkennzeichen
	spanPopulation = span{140, 150}
	spanPostcode   = span{166, 170}
)

// isGV100AD tells the list from CSV by its first ten characters: the kind of the record and the day.
func isGV100AD(text string) bool { return len(text) >= 10 && isDigits(text[:10]) }

// parseGV100AD reads lines of 220 characters: records 10 Land, 20 Regierungsbezirk, 30 Region, 40 Kreis, 50 Gemeindeverband, 60 Gemeinde,
// all of one day. A parent is the next area above whose record is there. All Länder must be there and every line must be whole, blanks at
// its end too: a file that was cut off has to be told from one that ends.
func parseGV100AD(text string) (*Catalogue, error) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	areas := make([]Area, len(lines))
	listed := make(map[ID]bool)
	var asOf Date
	for i, line := range lines {
		r, err := newRecord(line, i+1)
		if err != nil {
			return nil, err
		}
		if areas[i], err = r.area(&asOf); err != nil {
			return nil, err
		}
		listed[ID(areas[i].ARS)] = true
	}
	for i, a := range areas {
		areas[i].Parent = parentOf(a.ARS, listed)
	}
	if err := checkLands(listed); err != nil {
		return nil, err
	}
	return newCatalogue(asOf, areas, func(i int, f field) string { return sheet.At{Line: i + 1, Column: spanOf(f).from}.String() })
}

func checkLands(listed map[ID]bool) error {
	for land := 1; land <= 16; land++ {
		if id := ID(fmt.Sprintf("%02d", land)); !listed[id] {
			return fmt.Errorf("the Land %s is missing: want the whole list, with all 16", id)
		}
	}
	return nil
}

// parentOf passes over Regionen, which stand beside the hierarchy.
func parentOf(ars string, listed map[ID]bool) ID {
	for _, level := range []routing.Level{routing.Association, routing.County, routing.District, routing.Land} {
		if n := int(level); n < len(ars) && listed[ID(ars[:n])] {
			return ID(ars[:n])
		}
	}
	return ""
}

// spanOf is where a field of an area stands.
func spanOf(f field) span {
	switch f {
	case fieldName:
		return spanName
	case fieldKind:
		return spanText
	case fieldPostcodes:
		return spanPostcode
	case fieldPopulation:
		return spanPopulation
	}
	return spanKey
}

// record is one line.
type record struct {
	characters []rune
	line       int
}

func newRecord(text string, line int) (record, error) {
	r := record{[]rune(text), line}
	if got := len(r.characters); got != lineLength {
		return r, r.wrong(span{from: min(got, lineLength) + 1}, "want %d characters in the line, got %d", lineLength, got)
	}
	return r, nil
}

// at is a field without the blanks that fill it.
func (r record) at(s span) string { return strings.TrimRight(string(r.characters[s.from-1:s.to]), " ") }

func (r record) wrong(s span, format string, args ...any) error {
	return sheet.Errorf(sheet.At{Line: r.line, Column: s.from}, format, args...)
}

// day has to be that of the lines before, if there were any.
func (r record) day(asOf *Date) error {
	text := r.at(spanDate)
	day, err := checkedDate("20060102", text)
	if err != nil {
		return r.wrong(spanDate, "day of the list (Gebietsstand) %v", err)
	}
	if *asOf != "" && day != *asOf {
		return r.wrong(spanDate, "day of the list (Gebietsstand) %q: want %s as in the lines before", text, *asOf)
	}
	*asOf = day
	return nil
}

func (r record) area(asOf *Date) (Area, error) {
	shape, ok := shapeOf(r.at(spanKind))
	if !ok {
		return Area{}, r.wrong(spanKind, "kind of record %q: want 10, 20, 30, 40, 50 or 60", r.at(spanKind))
	}
	if err := r.day(asOf); err != nil {
		return Area{}, err
	}
	a := Area{Name: strings.TrimSpace(r.at(spanName))}
	if a.Kind, ok = shape.kind(r.at(spanText)); !ok {
		return Area{}, r.wrong(spanText, "Textkennzeichen %q: want one of a record %s", r.at(spanText), r.at(spanKind))
	}
	var err error
	if a.ARS, err = r.ars(shape); err != nil {
		return Area{}, err
	}
	a.AGS, _ = AGSFromARS(a.ARS)
	if len(a.ARS) == int(routing.Municipality) {
		err = r.municipality(&a)
	}
	return a, err
}

// ars is the key with the digits of the association between Kreis and municipality. What a level does not use is blank.
func (r record) ars(s shape) (string, error) {
	key, group := r.at(spanKey), r.at(spanGroup)
	if len(key) != s.key || !isDigits(key) {
		return "", r.wrong(spanKey, "Regionalschlüssel %q: want %d digits", key, s.key)
	}
	if len(group) != s.group || !isDigits(group) {
		return "", r.wrong(spanGroup, "Gemeindeverband %q: want %d digits", group, s.group)
	}
	county := min(len(key), int(routing.County))
	return key[:county] + group + key[county:], nil
}

func (r record) municipality(a *Area) (err error) {
	population := r.at(spanPopulation)
	if len(population) != 11 || !isDigits(population) {
		return r.wrong(spanPopulation, "population %q: want 11 digits", population)
	}
	if a.Population, err = strconv.Atoi(population); err != nil {
		return r.wrong(spanPopulation, "population: %v", err)
	}
	a.Seat = r.at(spanPostcode)
	return nil
}

// shape is what a kind of record has.
type shape struct {
	key, group int // digits in these fields
	kind       func(text string) (string, bool)
}

func shapeOf(record string) (shape, bool) {
	switch record {
	case "10":
		return shape{2, 0, always("Land")}, true
	case "20":
		return shape{3, 0, always("Regierungsbezirk")}, true
	case "30":
		return shape{4, 0, always("Region")}, true
	case "40":
		return shape{5, 0, countyKind}, true
	case "50":
		return shape{5, 4, associationKind}, true
	case "60":
		return shape{8, 4, municipalityKind}, true
	}
	return shape{}, false
}

// always is for records without a Textkennzeichen.
func always(kind string) func(string) (string, bool) {
	return func(text string) (string, bool) { return kind, text == "" }
}
