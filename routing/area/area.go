package area

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing"
)

// ID names an area in the routing API. It is made of the digits of its ARS; the empty ID is none.
type ID string

// Area is one row of the official list. Areas that a [Catalogue] returns share memory with it: do not write to Postcodes.
type Area struct {
	ID         ID       // set by New
	ARS        string   // 2, 3, 4 (Region, only in Baden-Württemberg), 5, 9 or 12 digits, padded as in the list
	AGS        string   // 2, 3, 5 or 8 digits; empty for associations and Regionen
	Name       string   // as in the list: "Neustadt an der Weinstraße, kreisfreie Stadt"
	Kind       string   // "Land", "Landkreis", "Verbandsgemeinde", "Stadt", …; the type of the wire
	Parent     ID       // the area directly above; empty for a Land
	Population int      // 0 if the list does not have it; of what lies above municipalities, New makes the sum if it is 0
	Seat       string   // the postcode of the administration; empty if not known
	Postcodes  []string // all that are known with that of the seat, five digits each, ascending; of municipalities only

	region routing.Region
}

// unassociated is the kind of an association that is none: the list has one for each municipality directly below its Kreis.
const unassociated = "Verbandsfreie Gemeinde"

// Region is where routes for the area are looked up. It is without padding, so areas that are the same place, such as the Land and the
// city of Berlin, have the same one. It is set in areas that come from a Catalogue.
func (a Area) Region() routing.Region { return a.region }

// AGSFromARS leaves out digits 6 to 9 of an ARS with twelve; shorter ones are their own AGS. Associations and Regionen (9 and 4 digits)
// have no AGS, and ok is false. The padding stays: 055150000000 becomes 05515000.
func AGSFromARS(ars string) (ags string, ok bool) {
	switch len(ars) {
	case 2, 3, 5:
		return ars, true
	case 12:
		return ars[:5] + ars[9:], true
	}
	return "", false
}

// field is a part of an area, so that a reader can tell where what is wrong stood in its file.
type field int

const (
	fieldARS field = iota
	fieldAGS
	fieldName
	fieldKind
	fieldParent
	fieldPostcodes
	fieldPopulation
)

// fieldError is what is wrong with one area.
type fieldError struct {
	field field
	text  string
}

func (e *fieldError) Error() string { return e.text }

func wrong(f field, format string, args ...any) error {
	return &fieldError{field: f, text: fmt.Sprintf(format, args...)}
}

// checked returns a with ID, region and all postcodes set, or says what is wrong with it by itself.
func checked(a Area) (Area, error) {
	region, err := checkedKeys(a)
	if err != nil {
		return Area{}, err
	}
	if err := checkText(fieldName, a.ARS, "a name", a.Name); err != nil {
		return Area{}, err
	}
	if err := checkText(fieldKind, a.ARS, "a kind", a.Kind); err != nil {
		return Area{}, err
	}
	if a.Population < 0 {
		return Area{}, wrong(fieldPopulation, "population %d of ARS %s: want 0 or more", a.Population, a.ARS)
	}
	if a.Postcodes, err = checkedPostcodes(a); err != nil {
		return Area{}, err
	}
	a.ID, a.region = ID(a.ARS), region
	return a, nil
}

func checkedKeys(a Area) (routing.Region, error) {
	region, err := routing.ParseRegion("DE" + a.ARS)
	if err != nil || !isLength(len(a.ARS)) {
		return region, wrong(fieldARS, "ARS %.20q: want 2, 3, 4, 5, 9 or 12 digits", a.ARS)
	}
	if ags, _ := AGSFromARS(a.ARS); a.AGS != ags {
		return region, wrong(fieldAGS, "AGS %.20q of ARS %s: want %q", a.AGS, a.ARS, ags)
	}
	if a.ID != "" && a.ID != ID(a.ARS) {
		return region, wrong(fieldARS, "id %.20q of ARS %s: want the ARS or nothing", a.ID, a.ARS)
	}
	return region, nil
}

func isLength(n int) bool {
	switch n {
	case 2, 3, 4, 5, 9, 12:
		return true
	}
	return false
}

// checkText keeps out what would break a line of a log or of the byte form.
func checkText(f field, ars, want, text string) error {
	if strings.TrimSpace(text) == "" {
		return wrong(f, "ARS %s: want a name and a kind, %s is missing", ars, want)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return wrong(f, "ARS %s: want %s in UTF-8 without control characters, got %.40q", ars, want, text)
	}
	return nil
}

// checkedPostcodes is a copy in order, with that of the seat.
func checkedPostcodes(a Area) ([]string, error) {
	codes := slices.Clone(a.Postcodes)
	if a.Seat != "" {
		codes = append(codes, a.Seat)
	}
	for _, code := range codes {
		if !isPostcode(code) {
			return nil, wrong(fieldPostcodes, "postcode %.20q of ARS %s: want 5 digits", code, a.ARS)
		}
	}
	if len(codes) > 0 && len(a.ARS) != int(routing.Municipality) {
		return nil, wrong(fieldPostcodes, "postcode of ARS %s: want it at a municipality", a.ARS)
	}
	if len(codes) == 0 {
		return nil, nil
	}
	slices.Sort(codes)
	return slices.Clip(slices.Compact(codes)), nil
}

func isPostcode(s string) bool { return len(s) == 5 && isDigits(s) }

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
