package routing

// Entry says that a route serves a service in a region and, where nothing nearer does, in all that the region covers. Route is a
// handle of the caller, an index of its own list; of two routes the older has the smaller one.
type Entry struct {
	Service Service
	Region  Region
	Route   uint32
}

// Rank is what decides between the routes at one region, and when. The zero value always holds.
type Rank struct {
	Priority int   // the highest wins
	From     int64 // Unix seconds, the first at which the route is effective; 0: open
	Until    int64 // the first at which it no longer is; 0: open
	Offline  bool  // keeps its place and does not answer: the search ends here unless another one answers
}

// plain tells whether a route of this rank that stands alone answers at any time.
func (r Rank) plain() bool { return r.From == 0 && r.Until == 0 && !r.Offline }

// effective leaves offline aside.
func (r Rank) effective(at int64) bool { return r.time(at) == Answers }

// time says whether at lies in the window of r: Answers, NotYet or NoLonger.
func (r Rank) time(at int64) Verdict {
	switch {
	case r.From != 0 && at < r.From:
		return NotYet
	case r.Until != 0 && at >= r.Until:
		return NoLonger
	}
	return Answers
}

// Table is the coverage of many services. It never changes after [Build] and may be read from many goroutines at once; the zero
// value is empty.
type Table struct {
	all     index    // service and region to the word of the routes that stand there
	byAGS   []digits // the regions of municipalities, by AGS, then by ARS
	groups  []uint32 // members[groups[i]:groups[i+1]] are group i
	members []member // of a group, highest priority first, then the oldest
	ranks   []Rank   // of the members, each once

	// What a search needs when it leaves the place asked for: small enough to stay in the processor's cache.
	services index   // service to its reach
	upper    index   // every region of a Kreis or above at which something stands to its number plus one, in ascending order
	levels   lengths // that occur in upper
	stride   int     // how many there are in upper
	resolved []word  // in parts, one word for each region of upper: that of the nearest one with routes
}

// reach says where a service may be found that is not at the place asked for: the lengths at which its routes stand, those of
// municipalities left out; above these bits, counted from 1, its part of resolved, 0 if it has none. In one number, a search has both
// as soon as it has the service.
type reach uint32

const (
	lengthBits = int(Association) + 1
	maxParts   = 1<<(32-lengthBits) - 1
)

func newReach(set lengths, part int) reach {
	return reach(part)<<lengthBits | reach(set&below(lengthBits))
}

func (r reach) lengths() lengths { return lengths(r) & below(lengthBits) }
func (r reach) part() int        { return int(r >> lengthBits) }

type member struct{ route, rank uint32 }

// word says which routes stand at a region, and at how many digits: a length plus one in the upper four bits, so that zero is
// nothing; then a bit that tells a group from a single plain route; then the number of either.
type word uint32

const (
	numberBits      = 27
	maxNumber       = 1<<numberBits - 1
	grouped    word = 1 << numberBits
)

func newWord(d digits, number uint32) word { return word(d.len()+1)<<(numberBits+1) | word(number) }

// with is w with another number, that of a group.
func (w word) with(group uint32) word { return w&^maxNumber | grouped | word(group) }

func (w word) len() int       { return int(w>>(numberBits+1)) - 1 }
func (w word) isPlain() bool  { return w != 0 && !w.isGroup() }
func (w word) isGroup() bool  { return w&grouped != 0 }
func (w word) number() uint32 { return uint32(w & maxNumber) }

func (t *Table) group(w word) []member {
	return t.members[t.groups[w.number()]:t.groups[w.number()+1]]
}
