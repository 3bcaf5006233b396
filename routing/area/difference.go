package area

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
)

// Difference is what a new list of areas changes.
type Difference struct {
	From, To Summary
	Added    []Area
	Removed  []Former // with the successor, if the new catalogue knows it
	Changed  []Change
}

// Summary counts a catalogue.
type Summary struct {
	AsOf           Date // empty: not known
	Areas          int
	Municipalities int
	Formers        int
	Postcodes      int // pairs of a postcode and a municipality
	Population     int
}

// Change is an area of both lists that is not the same in both. That its population or seat changed is no change. Areas are the same if their ARS is, and
// municipalities if their AGS is, which they keep when they only change the association.
type Change struct {
	Before, After Area
	Key           bool // the ARS, and with it the id
	Name          bool
	Kind          bool
	Parent        bool
	Postcodes     bool
}

func (c Change) some() bool { return c.Key || c.Name || c.Kind || c.Parent || c.Postcodes }

// Empty tells that there is nothing to do; the day and the population may differ.
func (d Difference) Empty() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// Compare tells what becomes different when next takes the place of old. Both may be nil, which is a catalogue without areas.
func Compare(old, next *Catalogue) Difference {
	old, next = cmp.Or(old, &Catalogue{}), cmp.Or(next, &Catalogue{})
	d := Difference{From: old.Summary(), To: next.Summary()}
	kept := make(map[ID]bool)
	for _, before := range old.areas {
		after, ok := next.same(before)
		if !ok {
			d.Removed = append(d.Removed, next.removed(before))
			continue
		}
		kept[after.ID] = true
		if change := changeOf(before, after); change.some() {
			d.Changed = append(d.Changed, change)
		}
	}
	for _, a := range next.areas {
		if !kept[a.ID] {
			d.Added = append(d.Added, a)
		}
	}
	return d
}

// same finds the area of another list in this one.
func (c *Catalogue) same(a Area) (Area, bool) {
	if same, ok := c.ByID(a.ID); ok {
		return same, true
	}
	return c.ByAGS(a.AGS)
}

func (c *Catalogue) removed(a Area) Former {
	if f, ok := c.formers.byID[a.ID]; ok {
		return f
	}
	return Former{Area: a, Since: c.asOf}
}

func changeOf(before, after Area) Change {
	return Change{
		Before: before, After: after,
		Key:       before.ARS != after.ARS,
		Name:      before.Name != after.Name,
		Kind:      before.Kind != after.Kind,
		Parent:    before.Parent != after.Parent,
		Postcodes: !slices.Equal(before.Postcodes, after.Postcodes),
	}
}

// Summary counts c.
func (c *Catalogue) Summary() Summary {
	s := Summary{AsOf: c.asOf, Areas: len(c.areas), Formers: len(c.formers.byID)}
	for _, a := range c.areas {
		if len(a.ARS) == int(routing.Municipality) {
			s.Municipalities++
			s.Postcodes += len(a.Postcodes)
			s.Population += a.Population
		}
	}
	return s
}

// String is the difference for people: the counts, and a line for each area.
func (d Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "from: %s\nto:   %s\n", d.From, d.To)
	fmt.Fprintf(&b, "%d added, %d removed, %d changed\n", len(d.Added), len(d.Removed), len(d.Changed))
	for _, a := range d.Added {
		fmt.Fprintf(&b, "+ %s\n", a)
	}
	for _, f := range d.Removed {
		fmt.Fprintf(&b, "- %s, %s\n", f.Area, f.fate())
	}
	for _, c := range d.Changed {
		fmt.Fprintf(&b, "~ %s: %s\n", c.Before, strings.Join(c.parts(), ", "))
	}
	return b.String()
}

func (s Summary) String() string {
	return fmt.Sprintf("list of %s: %d areas, %d of them municipalities, %d former, %d pairs of postcode and municipality, %d people",
		cmp.Or(string(s.AsOf), "an unknown day"), s.Areas, s.Municipalities, s.Formers, s.Postcodes, s.Population)
}

// String names an area in a list for people.
func (a Area) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", a.ARS, a.Kind, a.Name))
}

func (f Former) fate() string {
	if f.Successor == "" {
		return "no successor is known"
	}
	return "now " + string(f.Successor)
}

// parts tells what changed and how.
func (c Change) parts() []string {
	var parts []string
	for _, part := range []struct {
		changed             bool
		what, before, after string
	}{
		{c.Key, "ARS", c.Before.ARS, c.After.ARS},
		{c.Name, "name", c.Before.Name, c.After.Name},
		{c.Kind, "kind", c.Before.Kind, c.After.Kind},
		{c.Parent, "parent", string(c.Before.Parent), string(c.After.Parent)},
	} {
		if part.changed {
			parts = append(parts, fmt.Sprintf("%s %q is now %q", part.what, part.before, part.after))
		}
	}
	if c.Postcodes {
		parts = append(parts, postcodeChange(c.Before.Postcodes, c.After.Postcodes))
	}
	return parts
}

func postcodeChange(before, after []string) string {
	text := "postcodes"
	for _, code := range after {
		if !slices.Contains(before, code) {
			text += " +" + code
		}
	}
	for _, code := range before {
		if !slices.Contains(after, code) {
			text += " -" + code
		}
	}
	return text
}
