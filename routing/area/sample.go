package area

import (
	_ "embed"
	"strings"
)

//go:embed sample.csv
var sample string

const sampleDay Date = "2025-11-30"

// Sample is a catalogue that needs no file: all Länder and some sixty municipalities with everything above them, chosen so that each
// case of the search is in it. See the package for the source of the data.
func Sample() (*Catalogue, error) {
	c, err := Read(strings.NewReader(sample))
	if err != nil {
		return nil, err
	}
	c.asOf = sampleDay
	return c, nil
}
