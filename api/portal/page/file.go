package page

import (
	"net/http"

	spreadsheet "github.com/vierkant/vierkant/routing/sheet"
)

// Download answers with a file.
func (v *Visit) Download(name, mediaType string, content []byte) error {
	v.saved(name)
	return v.Blob(http.StatusOK, mediaType, content)
}

// Spreadsheet answers with a file of lines for spreadsheets, of which it begins with the names of the columns. The caller writes the others and flushes.
func (v *Visit) Spreadsheet(name string, columns ...string) (*spreadsheet.Writer, error) {
	v.saved(name)
	v.Response().Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	v.Response().WriteHeader(http.StatusOK)
	return spreadsheet.NewWriter(v.Response(), columns...)
}

// saved has the browser save the answer under a name, and nobody keep it besides.
func (v *Visit) saved(name string) {
	h := v.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
}
