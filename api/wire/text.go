package wire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
)

// text walks a string and says whether it holds escapes.
func (c *cursor) text() (escaped bool, err error) {
	c.at++
	for c.at < len(c.in) {
		switch b := c.in[c.at]; {
		case b == '"':
			c.at++
			return escaped, nil
		case b < ' ':
			return escaped, c.unexpected("no control character inside a string")
		case b == '\\':
			escaped = true
			if err := c.escape(); err != nil {
				return escaped, err
			}
		default:
			c.at++
		}
	}
	return escaped, c.unexpected("the end of a string")
}

// escape walks one escape sequence, or two that are a surrogate pair.
func (c *cursor) escape() error {
	c.at++
	b := c.peek()
	if b == 0 || bytes.IndexByte([]byte(`"\/bfnrtu`), b) < 0 {
		return c.unexpected("an escape sequence")
	}
	c.at++
	if b != 'u' {
		return nil
	}
	first, err := c.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return err
	}
	if !c.take('\\') || !c.take('u') {
		return c.unexpected("the second half of a surrogate pair")
	}
	second, err := c.unit()
	if err == nil && utf16.DecodeRune(first, second) == '\uFFFD' {
		err = c.unexpected("a surrogate pair")
	}
	return err
}

// unit walks the four hexadecimal digits of an escape.
func (c *cursor) unit() (rune, error) {
	const digits = 4
	if len(c.in)-c.at < digits {
		return 0, c.unexpected("four hexadecimal digits")
	}
	n, err := strconv.ParseUint(string(c.in[c.at:c.at+digits]), 16, 16)
	if err != nil {
		return 0, c.unexpected("four hexadecimal digits")
	}
	c.at += digits
	return rune(n), nil
}
