package catalogue

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/routing/sheet"
)

// Reading is what a file gave.
type Reading struct {
	Catalogue *Catalogue
	Notes     []Note // what was left out, in the order of the file
}

// Note tells what a reader left out of a catalogue without refusing the file.
type Note struct {
	At   sheet.At
	Text string
}

// String is for messages.
func (n Note) String() string { return n.At.String() + ": " + n.Text }

// Read makes a catalogue of a file, packed by gzip or not. An error wraps a *sheet.Error with line and column, or one of r.
//
// What begins as XML does is XZuFi of version 2.1 or 2.2, read as a stream. Every description of a service (leistung) in it counts,
// wherever it stands but in what is to be deleted (loesche). Descriptions that name no key of fourteen digits or have no name, and second
// ones of one key are left out and noted: the first stands.
//
// Everything else is CSV with a header: key (fourteen digits, or a URN) and name are needed; official_name, description and language (of
// the row; German if there is none) may be there; other columns are left out and noted. A service may have a row for each language.
func Read(r io.Reader) (Reading, error) {
	reading, err := read(r)
	if err != nil {
		return Reading{}, fmt.Errorf("read services: %w", err)
	}
	return reading, nil
}

func read(r io.Reader) (Reading, error) {
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return Reading{}, fmt.Errorf("unpack gzip: %w", err)
		}
		in = bufio.NewReader(unpacked)
	}
	head, _ := in.Peek(256)
	if bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("<")) {
		return readXZuFi(in)
	}
	return readCSV(in)
}
