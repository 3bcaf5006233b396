package routesheet

import (
	"strconv"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing/sheet"
)

// Columns lists their names, which are the first line of a file.
func Columns() []string { return routeColumns().Names }

// Write writes the lines of a route, as Read reads them.
func Write(w *sheet.Writer, r wire.RouteDraft) error {
	for _, c := range r.Coverage {
		schemas := c.Schemas
		if len(schemas) == 0 {
			schemas = []string{""}
		}
		for _, service := range c.Services {
			for _, region := range c.Regions {
				for _, schema := range schemas {
					if err := w.Write(line(r, service, region, schema)...); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func line(r wire.RouteDraft, service, region, schema string) []string {
	cells := []string{r.Key, r.DestinationID, r.Name, service, region, schema, "", Edge(r.From), Edge(r.Until), ""}
	if r.Priority != 0 {
		cells[columnPriority] = strconv.Itoa(r.Priority)
	}
	if r.Offline != nil && *r.Offline {
		cells[columnOffline] = "true"
	}
	return cells
}
