package outbox_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/outbox"
)

// load is a world with many endpoints, a twentieth of which may be dead.
type load struct {
	*world
	alive, dead []broker.DestinationID
	url         string          // of all that are alive
	arrived     chan string     // ids of callbacks
	begun       sync.Map        // when each came to be owed, by id
	times       []time.Duration // guarded by mu
	mu          sync.Mutex
}

// newLoad makes endpoints; those that are dead take connections and never answer.
func newLoad(b *testing.B, alive, dead int) *load {
	l := &load{world: newRealTimeWorld(b), arrived: make(chan string, 1<<16)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		l.arrive(r.Header.Get("webhook-id"))
	}))
	b.Cleanup(server.Close)
	l.url = server.URL
	model, err := l.Destinations.Public(b.Context(), l.destination(b, server.URL))
	must(b, err)
	l.alive = l.destinations(b, model, alive, server.URL)
	l.dead = l.destinations(b, model, dead, silent(b))
	return l
}

func (l *load) arrive(id string) {
	if at, known := l.begun.Load(id); known {
		l.mu.Lock()
		l.times = append(l.times, time.Since(at.(time.Time)))
		l.mu.Unlock()
	}
	l.arrived <- id
}

// silent listens and never says a word.
func silent(b *testing.B) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	return "http://" + l.Addr().String()
}

// destinations copies one that was made by the rules, since making ten thousand takes minutes.
func (l *load) destinations(b *testing.B, model broker.Destination, n int, url string) (ids []broker.DestinationID) {
	for batch := range slices.Chunk(make([]int, n), 500) {
		must(b, l.store.Update(b.Context(), func(tx broker.Tx) error {
			for range batch {
				d := model
				d.ID = broker.NewID[broker.DestinationID]()
				wrapped, err := l.Deliveries.Wrapper.Wrap([]byte(secret), "callback secret "+string(d.ID))
				if err != nil {
					return err
				}
				d.Callback = &broker.Callback{URL: fmt.Sprint(url, "/", d.ID), Secret: wrapped}
				if err := tx.PutDestination(d); err != nil {
					return err
				}
				ids = append(ids, d.ID)
			}
			return nil
		}))
	}
	return ids
}

// oweTo owes a callback to each in one transaction.
func (l *load) oweTo(tb testing.TB, all []broker.DestinationID) {
	now := time.Now()
	must(tb, l.store.Update(context.Background(), func(tx broker.Tx) error {
		for _, to := range all {
			d := broker.Delivery{
				ID: broker.NewID[broker.DeliveryID](), Type: broker.NewEvents, Destination: to, Submission: broker.NewID[broker.SubmissionID](),
				Case: broker.NewID[broker.CaseID](), NotBefore: now, Created: now,
			}
			l.begun.Store(string(d.ID), now)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return nil
	}))
	l.DeliveriesOwed.Set()
}

// run starts an outbox as it is by default.
func (l *load) run(b *testing.B) (stop func()) {
	return l.start(b, l.outbox(b, func(c *outbox.Config) { c.Grace = time.Millisecond }))
}

// bare posts as many calls with the same client and nothing around it, by as many goroutines as the outbox has workers.
func (l *load) bare(b *testing.B, calls, workers int) time.Duration {
	client := guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true})
	defer client.CloseIdleConnections()
	post, begin := outbox.Post(client), time.Now()
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for next.Add(1) <= int64(calls) {
				if _, err := post(context.Background(), l.url, make(http.Header), []byte("{}")); err != nil {
					b.Error(err)
				}
				<-l.arrived
			}
		})
	}
	all.Wait()
	return time.Since(begin)
}

// BenchmarkCallbacks delivers to many endpoints, a twentieth of which hang, beside what the bare HTTP client does with those that answer. The
// ratio is what durable claims, signatures and records leave of it.
func BenchmarkCallbacks(b *testing.B) {
	const total = 10_000
	for _, endpoints := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("endpoints=%d", endpoints), func(b *testing.B) {
			var ours, bare time.Duration
			calls := 0
			for b.Loop() {
				dead := endpoints / 20
				l := newLoad(b, endpoints-dead, dead)
				each := total / endpoints
				for range each {
					for batch := range slices.Chunk(slices.Concat(l.alive, l.dead), 1000) {
						l.oweTo(b, batch)
					}
				}
				n := each * len(l.alive)
				calls += n
				bare += l.bare(b, n, min(128, 2*endpoints))
				begin := time.Now()
				stop := l.run(b)
				for range n {
					<-l.arrived
				}
				ours += time.Since(begin)
				stop()
			}
			b.ReportMetric(float64(calls)/ours.Seconds(), "callbacks/s")
			b.ReportMetric(float64(calls)/bare.Seconds(), "bare/s")
			b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
		})
	}
}

// p99 sends at a steady pace for some seconds and returns the time that 99 of 100 callbacks to endpoints that are alive take.
func (l *load) p99(b *testing.B, seconds int) time.Duration {
	const perTick = 10
	l.mu.Lock()
	l.times = nil
	l.mu.Unlock()
	all := slices.Concat(l.alive, l.dead)
	sent, wanted := 0, 0
	tick := time.NewTicker(perTick * time.Second / 200) // 200 callbacks a second
	defer tick.Stop()
	for sent < 200*seconds {
		<-tick.C
		batch := make([]broker.DestinationID, perTick)
		for i := range batch {
			at := sent % len(all)
			batch[i] = all[at]
			if at < len(l.alive) {
				wanted++
			}
			sent++
		}
		l.oweTo(b, batch)
	}
	for range wanted {
		<-l.arrived
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.times)
	return l.times[len(l.times)*99/100]
}

// BenchmarkIsolation compares the p99 of callbacks to endpoints that answer, at the same pace, without and with a twentieth of endpoints that
// hang: the medians of several runs of each, one after the other.
func BenchmarkIsolation(b *testing.B) {
	const runs, seconds, endpoints = 5, 3, 200
	for b.Loop() {
		var without, with []time.Duration
		for range runs {
			for _, dead := range []int{0, endpoints / 20} {
				l := newLoad(b, endpoints-endpoints/20, dead)
				stop := l.run(b)
				p99 := l.p99(b, seconds)
				stop()
				if dead == 0 {
					without = append(without, p99)
				} else {
					with = append(with, p99)
				}
			}
		}
		b.ReportMetric(float64(median(without).Microseconds())/1000, "p99-ms-without")
		b.ReportMetric(float64(median(with).Microseconds())/1000, "p99-ms-with")
		b.ReportMetric(median(with).Seconds()/median(without).Seconds(), "with/without")
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
