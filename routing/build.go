package routing

import (
	"cmp"
	"fmt"
	"math/rand/v2"
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
		Table: &Table{}, seeds: [2]uint64{rand.Uint64(), rand.Uint64()}, given: ranks,
		services: make(map[Service]*tally), regions: make(map[digits]struct{}), classes: make(map[Rank]uint32),
	}
	b.all = newIndex(len(entries), b.seeds)
	for _, e := range entries {
		b.add(e)
	}
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
	seeds    [2]uint64
	given    []Rank // by route
	services map[Service]*tally
	regions  map[digits]struct{}
	pending  []pending
	classes  map[Rank]uint32
}

// tally is what is counted of a service.
type tally struct {
	entries int
	levels  lengths
}

// pending is a route at a place of the index whose word will be that of a group; the place is in the upper half, so that they sort as
// groups.
type pending uint64

func (p pending) place() uint64 { return uint64(p >> 32) }
func (p pending) route() uint32 { return uint32(p) }

// add puts an entry where it belongs. The first route of a region is its word, if it always answers; when a second one comes, or one
// that does not, all of them wait for group.
func (b *builder) add(e Entry) {
	b.count(e)
	i := b.all.seek(e.Service, e.Region.d)
	present, plain := word(*b.all.at(i)), newWord(e.Region.d, e.Route)
	switch {
	case present == plain:
		return
	case present == 0 && b.given[e.Route].plain():
		b.all.set(i, e.Service, e.Region.d, uint32(plain))
		return
	case present != 0 && !present.isGroup():
		b.pending = append(b.pending, pending(i<<32)|pending(present.number()))
	}
	b.pending = append(b.pending, pending(i<<32)|pending(e.Route))
	b.all.set(i, e.Service, e.Region.d, uint32(plain|grouped))
}

func (b *builder) count(e Entry) {
	c := b.services[e.Service]
	if c == nil {
		c = new(tally)
		b.services[e.Service] = c
	}
	c.entries++
	c.levels |= 1 << e.Region.d.len()
	b.regions[e.Region.d] = struct{}{}
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
		value := b.all.at(list[0].place())
		*value = uint32(word(*value).with(uint32(len(b.groups))))
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
	for d := range b.regions {
		if d.len() == int(Municipality) {
			b.byAGS = append(b.byAGS, d)
		}
	}
	slices.SortFunc(b.byAGS, func(x, y digits) int {
		return cmp.Or(cmp.Compare(municipalityAGS(x), municipalityAGS(y)), cmp.Compare(x, y))
	})
}

// resolveAll makes what a search needs when it leaves the place asked for.
func (b *builder) resolveAll() {
	upper := b.numberUpper()
	b.Table.services = newIndex(len(b.services), b.seeds)
	for s, c := range b.services {
		row := row{c.levels, absent}
		if c.entries*generous >= len(upper) {
			row.resolved = int32(len(b.resolved))
			b.resolved = append(b.resolved, b.resolveFor(s, upper)...)
		}
		b.rows = append(b.rows, row)
		b.Table.services.put(s, 0, uint32(len(b.rows)))
	}
}

// generous is how many words an entry of a service may cost in resolved.
const generous = 2

// numberUpper lists the regions of a Kreis or above, a parent before what it covers.
func (b *builder) numberUpper() []digits {
	var list []digits
	for d := range b.regions {
		if d.len() <= int(County) {
			list = append(list, d)
			b.levels |= 1 << d.len()
		}
	}
	slices.Sort(list)
	b.upper = newIndex(len(list), b.seeds)
	for i, d := range list {
		b.upper.put(Service{}, d, uint32(i+1))
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
