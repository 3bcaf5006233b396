package routing

import (
	"cmp"
	"slices"
)

// Lookup appends to dst the routes of s that answer for r at the given Unix second, and says at which region they stand. The search
// goes from r up through its parents and ends at the first region with an effective route: those of the highest priority answer, all
// of them, the oldest first. ok is false if there is none up to the whole country, or if all that are effective where the search ends
// are offline. It allocates nothing if dst has room.
func (t *Table) Lookup(s Service, r Region, at int64, dst []uint32) (routes []uint32, where Region, ok bool) {
	// What most ask for is written out, without a call: a single plain route in the first bucket.
	low, high := t.all.keyOf(s, r.d)
	if i := t.all.home(s, r.d); i < uint64(len(t.all.buckets)) {
		found := t.all.buckets[i].pick(low)
		if w := word(found.value()); found.high() == high && w.isPlain() {
			return append(dst, w.number()), r, true
		}
	}
	return t.search(t.own(s, r.d), s, r.d, at, dst)
}

// LookupAGS does the same for a municipality known by its AGS only, for example one that the catalogue of areas does not list. A route
// of the municipality itself is found, since the AGS is its ARS without digits 6 to 9. A route of its association is not: no digit of
// the AGS tells the association, so the search goes on at the Kreis. Whoever can ask the catalogue for the ARS should, and call
// [Table.Lookup].
//
// If routes of the service stand at several ARS of this AGS (a municipality that changed its association), those that answer at each
// are given, each route once, in the order of the ARS; where is the first of these.
func (t *Table) LookupAGS(s Service, a AGS, at int64, dst []uint32) (routes []uint32, where Region, ok bool) {
	r, known := a.Region()
	if known {
		return t.Lookup(s, r, at, dst)
	}
	routes, closed := dst, false
	for _, d := range t.municipalities(a) {
		w := t.own(s, d)
		if w == 0 {
			continue
		}
		before := len(routes)
		var end outcome
		routes, end = t.answer(w, at, routes)
		closed = closed || end == offline
		if end == answered && !ok {
			where, ok = Region{d}, true
		}
		routes = dropRepeated(routes, len(dst), before)
	}
	if ok || closed {
		return routes, where, ok
	}
	return t.Lookup(s, Region{a.d.cut(int(County))}, at, dst)
}

// dropRepeated takes out of list[from:] what list[first:from] has.
func dropRepeated(list []uint32, first, from int) []uint32 {
	kept := list[:from]
	for _, route := range list[from:] {
		if !slices.Contains(list[first:from], route) {
			kept = append(kept, route)
		}
	}
	return kept
}

// search goes on from the word at d.
func (t *Table) search(w word, s Service, d digits, at int64, dst []uint32) (routes []uint32, where Region, ok bool) {
	if w == 0 {
		w = t.above(s, d)
	}
	for ; w != 0; w = t.above(s, d) {
		d = d.cut(w.len())
		routes, end := t.answer(w, at, dst)
		switch end {
		case answered:
			return routes, Region{d}, true
		case offline:
			return dst, Region{}, false
		}
	}
	return dst, Region{}, false
}

// own is the word of the routes at d itself, 0 if there are none.
func (t *Table) own(s Service, d digits) word { return word(t.all.find(s, d)) }

// above is the word of the nearest region with routes of those that d gives when it is cut shorter. Where a cut is the padding of a
// shorter one it finds nothing, and the shorter one is tried in its turn.
func (t *Table) above(s Service, d digits) word {
	r := reach(t.services.find(s, 0))
	for set := r.lengths() & below(d.len()); set != 0; {
		length := set.longest()
		if length <= int(County) && r.part() != 0 {
			return t.resolve(r, d.cut(length))
		}
		if w := t.own(s, d.cut(length)); w != 0 {
			return w
		}
		set &^= 1 << length
	}
	return 0
}

// resolve is the word of d, which is a Kreis or above.
func (t *Table) resolve(r reach, d digits) word {
	if n := t.upper.find(Service{}, d); n != 0 {
		return t.resolved[(r.part()-1)*t.stride+int(n)-1]
	}
	if n, ok := t.levels.below(d.len()); ok {
		return t.resolve(r, d.cut(n))
	}
	return 0
}

// outcome is what a search learns at one region.
type outcome int

const (
	nobody   outcome = iota // no effective route
	answered                // by at least one
	offline                 // by none, but an effective one keeps the place
)

// answer appends those of the word that answer at the time.
func (t *Table) answer(w word, at int64, dst []uint32) ([]uint32, outcome) {
	if !w.isGroup() {
		return append(dst, w.number()), answered
	}
	end, best := nobody, 0
	for _, m := range t.group(w) {
		rank := &t.ranks[m.rank]
		switch {
		case !rank.effective(at):
		case end == answered && rank.Priority < best:
			return dst, answered
		case !rank.Offline:
			dst, end, best = append(dst, m.route), answered, rank.Priority
		case end == nobody:
			end = offline
		}
	}
	return dst, end
}

// municipalities is all regions of the table with this AGS.
func (t *Table) municipalities(a AGS) []digits {
	first, _ := slices.BinarySearchFunc(t.byAGS, a.d, func(d, ags digits) int { return cmp.Compare(municipalityAGS(d), ags) })
	n := 0
	for first+n < len(t.byAGS) && municipalityAGS(t.byAGS[first+n]) == a.d {
		n++
	}
	return t.byAGS[first : first+n]
}
