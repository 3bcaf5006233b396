package samples_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/testenv/samples"
)

var update = flag.Bool("update", false, "draw the documents for people again and write them into files")

// all are the samples by name.
func all(t testing.TB) map[string]samples.Application {
	t.Helper()
	business, err := samples.Business()
	if err != nil {
		t.Fatal(err)
	}
	businessXML, err := samples.BusinessXML()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]samples.Application{"Business": business, "BusinessXML": businessXML}
}

// TestDocuments holds the documents against the data that they show.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for name, a := range all(t) {
		f := readForm(t, a.Data.MIMEType, a.Data.Content)
		for i, want := range [][]byte{drawForm(t, f), drawCard(t, f)} {
			document := a.Documents[i]
			if *update {
				if err := os.WriteFile(filepath.Join("files", document.Name), want, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if !bytes.Equal(document.Content, want) {
				t.Errorf("%s: %s does not show the data: run go test ./testenv/samples -update", name, document.Name)
			}
		}
	}
}

// TestApplication holds what the package says of an application against its data.
func TestApplication(t *testing.T) {
	t.Parallel()
	for name, a := range all(t) {
		f := readForm(t, a.Data.MIMEType, a.Data.Content)
		if a.Reference != f.Number || a.Applied != f.Applied || a.Postcode != f.Business.Address.Code {
			t.Errorf("%s: %s of %s in %s, want %s of %s in %s", name, a.Reference, a.Applied, a.Postcode, f.Number, f.Applied, f.Business.Address.Code)
		}
		if !strings.Contains(f.Declaration, "frei erfunden") || !strings.Contains(f.Owner.Surname, "ß") {
			t.Errorf("%s: want a declaration that it is fictitious, and a name with ß", name)
		}
	}
}

// TestPDF checks what a reader needs to find its way: the header, the offset of the cross-reference table and of each object in it.
func TestPDF(t *testing.T) {
	t.Parallel()
	for _, a := range all(t) {
		for _, document := range a.Documents {
			if err := checkPDF(document.Content); err != nil {
				t.Errorf("%s: %v", document.Name, err)
			}
		}
	}
}
