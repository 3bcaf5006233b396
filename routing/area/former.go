package area

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/vierkant/vierkant/routing/sheet"
)

// Former is an area that an earlier list had. Its keys stay in forms, in databases of others and in published routes for years.
type Former struct {
	Area           // as it was last listed, without population and postcodes; with the keys alone if only a list of successors names it
	Since     Date // the first day without it, as far as known
	Successor ID   // what took its place, which may be a former area itself; empty if nobody said
}

// String is a note for people.
func (f Former) String() string {
	text := "ARS " + f.ARS
	if f.Name != "" {
		text += " (" + f.Name + ")"
	}
	text += " is no longer in the list of areas"
	if f.Since != "" {
		text += " of " + string(f.Since)
	}
	if f.Successor == "" {
		return text + "; no successor is known, its routes are those of the areas above its digits"
	}
	return text + "; its successor is " + string(f.Successor)
}

// formers are the former areas of a catalogue.
type formers struct {
	byID  map[ID]Former
	byAGS map[string]ID // of several with one AGS, the last one
}

func newFormers(byID map[ID]Former) formers {
	f := formers{byID: byID, byAGS: make(map[string]ID)}
	for _, former := range f.sorted() {
		if former.AGS != "" {
			f.byAGS[former.AGS] = former.ID
		}
	}
	return f
}

// sorted lists those first that ended first.
func (f formers) sorted() []Former {
	return slices.SortedFunc(maps.Values(f.byID), func(a, b Former) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID))
	})
}

// Formers is every former area that the catalogue knows, those first that ended first.
func (c *Catalogue) Formers() []Former { return c.formers.sorted() }

// Resolve finds what an id or ARS stands for today. An area of the list is itself, and former is nil. A former one leads over its
// successors, as many as there were, to one that is in the list; if the way ends before, to the last one known, which is where its
// digits say: routes are found by its Region, and so from the areas above it. The note is about the area that was asked for.
func (c *Catalogue) Resolve(id ID) (a Area, former *Former, ok bool) {
	if a, ok := c.ByID(id); ok {
		return a, nil, true
	}
	first, ok := c.formers.byID[id]
	if !ok {
		return Area{}, nil, false
	}
	last := first
	for last.Successor != "" {
		if a, ok := c.ByID(last.Successor); ok {
			return a, &first, true
		}
		last = c.formers.byID[last.Successor]
	}
	return last.Area, &first, true
}

// ResolveAGS is [Catalogue.Resolve] for an AGS.
func (c *Catalogue) ResolveAGS(ags string) (a Area, former *Former, ok bool) {
	if a, ok := c.ByAGS(ags); ok {
		return a, nil, true
	}
	return c.Resolve(c.formers.byAGS[ags])
}

// Succeed makes a catalogue of the areas of c in which all keys of old, which was in use before, keep resolving: those that c has not, and those
// that were former areas in old already. What took their place is said by the successors; where they say nothing, a municipality that kept its
// AGS, because it only changed its association, succeeds itself. An error names the line of the successor that is wrong.
func (c *Catalogue) Succeed(old *Catalogue, successors []Succession) (*Catalogue, error) {
	all := maps.Clone(c.formers.byID)
	if all == nil {
		all = make(map[ID]Former)
	}
	maps.Copy(all, old.formers.byID)
	for _, a := range old.areas {
		a.Population, a.Seat, a.Postcodes = 0, "", nil
		all[a.ID] = Former{Area: a, Since: c.asOf}
	}
	maps.DeleteFunc(all, func(id ID, _ Former) bool { _, listed := c.byID[id]; return listed })
	if err := c.apply(successors, all); err != nil {
		return nil, err
	}
	c.infer(all)
	next := *c
	next.formers = newFormers(all)
	if err := next.checkFormers(); err != nil {
		return nil, err
	}
	return &next, nil
}

// apply writes the successors that were given into all.
func (c *Catalogue) apply(successors []Succession, all map[ID]Former) error {
	for _, s := range successors {
		f, known := all[s.Old]
		if !known {
			ags, _ := AGSFromARS(string(s.Old))
			f.Area = Area{ID: s.Old, ARS: string(s.Old), AGS: ags}
			f.Since = c.asOf
		}
		region, err := checkedKeys(f.Area)
		if err != nil {
			return fmt.Errorf("successors: %w", sheet.Errorf(s.atOld, "%v", err))
		}
		if _, listed := c.byID[s.Old]; listed {
			return fmt.Errorf("successors: %w", sheet.Errorf(s.atOld, "ARS %s is in the list of areas: want one that is not", s.Old))
		}
		f.region, f.Successor, f.Since = region, s.New, cmp.Or(s.Date, f.Since)
		all[s.Old] = f
	}
	for _, s := range successors {
		_, listed := c.byID[s.New]
		if _, former := all[s.New]; !listed && !former {
			return fmt.Errorf("successors: %w", sheet.Errorf(s.atNew, "successor %.20q of ARS %s: want an area of the list or one that has a successor", string(s.New), s.Old))
		}
	}
	return nil
}

// infer finds successors that nobody gave: that with the same AGS, and that of another row for the same place, as a city that was its
// own Kreis has three.
func (c *Catalogue) infer(all map[ID]Former) {
	byRegion := make(map[string]ID)
	for _, f := range newFormers(all).sorted() {
		if f.Successor == "" && f.AGS != "" {
			if i, ok := c.byAGS[f.AGS]; ok {
				f.Successor = c.areas[i].ID
				all[f.ID] = f
			}
		}
		if f.Successor != "" {
			byRegion[f.region.String()] = f.Successor
		}
	}
	for id, f := range all {
		if f.Successor == "" {
			f.Successor = byRegion[f.region.String()]
			all[id] = f
		}
	}
}

// checkFormers makes sure that Resolve comes to an end, and to one that exists.
func (c *Catalogue) checkFormers() error {
	for _, f := range c.formers.sorted() {
		steps := 0
		for at, ok := f, true; ok; at, ok = c.formers.byID[at.Successor] {
			_, known := c.formers.byID[at.Successor]
			if _, listed := c.byID[at.Successor]; at.Successor != "" && !listed && !known {
				return fmt.Errorf("former areas: the successor %.20q of ARS %s is not known", string(at.Successor), at.ARS)
			}
			if steps++; steps > len(c.formers.byID) {
				return fmt.Errorf("former areas: ARS %s leads back to itself: want a successor that is in the list", f.ARS)
			}
		}
	}
	return nil
}
