package catalogue

import (
	"fmt"
	"io"
	"strings"

	"github.com/vierkant/vierkant/routing/sheet"
)

// The columns of a table.
const (
	keyColumn = iota
	nameColumn
	officialColumn
	descriptionColumn
	languageColumn
)

func columns() sheet.Columns {
	return sheet.Columns{Names: []string{"key", "name", "official_name", "description", "language"}, Required: 2}
}

// table is a CSV file while it is read.
type table struct {
	services []Service
	byKey    map[Key]int     // index in services
	lines    map[rowName]int // where a row was
}

// rowName is what a table may have once.
type rowName struct {
	key      Key
	language string
}

func readCSV(r io.Reader) (Reading, error) {
	text, err := sheet.Text(r, nil)
	if err != nil {
		return Reading{}, err
	}
	rows, others, err := sheet.Named(text, columns())
	if err != nil {
		return Reading{}, err
	}
	t := table{byKey: make(map[Key]int), lines: make(map[rowName]int)}
	for _, row := range rows {
		if err := t.add(row); err != nil {
			return Reading{}, err
		}
	}
	var notes []Note
	for _, o := range others {
		notes = append(notes, Note{o.At, fmt.Sprintf("the column %.40q is not read", o.Name)})
	}
	c, err := New(t.services)
	return Reading{c, notes}, err
}

// add takes a row as a service, or as one more language of a service that the table has already.
func (t *table) add(row sheet.Row) error {
	cell := func(column int) string { return strings.TrimSpace(row.Cells[column]) }
	key, err := ParseKey(cell(keyColumn))
	if err != nil {
		return sheet.Errorf(row.At(keyColumn), "%v", err)
	}
	language, err := parseLanguage(cell(languageColumn))
	if err != nil {
		return sheet.Errorf(row.At(languageColumn), "%v", err)
	}
	text := Text{language, cell(nameColumn), cell(officialColumn), cell(descriptionColumn)}
	if err := text.check(); err != nil {
		return sheet.Errorf(row.At(nameColumn), "%v", err)
	}
	name := rowName{key, language}
	if first, twice := t.lines[name]; twice {
		return sheet.Errorf(row.At(keyColumn), "line %d names the service %s in the language %s already", first, key, language)
	}
	t.lines[name] = row.At(keyColumn).Line
	i, known := t.byKey[key]
	if !known {
		i = len(t.services)
		t.byKey[key] = i
		t.services = append(t.services, Service{Key: key})
	}
	t.services[i].Texts = append(t.services[i].Texts, text)
	return nil
}
