package bolt

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// key is a key under construction. Its parts sort as what they stand for, and no two sequences of parts make the same key.
type key []byte

// num adds a number, big-endian.
func (k key) num(n uint64) key { return binary.BigEndian.AppendUint64(k, n) }

// text adds a string that more follows: its length in two bytes, then its bytes. Texts sort by length first; nothing
// depends on their order.
func (k key) text(s string) key {
	return append(binary.BigEndian.AppendUint16(k, uint16(len(s))), s...)
}

// time adds an instant: seconds since 1970 with the sign turned, so that earlier ones sort first, and nanoseconds. Unlike
// UnixNano this also holds the zero time.
func (k key) time(t time.Time) key {
	k = binary.BigEndian.AppendUint64(k, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(k, uint32(t.Nanosecond()))
}

// timeSize is the length of what time adds.
const timeSize = 12

func num(n uint64) key  { return make(key, 0, 16).num(n) }
func text(s string) key { return make(key, 0, 2+len(s)+8).text(s) }

// number reads the number that a key or a value ends with.
func number(raw []byte) uint64 { return binary.BigEndian.Uint64(raw[len(raw)-8:]) }

// bodyID is the public name of a body that this store names: its number in 16 hexadecimal digits.
func bodyID(n uint64) broker.BodyID { return nameOfBody(num(n)) }

func nameOfBody(k key) broker.BodyID { return broker.BodyID(hex.EncodeToString(k)) }

// bodyKey reads the name of a body: one that bodyID gave, or the 32 digits of one that came here from another store. ok is false for any
// other.
func bodyKey(id broker.BodyID) (k key, ok bool) {
	k, err := hex.DecodeString(string(id))
	return k, err == nil && (len(k) == 8 || len(k) == 16) && nameOfBody(k) == id
}

// numberOf returns the number that the store gave to a name; known is false if it never heard of it.
func (t *tx) numberOf(names bucket, name []byte) (n uint64, known bool) {
	raw := t.get(names, name)
	if raw == nil {
		return 0, false
	}
	return number(raw), true
}

// claim returns the number of a name, giving it the next one if it is new.
func (t *tx) claim(names bucket, name []byte) (uint64, error) {
	if n, known := t.numberOf(names, name); known {
		return n, t.writable()
	}
	n, err := t.next(names)
	if err != nil {
		return 0, err
	}
	return n, t.put(names, name, num(n))
}
