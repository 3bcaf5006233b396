package routing

// census is what has to be known of all entries together.
type census struct {
	services numbering
	tallies  []tally // of the services, by number
	regions  numbering
}

// tally is what is counted of a service.
type tally struct {
	entries int
	lengths lengths
}

func newCensus(seeds [2]uint64) census {
	return census{services: numbering{index: newIndex(0, seeds)}, regions: numbering{index: newIndex(0, seeds)}}
}

func (c *census) count(e Entry) {
	c.add(e.Service, tally{1, 1 << e.Region.d.len()})
	c.regions.number(Service{}, e.Region.d)
}

func (c *census) add(s Service, t tally) {
	n := c.services.number(s, 0)
	if n == len(c.tallies) {
		c.tallies = append(c.tallies, tally{})
	}
	c.tallies[n].entries += t.entries
	c.tallies[n].lengths |= t.lengths
}

// take adds what another one counted.
func (c *census) take(other *census) {
	other.services.each(func(s Service, _ digits, number uint32) { c.add(s, other.tallies[number-1]) })
	other.regions.each(func(_ Service, d digits, _ uint32) { c.regions.number(Service{}, d) })
}

// listRegions has those of some lengths.
func (c *census) listRegions(of lengths) (list []digits) {
	c.regions.each(func(_ Service, d digits, _ uint32) {
		if of.has(d.len()) {
			list = append(list, d)
		}
	})
	return list
}

// numbering counts keys as they come, from 0, and remembers the number of each; the index has one more. Asked for every entry it is
// several times as fast as a Go map.
type numbering struct {
	index
	n int
}

func (x *numbering) number(s Service, d digits) int {
	if n := x.find(s, d); n != 0 {
		return int(n) - 1
	}
	if x.n++; x.n*2 > len(x.buckets)*room {
		x.grow()
	}
	x.put(s, d, uint32(x.n))
	return x.n - 1
}

func (x *numbering) grow() {
	wider := newIndex(x.n*2, x.seeds)
	x.each(wider.put)
	x.index = wider
}
