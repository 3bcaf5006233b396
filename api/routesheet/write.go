package routesheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/wire"
)

// Writer writes routes as Read reads them.
type Writer struct{ csv *csv.Writer }

// NewWriter writes the names of the columns.
func NewWriter(w io.Writer) (*Writer, error) {
	out := &Writer{csv.NewWriter(w)}
	return out, out.csv.Write(routeColumns().Names)
}

// Write writes the lines of a route.
func (w *Writer) Write(r wire.RouteDraft) error {
	for _, c := range r.Coverage {
		schemas := c.Schemas
		if len(schemas) == 0 {
			schemas = []string{""}
		}
		for _, service := range c.Services {
			for _, region := range c.Regions {
				for _, schema := range schemas {
					if err := w.csv.Write(line(r, service, region, schema)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// Flush writes what is waiting.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

func line(r wire.RouteDraft, service, region, schema string) []string {
	cells := []string{r.Key, r.DestinationID, r.Name, service, region, schema, "", Edge(r.From), Edge(r.Until), ""}
	if r.Priority != 0 {
		cells[columnPriority] = strconv.Itoa(r.Priority)
	}
	if r.Offline != nil && *r.Offline {
		cells[columnOffline] = "true"
	}
	for i, cell := range cells {
		if i != columnPriority {
			cells[i] = quoted(cell)
		}
	}
	return cells
}

// formula begins what spreadsheets would compute instead of showing it.
const formula = "=+-@\t\r"

// quoted keeps spreadsheets from computing a text.
func quoted(cell string) string {
	if cell != "" && strings.ContainsRune(formula, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// plain undoes quoted.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formula, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
