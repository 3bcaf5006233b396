package routing

import "slices"

// Lookup appends to dst all routes of s at the level nearest to r, in the order given to [Build], and says at which region they
// stand. The search goes from r up through its parents and ends at the first region with a route; ok is false if there is none up
// to the whole country. It allocates nothing if dst has room.
func (t *Table) Lookup(s Service, r Region, dst []uint32) (routes []uint32, at Region, ok bool) {
	lo, hi := t.span(s)
	for up := lo < hi; up; r, up = r.Parent() {
		i, found := slices.BinarySearch(t.regions[lo:hi], r.d)
		if found {
			return t.appendRoutes(dst, lo+i), r, true
		}
		hi = lo + i // a parent sorts before its children
	}
	return dst, Region{}, false
}

// LookupAGS does the same for a municipality known by its AGS only, for example one that the catalogue of areas does not list. A route
// of the municipality itself is found, since the AGS is its ARS without digits 6 to 9. A route of its association is not: no digit of
// the AGS tells the association, so the search goes on at the Kreis. Whoever can ask the catalogue for the ARS should, and call
// [Table.Lookup].
//
// If the service has routes for the AGS under several ARS (a municipality that changed its association), all are given, each route
// once, in the order of the ARS; at is the first of these. The cost grows with the number of the service's regions in the Kreis.
func (t *Table) LookupAGS(s Service, a AGS, dst []uint32) (routes []uint32, at Region, ok bool) {
	if r, known := a.Region(); known {
		return t.Lookup(s, r, dst)
	}
	county := a.d.cut(int(County))
	lo, hi := t.span(s)
	i, _ := slices.BinarySearch(t.regions[lo:hi], county)
	routes = dst
	for i += lo; i < hi && t.regions[i].cut(int(County)) == county; i++ {
		if municipalityAGS(t.regions[i]) != a.d {
			continue
		}
		if !ok {
			at, ok = Region{t.regions[i]}, true
			routes = t.appendRoutes(routes, i)
			continue
		}
		routes = t.appendNew(routes, len(dst), i)
	}
	if ok {
		return routes, at, true
	}
	return t.Lookup(s, Region{county}, dst)
}

// span is the part of regions that belongs to s, empty if nothing does.
func (t *Table) span(s Service) (lo, hi int) {
	i, found := slices.BinarySearch(t.services, s.key)
	if !found {
		return 0, 0
	}
	return int(t.first[i]), int(t.first[i+1])
}

func (t *Table) appendRoutes(dst []uint32, region int) []uint32 {
	return append(dst, t.routes[t.start[region]:t.start[region+1]]...)
}

// appendNew leaves out what dst[from:] has already.
func (t *Table) appendNew(dst []uint32, from, region int) []uint32 {
	for _, route := range t.routes[t.start[region]:t.start[region+1]] {
		if !slices.Contains(dst[from:], route) {
			dst = append(dst, route)
		}
	}
	return dst
}
