package routing

import "math/bits"

// index is a hash table from a service and digits to a number that is not zero: the routes of a service at a region, or, with one half
// of the key left zero, something about a service or a region. A bucket is a line of the processor's cache; what it has no room for
// is in the next one. Half of the places are free, so that few are full. The seeds differ from table to table: who publishes must not
// be able to choose regions that all fall on one bucket.
type index struct {
	buckets []bucket
	seeds   [2]uint64
}

// bucket is filled from its first place on; a place is free if its value is zero. A service of 47 bits and a region of 48 make a key
// of 64 and 32.
type bucket struct {
	low   [room]uint64 // the region, then the last 16 bits of the service
	high  [room]uint32 // the other bits of the service
	value [room]uint32
}

const room = 4

func newIndex(n int, seeds [2]uint64) index {
	return index{make([]bucket, n*2/room+1), seeds}
}

func keyOf(s Service, d digits) (low uint64, high uint32) {
	return uint64(d)<<16 | s.key&0xFFFF, uint32(s.key >> 16)
}

// home is the bucket where a key is looked for first.
func (x *index) home(s Service, d digits) uint64 {
	hi, lo := bits.Mul64(uint64(d)^x.seeds[0], s.key^x.seeds[1])
	place, _ := bits.Mul64(hi^lo, uint64(len(x.buckets)))
	return place
}

// find gives 0 for what is not there, also in the zero value.
func (x *index) find(s Service, d digits) uint32 {
	if len(x.buckets) == 0 {
		return 0
	}
	low, high := keyOf(s, d)
	for i := x.home(s, d); ; {
		b := &x.buckets[i]
		if v := b.find(low, high); v != 0 || b.value[room-1] == 0 {
			return v
		}
		if i++; i == uint64(len(x.buckets)) {
			i = 0
		}
	}
}

// find compares with all places at once: which of them it is cannot be foreseen, and a wrong guess of the processor would cost as much
// as the memory does.
func (b *bucket) find(low uint64, high uint32) uint32 {
	return b.value[0]&same(b.low[0]^low|uint64(b.high[0]^high)) |
		b.value[1]&same(b.low[1]^low|uint64(b.high[1]^high)) |
		b.value[2]&same(b.low[2]^low|uint64(b.high[2]^high)) |
		b.value[3]&same(b.low[3]^low|uint64(b.high[3]^high))
}

// same is all ones if the difference is zero, and otherwise zero.
func same(difference uint64) uint32 { return uint32((difference|-difference)>>63) - 1 }

// seek is the place of a key, or the free one where it belongs, counted through all buckets.
func (x *index) seek(s Service, d digits) uint64 {
	low, high := keyOf(s, d)
	for i := x.home(s, d) * room; ; {
		b, n := &x.buckets[i/room], i%room
		if b.value[n] == 0 || b.low[n] == low && b.high[n] == high {
			return i
		}
		if i++; i == uint64(len(x.buckets))*room {
			i = 0
		}
	}
}

// at is the value of a place that seek gave.
func (x *index) at(i uint64) *uint32 { return &x.buckets[i/room].value[i%room] }

// set writes a place that seek gave.
func (x *index) set(i uint64, s Service, d digits, value uint32) {
	b, n := &x.buckets[i/room], i%room
	b.low[n], b.high[n] = keyOf(s, d)
	b.value[n] = value
}

func (x *index) put(s Service, d digits, value uint32) { x.set(x.seek(s, d), s, d, value) }
