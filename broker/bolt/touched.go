package bolt

import (
	"cmp"
	"slices"
	"sync"
)

const (
	// mostTouched bounds what is noted for a copy and not copied yet, in bytes of keys and values: the committer waits for the copy there.
	mostTouched = 8 << 20
	// perTouch is what an entry weighs beside that: its place in memory, and finding it in the file.
	perTouch = 100
)

// place is where an entry is.
type place struct {
	bucket bucket
	key    string
}

// write is what became of an entry; a removed one has no value.
type write struct {
	place
	value int // size
}

// touched is what was written since a copy of the store began, and has to be copied again. What the copy has not come to yet is left out: it
// will read that anyway.
//
// A write is added after its commit can be seen, and a reader moves the front before it begins to read and takes what is noted before it reads
// that. So who reads an entry either sees the write, or finds it noted later.
type touched struct {
	mu       sync.Mutex
	emptied  sync.Cond          // of mu; signalled when room was made
	entries  map[place]struct{} // guarded by mu
	weight   int                // of entries; guarded by mu
	front    place              // up to where the copy has read; guarded by mu
	reading  bool               // and it is reading beyond, up to wherever in the bucket; guarded by mu
	released bool               // nobody waits any more; guarded by mu

	behind chan struct{} // gets a token when half of the room is taken
}

func newTouched() *touched {
	t := &touched{entries: map[place]struct{}{}, behind: make(chan struct{}, 1)}
	t.emptied.L = &t.mu
	return t
}

// add notes what a commit wrote. Where there is no room it waits until the copy has made some, unless that was released.
func (t *touched) add(all []write) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.weight >= mostTouched && !t.released {
		t.emptied.Wait()
	}
	for _, w := range all {
		if _, known := t.entries[w.place]; known || t.isAhead(w.place) {
			continue
		}
		t.entries[w.place] = struct{}{}
		t.weight += len(w.key) + w.value + perTouch
	}
	if t.weight >= mostTouched/2 {
		select {
		case t.behind <- struct{}{}:
		default:
		}
	}
}

// isAhead reports whether the copy will read an entry anyway.
func (t *touched) isAhead(p place) bool {
	if p.bucket == t.front.bucket {
		return !t.reading && p.key > t.front.key
	}
	return p.bucket > t.front.bucket
}

// begin tells that the copy is about to read on in a bucket, nobody knows how far.
func (t *touched) begin(k bucket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.front, t.reading = place{bucket: k}, true
}

// came tells that it has read up to a place, and reads no more at the moment.
func (t *touched) came(to place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.front, t.reading = to, false
}

// take empties what is noted, and returns in order what of it the copy will not read anyway: an entry that is removed again before it is read
// would stay in the copy.
func (t *touched) take() []place {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]place, 0, len(t.entries))
	for p := range t.entries {
		if !t.isAhead(p) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.key, b.key)) })
	t.entries, t.weight = map[place]struct{}{}, 0
	t.emptied.Broadcast()
	return all
}

// release lets nobody wait from now on: the copy is about to end.
func (t *touched) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.released = true
	t.emptied.Broadcast()
}

func (t *touched) load() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.weight
}
