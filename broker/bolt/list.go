package bolt

import (
	"bytes"
	"math"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// A list is a run of entries in a bucket that share a prefix and continue with a number, 1 or higher, by which they are ordered. At number 0
// stands how many there are; an empty list has no such key.

// entry is the key of the entry with a number, in memory of its own.
func (k key) entry(n uint64) key { return slices.Clip(k).num(n) }

// count returns how many entries a list has.
func (t *tx) count(k bucket, prefix key) int {
	raw := t.get(k, prefix.entry(0))
	if raw == nil {
		return 0
	}
	return int(number(raw))
}

// insert adds an entry, or replaces the one that is at n.
func (t *tx) insert(k bucket, prefix key, n uint64, value []byte) error {
	at := prefix.entry(n)
	if t.get(k, at) == nil {
		if err := t.setCount(k, prefix, t.count(k, prefix)+1); err != nil {
			return err
		}
	}
	return t.put(k, at, value)
}

// add adds an entry at the end of a list that only ever grows by the next number.
func (t *tx) add(k bucket, prefix key, value []byte) error {
	return t.insert(k, prefix, uint64(t.count(k, prefix))+1, value)
}

// remove takes an entry out, if it is there.
func (t *tx) remove(k bucket, prefix key, n uint64) error {
	at := prefix.entry(n)
	if t.get(k, at) == nil {
		return t.writable()
	}
	if err := t.delete(k, at); err != nil {
		return err
	}
	return t.setCount(k, prefix, t.count(k, prefix)-1)
}

func (t *tx) setCount(k bucket, prefix key, count int) error {
	head := prefix.entry(0)
	if count == 0 {
		return t.delete(k, head)
	}
	return t.put(k, head, num(uint64(count)))
}

// walk visits the entries of a list from number from on, in order: those after the first skip, at most limit.
func (t *tx) walk(k bucket, prefix key, from uint64, skip, limit int, visit func(value []byte) error) error {
	c := t.bucket(k).Cursor()
	at, value := c.Seek(prefix.entry(from))
	for ; inList(at, prefix) && limit > 0; at, value = c.Next() {
		if skip > 0 {
			skip--
			continue
		}
		limit--
		if err := visit(value); err != nil {
			return err
		}
	}
	return nil
}

// inList reports whether a key is of the list; nil, the end of the bucket, is not.
func inList(at []byte, prefix key) bool {
	return len(at) == len(prefix)+8 && bytes.HasPrefix(at, prefix)
}

// page walks over a page of a list of which entries may have been removed.
func (t *tx) page(k bucket, prefix key, p broker.Page, visit func(value []byte) error) error {
	return t.walk(k, prefix, 1, p.Offset, p.Limit, visit)
}

// densePage jumps to a page of a list that only ever grows by the next number.
func (t *tx) densePage(k bucket, prefix key, p broker.Page, visit func(value []byte) error) error {
	return t.walk(k, prefix, uint64(p.Offset)+1, 0, p.Limit, visit)
}

// pages is a page of several lists, one after the other, and how long they are together.
func (t *tx) pages(k bucket, lists []key, p broker.Page, visit func(value []byte) error) (total int, err error) {
	for _, list := range lists {
		n := t.count(k, list)
		total += n
		take := min(p.Limit, n-p.Offset)
		if take <= 0 {
			p.Offset = max(0, p.Offset-n)
			continue
		}
		from, skip := t.start(k, list, n, p.Offset)
		if err := t.walk(k, list, from, skip, take, visit); err != nil {
			return 0, err
		}
		p = broker.Page{Limit: p.Limit - take}
	}
	return total, nil
}

// start returns where to begin to visit a list of n entries without the first skip: at which number, and how many to skip from there. Where
// no entry was removed between others it jumps.
func (t *tx) start(k bucket, list key, n, skip int) (from uint64, left int) {
	first, _ := t.bucket(k).Cursor().Seek(list.entry(1))
	if last := t.last(k, list); inList(first, list) && last-number(first)+1 == uint64(n) {
		return number(first) + uint64(skip), 0
	}
	return 1, skip
}

// last returns the last number of a list; zero if it is empty.
func (t *tx) last(k bucket, list key) uint64 {
	c := t.bucket(k).Cursor()
	at, _ := c.Seek(list.entry(math.MaxUint64))
	if at == nil {
		at, _ = c.Last()
	} else {
		at, _ = c.Prev()
	}
	if !inList(at, list) {
		return 0
	}
	return number(at)
}

// append adds an entry behind the last one, and returns its number.
func (t *tx) append(k bucket, list key, value []byte) (n uint64, err error) {
	n = t.last(k, list) + 1
	return n, t.insert(k, list, n, value)
}

// clear removes all entries under a prefix.
func (t *tx) clear(k bucket, prefix key) error {
	var all []key
	c := t.bucket(k).Cursor()
	for at, _ := c.Seek(prefix); at != nil && bytes.HasPrefix(at, prefix); at, _ = c.Next() {
		all = append(all, at) // a cursor does not survive what is written under it
	}
	for _, at := range all {
		if err := t.delete(k, at); err != nil {
			return err
		}
	}
	return nil
}
