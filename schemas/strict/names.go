package strict

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"
)

// name is the name of a member, escapes resolved, and its key: the same for all names that are one by the rules.
type name struct{ text, key []byte }

// name walks the name of a member and the colon behind it, and remembers it.
func (c *cursor) name() ([]byte, error) {
	if c.peek() != '"' {
		return nil, c.unexpected("a member name in quotes")
	}
	from := c.at
	if err := c.text(); err != nil {
		return nil, err
	}
	text := unquote(c.in[from:c.at])
	c.names = append(c.names, name{text, c.key(text)})
	c.space()
	if !c.take(':') {
		return nil, c.unexpected("a colon")
	}
	c.space()
	return text, nil
}

func (c *cursor) key(name []byte) []byte {
	if !c.rules.FoldCase {
		return name
	}
	from := len(c.folded)
	c.folded = appendFolded(c.folded, name)
	return c.folded[from:]
}

// unique sorts the names of one object, whose order nobody needs any more.
func (c *cursor) unique(names []name) error {
	slices.SortFunc(names, func(a, b name) int { return bytes.Compare(a.key, b.key) })
	for i := 1; i < len(names); i++ {
		if bytes.Equal(names[i].key, names[i-1].key) {
			return c.twice(names[i])
		}
	}
	return nil
}

func (c *cursor) twice(n name) error {
	if c.rules.FoldCase {
		return refused("must not have the member %q twice, also not in another case", clip(string(n.text)))
	}
	return refused("must not have the member %q twice", clip(string(n.text)))
}

// appendFolded appends name with every character replaced by the smallest of those that differ from it in case only, which is how
// encoding/json compares names.
func appendFolded(out, name []byte) []byte {
	for len(name) > 0 {
		b := name[0]
		if b >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(name)
			out, name = utf8.AppendRune(out, fold(r)), name[size:]
			continue
		}
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		out, name = append(out, b), name[1:]
	}
	return out
}

func fold(r rune) rune {
	smallest := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		smallest = min(smallest, f)
	}
	return smallest
}
