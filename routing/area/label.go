package area

import (
	"strings"

	"github.com/vierkant/vierkant/routing"
)

// Label is the name of an area with the association, the Kreis and the Land above it, so that areas of one name can be told apart:
// "Neustadt (Hessen), Stadt – Landkreis Marburg-Biedenkopf, Hessen", "Münster, Stadt – Nordrhein-Westfalen". Together with the kind it
// is unique among the areas that [Catalogue.Search] shows of the official list. What lies above is found by Parent.
func (c *Catalogue) Label(a Area) string {
	var above []string
	for p, ok := c.ByID(a.Parent); ok; p, ok = c.ByID(p.Parent) {
		if tells(p, a) {
			above = append(above, titled(p))
		}
	}
	if above == nil {
		return titled(a)
	}
	return titled(a) + " – " + strings.Join(above, ", ")
}

// tells reports whether the name of p, above a, helps a reader to find a on the map.
func tells(p, a Area) bool {
	switch p.region.Level() {
	case routing.Association:
		return p.Kind != unassociated
	case routing.County, routing.Land:
		return p.region != a.region
	}
	return false
}

// titled puts the kind before a name that does not say it: Landkreis Hof, Amt Siek, but Rhein-Sieg-Kreis.
func titled(a Area) string {
	name := strings.ToLower(a.Name)
	switch a.Kind {
	case "Landkreis", "Kreis":
		if strings.Contains(name, "kreis") || strings.Contains(name, "region") {
			return a.Name
		}
	case "Amt", "Samtgemeinde", "Verbandsgemeinde":
		if strings.Contains(name, strings.ToLower(a.Kind)) {
			return a.Name
		}
	default:
		return a.Name
	}
	return a.Kind + " " + a.Name
}
