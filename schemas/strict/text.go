package strict

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
)

// text walks a string.
func (c *cursor) text() error {
	c.at++
	for c.at < len(c.in) {
		switch b := c.in[c.at]; {
		case b == '"':
			c.at++
			return nil
		case b < ' ':
			return c.unexpected("no control character inside a string")
		case b == '\\':
			if err := c.escape(); err != nil {
				return err
			}
		default:
			c.at++
		}
	}
	return c.unexpected("the end of a string")
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

// unquote decodes a string that text has walked. Without escapes the result is a piece of it.
func unquote(quoted []byte) []byte {
	inside := quoted[1 : len(quoted)-1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // its grammar was checked
	return []byte(s)
}
