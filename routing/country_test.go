package routing

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// country is made up, but has the shape of a real one: municipalities in 400 Kreise of 16 Länder, a third of them directly below
// their Kreis.
type country struct {
	lands, counties, municipalities []Region
}

func newCountry(municipalities int) country {
	var c country
	for land := range 16 {
		c.lands = append(c.lands, regionOf("%02d", land+1))
	}
	for k := range 400 {
		c.counties = append(c.counties, regionOf("%02d%03d", k%16+1, k/16+101))
	}
	for m := range municipalities {
		k, number := m%400, m/400+1
		association := 5000 + number/3
		if number%3 == 0 {
			association = number
		}
		c.municipalities = append(c.municipalities, regionOf("%02d%03d%04d%03d", k%16+1, k/16+101, association, number))
	}
	return c
}

func regionOf(format string, numbers ...any) Region {
	r, err := ParseARS(fmt.Sprintf(format, numbers...))
	if err != nil {
		panic(err)
	}
	return r
}

func serviceNumber(n int) Service { return Service{99_000_000_000_000 + uint64(n)*7_013_000} }

// cover gives every service to four of five municipalities, three of four Kreise, two of three Länder and every second service to the
// whole country, each place by a route of its own for all its services.
func (c country) cover(rnd *rand.Rand, services int) (entries []Entry, ranks []Rank) {
	places := c.places()
	share := map[Level]float64{Federal: 1. / 2, Land: 2. / 3, County: 3. / 4, Municipality: 4. / 5}
	for route, place := range places {
		for s := range services {
			if rnd.Float64() < share[place.Level()] {
				entries = append(entries, Entry{serviceNumber(s), place, uint32(route)})
			}
		}
	}
	return entries, make([]Rank, len(places))
}

func (c country) places() []Region {
	return append(append(append([]Region{{}}, c.lands...), c.counties...), c.municipalities...)
}

// realCountry is Germany as the statistical offices list it.
func realCountry(t *testing.T) (c country) {
	const file = "../../shared/data/areas.csv"
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		switch len(row[0]) {
		case 2:
			c.lands = append(c.lands, regionOf("%s", row[0]))
		case 5:
			c.counties = append(c.counties, regionOf("%s", row[0]))
		case 12:
			c.municipalities = append(c.municipalities, regionOf("%s", row[0]))
		}
	}
	return c
}

// TestEveryMunicipality asks for 30 services in each municipality of a country, and compares with a search through the prefixes.
func TestEveryMunicipality(t *testing.T) {
	t.Parallel()
	const services = 30
	for name, found := range map[string]func(*testing.T) country{
		"made up": func(*testing.T) country { return newCountry(10_953) },
		"real":    realCountry,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := found(t)
			if len(c.counties) != 400 || len(c.municipalities) != 10_953 {
				t.Fatalf("got %d Kreise and %d municipalities, want 400 and 10953", len(c.counties), len(c.municipalities))
			}
			entries, ranks := c.cover(rand.New(rand.NewPCG(5, 6)), services)
			table, err := Build(entries, ranks)
			if err != nil {
				t.Fatal(err)
			}
			byPrefix, dst := listPrefixes(entries), make([]uint32, 0, 2)
			for _, r := range c.municipalities {
				for n := range services {
					s := serviceNumber(n)
					routes, where, ok := table.Lookup(s, r, now, dst[:0])
					want, at := byPrefix.lookup(s, r.ARS())
					if ok != (want != nil) || !slices.Equal(routes, want) || where.ARS() != at {
						t.Fatalf("%v in %v: got %s, want %v at %q", s, r, answer(routes, where, ok), want, at)
					}
				}
			}
		})
	}
}

// prefixes has the routes of each service and digits, the oldest first; in a city that is its own Kreis there are two.
type prefixes map[string][]uint32

func listPrefixes(entries []Entry) prefixes {
	p := make(prefixes, len(entries))
	for _, e := range entries {
		key := e.Service.String() + e.Region.ARS()
		p[key] = append(p[key], e.Route)
	}
	return p
}

func (p prefixes) lookup(s Service, ars string) (routes []uint32, at string) {
	key := s.String() + ars
	for n := len(ars); n >= 0; n-- {
		if routes := p[key[:len(key)-len(ars)+n]]; routes != nil {
			return routes, ars[:n]
		}
	}
	return nil, ""
}

// TestSwapUnderLoad replaces the table again and again while others ask: every answer is that of the table that was asked. In each
// the routes are numbered from another beginning.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	const services, swaps = 5, 20
	c := newCountry(2_000)
	entries, _ := c.cover(rand.New(rand.NewPCG(9, 10)), services)
	most := uint32(len(c.places()))
	first, err := Build(entries, make([]Rank, most))
	if err != nil {
		t.Fatal(err)
	}
	type edition struct {
		table *Table
		from  uint32
	}
	var current atomic.Pointer[edition]
	current.Store(&edition{first, 0})
	var done atomic.Bool
	var readers sync.WaitGroup
	defer readers.Wait()
	defer done.Store(true)
	for reader := range 4 {
		readers.Go(func() {
			for i := reader; !done.Load(); i++ {
				s, r, now := serviceNumber(i%services), c.municipalities[i%len(c.municipalities)], current.Load()
				routes, where, ok := now.table.Lookup(s, r, 0, nil)
				for n := range routes {
					routes[n] -= now.from
				}
				if got, want := answer(routes, where, ok), say(first, s, r, 0); got != want {
					t.Errorf("%v in %v: got %s, want %s", s, r, got, want)
					return
				}
			}
		})
	}
	for n := range uint32(swaps) {
		from := (n + 1) * most
		for i := range entries {
			entries[i].Route = entries[i].Route%most + from
		}
		table, err := Build(entries, make([]Rank, from+most))
		if err != nil {
			t.Fatal(err)
		}
		current.Store(&edition{table, from})
	}
}
