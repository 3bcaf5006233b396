package seal

import "encoding/binary"

// element is an element of GF(2^128) as GCM writes it (NIST SP 800-38D 6.3): the coefficient of x^0 is the highest bit
// of high, the coefficient of x^127 the lowest bit of low. What is done with elements takes the same time and touches
// the same memory whatever their values are: H and what is multiplied by it are secret, and who learns H can forge tags.
type element struct{ high, low uint64 }

// elementOf reads a block of 16 bytes.
func elementOf(block []byte) element {
	return element{binary.BigEndian.Uint64(block), binary.BigEndian.Uint64(block[8:])}
}

func (e element) bytes() (block [16]byte) {
	binary.BigEndian.PutUint64(block[:], e.high)
	binary.BigEndian.PutUint64(block[8:], e.low)
	return block
}

// plus is addition, which in this field is also subtraction.
func (e element) plus(other element) element {
	return element{e.high ^ other.high, e.low ^ other.low}
}

// times multiplies bit by bit (NIST SP 800-38D 6.3, algorithm 1), with masks where the textbook has branches. It is
// needed once per chunk, so that its 300 ns do not count.
func (e element) times(other element) element {
	var product element
	product, other = product.accumulate(e.high, other)
	product, _ = product.accumulate(e.low, other)
	return product
}

// accumulate adds to e those of factor·x^0 to factor·x^63 that the bits select, the highest bit first, and returns the
// sum and factor·x^64.
func (e element) accumulate(bits uint64, factor element) (sum, shifted element) {
	const reduction = 0xE1 << 56 // x^128 = 1 + x + x^2 + x^7
	for range 64 {
		selected := -(bits >> 63)
		e.high ^= factor.high & selected
		e.low ^= factor.low & selected
		bits <<= 1
		carried := -(factor.low & 1)
		factor.low = factor.low>>1 | factor.high<<63
		factor.high = factor.high>>1 ^ reduction&carried
	}
	return e, factor
}

// power returns e^n by squaring. n may be seen in the time that it takes: it is a number of blocks.
func (e element) power(n int) element {
	result := element{high: 1 << 63} // one
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = result.times(e)
		}
		e = e.times(e)
	}
	return result
}
