package node

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/outbox"
)

// Bounds of Config.CallbackLog. What waits for its next attempt is kept anyway; people look at what is over when they come back from a week off.
const (
	defaultCallbackLog = 30 * 24 * time.Hour
	leastCallbackLog   = 24 * time.Hour
	mostCallbackLog    = 2 * 365 * 24 * time.Hour
)

func (c Config) checkCallbackLog() error {
	if t := c.CallbackLog; t != 0 && (t < leastCallbackLog || t > mostCallbackLog) {
		return fmt.Errorf("callback_log: %s is not between %s and %s", t, leastCallbackLog, mostCallbackLog)
	}
	return nil
}

// makeOutbox makes what calls receivers. It is there before anything is started: who administers a stopped node may try a callback too.
func (n *Node) makeOutbox(context.Context) (err error) {
	n.outbox, err = outbox.New(outbox.Config{
		Deliveries: n.Broker.Deliveries, Log: n.log, Now: n.now, Rehearse: n.rehearseCallback(),
		Timeout: n.cfg.CallbackTimeout, Lease: leaseTimeouts * n.cfg.CallbackTimeout,
		GiveUp: n.cfg.Deadlines.WithDefaults().Decision, // after that there is nothing to be told of any more
		Post: outbox.Post(guard.NewClient(guard.Rule{
			PublicOnly: true, AllowLoopback: n.cfg.AllowHTTPCallbacks, AllowHTTP: n.cfg.AllowHTTPCallbacks,
		})),
	})
	return err
}

// forgetCallbacks removes what was over for long.
func (n *Node) forgetCallbacks(ctx context.Context) error {
	keep := n.cfg.CallbackLog
	if keep == 0 {
		keep = defaultCallbackLog
	}
	return n.Broker.Deliveries.Forget(ctx, keep)
}

// callbackMetrics is what became of calls on this node, and how many endpoints are in trouble, which all nodes share.
type callbackMetrics struct{ n *Node }

var (
	callbackOutcomes  = prometheus.NewDesc("vierkant_callbacks_total", "Calls of receivers since the start, by outcome.", []string{"outcome"}, nil)
	callbackEndpoints = prometheus.NewDesc("vierkant_callback_endpoints", "Endpoints of callbacks that are in trouble, by state.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (m callbackMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- callbackOutcomes
	out <- callbackEndpoints
}

// Collect implements prometheus.Collector.
func (m callbackMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	done := m.n.outbox.Stats()
	for outcome, count := range map[string]int64{"delivered": done.Delivered, "failed": done.Failed, "given-up": done.Dropped} {
		out <- prometheus.MustNewConstMetric(callbackOutcomes, prometheus.CounterValue, float64(count), outcome)
	}
	troubles, err := m.n.Broker.Deliveries.Troubles(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(callbackEndpoints, err)
		return
	}
	for _, state := range []broker.EndpointState{broker.EndpointFailing, broker.EndpointPaused, broker.EndpointStopped} {
		out <- prometheus.MustNewConstMetric(callbackEndpoints, prometheus.GaugeValue, float64(troubles[state]), string(state))
	}
}
