package area

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
)

// Search finds the areas that match all expressions, best first, and returns those from offset on, at most limit, with the number of
// all. The order is the one that the package describes and always the same. An error is an *ExpressionError, see [CheckExpressions].
//
// An expression is a place name or a postcode. Its words (runs of letters and digits) must each match a whole word of the name, in
// any order, or a postcode, without regard to case, umlaut spelling and accents. A * stands for any characters, also none: Mag*
// finds Magdeburg, *stadt finds Neustadt, Tit*see finds Titisee. Several words in one expression work like several expressions.
func (c *Catalogue) Search(expressions []string, offset, limit int) (areas []Area, total int, err error) {
	terms, err := parse(expressions)
	if err != nil {
		return nil, 0, err
	}
	hits := c.hits(terms)
	from := min(max(offset, 0), len(hits))
	to := from + min(max(limit, 0), len(hits)-from)
	for _, h := range hits[from:to] {
		areas = append(areas, c.areas[h.area])
	}
	return areas, len(hits), nil
}

// hit is an area that matched; the smaller the distance, the better.
type hit struct{ area, distance int }

func (c *Catalogue) hits(terms []term) []hit {
	var hits []hit
	for _, p := range c.places {
		if distance, ok := p.distance(terms); ok {
			hits = append(hits, hit{p.area, distance})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.distance, b.distance) })
	return hits
}

// place is an area as Search sees it.
type place struct {
	area  int // index in the catalogue
	words []string
	own   int // that many words come first and are the name proper
}

// maxOwn words have a bit each in distance; names in the official list have far fewer.
const maxOwn = 64

func newPlace(i int, a Area) place {
	p := place{area: i, words: words(a.Name, 0)}
	p.own = min(ownWords(a.Name), len(p.words), maxOwn)
	p.words = append(p.words, a.Postcodes...)
	return p
}

// ownWords counts the words of the name proper: what stands before a title, a second language or a hint where the place lies. So
// "Neustadt an der Weinstraße", "Neustadt (Hessen), Stadt" and "Neustadt/ Westerwald" are all called Neustadt.
func ownWords(name string) int {
	if end := strings.IndexAny(name, ",(/"); end >= 0 {
		name = name[:end]
	}
	own := words(name, 0)
	for i, word := range own {
		if i > 0 && beginsHint(word) {
			return i
		}
	}
	return len(own)
}

func beginsHint(word string) bool {
	switch word {
	case "a", "am", "an", "auf", "b", "bei", "i", "im", "in", "ob", "unter", "v", "vor":
		return true
	}
	return false
}

// distance is how far the name proper is from what was asked: two for each word that no term matches, one for each that only a star
// made match. So Münster is nearer to "Münster*" than Münsterdorf, and that nearer than Bad Münstereifel.
func (p place) distance(terms []term) (distance int, ok bool) {
	var touched, full uint64 // bit i: own word i
	for _, t := range terms {
		found := false
		for i, word := range p.words {
			if !t.matches(word) {
				continue
			}
			found = true
			if i < p.own {
				touched |= 1 << i
			}
			if i < p.own && len(word) == t.length {
				full |= 1 << i
			}
		}
		if !found {
			return 0, false
		}
	}
	return 2*p.own - bits.OnesCount64(touched) - bits.OnesCount64(full), true
}

// ranked lists the areas that Search shows, sorted by all that does not depend on the expressions.
func (c *Catalogue) ranked() []place {
	parents := make(map[ID]bool)
	for _, a := range c.areas {
		parents[a.Parent] = true
	}
	var places []place
	for i, a := range c.areas {
		if !c.repeats(a, parents) {
			places = append(places, newPlace(i, a))
		}
	}
	slices.SortFunc(places, c.compare)
	return places
}

func (c *Catalogue) compare(p, q place) int {
	a, b := c.areas[p.area], c.areas[q.area]
	return cmp.Or(
		cmp.Compare(a.region.Level(), b.region.Level()),
		cmp.Compare(len(b.ARS), len(a.ARS)),
		slices.Compare(p.words, q.words),
		cmp.Compare(a.ID, b.ID))
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
