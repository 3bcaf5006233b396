package area

import (
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/routing"
)

// ID names an area in the routing API. It is made of the digits of its ARS; the empty ID is none.
type ID string

// Area is one row of the official list. Areas that a [Catalogue] returns share memory with it: do not write to Postcodes.
type Area struct {
	ID        ID       // set by New
	ARS       string   // 2, 3, 4 (Region, only in Baden-Württemberg), 5, 9 or 12 digits, padded as in the list
	AGS       string   // 2, 3, 5 or 8 digits; empty for associations and Regionen
	Name      string   // as in the list: "Neustadt an der Weinstraße, kreisfreie Stadt"
	Kind      string   // "Land", "Landkreis", "Verbandsgemeinde", "Stadt", …; the type of the wire
	Parent    ID       // the area directly above; empty for a Land
	Postcodes []string // five digits each; of municipalities only

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

// checked returns a with ID and region set, or says what is wrong with it by itself.
func checked(a Area) (Area, error) {
	region, err := routing.ParseRegion("DE" + a.ARS)
	if err != nil || !isLength(len(a.ARS)) {
		return Area{}, fmt.Errorf("ARS %.20q: want 2, 3, 4, 5, 9 or 12 digits", a.ARS)
	}
	if ags, _ := AGSFromARS(a.ARS); a.AGS != ags {
		return Area{}, fmt.Errorf("AGS %.20q of ARS %s: want %q", a.AGS, a.ARS, ags)
	}
	if a.ID != "" && a.ID != ID(a.ARS) {
		return Area{}, fmt.Errorf("id %.20q of ARS %s: want the ARS or nothing", a.ID, a.ARS)
	}
	if strings.TrimSpace(a.Name) == "" || strings.TrimSpace(a.Kind) == "" {
		return Area{}, fmt.Errorf("ARS %s: want a name and a kind", a.ARS)
	}
	if err := checkPostcodes(a); err != nil {
		return Area{}, err
	}
	a.ID, a.region = ID(a.ARS), region
	return a, nil
}

func isLength(n int) bool {
	switch n {
	case 2, 3, 4, 5, 9, 12:
		return true
	}
	return false
}

func checkPostcodes(a Area) error {
	for _, code := range a.Postcodes {
		if len(code) != 5 || strings.Trim(code, "0123456789") != "" {
			return fmt.Errorf("postcode %.20q of ARS %s: want 5 digits", code, a.ARS)
		}
	}
	if len(a.Postcodes) > 0 && len(a.ARS) != int(routing.Municipality) {
		return fmt.Errorf("postcode of ARS %s: want it at a municipality", a.ARS)
	}
	return nil
}
