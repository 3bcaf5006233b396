package routesheet

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing/sheet"
)

// The columns of a file of routes in CSV: a line for each service in each region.
const (
	columnKey = iota
	columnDestination
	columnName
	columnService
	columnRegion
	columnSchema
	columnPriority
	columnFrom
	columnUntil
	columnOffline
)

func routeColumns() sheet.Columns {
	return sheet.Columns{
		Names:    []string{"key", "destination", "name", "service", "region", "schema", "priority", "from", "until", "offline"},
		Required: columnRegion + 1,
	}
}

// File is a file of routes, read.
type File struct {
	Routes []wire.RouteDraft
	Places map[string]sheet.At // where each key stands first
}

// Read reads a file. Errors are *sheet.Error and say the line.
func Read(raw []byte) (File, error) {
	text, err := sheet.Text(bytes.NewReader(raw), nil)
	if err != nil {
		return File{}, err
	}
	rows, others, err := sheet.Named(text, routeColumns())
	if err != nil {
		return File{}, err
	}
	if len(others) > 0 {
		return File{}, sheet.Errorf(others[0].At, "there is no column %q: want %s", others[0].Name, strings.Join(routeColumns().Names, ", "))
	}
	file := File{Routes: []wire.RouteDraft{}, Places: map[string]sheet.At{}}
	lines := map[string][]sheet.Row{}
	var keys []string
	for _, row := range rows {
		for i, cell := range row.Cells {
			row.Cells[i] = sheet.Unquote(cell)
		}
		key := row.Cells[columnKey]
		if lines[key] == nil {
			keys, file.Places[key] = append(keys, key), row.At(columnKey)
		}
		lines[key] = append(lines[key], row)
	}
	for _, key := range keys {
		draft, err := draftOfRows(lines[key])
		if err != nil {
			return File{}, err
		}
		file.Routes = append(file.Routes, draft)
	}
	return file, nil
}

// draftOfRows is the route of the lines of one key, which say the same beside service, region and schema.
func draftOfRows(rows []sheet.Row) (d wire.RouteDraft, err error) {
	first := rows[0]
	for _, row := range rows[1:] {
		for _, column := range []int{columnDestination, columnName, columnPriority, columnFrom, columnUntil, columnOffline} {
			if row.Cells[column] != first.Cells[column] {
				return d, sheet.Errorf(row.At(column), "want %q, as in line %d of the same route", first.Cells[column], first.At(columnKey).Line)
			}
		}
	}
	d = wire.RouteDraft{Key: first.Cells[columnKey], DestinationID: first.Cells[columnDestination], Name: first.Cells[columnName], Coverage: coverageOf(rows)}
	if text := first.Cells[columnPriority]; text != "" {
		if d.Priority, err = strconv.Atoi(text); err != nil {
			return d, sheet.Errorf(first.At(columnPriority), "want a whole number, got %q", text)
		}
	}
	if text := first.Cells[columnOffline]; text != "" {
		offline, err := strconv.ParseBool(text)
		if err != nil {
			return d, sheet.Errorf(first.At(columnOffline), "want true or false, got %q", text)
		}
		d.Offline = &offline
	}
	if text := first.Cells[columnFrom]; text != "" {
		if d.From, err = ParseTime(text); err != nil {
			return d, sheet.Errorf(first.At(columnFrom), "%s", err)
		}
	}
	if text := first.Cells[columnUntil]; text != "" {
		if d.Until, err = ParseTime(text); err != nil {
			return d, sheet.Errorf(first.At(columnUntil), "%s", err)
		}
	}
	return d, nil
}

// coverageOf puts services that are offered alike, in the same regions and by the same schemas, together.
func coverageOf(rows []sheet.Row) (all []wire.RouteCoverage) {
	by := map[string]*wire.RouteCoverage{}
	var services []string
	for _, row := range rows {
		service := URN(row.Cells[columnService])
		if by[service] == nil {
			by[service] = &wire.RouteCoverage{Services: []string{service}}
			services = append(services, service)
		}
		c := by[service]
		c.Regions = with(c.Regions, Region(row.Cells[columnRegion]))
		if schema := row.Cells[columnSchema]; schema != "" {
			c.Schemas = with(c.Schemas, schema)
		}
	}
	for _, service := range services {
		c := by[service]
		alike := slices.IndexFunc(all, func(o wire.RouteCoverage) bool {
			return slices.Equal(o.Regions, c.Regions) && slices.Equal(o.Schemas, c.Schemas)
		})
		if alike >= 0 {
			all[alike].Services = append(all[alike].Services, service)
		} else {
			all = append(all, *c)
		}
	}
	return all
}

// with adds a text to a list that is in order, once.
func with(texts []string, text string) []string {
	at, there := slices.BinarySearch(texts, text)
	if there {
		return texts
	}
	return slices.Insert(texts, at, text)
}
