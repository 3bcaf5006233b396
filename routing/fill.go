package routing

import (
	"runtime"
	"sync"
)

// fill puts all entries into the index, with all processors: the buckets are divided among as many parts, each with a goroutine that
// goes through all entries and takes those at home there. So no two write to the same bucket, and nobody waits.
func (b *builder) fill(entries []Entry) {
	parts := make([]part, runtime.GOMAXPROCS(0))
	buckets := uint64(len(b.all.buckets))
	var running sync.WaitGroup
	for i := range parts {
		p, n := &parts[i], uint64(len(parts))
		*p = part{
			all: &b.all, given: b.given, first: buckets * uint64(i) / n, end: buckets * uint64(i+1) / n, census: newCensus(b.seeds),
		}
		running.Go(func() { p.fill(entries) })
	}
	running.Wait()
	b.census = newCensus(b.seeds)
	for i := range parts {
		b.take(&parts[i])
	}
}

// take finishes a part, when all are filled.
func (b *builder) take(p *part) {
	for _, e := range p.late {
		p.put(e, b.all.seek(e.Service, e.Region.d))
	}
	b.pending = append(b.pending, p.pending...)
	b.census.take(&p.census)
}

// part is some of the buckets, and what one learns when they are filled.
type part struct {
	all        *index
	given      []Rank
	first, end uint64 // buckets
	census     census
	pending    []pending
	late       []Entry // those that have no room before the end of the part
}

// pending is a route at a place of the index whose word will be that of a group; the place is in the upper half, so that they sort as
// groups.
type pending uint64

func (p pending) place() uint64 { return uint64(p >> 32) }
func (p pending) route() uint32 { return uint32(p) }

func (p *part) fill(entries []Entry) {
	for _, e := range entries {
		home := p.all.home(e.Service, e.Region.d)
		if home < p.first || home >= p.end {
			continue
		}
		p.census.count(e)
		if place, ok := p.all.seekIn(e.Service, e.Region.d, home, p.end); ok {
			p.put(e, place)
		} else {
			p.late = append(p.late, e)
		}
	}
}

// put writes an entry where it belongs. The first route of a region is its word, if it always answers; when a second one comes, or one
// that does not, all of them wait for group.
func (p *part) put(e Entry, place uint64) {
	present, plain := word(p.all.at(place)), newWord(e.Region.d, e.Route)
	switch {
	case present == plain:
		return
	case present == 0 && p.given[e.Route].plain():
		p.all.set(place, e.Service, e.Region.d, uint32(plain))
		return
	case present != 0 && !present.isGroup():
		p.wait(place, present.number())
	}
	p.wait(place, e.Route)
	p.all.set(place, e.Service, e.Region.d, uint32(plain|grouped))
}

func (p *part) wait(place uint64, route uint32) {
	p.pending = append(p.pending, pending(place<<32)|pending(route))
}
