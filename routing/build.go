package routing

import (
	"cmp"
	"fmt"
	"slices"
)

// Build makes the table of the entries; ranks has the rank of each route, by Entry.Route. An entry given twice counts once, whatever
// padding its region came with. It is an error if a service is missing, a region is not canonical or a route has no rank; the message
// names the entry by its index.
func Build(entries []Entry, ranks []Rank) (*Table, error) {
	if len(entries) > maxNumber || len(ranks) > maxNumber {
		return nil, fmt.Errorf("routing: %d entries of %d routes are too many for a table", len(entries), len(ranks))
	}
	if err := check(entries, len(ranks)); err != nil {
		return nil, err
	}
	b := builder{
		Table: &Table{}, seeds: newSeeds(), given: ranks, classes: make(map[Rank]uint32),
	}
	b.all = newIndex(len(entries), b.seeds)
	b.fill(entries)
	b.group()
	b.listMunicipalities()
	b.resolveAll()
	return b.Table, nil
}

func check(entries []Entry, ranks int) error {
	for i, e := range entries {
		switch {
		case e.Service == (Service{}):
			return fmt.Errorf("routing: entry %d: no service", i)
		case !e.Region.Canonical():
			return fmt.Errorf("routing: entry %d: region %v: a route needs 0, 2, 3, 5, 9 or 12 digits", i, e.Region)
		case int(e.Route) >= ranks:
			return fmt.Errorf("routing: entry %d: route %d of %d", i, e.Route, ranks)
		}
	}
	return nil
}

// builder is a table in the making.
type builder struct {
	*Table
	seeds   [2]uint64
	given   []Rank // by route
	census  census
	pending []pending
	classes map[Rank]uint32
}

// group makes the words of all that are pending.
func (b *builder) group() {
	slices.Sort(b.pending)
	list := slices.Compact(b.pending)
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].place() == list[0].place() {
			n++
		}
		place := list[0].place()
		b.all.change(place, uint32(word(b.all.at(place)).with(uint32(len(b.groups)))))
		b.groups = append(b.groups, uint32(len(b.members)))
		b.addMembers(list[:n])
		list = list[n:]
	}
	b.groups = append(b.groups, uint32(len(b.members)))
}

// addMembers takes routes from the oldest to the newest.
func (b *builder) addMembers(list []pending) {
	slices.SortStableFunc(list, func(x, y pending) int {
		return cmp.Compare(b.given[y.route()].Priority, b.given[x.route()].Priority)
	})
	for _, p := range list {
		b.members = append(b.members, member{p.route(), b.class(b.given[p.route()])})
	}
}

// class is the index of an equal rank in ranks.
func (b *builder) class(r Rank) uint32 {
	n, known := b.classes[r]
	if !known {
		n = uint32(len(b.ranks))
		b.classes[r] = n
		b.ranks = append(b.ranks, r)
	}
	return n
}

func (b *builder) listMunicipalities() {
	b.byAGS = b.census.listRegions(1 << Municipality)
	slices.SortFunc(b.byAGS, func(x, y digits) int {
		return cmp.Or(cmp.Compare(municipalityAGS(x), municipalityAGS(y)), cmp.Compare(x, y))
	})
}

// resolveAll makes what a search needs when it leaves the place asked for.
func (b *builder) resolveAll() {
	upper := b.numberUpper()
	b.Table.services = newIndex(b.census.services.n, b.seeds)
	parts := 0
	b.census.services.each(func(s Service, _ digits, number uint32) {
		c, part := b.census.tallies[number-1], 0
		if c.lengths&upperLengths != 0 && c.entries*generous >= len(upper) && parts < maxParts {
			parts++
			part = parts
			b.resolved = append(b.resolved, b.resolveFor(s, upper)...)
		}
		if r := newReach(c.lengths, part); r != 0 {
			b.Table.services.put(s, 0, uint32(r))
		}
	})
	b.resolved = slices.Clip(b.resolved)
}

// generous is how many words an entry of a service may cost in resolved.
const generous = 2

// numberUpper lists the regions of a Kreis or above, a parent before what it covers.
func (b *builder) numberUpper() []digits {
	list := b.census.listRegions(upperLengths)
	slices.Sort(list)
	b.upper, b.stride = newIndex(len(list), b.seeds), len(list)
	for i, d := range list {
		b.upper.put(Service{}, d, uint32(i+1))
		b.levels |= 1 << d.len()
	}
	return list
}

// resolveFor has the nearest word for each of the regions.
func (b *builder) resolveFor(s Service, upper []digits) []word {
	words := make([]word, len(upper))
	for i, d := range upper {
		if words[i] = b.own(s, d); words[i] != 0 {
			continue
		}
		for set := b.levels & below(d.len()); set != 0 && words[i] == 0; set &^= 1 << set.longest() {
			if n := b.upper.find(Service{}, d.cut(set.longest())); n != 0 {
				words[i] = words[n-1]
			}
		}
	}
	return words
}
