package sheet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/sheet"
)

func columns() sheet.Columns {
	return sheet.Columns{Names: []string{"key", "name", "since"}, Required: 2}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in     string
		want, others []string
	}{
		{"in order", "key,name,since\n1,Köln,50\n", []string{"1|Köln|50"}, nil},
		{"another order", "# towns\nSince, NAME ,key\n50,Köln,1\n", []string{"1|Köln|50"}, nil},
		{"one missing", "name,key\nKöln,1\n", []string{"1|Köln|"}, nil},
		{"more", "note,key,Größe,name\nx,1,y,Köln\n", []string{"1|Köln|"}, []string{"line 1, column 1 note", "line 1, column 10 Größe"}},
		{"semicolons", "# a,b\n\nkey;name\n1;Köln, Stadt\n", []string{"1|Köln, Stadt|"}, nil},
		{"a semicolon within commas", "key,name;x,name\n1,2,3\n", []string{"1|3|"}, []string{"line 1, column 5 name;x"}},
		{"no rows", "key,name\n", nil, nil},
	} {
		rows, left, err := sheet.Named(tc.in, columns())
		var got, others []string
		for _, row := range rows {
			got = append(got, strings.Join(row.Cells, "|"))
		}
		for _, o := range left {
			others = append(others, o.At.String()+" "+o.Name)
		}
		if err != nil || !slices.Equal(got, tc.want) || !slices.Equal(others, tc.others) {
			t.Errorf("%s: got %q without %q, %v, want %q without %q", tc.name, got, others, err, tc.want, tc.others)
		}
	}
}

func TestNamedTellsPlaces(t *testing.T) {
	t.Parallel()
	rows, _, err := sheet.Named("name,key\nKöln,1\n", columns())
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range []sheet.At{{Line: 2, Column: 6}, {Line: 2, Column: 1}, {Line: 2}} {
		if got := rows[0].At(column); got != want {
			t.Errorf("column %d: got %v, want %v", column, got, want)
		}
	}
}

func TestNamedRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", "the file: no lines: want a header with key, name"},
		{"required column missing", "since,key\n", "line 1, column 1: want a header with key, name: there is no name"},
		{"no header", "1,Köln\n", "there is no key"},
		{"twice", "key,name,Key\n", "line 1, column 10: the column key is there twice"},
		{"cell missing", "key,name\n1\n", "line 2, column 1: want 2 cells in the line, got 1"},
		{"quote", "key,name\nä,K\"öln\n", "line 2, column 4: bare \" in non-quoted-field"},
		{"quote in the header", "\"key,name\n", "line"},
	} {
		rows, _, err := sheet.Named(tc.in, columns())
		var place *sheet.Error
		if !errors.As(err, &place) || !strings.Contains(err.Error(), tc.want) || rows != nil {
			t.Errorf("%s: got %d rows, %v, want %q", tc.name, len(rows), err, tc.want)
		}
	}
}
