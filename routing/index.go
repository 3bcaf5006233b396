package routing

import (
	"math/bits"
	"math/rand/v2"
)

// index is a hash table from a service and digits to a number that is not zero: the routes of a service at a region, or, with one half
// of the key left zero, something about a service or a region. A bucket is half a line of the processor's cache; what it has no room
// for is in the next one. Half of the places are free, so that few are full. The seeds differ from table to table: who publishes must not
// be able to choose regions that all fall on one bucket.
type index struct {
	buckets []bucket
	seeds   [2]uint64 // the second one is odd
}

// bucket is filled from its first place on; a place is free if its value is zero. A service of 47 bits and a region of 48 make a key
// of 64 and 31. No two keys in a bucket have the same 64: the second goes on to the next bucket as if this one were full. So these
// tell which place it can only be.
type bucket struct {
	low  [room]uint64 // the region, then the last 16 bits of the service; mixed with the others
	rest [room]rest
}

const room = 2

// rest is the other 31 bits of the service and, in the lower half, the value.
type rest uint64

func newRest(high, value uint32) rest { return rest(high)<<32 | rest(value) }

func (r rest) high() uint32  { return uint32(r >> 32) }
func (r rest) value() uint32 { return uint32(r) }

// newIndex has room for n keys. There is a second bucket always, for a key with the same low as another.
func newIndex(n int, seeds [2]uint64) index {
	return index{make([]bucket, n*2/room+2), seeds}
}

func newSeeds() [2]uint64 { return [2]uint64{rand.Uint64(), rand.Uint64() | 1} }

// keyOf mixes high into low, reversibly: who invents services that end in the same bits does not know how to make low the same.
func (x *index) keyOf(s Service, d digits) (low uint64, high uint32) {
	high = uint32(s.key >> 16)
	return (uint64(d)<<16 | s.key&0xFFFF) ^ uint64(high)*x.seeds[1], high
}

// keyBack is what keyOf was given.
func (x *index) keyBack(low uint64, high uint32) (Service, digits) {
	low ^= uint64(high) * x.seeds[1]
	return Service{uint64(high)<<16 | low&0xFFFF}, digits(low >> 16)
}

// home is the bucket where a key is looked for first.
func (x *index) home(s Service, d digits) uint64 {
	hi, lo := bits.Mul64(uint64(d)^x.seeds[0], s.key^x.seeds[1])
	place, _ := bits.Mul64(hi^lo, uint64(len(x.buckets)))
	return place
}

// find gives 0 for what is not there, also in the zero value.
func (x *index) find(s Service, d digits) uint32 {
	low, high := x.keyOf(s, d)
	for i := x.home(s, d); i < uint64(len(x.buckets)); {
		b := &x.buckets[i]
		r := b.pick(low)
		switch {
		case r != 0 && r.high() == high:
			return r.value()
		case r == 0 && b.rest[room-1] == 0:
			return 0
		}
		if i++; i == uint64(len(x.buckets)) {
			i = 0
		}
	}
	return 0
}

// pick is what belongs to low, or zero. All is read before anything is compared, so that the compiler moves instead of jumping: which
// place it is cannot be foreseen, and a wrong guess of the processor costs more than another comparison. The first place comes last,
// since a free one behind it has a low of zero, which is somebody's low, too.
func (b *bucket) pick(low uint64) (found rest) {
	r0, r1 := b.rest[0], b.rest[1]
	if b.low[1] == low {
		found = r1
	}
	if b.low[0] == low {
		found = r0
	}
	return found
}

// seek is the place of a key, or the free one where it belongs, counted through all buckets. There is one: half are free.
func (x *index) seek(s Service, d digits) uint64 {
	i, ok := x.seekIn(s, d, x.home(s, d), uint64(len(x.buckets)))
	if !ok {
		i, _ = x.seekIn(s, d, 0, uint64(len(x.buckets)))
	}
	return i
}

// seekIn is seek among the buckets from the first to the one before end.
func (x *index) seekIn(s Service, d digits, first, end uint64) (place uint64, ok bool) {
	low, high := x.keyOf(s, d)
	for i := first; i < end; i++ {
		b := &x.buckets[i]
		for n := range uint64(room) {
			if b.rest[n] == 0 || b.low[n] == low && b.rest[n].high() == high {
				return i*room + n, true
			}
			if b.low[n] == low {
				break
			}
		}
	}
	return 0, false
}

// at is the value of a place that seek gave.
func (x *index) at(i uint64) uint32 { return x.buckets[i/room].rest[i%room].value() }

// set writes a place that seek gave.
func (x *index) set(i uint64, s Service, d digits, value uint32) {
	b, n := &x.buckets[i/room], i%room
	low, high := x.keyOf(s, d)
	b.low[n], b.rest[n] = low, newRest(high, value)
}

// change writes another value to a place that is taken.
func (x *index) change(i uint64, value uint32) {
	r := &x.buckets[i/room].rest[i%room]
	*r = newRest(r.high(), value)
}

func (x *index) put(s Service, d digits, value uint32) { x.set(x.seek(s, d), s, d, value) }

// each calls for all keys and their values.
func (x *index) each(call func(s Service, d digits, value uint32)) {
	for i := range x.buckets {
		b := &x.buckets[i]
		for n := 0; n < room && b.rest[n] != 0; n++ {
			s, d := x.keyBack(b.low[n], b.rest[n].high())
			call(s, d, b.rest[n].value())
		}
	}
}
