package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vierkant/vierkant/broker"
)

// gauges are figures of this moment, read when they are asked for. One that cannot be read is left out, and the others are there.
type gauges struct{ n *Node }

// gauge is one of them. None has a label that grows with what is stored.
type gauge struct {
	desc *prometheus.Desc
	read func(context.Context, *Node) (float64, error)
}

// errNone is a figure that this node does not have.
var errNone = errors.New("there is none")

func newGauge(name, help string, read func(context.Context, *Node) (float64, error)) gauge {
	return gauge{prometheus.NewDesc(name, help, nil, nil), read}
}

func allGauges() []gauge {
	return []gauge{
		newGauge("vierkant_deadline_lag_seconds", "By how much the oldest deadline is overdue, by the clock of deadlines.", readDeadlineLag),
		newGauge("vierkant_clock_ahead_seconds", "How far the clock of deadlines is ahead of the wall clock; 0 outside test.", readAhead),
		newGauge("vierkant_disk_free_bytes", "What may still be written to the disk of the data folder.", readFree),
		newGauge("vierkant_store_bytes", "Size of the file of records; not with a database.", readStoreSize),
		newGauge("vierkant_tls_certificate_seconds", "Time until our own TLS certificate ends; not behind a proxy.", readCertificate),
		newGauge("vierkant_draining", "1 while the node stops and answers on.", readDraining),
		newGauge("vierkant_maintenance", "1 while maintenance is announced.", readMaintained),
		newGauge("vierkant_faults", "Faults on request that are in force; 0 outside test.", readFaults),
	}
}

// buildInfo is what this program was built from.
var buildInfo = prometheus.NewDesc("vierkant_build_info", "What this program was built from; always 1.", []string{"commit", "go"}, nil)

// Describe implements prometheus.Collector.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	out <- buildInfo
	for _, one := range allGauges() {
		out <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	commit, compiler := Build()
	out <- prometheus.MustNewConstMetric(buildInfo, prometheus.GaugeValue, 1, commit, compiler)
	for _, one := range allGauges() {
		if v, err := one.read(ctx, g.n); err == nil {
			out <- prometheus.MustNewConstMetric(one.desc, prometheus.GaugeValue, v)
		}
	}
}

// Build tells the commit that the program was built from and with what.
func Build() (commit, compiler string) {
	about, _ := debug.ReadBuildInfo()
	commit = "unknown"
	for _, setting := range about.Settings {
		if setting.Key == "vcs.revision" {
			commit = setting.Value
		}
	}
	return commit, about.GoVersion
}

// overdue is by how much the oldest timer of a queue is, by the clock of the queue.
func (n *Node) overdue(ctx context.Context, q broker.TimerQueue, now time.Time) (lag time.Duration, err error) {
	err = n.store.View(ctx, func(tx broker.Tx) error {
		next, err := tx.NextTimer(q)
		if errors.Is(err, broker.ErrNoRow) {
			lag = 0
			return nil
		}
		if lag = max(0, now.Sub(next)); next.Unix() <= 0 { // no deadline: data of an older program that are to be looked through once
			lag = 0
		}
		return err
	})
	return lag, err
}

func readDeadlineLag(ctx context.Context, n *Node) (float64, error) {
	lag, err := n.overdue(ctx, broker.Deadlines, n.deadline.now())
	return lag.Seconds(), err
}

func readAhead(_ context.Context, n *Node) (float64, error) {
	return time.Duration(n.deadline.ahead.Load()).Seconds(), nil
}

func readFree(_ context.Context, n *Node) (float64, error) {
	d, err := diskOf(n.cfg.Data)
	return float64(d.Free), err
}

func readStoreSize(_ context.Context, n *Node) (float64, error) {
	if n.cfg.Database != "" {
		return 0, errNone
	}
	about, err := os.Stat(filepath.Join(n.cfg.Data, storeFile))
	if err != nil {
		return 0, err
	}
	return float64(about.Size()), nil
}

func readCertificate(_ context.Context, n *Node) (float64, error) {
	if n.certificate == nil {
		return 0, errNone
	}
	return n.certificate.leaf().NotAfter.Sub(n.now()).Seconds(), nil
}

func readDraining(_ context.Context, n *Node) (float64, error) {
	return truth(n.health.draining.Load()), nil
}

func readMaintained(_ context.Context, n *Node) (float64, error) {
	_, told := n.Broker.Notices.Current()
	return truth(told), nil
}

func readFaults(_ context.Context, n *Node) (float64, error) {
	if n.faults == nil {
		return 0, nil
	}
	return float64(len(n.faults.List())), nil
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
