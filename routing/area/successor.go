package area

import (
	"fmt"
	"io"
	"time"

	"github.com/vierkant/vierkant/routing/sheet"
)

// Succession says what took the place of an area that the list has no more.
type Succession struct {
	Old, New ID
	Date     Date // empty: not known

	atOld, atNew sheet.At // in the file; zero: in none
}

// ReadSuccessors reads a CSV file with the header old_ars,new_ars[,date], plain or gzip; dates look like 2025-01-31. A municipality that was
// divided has no single successor and does not belong into the file: two lines for it are an error. An error names line and column.
func ReadSuccessors(r io.Reader) ([]Succession, error) {
	rows, err := sheet.Read(r, sheet.Header{Columns: []string{"old_ars", "new_ars", "date"}, Required: 2})
	if err != nil {
		return nil, fmt.Errorf("read successors: %w", err)
	}
	all := make([]Succession, len(rows))
	first := make(map[ID]int)
	for i, row := range rows {
		if all[i], err = successionOf(row, first); err != nil {
			return nil, fmt.Errorf("read successors: %w", err)
		}
	}
	return all, nil
}

func successionOf(row sheet.Row, first map[ID]int) (Succession, error) {
	s := Succession{Old: ID(row.Cells[0]), New: ID(row.Cells[1]), atOld: row.At(0), atNew: row.At(1)}
	for i, ars := range row.Cells[:2] {
		if !isLength(len(ars)) || !isDigits(ars) {
			return s, sheet.Errorf(row.At(i), "ARS %.20q: want 2, 3, 4, 5, 9 or 12 digits", ars)
		}
	}
	if s.Old == s.New {
		return s, sheet.Errorf(row.At(1), "ARS %s: want another one than the old", s.New)
	}
	if line, twice := first[s.Old]; twice {
		return s, sheet.Errorf(row.At(0), "ARS %s: want one successor, line %d has another", s.Old, line)
	}
	first[s.Old] = s.atOld.Line
	if row.Cells[2] == "" {
		return s, nil
	}
	var err error
	if s.Date, err = checkedDate(time.DateOnly, row.Cells[2]); err != nil {
		return s, sheet.Errorf(row.At(2), "date %v", err)
	}
	return s, nil
}
