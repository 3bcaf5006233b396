package search

import "math/bits"

// gram is two neighbouring bytes of a folded word, or one alone, or the first or the last. No word has a byte below '0', so that these stand for
// no letter.
type gram uint16

const (
	edge  = 0 // before the first and behind the last byte
	alone = 1
)

func pair(a, b byte) gram { return gram(a)<<8 | gram(b) }

// gramsOf calls f for every gram of a word, or of a piece of one that is open at either end.
func gramsOf(piece string, openStart, openEnd bool, f func(gram)) {
	for i := range len(piece) {
		f(pair(alone, piece[i]))
		if i > 0 {
			f(pair(piece[i-1], piece[i]))
		}
	}
	if !openStart {
		f(pair(edge, piece[0]))
	}
	if !openEnd {
		f(pair(piece[len(piece)-1], edge))
	}
}

// set has a bit for each document.
type set []uint64

func (s set) intersect(other set) {
	for i, word := range other {
		s[i] &= word
	}
}

func (s set) count() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// all yields the members in ascending order.
func (s set) all(yield func(int) bool) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			if !yield(i*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// grams knows for every gram the documents that have it.
type grams struct {
	size int      // words of a set
	slot []uint16 // by gram; place in sets plus one, 0: nobody has it
	sets []set
}

func newGrams(documents int) *grams {
	return &grams{size: (documents + 63) / 64, slot: make([]uint16, 1<<16)}
}

func (g *grams) add(word string, document int) {
	gramsOf(word, false, false, func(one gram) {
		if g.slot[one] == 0 {
			g.sets = append(g.sets, make(set, g.size))
			g.slot[one] = uint16(len(g.sets))
		}
		g.sets[g.slot[one]-1][document/64] |= 1 << (document % 64)
	})
}

// candidates are the documents that have every gram of every term; those that match are among them.
func (g *grams) candidates(terms []term) set {
	all := make(set, g.size)
	for i := range all {
		all[i] = ^uint64(0)
	}
	for k := range terms {
		terms[k].grams(func(one gram) {
			if g.slot[one] == 0 {
				clear(all)
				return
			}
			all.intersect(g.sets[g.slot[one]-1])
		})
	}
	return all
}

func (t *term) grams(f func(gram)) {
	last := len(t.pieces) - 1
	for i, piece := range t.pieces {
		gramsOf(piece, i > 0 || t.openStart, i < last || t.openEnd, f)
	}
}
