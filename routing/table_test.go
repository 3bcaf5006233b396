package routing

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

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
		{"its association falls to the Kreis, in the order given", trade, "DE094750156", "[4 3] at DE09475"},
		{"neighbour in the Kreis", trade, "DE094750158158", "[4 3] at DE09475"},
		{"Land", trade, "DE094", "[2] at DE09"},
		{"association", trade, "DE071435006272", "[6] at DE071435006"},
		{"padding in the table", trade, "DE05515", "[7] at DE05515"},
		{"padding in the question", trade, "DE055150000000", "[7] at DE05515"},
		{"federal", trade, "DE120685805324", "[1] at DE"},
		{"the country", trade, "DE", "[1] at DE"},
		{"unknown region", trade, "DE999999999999", "[1] at DE"},
		{"prefix that is no level", trade, "DE0947", "[2] at DE09"},
		{"prefix longer than an entry", trade, "DE0947501", "[4 3] at DE09475"},
		{"same route under three paddings", dog, "DE110000000000", "[8 9] at DE11"},
		{"nothing up to the country", dog, "DE094750156156", "none"},
		{"unknown service", Service{99}, "DE", "none"},
		{"no service", Service{}, "DE", "none"},
	} {
		routes, at, ok := table.Lookup(tc.s, region(t, tc.region), nil)
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
		routes, at, ok := table.LookupAGS(s, ags, nil)
		if got := answer(routes, at, ok); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
		kept, _, _ := table.LookupAGS(s, ags, []uint32{3, 4})
		if !slices.Equal(kept, append([]uint32{3, 4}, routes...)) {
			t.Errorf("%s: appended to [3 4] it is %v, want the same routes behind", tc.name, kept)
		}
	}
}

func TestEmptyTable(t *testing.T) {
	t.Parallel()
	s, _ := ParseKey("99050012104000")
	for name, table := range map[string]*Table{"zero value": {}, "no entries": build(t)} {
		if routes, _, ok := table.Lookup(s, Region{}, nil); ok || routes != nil {
			t.Errorf("%s: got %v, want none", name, routes)
		}
		if routes, _, ok := table.LookupAGS(s, AGS{region(t, "DE07143272").d}, nil); ok || routes != nil {
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
	} {
		_, err := Build([]Entry{{s, Region{}, 1}, tc.entry})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Build with %+v: got %v, want %q", tc.entry, err, tc.want)
		}
	}
}

func TestBuildKeepsItsArgument(t *testing.T) {
	t.Parallel()
	given := country(3, 2)
	kept := slices.Clone(given)
	build(t, given...)
	if !slices.Equal(given, kept) {
		t.Error("Build reordered the entries of its caller")
	}
}

// TestAgainstMap compares with the obvious implementation, on a small alphabet so that everything collides.
func TestAgainstMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		entries := make([]Entry, rnd.IntN(300))
		for i := range entries {
			entries[i] = Entry{randomService(rnd), randomRegion(t, rnd, true), rnd.Uint32N(8)}
		}
		table, want := build(t, entries...), newNaive(entries)
		for range 500 {
			s, r := randomService(rnd), randomRegion(t, rnd, false)
			routes, at, ok := table.Lookup(s, r, nil)
			if got, want := answer(routes, at, ok), want.lookup(s, r.ARS()); got != want {
				t.Fatalf("seed %d: %v in %v: got %s, want %s", seed, s, r, got, want)
			}
			ags, has := r.AGS()
			if !has {
				continue
			}
			routes, at, ok = table.LookupAGS(s, ags, nil)
			if got, want := answer(routes, at, ok), want.lookupAGS(s, ags.String()); got != want {
				t.Fatalf("seed %d: %v in AGS %v: got %s, want %s", seed, s, ags, got, want)
			}
		}
	}
}

// naive is a map from service and digits to routes.
type naive map[string][]uint32

func newNaive(entries []Entry) naive {
	n := naive{}
	for _, e := range entries {
		key := e.Service.String() + e.Region.ARS()
		if !slices.Contains(n[key], e.Route) {
			n[key] = append(n[key], e.Route)
		}
	}
	return n
}

func (n naive) lookup(s Service, ars string) string {
	for _, length := range []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0} {
		if length > len(ars) {
			continue
		}
		if routes := n[s.String()+ars[:length]]; routes != nil {
			return fmt.Sprintf("%v at DE%s", routes, ars[:length])
		}
	}
	return "none"
}

func (n naive) lookupAGS(s Service, ags string) string {
	if len(ags) < 8 {
		return n.lookup(s, ags)
	}
	var keys []string
	for key := range n {
		service, ars := key[:14], key[14:]
		if service == s.String() && len(ars) == 12 && ars[:5]+ars[9:] == ags {
			keys = append(keys, key)
		}
	}
	if keys == nil {
		return n.lookup(s, ags[:5])
	}
	slices.Sort(keys)
	var routes []uint32
	for _, key := range keys {
		for _, route := range n[key] {
			if !slices.Contains(routes, route) {
				routes = append(routes, route)
			}
		}
	}
	return fmt.Sprintf("%v at DE%s", routes, keys[0][14:])
}

func randomService(rnd *rand.Rand) Service {
	return Service{99_050_012_104_000 + rnd.Uint64N(3)}
}

func randomRegion(t *testing.T, rnd *rand.Rand, canonical bool) Region {
	n := rnd.IntN(13)
	if canonical {
		n = []int{0, 2, 3, 5, 9, 12}[rnd.IntN(6)]
	}
	b := []byte("DE")
	for range n {
		b = append(b, "001"[rnd.IntN(3)])
	}
	return region(t, string(b))
}

func TestLookupAllocatesNothing(t *testing.T) {
	s, _ := ParseKey("99050012104000")
	table := build(t, Entry{s, Region{}, 1}, Entry{s, region(t, "DE094750156156"), 2})
	r, far, dst := region(t, "DE094750156156"), region(t, "DE120685805324"), make([]uint32, 0, 4)
	ags, _ := r.AGS()
	allocations := testing.AllocsPerRun(100, func() {
		table.Lookup(s, r, dst)
		table.Lookup(s, far, dst)
		table.LookupAGS(s, ags, dst)
	})
	if allocations != 0 {
		t.Errorf("got %v allocations, want 0", allocations)
	}
}

func build(t testing.TB, entries ...Entry) *Table {
	t.Helper()
	table, err := Build(entries)
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

// country is a made-up country of municipalities in some 400 Kreise, each with every service; as in reality about a third of the
// municipalities stand directly below their Kreis.
func country(municipalities, services int) []Entry {
	entries := make([]Entry, 0, municipalities*services)
	for m := range municipalities {
		county, number := m%400, m/400+1
		association := 5000 + number/3
		if number%3 == 0 {
			association = number
		}
		d, _ := pack(fmt.Sprintf("%02d%03d%04d%03d", county%16+1, county/16+101, association, number))
		for s := range services {
			entries = append(entries, Entry{Service{99_000_000_000_000 + uint64(s)*7_013_000}, Region{d}, uint32(m)})
		}
	}
	return entries
}

func BenchmarkBuild(b *testing.B) {
	entries := country(11_000, 50)
	b.ResetTimer()
	for b.Loop() {
		build(b, entries...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(entries)), "ns/entry")
	b.ReportMetric(heapOf(func() any { return build(b, entries...) })/float64(len(entries)), "B/entry")
	b.ReportMetric(heapOf(func() any { return perServiceMaps(entries) })/float64(len(entries)), "map-B/entry")
}

func heapOf(make func() any) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}

// perServiceMaps is what the package rejected, for comparison.
func perServiceMaps(entries []Entry) map[Service]map[Region][]uint32 {
	m := map[Service]map[Region][]uint32{}
	for _, e := range entries {
		if m[e.Service] == nil {
			m[e.Service] = map[Region][]uint32{}
		}
		m[e.Service][e.Region] = append(m[e.Service][e.Region], e.Route)
	}
	return m
}

func BenchmarkLookup(b *testing.B) {
	entries := country(11_000, 50)
	federal := Service{99_999_999_999_999}
	table := build(b, append(slices.Clone(entries), Entry{federal, Region{}, 1})...)
	dst := make([]uint32, 0, 16)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	elsewhere := func(e Entry) Region { return Region{e.Region.d.cut(9) | 0xAAA} }
	for _, bench := range []struct {
		name  string
		found bool
		look  func(Entry) bool
	}{
		{"hit", true, func(e Entry) bool { _, _, ok := table.Lookup(e.Service, e.Region, dst); return ok }},
		{"hit by AGS", true, func(e Entry) bool {
			_, _, ok := table.LookupAGS(e.Service, AGS{municipalityAGS(e.Region.d)}, dst)
			return ok
		}},
		{"federal", true, func(e Entry) bool { _, _, ok := table.Lookup(federal, e.Region, dst); return ok }},
		{"miss at all levels", false, func(e Entry) bool { _, _, ok := table.Lookup(e.Service, elsewhere(e), dst); return ok }},
		{"unknown service", false, func(e Entry) bool { _, _, ok := table.Lookup(Service{1}, e.Region, dst); return ok }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if bench.look(entries[i]) != bench.found {
					b.Fatal("got the wrong kind of answer")
				}
				if i++; i == len(entries) {
					i = 0
				}
			}
		})
	}
}
