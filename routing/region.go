package routing

import (
	"cmp"
	"fmt"
)

// Level is the number of digits of a region: how far down the hierarchy it stands. Regions of other lengths than these are legal on
// the wire as prefixes, but no place in the hierarchy.
type Level int

// The canonical levels; fallback goes through them from the last to the first (FIT-Connect contract 5.6).
const (
	Federal      Level = 0
	Land         Level = 2
	District     Level = 3 // Regierungsbezirk or statistical region
	County       Level = 5 // Kreis or kreisfreie Stadt
	Association  Level = 9 // Gemeindeverband: Amt, Verbandsgemeinde, …
	Municipality Level = 12
)

// Region is a part of the country: the digits of its ARS (Amtlicher Regionalschlüssel) without zero padding. Regions compare with
// ==. The zero value is the whole country, "DE".
//
// Padding is what fills a text of 2, 3, 5, 9 or 12 digits up from a shorter one of these lengths: DE000000000000 is DE,
// 055150000000 (Münster, a city that is its own Kreis) is 05515, 110000000000 is 11. A text of another length, such as DE0947, has no
// padding; it stays the prefix it is.
type Region struct{ d digits }

// SyntaxError says which value of a caller is malformed and how it should look.
type SyntaxError struct {
	Kind  string // "region", "ARS", "AGS", "service key"
	Value string
	Want  string // for example "2, 3, 5, 9 or 12 digits"
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s %.40q: want %s", e.Kind, e.Value, e.Want)
}

// ParseRegion reads the wire form, ^DE[0-9]{0,12}$ (FIT-Connect contract 3.4). An error is a *SyntaxError.
func ParseRegion(s string) (Region, error) {
	if len(s) >= 2 && s[:2] == "DE" {
		if d, ok := pack(s[2:]); ok {
			return Region{d.unpad(arsLengths)}, nil
		}
	}
	return Region{}, &SyntaxError{Kind: "region", Value: s, Want: "DE and 0 to 12 digits"}
}

// ParseARS reads a key of 2, 3, 5, 9 or 12 digits (FIT-Connect contract 5.2). An error is a *SyntaxError.
func ParseARS(s string) (Region, error) {
	d, ok := pack(s)
	if !ok || s == "" || !arsLengths.has(len(s)) {
		return Region{}, &SyntaxError{Kind: "ARS", Value: s, Want: "2, 3, 5, 9 or 12 digits"}
	}
	return Region{d.unpad(arsLengths)}, nil
}

// String is the wire form, "DE" and the digits.
func (r Region) String() string { return string(r.d.append([]byte("DE"))) }

// ARS is the digits alone, unpadded; the whole country has none.
func (r Region) ARS() string { return r.d.String() }

// Level is the number of digits; compare it with the constants only if r is canonical.
func (r Region) Level() Level { return Level(r.d.len()) }

// Canonical tells whether r stands at one of the six levels, as a route must.
func (r Region) Canonical() bool { return arsLengths.has(r.d.len()) }

// Covers tells whether other lies in r or is r: the digits of r are a prefix of those of other. Both are taken without padding, so
// DE055150 covers parts of Münster at most, never DE05515 itself.
func (r Region) Covers(other Region) bool { return other.d.cut(r.d.len()) == r.d }

// Compare orders regions so that each stands before all that it covers, and these directly behind it.
func (r Region) Compare(other Region) int { return cmp.Compare(r.d, other.d) }

// Parent is the region at the next higher canonical level that is not the same place: the parent of 055150000012 is 05515, since
// 055150000 is only its padding. The whole country has none.
func (r Region) Parent() (Region, bool) {
	n, ok := arsLengths.below(r.d.len())
	if !ok {
		return Region{}, false
	}
	return Region{r.d.cut(n).unpad(arsLengths)}, true
}

// AGS is the municipality key (Amtlicher Gemeindeschlüssel) of r: the ARS without its digits 6 to 9. An association has none, nor
// has the whole country or a prefix.
func (r Region) AGS() (AGS, bool) {
	switch r.Level() {
	case Land, District, County:
		return AGS(r), true
	case Municipality:
		return AGS{municipalityAGS(r.d)}, true
	}
	return AGS{}, false
}

// AGS is a municipality key of 2, 3, 5 or 8 digits without zero padding (05515000 is 05515, as it is for a [Region]). Values compare
// with ==; the zero value is the whole country.
type AGS struct{ d digits }

// ParseAGS reads a key of 2, 3, 5 or 8 digits (FIT-Connect contract 5.2). An error is a *SyntaxError.
func ParseAGS(s string) (AGS, error) {
	d, ok := pack(s)
	if !ok || s == "" || !agsLengths.has(len(s)) {
		return AGS{}, &SyntaxError{Kind: "AGS", Value: s, Want: "2, 3, 5 or 8 digits"}
	}
	return AGS{d.unpad(agsLengths)}, nil
}

// String is the digits, unpadded.
func (a AGS) String() string { return a.d.String() }

// Region is the region of a, if a alone tells it: up to the Kreis both keys are the same. A municipality inside a Kreis needs the
// catalogue of areas, since its AGS does not name the association.
func (a AGS) Region() (Region, bool) {
	if a.d.len() > int(County) {
		return Region{}, false
	}
	return Region(a), true
}

// municipalityAGS moves the last three of twelve digits to places 6 to 8. For shorter keys the result is their Kreis.
func municipalityAGS(d digits) digits {
	const number = 1<<(3*width) - 1
	return d.cut(int(County)) | d&number<<(4*width)
}
