package area

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/search"
)

// ExpressionError says which search expression is wrong and what it should have been.
type ExpressionError = search.ExpressionError

// Search finds the areas that match all expressions, best first, and returns those from offset on, at most limit, with the number of
// all. The order is the one that the package describes and always the same. An error is an *ExpressionError, see [search.Check].
//
// An expression is a place name or a postcode, with * for any characters; see [search.Index.Search].
func (c *Catalogue) Search(expressions []string, offset, limit int) (areas []Area, total int, err error) {
	found, total, err := c.index.Search(expressions, offset, limit)
	for _, i := range found {
		areas = append(areas, c.areas[c.shown[i]])
	}
	return areas, total, err
}

// rank makes the index of the areas that Search shows, sorted by all that does not depend on the expressions.
func (c *Catalogue) rank() {
	parents := make(map[ID]bool)
	for _, a := range c.areas {
		parents[a.Parent] = true
	}
	for i, a := range c.areas {
		if !c.repeats(a, parents) {
			c.shown = append(c.shown, i)
		}
	}
	slices.SortFunc(c.shown, func(i, j int) int { return compare(&c.areas[i], &c.areas[j]) })
	documents := make([]search.Document, len(c.shown))
	for i, shown := range c.shown {
		documents[i] = document(&c.areas[shown])
	}
	c.index = *search.New(documents)
}

// compare is called some hundred thousand times for a catalogue, so what mostly decides comes first and alone.
func compare(a, b *Area) int {
	if tiers := cmp.Compare(tier(a), tier(b)); tiers != 0 {
		return tiers
	}
	if a.Population != b.Population {
		return cmp.Compare(b.Population, a.Population)
	}
	return cmp.Or(
		cmp.Compare(a.region.Level(), b.region.Level()),
		cmp.Compare(len(b.ARS), len(a.ARS)),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.ID, b.ID))
}

// tier puts first where a person lives: the town of Hof before the Landkreis Hof, which has more people but is not responsible in the
// town. A Land is never mistaken for one of its villages.
func tier(a *Area) int {
	town := len(a.ARS) == int(routing.Municipality) && !strings.HasPrefix(a.Kind, "Gemeindefreies Gebiet")
	if town || a.region.Level() == routing.Land {
		return 0
	}
	return 1
}

// repeats tells whether the list has a only for the sake of its levels: as the Kreis or the association of a municipality that needs
// none. In a catalogue that lacks the municipality it stays visible.
func (c *Catalogue) repeats(a Area, parents map[ID]bool) bool {
	switch len(a.ARS) {
	case int(routing.County):
		_, ok := c.byID[a.ID+"0000000"]
		return ok
	case int(routing.Association):
		return a.Kind == unassociated && parents[a.ID]
	}
	return false
}

func document(a *Area) search.Document {
	proper := properName(a.Name)
	return search.Document{Title: proper, Text: a.Name[len(proper):], Codes: a.Postcodes}
}

// properName is what stands before a title, a second language or a hint where the place lies. So "Neustadt an der Weinstraße",
// "Neustadt (Hessen), Stadt" and "Neustadt/ Westerwald" are all called Neustadt.
func properName(name string) string {
	if end := strings.IndexAny(name, ",(/"); end > 0 {
		name = name[:end]
	}
	for i, r := range name {
		if i > 0 && r == ' ' && beginsHint(name[i+1:]) {
			return name[:i]
		}
	}
	return name
}

func beginsHint(rest string) bool {
	word, _, _ := strings.Cut(rest, " ")
	word, _, _ = strings.Cut(word, ".")
	switch strings.ToLower(word) {
	case "a", "am", "an", "auf", "b", "bei", "i", "im", "in", "ob", "unter", "v", "vor":
		return true
	}
	return false
}
