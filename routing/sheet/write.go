package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Writer writes CSV that is opened in a spreadsheet.
type Writer struct{ csv *csv.Writer }

// NewWriter writes the names of the columns.
func NewWriter(w io.Writer, names ...string) (*Writer, error) {
	out := &Writer{csv.NewWriter(w)}
	return out, out.csv.Write(names)
}

// Write writes a line. No cell is one that a spreadsheet computes.
func (w *Writer) Write(cells ...string) error {
	harmless := make([]string, len(cells))
	for i, cell := range cells {
		harmless[i] = Quote(cell)
	}
	return w.csv.Write(harmless)
}

// Flush writes what is waiting.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Quote puts an apostrophe before what a spreadsheet would compute instead of showing it (OWASP ASVS 5.0, 1.2.10), and before what Unquote would take
// for such a text. A whole number is shown as it stands.
func Quote(cell string) string {
	if n, err := strconv.Atoi(cell); err == nil && strconv.Itoa(n) == cell {
		return cell
	}
	if computed(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Unquote undoes Quote.
func Unquote(cell string) string {
	if text, quoted := strings.CutPrefix(cell, "'"); quoted && computed(strings.TrimLeft(text, "'")) {
		return text
	}
	return cell
}

// computed reports whether a text begins as a formula does: in the width of the east, too, and after controls, which spreadsheets skip.
func computed(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return text != "" && (strings.ContainsRune("=+-@＝＋－＠", first) || unicode.IsControl(first))
}
