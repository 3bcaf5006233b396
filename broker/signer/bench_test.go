package signer_test

import (
	"context"
	"testing"

	"github.com/vierkant/vierkant/broker/signer"
)

// BenchmarkReader is a reader of one fresh event: one signature, one transaction.
func BenchmarkReader(b *testing.B) {
	w := newWorld(b)
	s := w.node(b)
	for b.Loop() {
		b.StopTimer()
		facts := w.facts(b, 1)
		b.StartTimer()
		if _, err := s.Sign(context.Background(), facts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}

// BenchmarkDrain is the background alone with a burst of 128 events, by number of workers.
func BenchmarkDrain(b *testing.B) {
	const burst = 128
	for name, workers := range map[string]int{"workers=1": 1, "workers=2": 2} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			for b.Loop() {
				b.StopTimer()
				w.facts(b, burst)
				store, done := w.drained(b)
				s := w.node(b, func(c *signer.Config) { c.Store, c.Workers = store, workers })
				b.StartTimer()
				stop := start(b, s, nil)
				<-done
				stop()
			}
			b.ReportMetric(float64(b.N*burst)/b.Elapsed().Seconds(), "signatures/s")
		})
	}
}
