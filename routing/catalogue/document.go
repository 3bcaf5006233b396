package catalogue

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/vierkant/vierkant/routing/sheet"
)

// maxDepth is how deep elements may lie in each other; XZuFi has a dozen levels.
const maxDepth = 64

// document hands out the tokens of an XML file and refuses what no harmless one has: document types (and with them entities of its own),
// deep nesting, endless tokens, other encodings than UTF-8. It implements xml.TokenReader.
type document struct {
	cursor *cursor
	raw    *xml.Decoder
	depth  int
	start  sheet.At // of the last token
}

// Token implements xml.TokenReader.
func (d *document) Token() (xml.Token, error) {
	d.cursor.begin()
	d.start = d.cursor.at(d.raw.InputOffset())
	token, err := d.raw.RawToken()
	if err != nil {
		return nil, err
	}
	switch token.(type) {
	case xml.StartElement:
		d.depth++
	case xml.EndElement:
		d.depth--
	case xml.Directive:
		return nil, sheet.Errorf(d.start, "want no document type")
	}
	if d.depth > maxDepth {
		return nil, sheet.Errorf(d.start, "want elements at most %d deep in each other", maxDepth)
	}
	return token, nil
}

// misread gives an error of the xml package its place; errors that have one, and those of the reader below, stay.
func (d *document) misread(err error) error {
	var own *sheet.Error
	if errors.As(err, &own) {
		return own
	}
	at := d.cursor.at(d.raw.InputOffset())
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return sheet.Errorf(at, "want an XZuFi document, got nothing")
	case errors.As(err, &syntax):
		return sheet.Errorf(at, "%s", syntax.Msg)
	case strings.Contains(err.Error(), "encoding"):
		return sheet.Errorf(d.start, "want UTF-8")
	}
	return err
}
