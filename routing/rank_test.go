package routing

import (
	"fmt"
	"strings"
	"testing"
)

// ranked routes: 0 is plain, the others say by their name what they are.
const (
	plain = iota
	plain2
	high
	highOffline
	lowOffline
	until100
	from100
	from100until200
	high2
)

var ranks = []Rank{
	high: {Priority: 5}, high2: {Priority: 5}, highOffline: {Priority: 9, Offline: true}, lowOffline: {Priority: -3, Offline: true},
	until100: {Until: 100}, from100: {From: 100}, from100until200: {Priority: 1, From: 100, Until: 200},
}

// TestRanks has the routes of a municipality, its Kreis and the country, and what is said of them at an instant. Verdicts are
// abbreviated: + answers, < lower priority, > not yet, | no longer, x offline, . passed over.
func TestRanks(t *testing.T) {
	t.Parallel()
	s := Service{99_050_012_104_000}
	here, county := region(t, "DE094750156156"), region(t, "DE09475")
	for _, tc := range []struct {
		name                string
		here, county, whole []uint32
		at                  int64
		want, explained     string
	}{
		{"equal ones, the oldest first", []uint32{plain2, plain}, []uint32{high}, nil, 0, "[0 1] at DE094750156156", "0+ 1+ / / 2. / / /"},
		{"the higher priority", []uint32{plain, high2, plain2, high}, nil, nil, 0, "[2 8] at DE094750156156", "2+ 8+ 0< 1< / / / / /"},
		{"priority of another region does not count", []uint32{plain}, []uint32{high}, []uint32{high2}, 0, "[0] at DE094750156156", "0+ / / 2. / / / 8."},
		{"not yet", []uint32{from100}, []uint32{plain}, nil, 99, "[0] at DE09475", "6> / / 0+ / / /"},
		{"from its second on", []uint32{from100}, []uint32{plain}, nil, 100, "[6] at DE094750156156", "6+ / / 0. / / /"},
		{"to the second before", []uint32{until100}, []uint32{plain}, nil, 99, "[5] at DE094750156156", "5+ / / 0. / / /"},
		{"no longer", []uint32{until100}, []uint32{plain}, nil, 100, "[0] at DE09475", "5| / / 0+ / / /"},
		{"one takes over from the other", []uint32{until100, from100}, nil, nil, 100, "[6] at DE094750156156", "5| 6+ / / / / /"},
		{"higher priority for a time", []uint32{plain, from100until200}, nil, nil, 150, "[7] at DE094750156156", "7+ 0< / / / / /"},
		{"and then again the lower", []uint32{plain, from100until200}, nil, nil, 200, "[0] at DE094750156156", "7| 0+ / / / / /"},
		{"two regions out of time", []uint32{from100}, []uint32{from100until200}, []uint32{plain}, 50, "[0] at DE", "6> / / 7> / / / 0+"},
		{"never in time", []uint32{from100}, nil, nil, 50, "none", "6> / / / / /"},
		{"offline ends the search", []uint32{highOffline}, []uint32{plain}, nil, 0, "none", "3x / / 0. / / /"},
		{"offline, another answers", []uint32{highOffline, plain}, []uint32{high}, nil, 0, "[0] at DE094750156156", "3x 0+ / / 2. / / /"},
		{"offline below the priority that answers", []uint32{lowOffline, plain}, nil, nil, 0, "[0] at DE094750156156", "0+ 4x / / / / /"},
		{"offline farther away", nil, []uint32{lowOffline}, []uint32{plain}, 0, "none", "/ / 4x / / / 0."},
		{"offline beyond the answer", []uint32{plain}, []uint32{lowOffline}, nil, 0, "[0] at DE094750156156", "0+ / / 4. / / /"},
	} {
		var entries []Entry
		for place, routes := range map[Region][]uint32{here: tc.here, county: tc.county, {}: tc.whole} {
			for _, route := range routes {
				entries = append(entries, Entry{s, place, route})
			}
		}
		table, err := Build(entries, ranks)
		if err != nil {
			t.Fatal(err)
		}
		routes, where, ok := table.Lookup(s, here, tc.at, nil)
		if got := answer(routes, where, ok); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
		if got := abbreviated(table.Explain(s, here, tc.at)); got != strings.TrimSuffix(tc.explained, " ") {
			t.Errorf("%s: explained as %q, want %q", tc.name, got, tc.explained)
		}
	}
}

func abbreviated(steps []Step) string {
	var parts []string
	for i, step := range steps {
		if i > 0 {
			parts = append(parts, "/")
		}
		for _, c := range step.Candidates {
			parts = append(parts, fmt.Sprintf("%d%c", c.Route, "+<>|x."[c.Verdict]))
		}
	}
	return strings.Join(parts, " ")
}

// TestExplainHasEveryRegion, also where nothing stands, and a service that nobody has.
func TestExplainHasEveryRegion(t *testing.T) {
	t.Parallel()
	table := build(t, Entry{Service{1}, region(t, "DE05515"), 1})
	for _, tc := range []struct{ region, want string }{
		{"DE094750156156", "DE094750156156 DE094750156 DE09475 DE094 DE09 DE"},
		{"DE055150000012", "DE055150000012 DE05515 DE055 DE05 DE"},
		{"DE0947", "DE0947 DE094 DE09 DE"},
		{"DE", "DE"},
	} {
		for _, s := range []Service{{1}, {2}} {
			var regions []string
			for _, step := range table.Explain(s, region(t, tc.region), now) {
				regions = append(regions, step.Region.String())
			}
			if got := strings.Join(regions, " "); got != tc.want {
				t.Errorf("service %v in %s: got %s, want %s", s, tc.region, got, tc.want)
			}
		}
	}
}

// TestExplainAGS has two associations with the same municipality number; offline at one of them, the other answers.
func TestExplainAGS(t *testing.T) {
	t.Parallel()
	s := Service{1}
	table, err := Build([]Entry{
		{s, region(t, "DE071435007272"), highOffline}, {s, region(t, "DE071435006272"), plain}, {s, region(t, "DE071435006"), high},
		{s, region(t, "DE07143"), plain2}, {Service{2}, region(t, "DE071435008272"), plain},
	}, ranks)
	if err != nil {
		t.Fatal(err)
	}
	ags, _ := ParseAGS("07143272")
	if got, want := abbreviated(table.ExplainAGS(s, ags, 0)), "0+ / 3x / 1. / / /"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
