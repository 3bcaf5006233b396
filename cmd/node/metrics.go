package node

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/broker"
)

// metrics is what an operator watches. Alarm on vierkant_signing_debt_seconds and vierkant_callback_debt_seconds: they
// say how long the oldest event waits for its signature, and the oldest callback for its receiver.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	refusals *prometheus.CounterVec
}

// openMetrics makes what counts for those who watch. Its collectors are asked at once what they have, so what they ask is there before.
func (n *Node) openMetrics(context.Context) error {
	n.metrics = newMetrics(n)
	return nil
}

func newMetrics(n *Node) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vierkant_request_seconds", Help: "Time from request to answer, by route and status.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10, 60},
		}, []string{"route", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vierkant_refusals_total", Help: "What was refused because somebody asked for too much, by kind.",
		}, []string{"kind"}),
	}
	m.registry.MustRegister(m.requests, m.refusals, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), backlog{n})
	m.registry.MustRegister(gauges{n}, mailBacklog{n}, callbackMetrics{n})
	for _, kind := range append(api.Refusals(), refusedConnections) {
		m.refusals.WithLabelValues(kind) // 0 is a figure too
	}
	return m
}

// refusedConnections is a kind of refusal beside those of package api.
const refusedConnections = "connections"

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe records one answered request.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// refused counts one refusal.
func (m *metrics) refused(what string) { m.refusals.WithLabelValues(what).Inc() }

// backlog reads what waits when it is asked for.
type backlog struct{ n *Node }

var (
	signingCount  = prometheus.NewDesc("vierkant_signing_debt_events", "Events that wait for their signature.", nil, nil)
	signingAge    = prometheus.NewDesc("vierkant_signing_debt_seconds", "Age of the oldest event that waits for its signature.", nil, nil)
	callbackCount = prometheus.NewDesc("vierkant_callback_debt_callbacks", "Callbacks that are owed.", nil, nil)
	callbackAge   = prometheus.NewDesc("vierkant_callback_debt_seconds", "Age of the oldest owed callback.", nil, nil)
	privateOps    = prometheus.NewDesc("vierkant_private_key_operations_total", "Private-key operations since the start.", nil, nil)
	commits       = prometheus.NewDesc("vierkant_store_commits_total", "Durable commits since the start.", nil, nil)
)

// Describe implements prometheus.Collector.
func (b backlog) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(b, out) }

// Collect implements prometheus.Collector.
func (b backlog) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var signing, callbacks broker.Backlog
	err := b.n.store.View(ctx, func(tx broker.Tx) (err error) {
		if signing, err = tx.SigningBacklog(); err != nil {
			return err
		}
		callbacks, err = tx.DeliveryBacklog()
		return err
	})
	if err != nil {
		out <- prometheus.NewInvalidMetric(signingCount, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	counter := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(signingCount, float64(signing.Count))
	gauge(signingAge, b.age(signing))
	gauge(callbackCount, float64(callbacks.Count))
	gauge(callbackAge, b.age(callbacks))
	counter(privateOps, float64(b.n.keyring.PrivateKeyOps()))
	counter(commits, float64(b.n.store.counts().Commits))
}

func (b backlog) age(l broker.Backlog) float64 {
	if l.Oldest.IsZero() {
		return 0
	}
	return max(0, b.n.now().Sub(l.Oldest).Seconds())
}
