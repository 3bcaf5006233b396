package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be nested. The deepest document of the contract needs six.
const maxDepth = 32

// Check judges a JSON text: grammar (RFC 8259), UTF-8, depth, no lone surrogates, nothing behind the value, and no object with two members
// whose names are equal or differ in case only. An error is an *Error.
func Check(text []byte) error {
	return whole(text, (*cursor).value)
}

// whole lets read walk the one value of a text and refuses what comes behind it.
func whole(text []byte, read func(*cursor) error) error {
	if !utf8.Valid(text) {
		return malformed("the body must be JSON in UTF-8")
	}
	c := &cursor{in: text}
	c.space()
	if err := read(c); err != nil {
		return err
	}
	c.space()
	if c.at < len(c.in) {
		return c.unexpected("nothing behind the JSON value")
	}
	return nil
}

// cursor walks a JSON text. Each method begins at its value and ends right behind it.
type cursor struct {
	in    []byte
	at    int
	depth int
}

func (c *cursor) unexpected(want string) error {
	return malformed("the body is not valid JSON: expected %s at byte %d", want, c.at)
}

func (c *cursor) space() {
	for c.at < len(c.in) {
		switch c.in[c.at] {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end (which no value begins with).
func (c *cursor) peek() byte {
	if c.at < len(c.in) {
		return c.in[c.at]
	}
	return 0
}

// take steps over b if it comes next.
func (c *cursor) take(b byte) bool {
	if c.peek() != b {
		return false
	}
	c.at++
	return true
}

func (c *cursor) value() error {
	switch b := c.peek(); {
	case b == '{':
		return c.object(func(string) error { return c.value() })
	case b == '[':
		return c.array()
	case b == '"':
		_, err := c.text()
		return err
	case b == '-' || '0' <= b && b <= '9':
		return c.number()
	}
	return c.literal()
}

func (c *cursor) literal() error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(c.in[c.at:], []byte(word)) {
			c.at += len(word)
			return nil
		}
	}
	return c.unexpected("a value")
}

// number is -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func (c *cursor) number() error {
	c.take('-')
	if !c.take('0') && !c.digits() {
		return c.unexpected("a digit")
	}
	if c.take('.') && !c.digits() {
		return c.unexpected("a digit")
	}
	if c.take('e') || c.take('E') {
		if !c.take('+') {
			c.take('-')
		}
		if !c.digits() {
			return c.unexpected("a digit")
		}
	}
	return nil
}

func (c *cursor) digits() bool {
	from := c.at
	for b := c.peek(); '0' <= b && b <= '9'; b = c.peek() {
		c.at++
	}
	return c.at > from
}

// list walks what stands between an opening and its closing, separated by commas.
func (c *cursor) list(closing byte, item func() error) error {
	if c.depth++; c.depth > maxDepth {
		return malformed("the body must not be nested deeper than %d levels", maxDepth)
	}
	c.at++
	c.space()
	for more := !c.take(closing); more; {
		if err := item(); err != nil {
			return err
		}
		c.space()
		if more = c.take(','); more {
			c.space()
		} else if !c.take(closing) {
			return c.unexpected("a comma or " + strconv.QuoteRune(rune(closing)))
		}
	}
	c.depth--
	return nil
}

func (c *cursor) array() error { return c.list(']', c.value) }

// object hands the name of each member to member, which walks its value.
func (c *cursor) object(member func(name string) error) error {
	if c.peek() != '{' {
		return malformed("the body must be a JSON object")
	}
	var seen []folded
	err := c.list('}', func() error {
		name, err := c.name()
		if err != nil {
			return err
		}
		seen = append(seen, folded{fold(name), name})
		return member(name)
	})
	if err != nil {
		return err
	}
	return unique(seen)
}

// name walks the name of a member and the colon behind it.
func (c *cursor) name() (string, error) {
	if c.peek() != '"' {
		return "", c.unexpected("a member name in quotes")
	}
	from := c.at
	escaped, err := c.text()
	if err != nil {
		return "", err
	}
	name := string(c.in[from+1 : c.at-1])
	if escaped {
		name = unescape(c.in[from:c.at])
	}
	c.space()
	if !c.take(':') {
		return "", c.unexpected("a colon")
	}
	c.space()
	return name, nil
}

// unescape decodes a string that text has walked, quotes included.
func unescape(quoted []byte) string {
	var s string
	_ = json.Unmarshal(quoted, &s) // its grammar was checked
	return s
}

// folded is a name of a member, with what is the same for all names that encoding/json takes for this one.
type folded struct{ key, name string }

func unique(seen []folded) error {
	slices.SortFunc(seen, func(a, b folded) int { return strings.Compare(a.key, b.key) })
	for i := 1; i < len(seen); i++ {
		if seen[i].key == seen[i-1].key {
			return malformed("the body must not have the member %q twice, also not in another case", clip(seen[i].name))
		}
	}
	return nil
}

// fold replaces every character by the smallest of those that differ from it in case only.
func fold(name string) string {
	out := make([]byte, 0, 64)
	for _, r := range name {
		smallest := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			smallest = min(smallest, f)
		}
		out = utf8.AppendRune(out, smallest)
	}
	return string(out)
}
