package sheet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/sheet"
)

func header() sheet.Header {
	return sheet.Header{Columns: []string{"key", "name", "since", "note"}, Required: 2}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"required columns", "key,name\n1,Köln\n2,Ulm\n", []string{"1 Köln  ", "2 Ulm  "}},
		{"one more", "key,name,since\n1,Köln,50\n", []string{"1 Köln 50 "}},
		{"all, with comments", "# towns\nkey,name,since,note\n# x\n1,\"Köln, Stadt\",50,x\n", []string{"1 Köln, Stadt 50 x"}},
		{"none", "key,name\n", nil},
	} {
		rows, err := sheet.Read(strings.NewReader(tc.in), header())
		var got []string
		for _, row := range rows {
			got = append(got, strings.Join(row.Cells, " "))
		}
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, %v, want %q", tc.name, got, err, tc.want)
		}
	}
}

func TestReadRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", "the file: no lines: want the header key,name[,since[,note]]"},
		{"no header", "1,Köln\n", "line 1, column 1: want the header key,name"},
		{"column in between missing", "key,name,note\n", "line 1, column 1: want the header"},
		{"column too many", "key,name,since,note,more\n", "line 1, column 1: want the header"},
		{"cell missing", "key,name\n1,Köln\n2\n", "line 3, column 1: want 2 cells in the line, got 1"},
		{"cell too many", "key,name\n1,Köln,x\n", "line 2, column 8: want 2 cells in the line, got 3"},
		{"quote", "key,name\nä,K\"öln\n", "line 2, column 4: bare \" in non-quoted-field"},
		{"open quote", "key,name\n1,\"Köln\n2,Ulm\n", "line 3, column 6"},
	} {
		rows, err := sheet.Read(strings.NewReader(tc.in), header())
		var place *sheet.Error
		if !errors.As(err, &place) || !strings.Contains(err.Error(), tc.want) || rows != nil {
			t.Errorf("%s: got %d rows, %v, want %q", tc.name, len(rows), err, tc.want)
		}
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	rows, err := sheet.Parse("key,name\n# x\nÄÖÜ,Ulm\n\"Ä\nÖ\",Ulm\n", header())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		row, column int
		want        string
	}{
		{0, 0, "line 3, column 1"}, {0, 1, "line 3, column 5"}, {0, 2, "line 3"}, {1, 0, "line 4, column 1"}, {1, 1, "line 5, column 4"},
	} {
		if got := rows[tc.row].At(tc.column).String(); got != tc.want {
			t.Errorf("row %d, column %d: got %s, want %s", tc.row, tc.column, got, tc.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("key,name\n1,\"Kö\"\"ln\"\n")
	f.Add("# x\nkey,name,since\n1,\"a\nb\",3\n")
	f.Add("key,name\n\"\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := sheet.Parse(text, header())
		var place *sheet.Error
		if err != nil && (!errors.As(err, &place) || rows != nil) {
			t.Fatalf("got %d rows, %v, want an *Error and none", len(rows), err)
		}
		for _, row := range rows {
			if len(row.Cells) != len(header().Columns) || row.At(0).Line < 2 || row.At(0).Column < 1 {
				t.Fatalf("got %q at %v", row.Cells, row.At(0))
			}
		}
	})
}
