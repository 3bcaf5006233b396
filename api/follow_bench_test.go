package api_test

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/routing"
)

// BenchmarkFollow is what it costs a node to follow a change when a million entries are published, and what look-ups notice of it: the slowest in
// a hundred, and the slowest in a thousand, beside those of the same turn without a change.
func BenchmarkFollow(b *testing.B) {
	w := newWorld(b)
	w.settle(b, million)
	routes := w.broker.Routes
	service, _ := routing.ServiceFromURN("urn:de:fim:leika:leistung:99000007104000")
	regions := make([]routing.Region, 0, benchMunicipalities)
	for n := range routes.View().Len() {
		r, err := routing.ParseRegion(routes.View().Route(uint32(n)).Coverage[0].Regions[0])
		if err != nil {
			b.Fatal(err)
		}
		regions = append(regions, r)
	}
	// look asks once a while, as requests do, until done, and says how long each look-up took.
	look := func(done *atomic.Bool) (took []time.Duration) {
		var found []uint32
		for !done.Load() {
			start := time.Now()
			found = routes.View().In(service, regions[rand.IntN(len(regions))], start, found[:0])
			took = append(took, time.Since(start))
			for wait := start; time.Since(wait) < 20*time.Microsecond; { // a timer would be too coarse
			}
		}
		return took
	}
	var calm, busy []time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		var done atomic.Bool
		took := make(chan []time.Duration)
		go func() { took <- look(&done) }()
		start := time.Now()
		if err := routes.Reload(b.Context()); err != nil {
			b.Fatal(err)
		}
		spent := time.Since(start)
		done.Store(true)
		busy = append(busy, <-took...)
		b.StopTimer()
		done.Store(false)
		go func() { took <- look(&done) }()
		time.Sleep(spent)
		done.Store(true)
		calm = append(calm, <-took...)
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/follow")
	for _, p := range []struct {
		name string
		of   int
	}{{"p99", 100}, {"p999", 1000}} {
		b.ReportMetric(slowest(calm, p.of), p.name+"-calm-ns")
		b.ReportMetric(slowest(busy, p.of), p.name+"-busy-ns")
	}
}

// slowest is how long the fastest of the slowest in so many took.
func slowest(took []time.Duration, of int) float64 {
	slices.Sort(took)
	return float64(took[len(took)-1-len(took)/of])
}
