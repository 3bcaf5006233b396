package area

import (
	"fmt"
	"io"
	"slices"

	"github.com/vierkant/vierkant/routing/sheet"
)

// Postcode says that a postcode is used in a municipality.
type Postcode struct {
	Code   string
	AGS    string // 8 digits
	Source string // who says so, where the file tells; what its licence demands is up to whoever shows the data
	Line   int    // in its file; 0: in none
}

// ReadPostcodes reads a CSV file with the header postal_code,ags[,source], plain or gzip. An error names line and column.
func ReadPostcodes(r io.Reader) ([]Postcode, error) {
	rows, err := sheet.Read(r, sheet.Header{Columns: []string{"postal_code", "ags", "source"}, Required: 2})
	if err != nil {
		return nil, fmt.Errorf("read postcodes: %w", err)
	}
	all := make([]Postcode, len(rows))
	for i, row := range rows {
		if !isPostcode(row.Cells[0]) {
			return nil, fmt.Errorf("read postcodes: %w", sheet.Errorf(row.At(0), "postcode %.20q: want 5 digits", row.Cells[0]))
		}
		if ags := row.Cells[1]; len(ags) != 8 || !isDigits(ags) {
			return nil, fmt.Errorf("read postcodes: %w", sheet.Errorf(row.At(1), "AGS %.20q: want the 8 digits of a municipality", ags))
		}
		all[i] = Postcode{Code: row.Cells[0], AGS: row.Cells[1], Source: row.Cells[2], Line: row.At(0).Line}
	}
	return all, nil
}

// Postcodes is every pair of a postcode and a municipality that has it. A new list of areas takes the postcodes of the one before by
//
//	next, left, err := next.WithPostcodes(before.Postcodes())
func (c *Catalogue) Postcodes() []Postcode {
	var all []Postcode
	for _, a := range c.areas {
		for _, code := range a.Postcodes {
			all = append(all, Postcode{Code: code, AGS: a.AGS})
		}
	}
	return all
}

// WithPostcodes makes a catalogue with these postcodes and those of the seats, and no others. Postcodes of a former municipality go to
// its successor; so do it after [Catalogue.Succeed]. Lists of postcodes are older than lists of areas: what names no municipality that
// the catalogue knows is left over, for somebody to look at.
func (c *Catalogue) WithPostcodes(all []Postcode) (next *Catalogue, left []Postcode, err error) {
	areas := slices.Clone(c.areas)
	for i := range areas {
		areas[i].Postcodes = nil
	}
	for _, p := range all {
		a, _, _ := c.ResolveAGS(p.AGS)
		i, listed := c.byID[a.ID]
		if !listed || len(p.AGS) != 8 {
			left = append(left, p)
			continue
		}
		areas[i].Postcodes = append(areas[i].Postcodes, p.Code)
	}
	next, err = newCatalogue(c.asOf, areas, func(i int, _ field) string { return "postcodes" })
	if err != nil {
		return nil, nil, err
	}
	next.formers = c.formers
	return next, left, nil
}
