package catalogue

import (
	"bufio"
	"io"

	"github.com/vierkant/vierkant/routing/sheet"
)

// maxXML is how many bytes an XML file may have once it is unpacked. The whole LeiKa as XZuFi has less than half as many.
const maxXML = 256 << 20

// maxToken is how many bytes a single element, text or comment of an XML file may have.
const maxToken = 4 << 20

// cursor reads byte by byte and knows where it is. The XML decoder reads at most one byte further than what it has returned.
type cursor struct {
	in           *bufio.Reader
	read         int64    // bytes
	token        int64    // bytes since begin
	here, before sheet.At // of the next byte, and of the last one
}

func newCursor(r io.Reader) *cursor {
	begin := sheet.At{Line: 1, Column: 1}
	return &cursor{in: bufio.NewReader(r), here: begin, before: begin}
}

// begin begins a token.
func (c *cursor) begin() { c.token = 0 }

// at is the place of a byte that was returned by now, or is the next one.
func (c *cursor) at(offset int64) sheet.At {
	if offset < c.read {
		return c.before
	}
	return c.here
}

// ReadByte implements io.ByteReader.
func (c *cursor) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if c.read++; c.read > maxXML {
		return 0, sheet.Errorf(c.here, "want a file of at most %d MiB", maxXML>>20)
	}
	if c.token++; c.token > maxToken {
		return 0, sheet.Errorf(c.here, "want elements and texts of at most %d MiB each", maxToken>>20)
	}
	c.before = c.here
	c.pass(b)
	return b, nil
}

// Read implements io.Reader, which the XML decoder is given and asks for ReadByte.
func (c *cursor) Read(p []byte) (int, error) {
	for i := range p {
		b, err := c.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = b
	}
	return len(p), nil
}

// pass moves on behind b. Bytes that continue a character are no column of their own.
func (c *cursor) pass(b byte) {
	switch {
	case b == '\n':
		c.here = sheet.At{Line: c.here.Line + 1, Column: 1}
	case b&0xc0 != 0x80:
		c.here.Column++
	}
}
