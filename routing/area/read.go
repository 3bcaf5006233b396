package area

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const header = "ars,ags,name,kind,parent_ars,postal_code"

// Read makes a catalogue of a CSV file: UTF-8, comma, the header line
//
//	ars,ags,name,kind,parent_ars,postal_code
//
// and a row per area, in any order. postal_code may be empty or hold several postcodes with blanks between them. Lines that begin with
// # are comments. Rows are checked as [New] does; an error names the line.
func Read(r io.Reader) (*Catalogue, error) {
	in := csv.NewReader(r)
	in.Comment = '#'
	in.ReuseRecord = true
	if err := readHeader(in); err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	areas, lines, err := readRows(in)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	c, err := newCatalogue(areas, func(i int) string { return fmt.Sprintf("line %d", lines[i]) })
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	return c, nil
}

func readHeader(in *csv.Reader) error {
	got, err := in.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("no lines: want the header %s", header)
	}
	if err != nil {
		return err
	}
	if !slices.Equal(got, strings.Split(header, ",")) {
		line, _ := in.FieldPos(0)
		return fmt.Errorf("line %d: want the header %s", line, header)
	}
	return nil
}

// readRows relies on the csv package for lines in errors of its own: wrong numbers of fields and misplaced quotes.
func readRows(in *csv.Reader) (areas []Area, lines []int, err error) {
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return areas, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := in.FieldPos(0)
		if !utf8.ValidString(strings.Join(row, "")) {
			return nil, nil, fmt.Errorf("line %d: want UTF-8", line)
		}
		areas = append(areas, fromRow(row))
		lines = append(lines, line)
	}
}

func fromRow(row []string) Area {
	return Area{
		ARS:       row[0],
		AGS:       row[1],
		Name:      row[2],
		Kind:      row[3],
		Parent:    ID(row[4]),
		Postcodes: strings.Fields(row[5]),
	}
}
