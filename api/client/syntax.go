package client

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/vierkant/vierkant/crypto/seal"
)

const maxXMLDepth = 1_000

// checkSyntax says whether data are well-formed JSON (RFC 8259) or XML 1.0. What it says never quotes them: it may go into an
// event that the service can read.
func checkSyntax(mime string, data []byte) error {
	switch mime {
	case seal.JSON:
		if !utf8.Valid(data) || !json.Valid(data) {
			return errors.New("not well-formed JSON in UTF-8")
		}
		return nil
	case seal.XML:
		return checkXML(data)
	}
	return fmt.Errorf("expected %s or %s, found %.80q", seal.JSON, seal.XML, mime)
}

// checkXML demands one well-formed document without a document type: no entities of its own, nothing to be fetched. The
// decoder of the standard library reads fragments too, so what makes a document is checked here.
func checkXML(data []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.CharsetReader = charset
	var doc document
	for {
		start := decoder.InputOffset()
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return doc.end()
		}
		if err == nil {
			err = doc.take(token, start)
		}
		if err != nil {
			line, _ := decoder.InputPos()
			return fmt.Errorf("not a well-formed XML document without document type, line %d", line)
		}
	}
}

var errXML = errors.New("not well-formed")

// document follows the tokens of an XML document.
type document struct {
	open  []xml.Name
	roots int
}

func (d *document) take(token xml.Token, offset int64) error {
	switch token := token.(type) {
	case xml.StartElement:
		return d.begin(token)
	case xml.EndElement:
		if len(d.open) == 0 || d.open[len(d.open)-1] != token.Name {
			return errXML
		}
		d.open = d.open[:len(d.open)-1]
	case xml.CharData:
		if len(d.open) == 0 && strings.Trim(string(token), " \t\r\n") != "" {
			return errXML
		}
	case xml.ProcInst:
		if strings.EqualFold(token.Target, "xml") && offset > 0 {
			return errXML
		}
	case xml.Directive: // <!DOCTYPE …>
		return errXML
	}
	return nil
}

func (d *document) begin(element xml.StartElement) error {
	if len(d.open) == 0 {
		d.roots++
	}
	d.open = append(d.open, element.Name)
	seen := map[xml.Name]bool{}
	for _, attribute := range element.Attr {
		if seen[attribute.Name] {
			return errXML
		}
		seen[attribute.Name] = true
	}
	if d.roots > 1 || len(d.open) > maxXMLDepth {
		return errXML
	}
	return nil
}

func (d *document) end() error {
	if d.roots != 1 || len(d.open) > 0 {
		return errors.New("not a well-formed XML document: expected one closed root element")
	}
	return nil
}

// charset reads the one old encoding that is still met, and ASCII; UTF-8 is read without being asked.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "us-ascii", "iso-8859-1":
		return latin1(in)
	}
	return nil, errXML
}

// latin1 turns ISO 8859-1 into UTF-8: each byte is its code point.
func latin1(in io.Reader) (io.Reader, error) {
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 0, len(raw))
	for _, b := range raw {
		text = utf8.AppendRune(text, rune(b))
	}
	return bytes.NewReader(text), nil
}
