package area

import (
	"fmt"
	"slices"
	"strings"
)

// Catalogue is a checked, immutable set of areas. The zero value is empty.
type Catalogue struct {
	areas      []Area // in the order given
	byID       map[ID]int
	byAGS      map[string]int
	byPostcode map[string][]int // ascending
	places     []place          // what Search shows, in the order of ranks that no expression changes
}

// New makes a catalogue. Every area is checked: the shape of its keys, an AGS that belongs to its ARS, a name, five-digit postcodes,
// ARS and AGS used once, and a parent that is among the areas and a prefix of the ARS. The error names the area by its index.
func New(areas []Area) (*Catalogue, error) {
	return newCatalogue(areas, func(i int) string { return fmt.Sprintf("area %d", i) })
}

// newCatalogue lets the caller say where an area came from.
func newCatalogue(areas []Area, where func(i int) string) (*Catalogue, error) {
	c := &Catalogue{
		areas:      make([]Area, 0, len(areas)),
		byID:       make(map[ID]int, len(areas)),
		byAGS:      make(map[string]int, len(areas)),
		byPostcode: make(map[string][]int),
	}
	for i, a := range areas {
		if err := c.add(a, where); err != nil {
			return nil, fmt.Errorf("%s: %w", where(i), err)
		}
	}
	for i, a := range c.areas {
		if err := c.checkParent(a); err != nil {
			return nil, fmt.Errorf("%s: %w", where(i), err)
		}
	}
	c.places = c.ranked()
	return c, nil
}

func (c *Catalogue) add(a Area, where func(i int) string) error {
	a, err := checked(a)
	if err != nil {
		return err
	}
	if first, taken := c.byID[a.ID]; taken {
		return fmt.Errorf("ARS %s is already that of %s", a.ARS, where(first))
	}
	if first, taken := c.byAGS[a.AGS]; taken {
		return fmt.Errorf("AGS %s is already that of %s", a.AGS, where(first))
	}
	i := len(c.areas)
	c.byID[a.ID] = i
	if a.AGS != "" {
		c.byAGS[a.AGS] = i
	}
	a.Postcodes = slices.Clone(a.Postcodes)
	for _, code := range a.Postcodes {
		c.byPostcode[code] = append(c.byPostcode[code], i)
	}
	c.areas = append(c.areas, a)
	return nil
}

func (c *Catalogue) checkParent(a Area) error {
	if a.Parent == "" {
		if len(a.ARS) > 2 {
			return fmt.Errorf("ARS %s: want a parent, only a Land has none", a.ARS)
		}
		return nil
	}
	if _, known := c.byID[a.Parent]; !known {
		return fmt.Errorf("ARS %s: its parent %.20q is not in the catalogue", a.ARS, a.Parent)
	}
	if len(a.Parent) >= len(a.ARS) || !strings.HasPrefix(a.ARS, string(a.Parent)) {
		return fmt.Errorf("ARS %s: its parent %s does not cover it", a.ARS, a.Parent)
	}
	return nil
}

// Len is the number of areas.
func (c *Catalogue) Len() int { return len(c.areas) }

// ByID finds an area by its id.
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

// ARSFromAGS is the way back from [AGSFromARS], which needs the catalogue because an AGS does not name the association.
func (c *Catalogue) ARSFromAGS(ags string) (ars string, ok bool) {
	a, ok := c.ByAGS(ags)
	return a.ARS, ok
}

// ByPostcode finds the municipalities that have a postcode, in the order of the list; nil if none has. Several may share one.
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
