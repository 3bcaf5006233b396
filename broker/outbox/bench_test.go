package outbox_test

import (
	"fmt"
	"net/http"
	"testing"
)

// BenchmarkBurst delivers a burst to a real receiver on loopback and writes the notifications, by how many destinations share it.
func BenchmarkBurst(b *testing.B) {
	const burst = 256
	for _, destinations := range []int{1, 8} {
		b.Run(fmt.Sprintf("destinations=%d", destinations), func(b *testing.B) {
			w := newRealTimeWorld(b)
			url, calls := receiver(b, status(http.StatusOK))
			for b.Loop() {
				b.StopTimer()
				for range destinations {
					d := w.destination(b, url)
					for range burst / destinations {
						w.submit(b, d)
					}
				}
				o := w.outbox(b)
				b.StartTimer()
				stop := w.start(b, o)
				for range burst {
					<-calls
				}
				stop()
			}
			b.ReportMetric(float64(b.N*burst)/b.Elapsed().Seconds(), "callbacks/s")
		})
	}
}
