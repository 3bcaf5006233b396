package area

import (
	_ "embed"
	"strings"
)

//go:embed sample.csv
var sample string

// Sample is a catalogue that needs no file: all Länder and some sixty municipalities with everything above them, chosen so that each
// case of the search is in it. See the package for the source of the data.
func Sample() (*Catalogue, error) {
	return Read(strings.NewReader(sample))
}
