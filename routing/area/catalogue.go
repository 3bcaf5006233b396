package area

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/search"
)

// Catalogue is a checked, immutable set of areas. The zero value is empty.
type Catalogue struct {
	asOf       Date
	areas      []Area // by ARS
	byID       map[ID]int
	byAGS      map[string]int
	byPostcode map[string][]int // ascending
	formers    formers
	shown      []int // what Search shows, in the order of ranks that no expression changes
	index      search.Index
}

// New makes a catalogue. Every area is checked: the shape of its keys, an AGS that belongs to its ARS, a name, five-digit postcodes,
// ARS and AGS used once, and a parent that is among the areas and a prefix of the ARS. The error names the area by its index.
func New(areas []Area) (*Catalogue, error) {
	return newCatalogue("", areas, func(i int, _ field) string { return fmt.Sprintf("area %d", i) })
}

// locate tells where a field of an area came from.
type locate func(i int, f field) string

func newCatalogue(asOf Date, given []Area, where locate) (*Catalogue, error) {
	b := builder{
		c: &Catalogue{
			asOf:       asOf,
			areas:      make([]Area, 0, len(given)),
			byID:       make(map[ID]int, len(given)),
			byAGS:      make(map[string]int, len(given)),
			byPostcode: make(map[string][]int),
		},
		where: where,
	}
	if err := b.addAll(given); err != nil {
		return nil, err
	}
	b.c.sum()
	b.c.rank()
	return b.c, nil
}

// builder remembers where the areas of a catalogue stood in what was given.
type builder struct {
	c     *Catalogue
	given []int // by index in the catalogue
	where locate
}

func (b *builder) addAll(given []Area) error {
	areas := make([]Area, len(given))
	for i, a := range given {
		var err error
		if areas[i], err = checked(a); err != nil {
			return b.at(i, err)
		}
		b.given = append(b.given, i)
	}
	slices.SortStableFunc(b.given, func(i, j int) int { return cmp.Compare(areas[i].ARS, areas[j].ARS) })
	for _, i := range b.given {
		if err := b.add(areas[i]); err != nil {
			return b.at(i, err)
		}
	}
	for i, a := range b.c.areas {
		if err := b.c.checkParent(a); err != nil {
			return b.at(b.given[i], err)
		}
	}
	return nil
}

func (b *builder) at(i int, err error) error {
	f := fieldARS
	var wrong *fieldError
	if errors.As(err, &wrong) {
		f = wrong.field
	}
	return fmt.Errorf("%s: %w", b.where(i, f), err)
}

func (b *builder) add(a Area) error {
	c := b.c
	if first, taken := c.byID[a.ID]; taken {
		return wrong(fieldARS, "ARS %s is already that of %s", a.ARS, b.where(b.given[first], fieldARS))
	}
	if first, taken := c.byAGS[a.AGS]; taken {
		return wrong(fieldAGS, "AGS %s is already that of %s", a.AGS, b.where(b.given[first], fieldAGS))
	}
	i := len(c.areas)
	c.byID[a.ID] = i
	if a.AGS != "" {
		c.byAGS[a.AGS] = i
	}
	for _, code := range a.Postcodes {
		c.byPostcode[code] = append(c.byPostcode[code], i)
	}
	c.areas = append(c.areas, a)
	return nil
}

func (c *Catalogue) checkParent(a Area) error {
	if a.Parent == "" {
		if len(a.ARS) > 2 {
			return wrong(fieldParent, "ARS %s: want a parent, only a Land has none", a.ARS)
		}
		return nil
	}
	if _, known := c.byID[a.Parent]; !known {
		return wrong(fieldParent, "ARS %s: its parent %.20q is not in the catalogue", a.ARS, a.Parent)
	}
	if len(a.Parent) >= len(a.ARS) || !strings.HasPrefix(a.ARS, string(a.Parent)) {
		return wrong(fieldParent, "ARS %s: its parent %s does not cover it", a.ARS, a.Parent)
	}
	return nil
}

// sum gives the areas above municipalities their population if nobody did.
func (c *Catalogue) sum() {
	sums := make([]int, len(c.areas))
	for i := range c.areas {
		if len(c.areas[i].ARS) != int(routing.Municipality) {
			continue
		}
		for p, ok := c.byID[c.areas[i].Parent]; ok; p, ok = c.byID[c.areas[p].Parent] {
			sums[p] += c.areas[i].Population
		}
	}
	for i, sum := range sums {
		if c.areas[i].Population == 0 {
			c.areas[i].Population = sum
		}
	}
}

// Len is the number of areas.
func (c *Catalogue) Len() int { return len(c.areas) }

// AsOf is the day that the list describes (Gebietsstand).
func (c *Catalogue) AsOf() Date { return c.asOf }

// All is every area of the list, by ARS.
func (c *Catalogue) All() []Area { return append([]Area(nil), c.areas...) }

// ByID finds an area of the list by its id. [Catalogue.Resolve] also knows former ones.
func (c *Catalogue) ByID(id ID) (Area, bool) {
	i, ok := c.byID[id]
	return c.at(i, ok)
}

// ByARS finds an area by its ARS as the list has it: 05515 is the Kreis and 055150000000 the municipality of Münster.
func (c *Catalogue) ByARS(ars string) (Area, bool) { return c.ByID(ID(ars)) }

// ByAGS finds an area by its AGS of 2, 3, 5 or 8 digits.
func (c *Catalogue) ByAGS(ags string) (Area, bool) {
	i, ok := c.byAGS[ags]
	return c.at(i, ok)
}

// ARSFromAGS is the way back from [AGSFromARS], which needs the catalogue because an AGS does not name the association. For an area that
// is in the list no more it is the ARS that it had.
func (c *Catalogue) ARSFromAGS(ags string) (ars string, ok bool) {
	if a, ok := c.ByAGS(ags); ok {
		return a.ARS, true
	}
	id, ok := c.formers.byAGS[ags]
	return string(id), ok
}

// ByPostcode finds the municipalities that have a postcode, by ARS; nil if none has. Several may share one.
func (c *Catalogue) ByPostcode(code string) []Area {
	var found []Area
	for _, i := range c.byPostcode[code] {
		found = append(found, c.areas[i])
	}
	return found
}

func (c *Catalogue) at(i int, ok bool) (Area, bool) {
	if !ok {
		return Area{}, false
	}
	return c.areas[i], true
}
