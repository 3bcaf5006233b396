package figures

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/chart"
	counting "github.com/vierkant/vierkant/broker/figures"
)

// charts draws one series of figures.
type charts struct {
	writer
	counting.Series
	labels []string
	ticks  []chart.Tick
}

// shownTicks is how many times fit below a chart.
const shownTicks = 5

func newCharts(w writer, s counting.Series) charts {
	c := charts{writer: w, Series: s}
	for _, p := range s.Points {
		c.labels = append(c.labels, c.label(p, s.Step))
	}
	c.ticks = chart.Spread(len(s.Points), shownTicks, func(i int) string { return c.tick(s.Points[i], s.Step) })
	return c
}

func (c charts) all() []drawn {
	return []drawn{c.submissions(), c.acceptance(), c.rejections(), c.callbacks(), c.volume()}
}

// chart begins a chart; its texts are named after it.
func (c charts) chart(id string, scale chart.Scale, series ...chart.Series) chart.Chart {
	return chart.Chart{
		ID: id, Title: c.T("chart." + id), Labels: c.labels, Ticks: c.ticks, Scale: scale, Series: series,
		Description: c.T("chart."+id+".description", c.labels[0], c.labels[len(c.labels)-1]),
	}
}

// values are one of the figures, over time.
func (c charts) values(of func(counting.Counts) float64) (all []float64) {
	for _, p := range c.Points {
		all = append(all, of(p.Counts))
	}
	return all
}

func (c charts) whole(f float64) string { return c.count(int(f)) }

func most(all ...[]float64) (m float64) {
	for _, values := range all {
		for _, v := range values {
			if !math.IsNaN(v) {
				m = max(m, v)
			}
		}
	}
	return m
}

// sums adds values up that stand upon each other.
func sums(all ...[]float64) []float64 {
	sum := make([]float64, len(all[0]))
	for _, values := range all {
		for i, v := range values {
			sum[i] += v
		}
	}
	return sum
}

func (c charts) submissions() drawn {
	submitted := c.values(func(n counting.Counts) float64 { return float64(n.Submitted) })
	accepted := c.values(func(n counting.Counts) float64 { return float64(n.Accepted) })
	rejected := c.values(func(n counting.Counts) float64 { return float64(n.AllRejected()) })
	made := c.chart("submissions", chart.Counts(most(submitted, accepted, rejected), c.whole),
		chart.Series{Name: c.T("submitted"), Values: submitted}, chart.Series{Name: c.T("accepted"), Values: accepted},
		chart.Series{Name: c.T("rejected"), Values: rejected})
	return draw(made, chart.Lines, c.table([]string{"announced", "submitted", "accepted", "rejected", "expired", "replies"}, func(n counting.Counts) []string {
		return []string{c.count(n.Announced), c.count(n.Submitted), c.count(n.Accepted), c.count(n.AllRejected()), c.count(n.Expired), c.count(n.Replies)}
	}))
}

// acceptance has an axis of classes: from a minute to two weeks, each as high as the one before.
func (c charts) acceptance() drawn {
	classes := func(share float64) []float64 {
		return c.values(func(n counting.Counts) float64 { return classOf(n.Acceptance, share) })
	}
	bounds := counting.Bounds()
	scale := chart.Scale{Most: float64(len(bounds) + 1)}
	for i, bound := range bounds {
		switch bound {
		case time.Minute, 15 * time.Minute, time.Hour, 8 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour:
			scale.Marks = append(scale.Marks, chart.Mark{Value: float64(i + 1), Text: c.span(bound)})
		}
	}
	made := c.chart("acceptance", scale, chart.Series{Name: c.T("p50"), Values: classes(0.5)}, chart.Series{Name: c.T("p90"), Values: classes(0.9)})
	return draw(made, chart.Lines, c.table([]string{"accepted", "p50", "p90"}, func(n counting.Counts) []string {
		return []string{c.count(n.Accepted), c.quantile(n.Acceptance, 0.5), c.quantile(n.Acceptance, 0.9)}
	}))
}

// classOf is the number of the class of a quantile, from 1; NaN: there is none.
func classOf(h counting.Histogram, share float64) float64 {
	bound, over, some := h.Quantile(share)
	switch bounds := counting.Bounds(); {
	case !some:
		return math.NaN()
	case over:
		return float64(len(bounds) + 1)
	default:
		return float64(slices.Index(bounds, bound) + 1)
	}
}

// rejections shows the most frequent reasons, and the others as one.
func (c charts) rejections() drawn {
	reasons := frequent(c.Sum().Rejected)
	rest := reasons[min(len(reasons), chart.MostSeries-1):]
	reasons = reasons[:len(reasons)-len(rest)]
	var series []chart.Series
	var all [][]float64
	add := func(name string, of ...string) {
		values := c.values(func(n counting.Counts) (sum float64) {
			for _, reason := range of {
				sum += float64(n.Rejected[reason])
			}
			return sum
		})
		series, all = append(series, chart.Series{Name: name, Values: values}), append(all, values)
	}
	head := []string{"rejected"}
	for _, reason := range reasons {
		add(c.T("reason."+reason), reason)
		head = append(head, "reason."+reason)
	}
	if len(rest) > 0 {
		add(c.T("reason.rest"), rest...)
		head = append(head, "reason.rest")
	}
	highest := 0.0
	if len(all) > 0 {
		highest = most(sums(all...))
	}
	rows := c.table(head, func(n counting.Counts) []string { return []string{c.count(n.AllRejected())} })
	for i := range rows.Lines {
		for _, values := range all {
			rows.Lines[i].Cells = append(rows.Lines[i].Cells, c.count(int(values[i])))
		}
	}
	return draw(c.chart("rejections", chart.Counts(highest, c.whole), series...), chart.Bars, rows)
}

// frequent lists reasons, the most frequent first.
func frequent(rejected map[string]int) (all []string) {
	for _, reason := range counting.Reasons() {
		if rejected[reason] > 0 {
			all = append(all, reason)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return rejected[b] - rejected[a] })
	return all
}

func (c charts) callbacks() drawn {
	taken := c.values(func(n counting.Counts) float64 { return float64(n.CallbacksTaken) })
	failed := c.values(func(n counting.Counts) float64 { return float64(n.CallbacksFailed) })
	made := c.chart("callbacks", chart.Counts(most(sums(taken, failed)), c.whole),
		chart.Series{Name: c.T("taken"), Values: taken}, chart.Series{Name: c.T("failed"), Values: failed})
	return draw(made, chart.Bars, c.table([]string{"taken", "failed", "taken.share"}, func(n counting.Counts) []string {
		return []string{c.count(n.CallbacksTaken), c.count(n.CallbacksFailed), c.share(n.CallbacksTaken, n.CallbacksTaken+n.CallbacksFailed)}
	}))
}

func (c charts) volume() drawn {
	bytes := c.values(func(n counting.Counts) float64 { return float64(n.Bytes) })
	highest := most(bytes)
	unit := math.Pow(1024, math.Floor(math.Log2(max(highest, 1))/10)) // so that marks are round in it
	scale := chart.Amounts(highest/unit, func(f float64) string { return strings.Replace(c.bytes(f*unit), " ", "\u00a0", 1) })
	made := c.chart("volume", chart.Scale{Most: scale.Most * unit, Marks: scaled(scale.Marks, unit)}, chart.Series{Name: c.T("bytes"), Values: bytes})
	return draw(made, chart.Bars, c.table([]string{"bytes"}, func(n counting.Counts) []string { return []string{c.bytes(float64(n.Bytes))} }))
}

func scaled(marks []chart.Mark, by float64) []chart.Mark {
	for i := range marks {
		marks[i].Value *= by
	}
	return marks
}

// table is the figures of a chart.
type table struct {
	Head  []string
	Lines []line
}

type line struct {
	When  string
	Cells []string
}

// table makes one; head are names of texts.
func (c charts) table(head []string, cells func(counting.Counts) []string) table {
	var t table
	for _, name := range head {
		t.Head = append(t.Head, c.T(name))
	}
	for i, p := range c.Points {
		t.Lines = append(t.Lines, line{c.labels[i], cells(p.Counts)})
	}
	return t
}
