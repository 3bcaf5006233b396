package catalogue

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing/search"
)

// index finds services by words. A service is a document in each of its languages, so that its name counts as a title in all of them.
type index struct {
	documents *search.Index
	service   []int // by document
}

// named is a text of a service on its way into the index.
type named struct {
	service int
	key     Key
	text    Text
}

// indexed gives short names the better rank: of what matches equally well, they say most exactly what was asked for.
func indexed(services []Service) *index {
	var all []named
	for i, s := range services {
		for _, t := range s.Texts {
			all = append(all, named{i, s.Key, t})
		}
	}
	slices.SortStableFunc(all, func(a, b named) int {
		return cmp.Or(
			cmp.Compare(utf8.RuneCountInString(a.text.Name), utf8.RuneCountInString(b.text.Name)),
			cmp.Compare(a.text.Name, b.text.Name))
	})
	x := &index{service: make([]int, len(all))}
	documents := make([]search.Document, len(all))
	for i, n := range all {
		x.service[i] = n.service
		documents[i] = n.document()
	}
	x.documents = search.New(documents)
	return x
}

// document has the key as a code, and the words of a URN as words.
func (n named) document() search.Document {
	d := search.Document{Title: n.text.Name, Text: n.text.Official + "\n" + n.text.Description}
	if n.key.routable() {
		d.Codes = []string{string(n.key)}
	} else {
		d.Text += "\n" + string(n.key)
	}
	return d
}

// Search finds the services that have all words of a query, in whatever order and in one of their languages, best first, and returns
// those from offset on, at most limit, with the number of all. A word also finds what has it as a part: ausweis finds Personalausweis, and
// the first digits of a key find it. Whole words in the name come first. Spellings are those of package search: buerger finds Bürger.
// An error is a *search.ExpressionError.
func (c *Catalogue) Search(query string, offset, limit int) (services []Service, total int, err error) {
	index := c.index()
	found, _, err := index.documents.Search(expressions(query), 0, len(index.service))
	if err != nil {
		return nil, 0, err
	}
	seen := make(map[int]bool)
	var hits []int
	for _, document := range found {
		if i := index.service[document]; !seen[i] {
			seen[i] = true
			hits = append(hits, i)
		}
	}
	from, to := window(len(hits), offset, limit)
	for _, i := range hits[from:to] {
		services = append(services, c.services[i])
	}
	return services, len(hits), nil
}

// expressions opens the words of a query for what stands around them; digits begin a key. Single letters say nothing and are left out.
func expressions(query string) []string {
	var all []string
	for _, word := range search.Words(query) {
		switch {
		case utf8.RuneCountInString(word) < 2:
		case isDigits(word):
			all = append(all, word+"*")
		default:
			all = append(all, "*"+word+"*")
		}
	}
	return all
}

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
