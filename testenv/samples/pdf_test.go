package samples_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// page is the content of a one-page PDF, A4 upright (ISO 32000-1). Places are in points from the top left corner; the fonts are
// two of the standard 14, so nothing is embedded. The content is not compressed: a golden file shows what changed.
type page struct {
	t       testing.TB
	content bytes.Buffer
}

const pageWidth, pageHeight = 595, 842

// font is a name in the resources of the page.
type font string

const (
	plain font = "F1"
	bold  font = "F2"
)

func (p *page) op(format string, args ...any) {
	fmt.Fprintf(&p.content, format+"\n", args...)
}

// grey sets the shade of what follows, 0 is black.
func (p *page) grey(shade float64) { p.op("%.2f g %.2f G", shade, shade) }

func (p *page) text(f font, size, x, y float64, s string) {
	p.op("BT /%s %.1f Tf %.1f %.1f Td (%s) Tj ET", f, size, x, pageHeight-y, p.encode(s))
}

// slanted writes s at 30 degrees.
func (p *page) slanted(f font, size, x, y float64, s string) {
	p.op("BT /%s %.1f Tf 0.866 0.5 -0.5 0.866 %.1f %.1f Tm (%s) Tj ET", f, size, x, pageHeight-y, p.encode(s))
}

func (p *page) box(x, y, w, h float64) { p.op("%.1f %.1f %.1f %.1f re S", x, pageHeight-y-h, w, h) }

func (p *page) area(x, y, w, h float64) { p.op("%.1f %.1f %.1f %.1f re f", x, pageHeight-y-h, w, h) }

// disc fills a circle, made of four curves.
func (p *page) disc(x, y, r float64) {
	const k = 0.5523
	cy := pageHeight - y
	p.op("%.1f %.1f m", x+r, cy)
	p.op("%.1f %.1f %.1f %.1f %.1f %.1f c", x+r, cy+k*r, x+k*r, cy+r, x, cy+r)
	p.op("%.1f %.1f %.1f %.1f %.1f %.1f c", x-k*r, cy+r, x-r, cy+k*r, x-r, cy)
	p.op("%.1f %.1f %.1f %.1f %.1f %.1f c", x-r, cy-k*r, x-k*r, cy-r, x, cy-r)
	p.op("%.1f %.1f %.1f %.1f %.1f %.1f c f", x+k*r, cy-r, x+r, cy-k*r, x+r, cy)
}

// encode writes s as the inside of a string in WinAnsiEncoding, which is Latin-1 but for a few places.
func (p *page) encode(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(`()\`, r):
			fmt.Fprintf(&out, `\%c`, r)
		case r == '–':
			out.WriteString(`\226`)
		case r >= 0x20 && r < 0x7f:
			out.WriteRune(r)
		case r >= 0xa0 && r <= 0xff:
			fmt.Fprintf(&out, `\%03o`, r)
		default:
			p.t.Fatalf("the PDF has no glyph for %q", r)
		}
	}
	return out.String()
}

// bytes returns the whole document.
func (p *page) bytes(title string) []byte {
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /Lang (de-DE) >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"+
			" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>", pageWidth, pageHeight),
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", p.content.Len(), p.content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
		fmt.Sprintf("<< /Title (%s) /Producer (Vierkant testenv/samples) >>", p.encode(title)),
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return out.Bytes()
}

// checkPDF follows the offsets of a document as a reader does, from its end.
func checkPDF(document []byte) error {
	if !bytes.HasPrefix(document, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(document, []byte("\n%%EOF\n")) {
		return fmt.Errorf("expected %%PDF-1.4 at the beginning and %%%%EOF at the end")
	}
	var start, count int
	tail := document[bytes.LastIndex(document, []byte("startxref")):]
	if _, err := fmt.Sscanf(string(tail), "startxref\n%d", &start); err != nil {
		return err
	}
	table := string(document[start:])
	if _, err := fmt.Sscanf(table, "xref\n0 %d", &count); err != nil {
		return fmt.Errorf("no table at %d: %w", start, err)
	}
	rows := strings.Split(table, "\n")[3:]
	for i := range count - 1 {
		var offset int
		if _, err := fmt.Sscanf(rows[i], "%d", &offset); err != nil {
			return err
		}
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(document[offset:], []byte(want)) {
			return fmt.Errorf("expected object %d at %d", i+1, offset)
		}
	}
	return nil
}
