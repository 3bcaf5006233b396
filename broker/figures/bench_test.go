package figures_test

import (
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// BenchmarkRequest is an announcement, with and without what is left for counting.
func BenchmarkRequest(b *testing.B) {
	for kind, place := range stores.Kinds() {
		for name, happened := range map[string]func(broker.Tx, broker.Fact) error{"counted": figures.Note, "uncounted": nil} {
			b.Run(kind+"/"+name, func(b *testing.B) {
				store, _ := place(b)()
				w := newWorldThat(b, store, happened)
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
	for kind, place := range stores.Kinds() {
		b.Run(kind, func(b *testing.B) {
			store, _ := place(b)()
			w := newWorld(b, store)
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
