package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Header is the first line of a sheet: all columns, of which those behind the required ones may be missing, from the end.
type Header struct {
	Columns  []string
	Required int
}

func (h Header) String() string {
	text := strings.Join(h.Columns[:h.Required], ",")
	for _, column := range h.Columns[h.Required:] {
		text += "[," + column
	}
	return text + strings.Repeat("]", len(h.Columns)-h.Required)
}

// fits tells whether a line is the header.
func (h Header) fits(line []string) bool {
	return len(line) >= h.Required && len(line) <= len(h.Columns) && slices.Equal(line, h.Columns[:len(line)])
}

// Row is a line under the header, with a cell for every column of the Header; those of missing columns are empty.
type Row struct {
	Cells []string
	at    []At
}

// At is where a cell begins; if its column is missing, where the line does.
func (r Row) At(column int) At {
	if column < len(r.at) {
		return r.at[column]
	}
	return At{Line: r.at[0].Line}
}

// Read reads CSV: comma, quotes, a header line, lines of equally many cells; what begins with # is a comment.
func Read(r io.Reader, header Header) ([]Row, error) {
	text, err := Text(r, nil)
	if err != nil {
		return nil, err
	}
	return Parse(text, header)
}

// Parse is Read for a text.
func Parse(text string, header Header) ([]Row, error) {
	p := parser{csv: csv.NewReader(strings.NewReader(text)), lines: strings.Split(text, "\n")}
	p.csv.Comment = '#'
	p.csv.FieldsPerRecord = -1
	first, err := p.next()
	if errors.Is(err, io.EOF) {
		return nil, Errorf(At{}, "no lines: want the header %s", header)
	}
	if err != nil {
		return nil, err
	}
	if !header.fits(first.Cells) {
		return nil, Errorf(first.at[0], "want the header %s", header)
	}
	return p.rows(len(first.Cells), len(header.Columns))
}

type parser struct {
	csv   *csv.Reader
	lines []string
}

func (p parser) rows(given, columns int) ([]Row, error) {
	var rows []Row
	for {
		row, err := p.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if len(row.Cells) != given {
			return nil, Errorf(row.at[len(row.at)-1], "want %d cells in the line, got %d", given, len(row.Cells))
		}
		row.Cells = append(row.Cells, make([]string, columns-given)...)
		rows = append(rows, row)
	}
}

func (p parser) next() (Row, error) {
	cells, err := p.csv.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return Row{}, Errorf(p.at(broken.Line, broken.Column), "%v", broken.Err)
	}
	if err != nil {
		return Row{}, err
	}
	row := Row{Cells: cells, at: make([]At, len(cells))}
	for i := range cells {
		row.at[i] = p.at(p.csv.FieldPos(i))
	}
	return row, nil
}

// at turns a column of bytes, as the csv package counts, into one of characters.
func (p parser) at(line, column int) At {
	if line < 1 || line > len(p.lines) {
		return At{}
	}
	text := p.lines[line-1]
	return At{Line: line, Column: utf8.RuneCountInString(text[:min(max(column-1, 0), len(text))]) + 1}
}
