package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const now = 1_800_000_000

func TestLookup(t *testing.T) {
	t.Parallel()
	trade, _ := ParseKey("99050012104000")
	dog, _ := ParseKey("99102013000000")
	table := build(t,
		Entry{trade, region(t, "DE"), 1},
		Entry{trade, region(t, "DE09"), 2},
		Entry{trade, region(t, "DE09475"), 4},
		Entry{trade, region(t, "DE09475"), 3},
		Entry{trade, region(t, "DE094750156156"), 5},
		Entry{trade, region(t, "DE071435006"), 6},
		Entry{trade, region(t, "DE055150000000"), 7},
		Entry{dog, region(t, "DE110000000000"), 8},
		Entry{dog, region(t, "DE11"), 9},
		Entry{dog, region(t, "DE110000000"), 8},
	)
	for _, tc := range []struct {
		name   string
		s      Service
		region string
		want   string
	}{
		{"municipality", trade, "DE094750156156", "[5] at DE094750156156"},
		{"its association falls to the Kreis, older first", trade, "DE094750156", "[3 4] at DE09475"},
		{"neighbour in the Kreis", trade, "DE094750158158", "[3 4] at DE09475"},
		{"Land", trade, "DE094", "[2] at DE09"},
		{"association", trade, "DE071435006272", "[6] at DE071435006"},
		{"padding in the table", trade, "DE05515", "[7] at DE05515"},
		{"padding in the question", trade, "DE055150000000", "[7] at DE05515"},
		{"federal", trade, "DE120685805324", "[1] at DE"},
		{"the country", trade, "DE", "[1] at DE"},
		{"unknown region", trade, "DE999999999999", "[1] at DE"},
		{"prefix that is no level", trade, "DE0947", "[2] at DE09"},
		{"prefix longer than an entry", trade, "DE0947501", "[3 4] at DE09475"},
		{"same route under three paddings", dog, "DE110000000000", "[8 9] at DE11"},
		{"nothing up to the country", dog, "DE094750156156", "none"},
		{"unknown service", Service{99}, "DE", "none"},
		{"no service", Service{}, "DE", "none"},
	} {
		routes, at, ok := table.Lookup(tc.s, region(t, tc.region), now, nil)
		if got := answer(routes, at, ok); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestLookupAGS(t *testing.T) {
	t.Parallel()
	s, _ := ParseKey("99050012104000")
	table := build(t,
		Entry{s, region(t, "DE07143"), 1},
		Entry{s, region(t, "DE071435006"), 2},
		Entry{s, region(t, "DE071435006272"), 3},
		Entry{s, region(t, "DE071435007272"), 4},
		Entry{s, region(t, "DE071435007272"), 3},
		Entry{s, region(t, "DE071435006273"), 5},
		Entry{s, region(t, "DE055150000000"), 6},
	)
	for _, tc := range []struct{ name, ags, want string }{
		{"one ARS", "07143273", "[5] at DE071435006273"},
		{"two ARS, each route once", "07143272", "[3 4] at DE071435006272"},
		{"association is skipped", "07143274", "[1] at DE07143"},
		{"Kreis", "07143", "[1] at DE07143"},
		{"city that is its own Kreis", "05515000", "[6] at DE05515"},
		{"nothing", "09475156", "none"},
		{"Land", "07", "none"},
	} {
		ags, err := ParseAGS(tc.ags)
		if err != nil {
			t.Fatal(err)
		}
		routes, at, ok := table.LookupAGS(s, ags, now, nil)
		if got := answer(routes, at, ok); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
		kept, _, _ := table.LookupAGS(s, ags, now, []uint32{3, 4})
		if !slices.Equal(kept, append([]uint32{3, 4}, routes...)) {
			t.Errorf("%s: appended to [3 4] it is %v, want the same routes behind", tc.name, kept)
		}
	}
}

func TestEmptyTable(t *testing.T) {
	t.Parallel()
	s, _ := ParseKey("99050012104000")
	for name, table := range map[string]*Table{"zero value": {}, "no entries": build(t)} {
		if routes, _, ok := table.Lookup(s, Region{}, now, nil); ok || routes != nil {
			t.Errorf("%s: got %v, want none", name, routes)
		}
		if routes, _, ok := table.LookupAGS(s, AGS{region(t, "DE07143272").d}, now, nil); ok || routes != nil {
			t.Errorf("%s: by AGS got %v, want none", name, routes)
		}
	}
}

func TestBuildRejects(t *testing.T) {
	t.Parallel()
	s, _ := ParseKey("99050012104000")
	for _, tc := range []struct {
		entry Entry
		want  string
	}{
		{Entry{Region: region(t, "DE09")}, "entry 1: no service"},
		{Entry{Service: s, Region: region(t, "DE0947")}, "entry 1: region DE0947"},
		{Entry{Service: s, Region: region(t, "DE0")}, "entry 1: region DE0:"},
		{Entry{s, region(t, "DE09"), 2}, "entry 1: route 2 of 2"},
	} {
		_, err := Build([]Entry{{s, Region{}, 1}, tc.entry}, make([]Rank, 2))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Build with %+v: got %v, want %q", tc.entry, err, tc.want)
		}
	}
}

func TestBuildKeepsItsArgument(t *testing.T) {
	t.Parallel()
	given := []Entry{
		{Service{2}, region(t, "DE09"), 1}, {Service{1}, region(t, "DE09"), 1}, {Service{1}, region(t, "DE09"), 0}, {Service{1}, Region{}, 0},
	}
	kept := slices.Clone(given)
	build(t, given...)
	if !slices.Equal(given, kept) {
		t.Error("Build reordered the entries of its caller")
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	s, _ := ParseKey("99050012104000")
	table := build(t, Entry{s, Region{}, 1}, Entry{s, region(t, "DE094750156156"), 2})
	r, far, dst := region(t, "DE094750156156"), region(t, "DE120685805324"), make([]uint32, 0, 4)
	ags, _ := r.AGS()
	allocations := testing.AllocsPerRun(100, func() {
		table.Lookup(s, r, now, dst)
		table.Lookup(s, far, now, dst)
		table.LookupAGS(s, ags, now, dst)
	})
	if allocations != 0 {
		t.Errorf("got %v allocations, want 0", allocations)
	}
}

// build gives every route the zero rank.
func build(t testing.TB, entries ...Entry) *Table {
	t.Helper()
	table, err := Build(entries, make([]Rank, 10))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func answer(routes []uint32, at Region, ok bool) string {
	if !ok {
		return "none"
	}
	return fmt.Sprintf("%v at %v", routes, at)
}
