package routing

import "math/bits"

// digits is a string of up to twelve decimal digits in one word. The first digit is in bits 44 to 47, the last possible one in
// bits 0 to 3, each as its value plus one; unused places are zero. So words sort like the strings, a string sorts directly before
// all that it is a prefix of, and a prefix test is one mask.
type digits uint64

const (
	places = 12
	width  = 4 // bits of a place

	allZero digits = 0x111111111111 // twelve times the digit 0
)

// pack reads s; ok is false if s has a character that is no ASCII digit or more than twelve.
func pack(s string) (d digits, ok bool) {
	if len(s) > places {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		d |= digits(s[i]-'0'+1) << (width * (places - 1 - i))
	}
	return d, true
}

// mask covers the first n places.
func mask(n int) digits {
	return (1<<(width*places) - 1) &^ (1<<(width*(places-n)) - 1)
}

func (d digits) cut(n int) digits { return d & mask(n) }

func (d digits) len() int {
	if d == 0 {
		return 0
	}
	return places - bits.TrailingZeros64(uint64(d))/width
}

// unpad cuts d to the shortest of the lengths that loses only zeros. A d of any other length is left alone: its last zeros may be
// the beginning of a number (0100 is the prefix of the cities 01001 to 01004, not the Land 01), and cutting them would widen it.
func (d digits) unpad(set lengths) digits {
	n := d.len()
	if !set.has(n) {
		return d
	}
	for shorter, ok := set.below(n); ok && d == d.cut(shorter)|allZero.cut(n)&^mask(shorter); shorter, ok = set.below(n) {
		d, n = d.cut(shorter), shorter
	}
	return d
}

func (d digits) String() string { return string(d.append(nil)) }

// append writes the digits behind b.
func (d digits) append(b []byte) []byte {
	for rest := d; rest != 0; rest = rest << width & (1<<(width*places) - 1) {
		b = append(b, '0'+byte(rest>>(width*(places-1)))-1)
	}
	return b
}

// lengths is a set of numbers of digits: bit n stands for n.
type lengths uint16

const (
	arsLengths lengths = 1<<Federal | 1<<Land | 1<<District | 1<<County | 1<<Association | 1<<Municipality
	agsLengths lengths = 1<<Federal | 1<<Land | 1<<District | 1<<County | 1<<8

	upperLengths = 1<<Federal | 1<<Land | 1<<District | 1<<County // those of a Kreis or above
)

func (set lengths) has(n int) bool { return set&(1<<n) != 0 }

// below is all lengths under n.
func below(n int) lengths { return 1<<n - 1 }

// longest is -1 if the set is empty.
func (set lengths) longest() int { return bits.Len16(uint16(set)) - 1 }

// below is the greatest length under n.
func (set lengths) below(n int) (shorter int, ok bool) {
	shorter = (set & below(n)).longest()
	return shorter, shorter >= 0
}
