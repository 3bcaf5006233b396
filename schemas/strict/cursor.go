package strict

import (
	"bytes"
	"fmt"
	"strconv"
)

// cursor walks a text that is valid UTF-8. Each method begins at its value and ends right behind it.
type cursor struct {
	in     []byte
	at     int
	rules  Rules
	depth  int
	values int
	names  []name // of all objects that are open, the innermost last
	folded []byte // room for their keys
}

func (c *cursor) unexpected(want string) error {
	return refused("is not valid JSON: expected %s at byte %d", want, c.at)
}

func refused(want string, args ...any) error { return &Error{Want: fmt.Sprintf(want, args...)} }

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

func (c *cursor) begins(word string) bool { return bytes.HasPrefix(c.in[c.at:], []byte(word)) }

// count counts the value that comes next.
func (c *cursor) count() error {
	if c.values++; c.rules.Values > 0 && c.values > c.rules.Values {
		return refused("must not have more than %d values", c.rules.Values)
	}
	return nil
}

func (c *cursor) value() error {
	if err := c.count(); err != nil {
		return err
	}
	switch b := c.peek(); {
	case b == '{':
		return c.object((*cursor).member)
	case b == '[':
		return c.list(']', (*cursor).value)
	case b == '"':
		return c.text()
	case b == '-' || isDigit(b):
		return c.number()
	}
	return c.literal()
}

func (c *cursor) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if c.begins(word) {
			c.at += len(word)
			return nil
		}
	}
	return c.unexpected("a value")
}

// number is -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func (c *cursor) number() error {
	from := c.at
	c.take('-')
	if !c.take('0') && !c.digits() {
		return c.unexpected("a digit")
	}
	if c.take('.') && !c.digits() {
		return c.unexpected("a digit")
	}
	if c.take('e') || c.take('E') {
		if err := c.exponent(); err != nil {
			return err
		}
	}
	if most := c.rules.NumberLength; most > 0 && c.at-from > most {
		return refused("must not have a number of more than %d characters", most)
	}
	return nil
}

func (c *cursor) exponent() error {
	from := c.at
	if !c.take('+') {
		c.take('-')
	}
	if !c.digits() {
		return c.unexpected("a digit")
	}
	most := c.rules.Exponent
	if most == 0 {
		return nil
	}
	exponent, err := strconv.Atoi(string(c.in[from:c.at]))
	if err != nil || exponent > most || exponent < -most {
		return refused("must not have a number whose exponent is not between -%d and %d", most, most)
	}
	return nil
}

func (c *cursor) digits() bool {
	from := c.at
	for isDigit(c.peek()) {
		c.at++
	}
	return c.at > from
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// list walks what stands between an opening and its closing, separated by commas.
func (c *cursor) list(closing byte, item func(*cursor) error) error {
	if c.depth++; c.depth > c.rules.Depth {
		return refused("must not be nested deeper than %d levels", c.rules.Depth)
	}
	c.at++
	c.space()
	for more := !c.take(closing); more; {
		if err := item(c); err != nil {
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

// object lets member walk each member, name and value.
func (c *cursor) object(member func(*cursor) error) error {
	names, room := len(c.names), len(c.folded)
	if err := c.list('}', member); err != nil {
		return err
	}
	err := c.unique(c.names[names:])
	c.names, c.folded = c.names[:names], c.folded[:room]
	return err
}

func (c *cursor) member() error {
	if _, err := c.name(); err != nil {
		return err
	}
	return c.value()
}
