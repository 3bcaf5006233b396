package routing

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// model answers by looking at every entry for every prefix: what the table has to say, without any of its ideas.
type model struct {
	entries []Entry
	ranks   []Rank
}

// at lists the routes of s that stand at exactly these digits and are effective then, highest priority first, then the oldest.
func (m model) at(s Service, ars string, at int64) (list []uint32) {
	for _, e := range m.entries {
		if e.Service == s && e.Region.ARS() == ars && m.inTime(e.Route, at) && !slices.Contains(list, e.Route) {
			list = append(list, e.Route)
		}
	}
	slices.SortFunc(list, func(x, y uint32) int {
		return cmp.Or(cmp.Compare(m.ranks[y].Priority, m.ranks[x].Priority), cmp.Compare(x, y))
	})
	return list
}

func (m model) inTime(route uint32, at int64) bool {
	r := m.ranks[route]
	return (r.From == 0 || r.From <= at) && (r.Until == 0 || at < r.Until)
}

// best keeps of the routes at one region those that answer.
func (m model) best(list []uint32) (best []uint32) {
	for _, route := range list {
		r := m.ranks[route]
		if !r.Offline && (best == nil || m.ranks[best[0]].Priority == r.Priority) {
			best = append(best, route)
		}
	}
	return best
}

func (m model) lookup(s Service, ars string, at int64) string {
	for n := len(ars); n >= 0; n-- {
		if list := m.at(s, ars[:n], at); list != nil {
			return m.say(m.best(list), ars[:n])
		}
	}
	return "none"
}

func (m model) say(best []uint32, ars string) string {
	if best == nil {
		return "none"
	}
	return fmt.Sprintf("%v at DE%s", best, ars)
}

func (m model) lookupAGS(s Service, ags string, at int64) string {
	if len(ags) < 8 {
		return m.lookup(s, ags, at)
	}
	var places []string
	for _, e := range m.entries {
		if ars := e.Region.ARS(); len(ars) == 12 && ars[:5]+ars[9:] == ags {
			places = append(places, ars)
		}
	}
	slices.Sort(places)
	var routes []uint32
	where, kept := "", false
	for _, ars := range slices.Compact(places) {
		list := m.at(s, ars, at)
		kept = kept || list != nil
		for _, route := range m.best(list) {
			if where == "" {
				where = ars
			}
			if !slices.Contains(routes, route) {
				routes = append(routes, route)
			}
		}
	}
	if kept {
		return m.say(routes, where)
	}
	return m.lookup(s, ags[:5], at)
}

// compare asks table and model the same.
func (m model) compare(t *testing.T, table *Table, s Service, r Region, at int64) {
	t.Helper()
	routes, where, ok := table.Lookup(s, r, at, nil)
	want := m.lookup(s, r.ARS(), at)
	if got := answer(routes, where, ok); got != want {
		t.Fatalf("%v in %v at %d: got %s, want %s", s, r, at, got, want)
	}
	if got := answers(table.Explain(s, r, at)); got != want {
		t.Fatalf("%v in %v at %d: explained as %s, want %s", s, r, at, got, want)
	}
	ags, has := r.AGS()
	if !has {
		return
	}
	routes, where, ok = table.LookupAGS(s, ags, at, nil)
	want = m.lookupAGS(s, ags.String(), at)
	if got := answer(routes, where, ok); got != want {
		t.Fatalf("%v in AGS %v at %d: got %s, want %s", s, ags, at, got, want)
	}
	if got := answers(table.ExplainAGS(s, ags, at)); got != want {
		t.Fatalf("%v in AGS %v at %d: explained as %s, want %s", s, ags, at, got, want)
	}
}

// answers is what a search that was explained gives.
func answers(steps []Step) string {
	var routes []uint32
	var where Region
	for _, step := range steps {
		for _, c := range step.Candidates {
			if c.Verdict != Answers {
				continue
			}
			if routes == nil {
				where = step.Region
			}
			if !slices.Contains(routes, c.Route) {
				routes = append(routes, c.Route)
			}
		}
	}
	return answer(routes, where, routes != nil)
}

const modelRoutes = 8

// randomModel is small and of a small alphabet, so that everything collides. Some services have many entries and some have few, since
// the table keeps the two apart.
func randomModel(t testing.TB, rnd *rand.Rand) model {
	m := model{ranks: make([]Rank, modelRoutes)}
	for i := range m.ranks {
		if rnd.IntN(2) == 0 {
			m.ranks[i] = Rank{Priority: rnd.IntN(3) - 1, From: rnd.Int64N(4), Until: rnd.Int64N(6), Offline: rnd.IntN(4) == 0}
		}
	}
	m.entries = make([]Entry, rnd.IntN(300))
	for i := range m.entries {
		m.entries[i] = Entry{randomService(rnd), randomRegion(t, rnd, true), rnd.Uint32N(modelRoutes)}
	}
	return m
}

func randomService(rnd *rand.Rand) Service {
	n := rnd.Uint64N(20)
	return Service{99_050_012_104_000 + n*n/100<<16} // services 0 and 1 are frequent; all end in the same 16 bits
}

func randomRegion(t testing.TB, rnd *rand.Rand, canonical bool) Region {
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

func TestAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			m := randomModel(t, rnd)
			table := m.build(t)
			for range 100 {
				m.compare(t, table, randomService(rnd), randomRegion(t, rnd, false), rnd.Int64N(7))
			}
		})
	}
}

func (m model) build(t testing.TB) *Table {
	t.Helper()
	table, err := Build(m.entries, m.ranks)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestNarrowerRouteStaysInside adds one entry to a random table: outside its region, and for other services, nothing changes, and
// when it goes all is as before.
func TestNarrowerRouteStaysInside(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		before := randomModel(t, rnd)
		added := Entry{randomService(rnd), randomRegion(t, rnd, true), rnd.Uint32N(modelRoutes)}
		after := model{slices.Insert(slices.Clone(before.entries), rnd.IntN(len(before.entries)+1), added), before.ranks}
		once, with, again := before.build(t), after.build(t), before.build(t)
		for range 150 {
			s, r, at := randomService(rnd), randomRegion(t, rnd, false), rnd.Int64N(7)
			was := say(once, s, r, at)
			if got := say(with, s, r, at); got != was && (s != added.Service || !added.Region.Covers(r)) {
				t.Fatalf("seed %d: %+v changed %v in %v at %d from %s to %s", seed, added, s, r, at, was, got)
			}
			if got := say(again, s, r, at); got != was {
				t.Fatalf("seed %d: without %+v, %v in %v at %d is %s, want %s as before", seed, added, s, r, at, got, was)
			}
		}
	}
}

func say(table *Table, s Service, r Region, at int64) string {
	return answer(table.Lookup(s, r, at, nil))
}

// FuzzLookup makes a table and a question out of bytes: twelve for an entry, four for the rank of a route.
func FuzzLookup(f *testing.F) {
	f.Add([]byte("DE09475 a table of any bytes"), "09475015", int64(3))
	f.Add([]byte(strings.Repeat("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b", 20)), "011100001001", int64(0))
	f.Fuzz(func(t *testing.T, data []byte, digits string, at int64) {
		m := model{ranks: make([]Rank, modelRoutes)}
		for i := range m.ranks {
			if len(data) >= 4 {
				m.ranks[i] = Rank{int(int8(data[0])), int64(int8(data[1])), int64(int8(data[2])), data[3]&1 == 1}
				data = data[4:]
			}
		}
		for ; len(data) >= 12 && len(m.entries) < 200; data = data[12:] {
			m.entries = append(m.entries, entryOf(t, data))
		}
		asked, err := ParseRegion("DE" + digits)
		if err != nil {
			return
		}
		table := m.build(t)
		for n := range uint64(3) {
			m.compare(t, table, Service{n + 1}, asked, at)
			m.compare(t, table, Service{n + 1}, asked, at%100)
		}
		for _, e := range m.entries {
			m.compare(t, table, e.Service, e.Region, at%100)
		}
	})
}

func entryOf(t *testing.T, data []byte) Entry {
	level := []int{0, 2, 3, 5, 9, 12}[data[0]%6]
	ars := fmt.Sprintf("%012d", binary.LittleEndian.Uint64(data[2:10])%1_000_000_000_000)[:level]
	return Entry{Service{uint64(data[1]%3) + 1}, region(t, "DE"+ars), uint32(data[10]) % modelRoutes}
}
