package area

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/routing/sheet"
)

// Read makes a catalogue of a file, plain or gzip, which is either the official Gemeindeverzeichnis GV100AD as published, see [parseGV100AD], or CSV in
// UTF-8 with the header line
//
//	ars,ags,name,kind,parent_ars,postal_code[,population]
//
// and a row per area, in any order. postal_code may be empty or hold several postcodes with blanks between them, that of the seat
// first. Lines that begin with # are comments. Areas are checked as [New] does; an error names line and column, and there is no catalogue.
func Read(r io.Reader) (*Catalogue, error) {
	text, err := sheet.Text(r, latin1)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	parse := parseCSV
	if isGV100AD(text) {
		parse = parseGV100AD
	}
	c, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	return c, nil
}

func columns() sheet.Header {
	return sheet.Header{Columns: []string{"ars", "ags", "name", "kind", "parent_ars", "postal_code", "population"}, Required: 6}
}

func parseCSV(text string) (*Catalogue, error) {
	rows, err := sheet.Parse(text, columns())
	if err != nil {
		return nil, err
	}
	areas := make([]Area, len(rows))
	for i, row := range rows {
		if areas[i], err = areaOf(row); err != nil {
			return nil, err
		}
	}
	return newCatalogue("", areas, func(i int, f field) string { return rows[i].At(int(f)).String() })
}

// areaOf relies on fields being counted as columns are.
func areaOf(row sheet.Row) (Area, error) {
	a := Area{
		ARS:       row.Cells[fieldARS],
		AGS:       row.Cells[fieldAGS],
		Name:      row.Cells[fieldName],
		Kind:      row.Cells[fieldKind],
		Parent:    ID(row.Cells[fieldParent]),
		Postcodes: strings.Fields(row.Cells[fieldPostcodes]),
	}
	if len(a.Postcodes) > 0 {
		a.Seat = a.Postcodes[0]
	}
	var err error
	if text := row.Cells[fieldPopulation]; text != "" {
		if a.Population, err = strconv.Atoi(text); err != nil {
			return a, sheet.Errorf(row.At(int(fieldPopulation)), "population %.20q: want a number", text)
		}
	}
	return a, nil
}

// latin1 reads what can only be a GV100AD in ISO-8859-1, as it was published before UTF-8: every line has exactly its 220 bytes, none of which
// is a control character of that set. In UTF-8 the lines with umlauts would be longer.
func latin1(b []byte) (string, bool) {
	for line := range bytes.Lines(b) {
		if len(bytes.TrimRight(line, "\r\n")) != lineLength {
			return "", false
		}
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		if c >= 0x7f && c < 0xa0 {
			return "", false
		}
		runes[i] = rune(c)
	}
	return string(runes), true
}
