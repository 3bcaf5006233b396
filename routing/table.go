package routing

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Entry says that a route serves a service in a region and, where nothing nearer does, in all that the region covers. Route is a
// handle of the caller, typically an index of its own list.
type Entry struct {
	Service Service
	Region  Region
	Route   uint32
}

// Table is the coverage of many services. It never changes after [Build] and may be read from many goroutines at once; the zero
// value is empty.
type Table struct {
	services []uint64 // keys, ascending
	first    []uint32 // regions[first[i]:first[i+1]] belong to services[i]
	regions  []digits // ascending within a service
	start    []uint32 // routes[start[i]:start[i+1]] belong to regions[i]
	routes   []uint32 // in the order given
}

// Build makes the table of the entries. An entry given twice counts once, whatever padding its region came with. It is an error if
// a service is missing or a region is not canonical; the message names the entry by its index. Half a million entries take about a
// fifth of a second.
func Build(entries []Entry) (*Table, error) {
	if err := check(entries); err != nil {
		return nil, err
	}
	t := &Table{
		regions: make([]digits, 0, len(entries)),
		start:   make([]uint32, 0, len(entries)+1),
		routes:  make([]uint32, 0, len(entries)),
	}
	b := builder{t, make(map[uint32]int)}
	for _, e := range sorted(entries) {
		b.add(e.Entry)
	}
	t.first = append(t.first, uint32(len(t.regions)))
	t.start = append(t.start, uint32(len(t.routes)))
	return t, nil
}

func check(entries []Entry) error {
	if uint64(len(entries)) >= math.MaxUint32 {
		return errors.New("routing: too many entries for a table")
	}
	for i, e := range entries {
		if e.Service == (Service{}) {
			return fmt.Errorf("routing: entry %d: no service", i)
		}
		if !e.Region.Canonical() {
			return fmt.Errorf("routing: entry %d: region %v: a route needs 0, 2, 3, 5, 9 or 12 digits", i, e.Region)
		}
	}
	return nil
}

// numbered remembers the order given, as the last key of the sort.
type numbered struct {
	Entry
	at uint32
}

func sorted(entries []Entry) []numbered {
	list := make([]numbered, len(entries))
	for i, e := range entries {
		list[i] = numbered{e, uint32(i)}
	}
	slices.SortFunc(list, func(a, b numbered) int {
		return cmp.Or(
			cmp.Compare(a.Service.key, b.Service.key),
			cmp.Compare(a.Region.d, b.Region.d),
			cmp.Compare(a.at, b.at))
	})
	return list
}

// builder takes sorted entries one by one.
type builder struct {
	*Table
	seen map[uint32]int // route to the number of regions when it was last added, so that nothing needs clearing between regions
}

func (b *builder) add(e Entry) {
	newService := len(b.services) == 0 || b.services[len(b.services)-1] != e.Service.key
	if newService {
		b.services = append(b.services, e.Service.key)
		b.first = append(b.first, uint32(len(b.regions)))
	}
	if newService || b.regions[len(b.regions)-1] != e.Region.d {
		b.regions = append(b.regions, e.Region.d)
		b.start = append(b.start, uint32(len(b.routes)))
	}
	if b.seen[e.Route] == len(b.regions) {
		return
	}
	b.seen[e.Route] = len(b.regions)
	b.routes = append(b.routes, e.Route)
}
