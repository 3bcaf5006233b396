package seal

import (
	"encoding/base64"
	"encoding/binary"
)

// digits is the alphabet of base64url (RFC 4648 5). The standard library reads and writes it too, but skips line breaks,
// and takes more time for it than all the rest of sealing or opening takes. The tables are no leak: what they are asked
// about, ciphertext, is public.
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// outside marks a byte that is not of the alphabet. Values of the alphabet are below 64.
const outside = 0xC0

// sextets maps a byte to its base64url value, or to outside.
var sextets = func() (table [256]byte) {
	for b := range table {
		table[b] = outside
	}
	for value, b := range []byte(digits) {
		table[b] = byte(value)
	}
	return table
}()

// astray marks two bytes that are not both of the alphabet. Values of pairs are below 4096.
const astray = 1 << 15

// pairs maps two characters, the first in the low byte, to their 12 bits, or to astray. What good text uses of its
// 128 KiB fits the fastest cache.
var pairs = func() (table [1 << 16]uint16) {
	for both := range table {
		first, second := sextets[both&0xFF], sextets[both>>8]
		if table[both] = uint16(first)<<6 | uint16(second); (first|second)&outside != 0 {
			table[both] = astray
		}
	}
	return table
}()

// spelled maps 12 bits to the two characters that spell them, the first in the low byte.
var spelled = func() (table [1 << 12]uint16) {
	for bits := range table {
		table[bits] = uint16(digits[bits>>6]) | uint16(digits[bits&63])<<8
	}
	return table
}()

// prefix returns how many bytes at the beginning of p are of the alphabet. It is where inspecting a large body spends
// its time: whole blocks are judged without a branch per byte, and only a block that fails is searched.
func prefix(p []byte) int {
	const block = 16
	done := 0
	for ; len(p)-done >= block; done += block {
		_, first := quad((*[8]byte)(p[done:]))
		_, second := quad((*[8]byte)(p[done+8:]))
		if (first|second)&astray != 0 {
			break
		}
	}
	for ; done < len(p); done++ {
		if sextets[p[done]] == outside {
			break
		}
	}
	return done
}

// quad returns the 48 bits that 8 characters spell, at the upper end, and whether some are astray.
func quad(text *[8]byte) (bits uint64, strayed uint16) {
	a := pairs[binary.LittleEndian.Uint16(text[0:])]
	b := pairs[binary.LittleEndian.Uint16(text[2:])]
	c := pairs[binary.LittleEndian.Uint16(text[4:])]
	d := pairs[binary.LittleEndian.Uint16(text[6:])]
	return uint64(a)<<52 | uint64(b)<<40 | uint64(c)<<28 | uint64(d)<<16, a | b | c | d
}

// What is decoded and encoded at once: blockText characters for blockData bytes. Both move 8 bytes at a time, of which 2
// are written or read in vain, so that there must be as many to spare behind a block.
const (
	blockText = 32
	blockData = 24
	spare     = 2
)

// decode decodes blocks at the beginning of text as long as they are of the alphabet and there is room for them with
// spare bytes behind, and returns the number of characters decoded.
func decode(into, text []byte) int {
	done := 0
	for len(text)-done >= blockText && len(into) >= blockData+spare {
		from, to := (*[blockText]byte)(text[done:]), (*[blockData + spare]byte)(into)
		a, strayedA := quad((*[8]byte)(from[0:]))
		b, strayedB := quad((*[8]byte)(from[8:]))
		binary.BigEndian.PutUint64(to[0:], a)
		binary.BigEndian.PutUint64(to[6:], b)
		c, strayedC := quad((*[8]byte)(from[16:]))
		d, strayedD := quad((*[8]byte)(from[24:]))
		binary.BigEndian.PutUint64(to[12:], c)
		binary.BigEndian.PutUint64(to[18:], d)
		if (strayedA|strayedB|strayedC|strayedD)&astray != 0 {
			break
		}
		into = into[blockData:]
		done += blockText
	}
	return done
}

// encode writes data in base64url and returns the number of characters.
func encode(into, data []byte) int {
	length := base64.RawURLEncoding.EncodedLen(len(data))
	for len(data) >= blockData+spare && len(into) >= blockText {
		from, to := (*[blockData + spare]byte)(data), (*[blockText]byte)(into)
		binary.LittleEndian.PutUint64(to[0:], spell(binary.BigEndian.Uint64(from[0:])))
		binary.LittleEndian.PutUint64(to[8:], spell(binary.BigEndian.Uint64(from[6:])))
		binary.LittleEndian.PutUint64(to[16:], spell(binary.BigEndian.Uint64(from[12:])))
		binary.LittleEndian.PutUint64(to[24:], spell(binary.BigEndian.Uint64(from[18:])))
		data, into = data[blockData:], into[blockText:]
	}
	base64.RawURLEncoding.Encode(into, data)
	return length
}

// spell returns the 8 characters of the upper 48 bits, the first in the lowest byte.
func spell(bits uint64) uint64 {
	return uint64(spelled[bits>>52]) |
		uint64(spelled[bits>>40&0xFFF])<<16 |
		uint64(spelled[bits>>28&0xFFF])<<32 |
		uint64(spelled[bits>>16&0xFFF])<<48
}

// canonical reports whether a part of so many characters ending in last is the one spelling of its bytes: no single
// character left over, and no bits set behind the last byte (RFC 4648 3.5).
func canonical(length int64, last byte) bool {
	switch length % 4 {
	case 1:
		return false
	case 2:
		return sextets[last]&0x0F == 0
	case 3:
		return sextets[last]&0x03 == 0
	}
	return true
}

// decodedLen is how many bytes so many characters are certain to spell.
func decodedLen(text int64) int64 {
	return text/4*3 + text%4*6/8
}
