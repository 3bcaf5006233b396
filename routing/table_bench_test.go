package routing

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// bare is the table that one would write if there were nothing but exact hits: open addressing over service and region.
type bare []bareSlot

type bareSlot struct {
	service, region uint64
	route           uint32
}

func newBare(entries []Entry) bare {
	size := 1
	for size*3 < len(entries)*5 {
		size *= 2
	}
	t := make(bare, size)
	for _, e := range entries {
		i := bareHash(e.Service, e.Region) & uint64(size-1)
		for t[i].service != 0 {
			i = (i + 1) & uint64(size-1)
		}
		t[i] = bareSlot{e.Service.key, uint64(e.Region.d), e.Route}
	}
	return t
}

func bareHash(s Service, r Region) uint64 {
	h := (s.key ^ uint64(r.d)*0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93
	return h ^ h>>32
}

func (t bare) get(s Service, r Region) (uint32, bool) {
	for i := bareHash(s, r) & uint64(len(t)-1); t[i].service != 0; i = (i + 1) & uint64(len(t)-1) {
		if t[i].service == s.key && t[i].region == uint64(r.d) {
			return t[i].route, true
		}
	}
	return 0, false
}

// walk asks the bare table as often as it takes.
func (t bare) walk(s Service, r Region) (uint32, bool) {
	for up := true; up; r, up = r.Parent() {
		if route, ok := t.get(s, r); ok {
			return route, true
		}
	}
	return 0, false
}

// goMap is what everybody writes first.
type goMap map[mapKey]uint32

type mapKey struct {
	s Service
	r Region
}

func (m goMap) walk(s Service, r Region) (uint32, bool) {
	for up := true; up; r, up = r.Parent() {
		if route, ok := m[mapKey{s, r}]; ok {
			return route, true
		}
	}
	return 0, false
}

// question has its answer: the region at which the route stands, or the one asked for if there is none.
type question struct {
	s     Service
	r     Region
	where Region
}

type contest struct {
	table *Table
	bare  bare
	byMap goMap
	asked map[string][]question // by kind
	took  map[string][]float64  // nanoseconds of a look-up, by kind, for each contender
}

var kinds = []string{"municipality", "Kreis", "Land", "federal", "nothing", "mix"}

func newContest(entries []Entry, ranks []Rank, c country, services int) *contest {
	x := &contest{bare: newBare(entries), byMap: make(goMap, len(entries)), asked: map[string][]question{}, took: map[string][]float64{}}
	x.table, _ = Build(entries, ranks)
	for _, e := range entries {
		x.byMap[mapKey{e.Service, e.Region}] = e.Route
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	const most = 1 << 19
	for range 12 * most {
		q := question{serviceNumber(rnd.IntN(services)), c.municipalities[rnd.IntN(len(c.municipalities))], Region{}}
		kind := "nothing"
		q.where = q.r
		if _, where, ok := x.table.Lookup(q.s, q.r, now, nil); ok {
			q.where = where
			kind = map[Level]string{Municipality: "municipality", County: "Kreis", Land: "Land", Federal: "federal"}[where.Level()]
		}
		if len(x.asked[kind]) < most {
			x.asked[kind] = append(x.asked[kind], q)
		}
	}
	for range most {
		n := rnd.IntN(100)
		kind := "municipality"
		switch {
		case n < 5:
			kind = "nothing"
		case n < 10:
			kind = "federal"
		case n < 20:
			kind = "Land"
		case n < 40:
			kind = "Kreis"
		}
		x.asked["mix"] = append(x.asked["mix"], x.asked[kind][rnd.IntN(len(x.asked[kind]))])
	}
	return x
}

var sizes = []int{10_000, 1_000_000, 10_000_000}

func BenchmarkLookup(b *testing.B) {
	for _, n := range sizes {
		services := max(30, n/8900)
		c := newCountry(min(10_953, n*10/8/services))
		entries, ranks := c.cover(rand.New(rand.NewPCG(1, 2)), services)
		x := newContest(entries, ranks, c, services)
		for _, kind := range kinds {
			b.Run(fmt.Sprintf("%d/%s", len(entries), kind), func(b *testing.B) { x.run(b, kind) })
		}
		x.print(len(entries))
	}
}

// run lets the contenders answer the same questions in turn, some at a time, and compares the medians: whoever else uses the machine
// disturbs some of the turns, hardly half of them.
func (x *contest) run(b *testing.B, kind string) {
	all, dst := x.asked[kind], make([]uint32, 0, 16)
	contenders := []struct {
		name string
		find func(q *question) (uint32, bool)
	}{
		{"table", func(q *question) (uint32, bool) {
			routes, _, ok := x.table.Lookup(q.s, q.r, now, dst)
			if !ok {
				return 0, false
			}
			return routes[0], true
		}},
		{"bare-once", func(q *question) (uint32, bool) { return x.bare.get(q.s, q.r) }},
		{"bare-search", func(q *question) (uint32, bool) { return x.bare.walk(q.s, q.r) }},
		{"gomap-search", func(q *question) (uint32, bool) { return x.byMap.walk(q.s, q.r) }},
	}
	const turn = 1 << 12
	took := make([][]float64, len(contenders))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	at := 0
	for b.Loop() {
		for i, c := range contenders {
			list := all[at%len(all):]
			list = list[:min(turn, len(list))]
			at += turn
			start := spent()
			for j := range list {
				c.find(&list[j])
			}
			took[i] = append(took[i], float64((spent()-start).Nanoseconds())/float64(len(list)))
		}
	}
	b.ReportMetric(0, "ns/op")
	medians := make([]float64, len(contenders))
	for i, c := range contenders {
		slices.Sort(took[i])
		medians[i] = took[i][len(took[i])/2]
		b.ReportMetric(medians[i], "ns/"+c.name)
	}
	x.took[kind] = medians
}

// print says what the figures mean. Ratios are speeds: 0.75 x is three quarters of the look-ups in the same time.
func (x *contest) print(entries int) {
	fmt.Printf("\nLook-ups among %d entries, ns each, median of turns. \"Over the same keys\" has two readings:\n", entries)
	fmt.Println("  once    a bare open-addressing table is asked one time, for the key itself, and finds no fallback (aim at ten million: 0.75 x)")
	fmt.Println("  search  it is asked for the key and its parents until it has the answer that the table gives (no aim)")
	fmt.Printf("%-14s %8s %10s %12s %13s %12s %12s %12s\n",
		"answered at", "table", "bare once", "bare search", "gomap search", "x bare once", "x search", "x gomap")
	for _, kind := range kinds {
		if t := x.took[kind]; t != nil {
			fmt.Printf("%-14s %8.0f %10.0f %12.0f %13.0f %12.2f %12.2f %12.2f\n",
				kind, t[0], t[1], t[2], t[3], t[1]/t[0], t[2]/t[0], t[3]/t[0])
		}
	}
	fmt.Println()
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range sizes {
		services := max(30, n/8900)
		entries, ranks := newCountry(min(10_953, n*10/8/services)).cover(rand.New(rand.NewPCG(1, 2)), services)
		b.Run(fmt.Sprint(len(entries)), func(b *testing.B) {
			for b.Loop() {
				if _, err := Build(entries, ranks); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/build(aim<5)")
			b.ReportMetric(heapOf(func() any { t, _ := Build(entries, ranks); return t })/float64(len(entries)), "B/entry(aim<=40)")
			b.ReportMetric(heapOf(func() any { return newBare(entries) })/float64(len(entries)), "B/entry-bare")
		})
	}
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
