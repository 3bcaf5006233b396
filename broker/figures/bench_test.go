package figures_test

import (
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
)

// BenchmarkRequest is an announcement, with and without what is left for counting.
func BenchmarkRequest(b *testing.B) {
	for store, place := range map[string]func(testing.TB) func() broker.Store{"files": inFiles, "database": inDatabase} {
		for name, happened := range map[string]func(broker.Tx, broker.Fact) error{"counted": figures.Note, "uncounted": nil} {
			b.Run(store+"/"+name, func(b *testing.B) {
				w := newWorldThat(b, place(b)(), happened)
				b.ReportAllocs()
				for b.Loop() {
					w.announce(b)
				}
			})
		}
	}
}

// BenchmarkFold counts what a thousand announcements left.
func BenchmarkFold(b *testing.B) {
	const facts = 1000
	for store, place := range map[string]func(testing.TB) func() broker.Store{"files": inFiles, "database": inDatabase} {
		b.Run(store, func(b *testing.B) {
			w := newWorld(b, place(b)())
			for b.Loop() {
				b.StopTimer()
				for range facts {
					w.announce(b)
				}
				b.StartTimer()
				w.fold(b)
			}
			b.ReportMetric(float64(b.N*facts)/b.Elapsed().Seconds(), "facts/s")
		})
	}
}
