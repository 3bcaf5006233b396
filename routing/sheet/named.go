package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// Columns are those of a sheet whose header may have them in any order, in upper or lower case, among others.
type Columns struct {
	Names    []string // in lower case; cells of a Row stand in this order
	Required int      // that many come first and must be there
}

// Other is a column that is not among Columns.
type Other struct {
	At   At
	Name string
}

// Named is Parse for a sheet from many hands: the header says which column is which, and whether cells are parted by commas or, as
// spreadsheets do it in German, by semicolons. It tells which columns it left out.
func Named(text string, columns Columns) ([]Row, []Other, error) {
	p := parser{csv: csv.NewReader(strings.NewReader(text)), lines: strings.Split(text, "\n")}
	p.csv.Comment = '#'
	p.csv.Comma = separator(p.lines)
	p.csv.FieldsPerRecord = -1
	header, err := p.next()
	if errors.Is(err, io.EOF) {
		return nil, nil, Errorf(At{}, "no lines: want a header with %s", columns.required())
	}
	if err != nil {
		return nil, nil, err
	}
	place, others, err := columns.find(header)
	if err != nil {
		return nil, nil, err
	}
	rows, err := p.rows(len(header.Cells), len(header.Cells))
	for i := range rows {
		rows[i] = rows[i].arranged(place)
	}
	return rows, others, err
}

// separator is the semicolon if the header has one and no comma.
func separator(lines []string) rune {
	for _, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.Contains(line, ";") && !strings.Contains(line, ",") {
			return ';'
		}
		break
	}
	return ','
}

func (c Columns) required() string { return strings.Join(c.Names[:c.Required], ", ") }

// find tells where each column stands; -1: nowhere.
func (c Columns) find(header Row) (place []int, others []Other, err error) {
	place = slices.Repeat([]int{-1}, len(c.Names))
	for i, name := range header.Cells {
		column := slices.Index(c.Names, strings.ToLower(strings.TrimSpace(name)))
		switch {
		case column < 0:
			others = append(others, Other{header.at[i], name})
		case place[column] >= 0:
			return nil, nil, Errorf(header.at[i], "the column %s is there twice", c.Names[column])
		default:
			place[column] = i
		}
	}
	if missing := slices.Index(place[:c.Required], -1); missing >= 0 {
		return nil, nil, Errorf(header.at[0], "want a header with %s: there is no %s", c.required(), c.Names[missing])
	}
	return place, others, nil
}

// arranged has the cells in the order of the columns.
func (r Row) arranged(place []int) Row {
	a := Row{Cells: make([]string, len(place)), at: make([]At, len(place))}
	for column, i := range place {
		if i < 0 {
			a.at[column] = At{Line: r.at[0].Line}
			continue
		}
		a.Cells[column], a.at[column] = r.Cells[i], r.at[i]
	}
	return a
}
