package search

import "math/bits"

// Document is what can be found. Its title counts for the order, see the package.
type Document struct {
	Title string
	Text  string   // more words
	Codes []string // more words, of digits alone
}

// Index is a set of documents, each known by its place in the order in which they were given.
type Index struct {
	documents []document
	grams     *grams
}

type document struct {
	words []spelling
	title int // that many words come first and are the title
	codes []string
}

// maxTitle words have a bit each in distance.
const maxTitle = 64

// New makes an index. The order of the documents is their rank: what matches equally well is found in this order.
func New(documents []Document) *Index {
	x := &Index{documents: make([]document, len(documents)), grams: newGrams(len(documents))}
	for i, d := range documents {
		x.documents[i] = newDocument(d)
		x.add(i)
	}
	return x
}

func newDocument(d Document) document {
	title := spellings(d.Title)
	return document{words: append(title, spellings(d.Text)...), title: min(len(title), maxTitle), codes: d.Codes}
}

func (x *Index) add(i int) {
	for _, word := range x.documents[i].words {
		x.grams.add(word.full, i)
		if word.plain != "" {
			x.grams.add(word.plain, i)
		}
	}
	for _, code := range x.documents[i].codes {
		x.grams.add(code, i)
	}
}

// Search finds the documents that match all expressions, best first, and returns those from offset on, at most limit, with the number
// of all. An error is an *ExpressionError, see [Check].
//
// The words of an expression (runs of letters and digits) must each match a whole word or code of the document, in any order. A *
// stands for any characters, also none: Mag* finds Magdeburg, *stadt finds Neustadt, Tit*see finds Titisee. Several words in one
// expression work like several expressions.
func (x *Index) Search(expressions []string, offset, limit int) (found []int, total int, err error) {
	terms, err := parse(expressions)
	if err != nil || len(x.documents) == 0 {
		return nil, 0, err
	}
	hits := x.hits(terms)
	from := min(max(offset, 0), len(hits))
	return hits[from : from+min(max(limit, 0), len(hits)-from)], len(hits), nil
}

// hit is a document that matched; the smaller the distance, the better.
type hit struct{ document, distance int32 }

// hits sorts by distance, by counting: most searches that are slow find thousands of documents at three or four distances.
func (x *Index) hits(terms []term) []int {
	candidates := x.grams.candidates(terms)
	found := make([]hit, 0, candidates.count())
	var next [2*maxTitle + 2]int // by distance: where the next of them goes, once they are counted
	for i := range candidates.all {
		if i == len(x.documents) { // the last word of a set may have more bits than there are documents
			break
		}
		if distance, ok := x.documents[i].distance(terms); ok {
			found = append(found, hit{int32(i), int32(distance)})
			next[distance+1]++
		}
	}
	for distance := range 2*maxTitle + 1 {
		next[distance+1] += next[distance]
	}
	sorted := make([]int, len(found))
	for _, h := range found {
		sorted[next[h.distance]] = int(h.document)
		next[h.distance]++
	}
	return sorted
}

// distance is how far the title is from what was asked: two for each word that no term matches, one for each that only a star or a lost umlaut
// made match. So Münster is nearer to "Münster*" than Münsterdorf, and that nearer than Bad Münstereifel.
func (d *document) distance(terms []term) (distance int, ok bool) {
	var touched, full uint64 // bit i: word i of the title
	for k := range terms {
		t, found := &terms[k], false
		for i, word := range d.words[:d.title] {
			matched, whole := t.in(word)
			touched |= bit(i, matched)
			full |= bit(i, whole)
			found = found || matched
		}
		if !found && !d.mentions(t) {
			return 0, false
		}
	}
	return 2*d.title - bits.OnesCount64(touched) - bits.OnesCount64(full), true
}

func bit(i int, on bool) uint64 {
	if on {
		return 1 << i
	}
	return 0
}

// mentions looks behind the title.
func (d *document) mentions(t *term) bool {
	for _, word := range d.words[d.title:] {
		if matched, _ := t.in(word); matched {
			return true
		}
	}
	if !t.digits {
		return false
	}
	for _, code := range d.codes {
		if t.matches(code) {
			return true
		}
	}
	return false
}

// in tells whether t matches a word, and whether it does so without any help.
func (t *term) in(word spelling) (matched, whole bool) {
	if t.matches(word.full) {
		return true, len(word.full) == t.length
	}
	return word.plain != "" && t.matches(word.plain), false
}
