package testenv_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// The environment variables that say how many past submissions the longer history has, in thousands, and how many bytes a token of its
// events has.
const (
	historyVariable = "VIERKANT_BENCH_HISTORY"
	tokenVariable   = "VIERKANT_BENCH_TOKEN"
)

const (
	shortHistory = 10  // thousand
	longHistory  = 100 // thousand, if nobody says otherwise: a million takes minutes to make
)

// BenchmarkHistory measures what requests cost with 10,000 past submissions in the store, and beside it with many more, over HTTP on this
// machine, by turns: on files and on PostgreSQL. Each part runs once, whatever -benchtime says.
//
// The ratio is that of times per request, the median over rounds, in each of which both have their turn. Beside it stands the
// ratio of the processor time that the program itself took, which what else the machine does disturbs less; that of PostgreSQL's processes is
// not in it. A ratio below 1 is the garbage collector's, which comes round less often where more is kept in memory.
func BenchmarkHistory(b *testing.B) {
	h := &history{arena: newArena(b), thousands: fromEnvironment(b, historyVariable, longHistory), token: fromEnvironment(b, tokenVariable, tokenSize)}
	b.Run("files", func(b *testing.B) { h.compare(b, "files", h.onFiles) })
	b.Run("postgres", func(b *testing.B) { h.compare(b, "PostgreSQL", h.onPostgres) })
	h.table.print("requests per second, 4 clients", "10,000 past", fmt.Sprintf("%d,000 past", h.thousands), "time, ratio", "processor, ratio", "aim")
}

func fromEnvironment(b *testing.B, name string, usual int) int {
	b.Helper()
	value := os.Getenv(name)
	if value == "" {
		return usual
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		b.Fatalf("%s must be a number, 1 or more: %q", name, value)
	}
	return n
}

type history struct {
	*arena
	thousands, token int
	table            table
}

// onFiles makes a rival with so many thousand past submissions in a bbolt file.
func (h *history) onFiles(b *testing.B, thousands int) *rival {
	b.Helper()
	r, err := h.found(b.Context(), b.TempDir(), "")
	if err == nil {
		err = r.fillFiles(b.Context(), h.token, thousands*1000)
	}
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (h *history) onPostgres(b *testing.B, thousands int) *rival {
	b.Helper()
	r, err := h.found(b.Context(), b.TempDir(), pgtest.StartDurable(b))
	if err != nil {
		b.Fatal(err)
	}
	store, err := postgres.Open(b.Context(), postgres.Config{DSN: r.dsn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	r.fillDatabase(b, store, h.token, thousands*1000)
	return r
}

// compare makes both and has them work by turns.
func (h *history) compare(b *testing.B, store string, with func(b *testing.B, thousands int) *rival) {
	b.ReportMetric(0, "ns/op")
	both := []*rival{h.start(b, store, shortHistory, with), h.start(b, store, h.thousands, with)}
	sent := fill(b, both, contentFor(both[0].sealKey, h.random, 10<<10))
	old := make([][]wire.SubmissionRef, len(both))
	for i, thousands := range []int{shortHistory, h.thousands} {
		old[i] = both[i].ready(b, sent[i], thousands)
	}
	for _, q := range append(reads(), pages()...) {
		h.report(b, store, q, contest(b, both, func(i int) turn { return reading(both[i], sent[i], q) }))
	}
	h.report(b, store, pastLog, contest(b, both, func(i int) turn { return reading(both[i], old[i], pastLog) }))
	content := contentFor(both[0].sealKey, h.random, 10<<10)
	h.report(b, store, read{name: "send", what: "announce + submit of 10 KB"}, contest(b, both, func(i int) turn {
		return turn{both[i], func(ctx context.Context) error { _, err := both[i].send(ctx, content); return err }}
	}))
}

// start makes one and freezes it.
func (h *history) start(b *testing.B, store string, thousands int, with func(b *testing.B, thousands int) *rival) *rival {
	b.Helper()
	began := time.Now()
	r := with(b, thousands)
	b.Logf("%s: %d,000 past submissions were made in %.0f s", store, thousands, time.Since(began).Seconds())
	b.Cleanup(r.kill)
	if err := h.run(b.Context(), r, 1); err != nil {
		b.Fatal(err)
	}
	r.signal(syscall.SIGSTOP)
	return r
}

// ready sees to it that nothing is left to be done but what is measured, and picks cases out of the history.
func (r *rival) ready(b *testing.B, sent []wire.SubmissionRef, thousands int) []wire.SubmissionRef {
	b.Helper()
	r.signal(syscall.SIGCONT)
	defer r.signal(syscall.SIGSTOP)
	err := r.settle(b.Context(), sent)
	if err != nil {
		b.Fatal(err)
	}
	some, err := r.pastCases(b.Context(), thousands)
	if err != nil {
		b.Fatal(err)
	}
	return some
}

// settle has all that waits listed once, and everything signed that follows: the first list is noted in the log of each.
func (r *rival) settle(ctx context.Context, sent []wire.SubmissionRef) error {
	if err := r.get(ctx, r.asSubscriber, fmt.Sprintf("/submissions?limit=%d", pageSize)); err != nil {
		return err
	}
	for _, ref := range sent {
		if err := r.awaitEvents(ctx, ref.CaseID, 3); err != nil {
			return err
		}
	}
	return r.drain(ctx)
}

// awaitEvents returns when the log of a case has so many.
func (r *rival) awaitEvents(ctx context.Context, id string, many int) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var log wire.Counted
		if err := r.ask(ctx, r.asSender, "/cases/"+id+"/events", &log); err != nil || log.TotalCount == many {
			return err
		}
		<-tick.C
	}
}

// ask reads an answer.
func (r *rival) ask(ctx context.Context, as []caller, path string, into any) error {
	raw, err := r.next(as).call(ctx, "GET", path, "", nil, 200)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// pastCases picks cases evenly out of the history.
func (r *rival) pastCases(ctx context.Context, thousands int) (some []wire.SubmissionRef, err error) {
	for i := range pageSize {
		var page wire.CaseList
		if err := r.ask(ctx, r.asSender, fmt.Sprintf("/cases?limit=1&offset=%d", i*thousands*1000/pageSize), &page); err != nil {
			return nil, err
		}
		some = append(some, wire.SubmissionRef{CaseID: page.Cases[0].CaseID})
	}
	return some, nil
}

// pages are questions about many past submissions. What is skipped is counted from the nearer end, so the later page lies in the first half of
// both histories: it costs by its offset, which is the same.
func pages() []read {
	from := func(offset int, as func(r *rival) []caller) func(context.Context, *rival, wire.SubmissionRef) error {
		return func(ctx context.Context, r *rival, _ wire.SubmissionRef) error {
			return r.get(ctx, as(r), fmt.Sprintf("/cases?limit=%d&offset=%d", pageSize, offset))
		}
	}
	return []read{
		{"cases", "cases of the sender, first page", from(0, func(r *rival) []caller { return r.asSender })},
		{"cases-later", "cases of the destination, from the 4,000th on", from(4000, func(r *rival) []caller { return r.asSubscriber })},
	}
}

// pastLog reads a log somewhere in the history.
var pastLog = read{"past-log", "event log of a past case", func(ctx context.Context, r *rival, about wire.SubmissionRef) error {
	return r.get(ctx, r.asSender, "/cases/"+about.CaseID+"/events")
}}

// contested is how two did.
type contested struct {
	rates     [2]float64 // medians
	time      float64    // ratio, median of the rounds'
	processor float64    // ratio; zero if the system does not tell
}

const (
	contestRounds  = 11
	contestTurn    = 200 * time.Millisecond
	contestClients = 4
)

// contest has two work by turns, each after the other has gone first.
func contest(b *testing.B, both []*rival, of func(i int) turn) (c contested) {
	b.Helper()
	var (
		rates  [2][]float64
		ratios []float64
		done   [2]atomic.Int64
		before = [2]time.Duration{both[0].processorTime(), both[1].processorTime()}
		turns  [2]turn
	)
	for i := range turns {
		t := of(i)
		turns[i] = turn{t.of, func(ctx context.Context) error { done[i].Add(1); return t.do(ctx) }}
	}
	for round := range contestRounds {
		for i := range turns {
			i = (i + round) % 2
			rates[i] = append(rates[i], turns[i].take(b, contestClients, contestTurn))
		}
		ratios = append(ratios, rates[0][round]/rates[1][round])
	}
	for i := range rates {
		c.rates[i] = median(rates[i])
	}
	c.time = median(ratios)
	each := func(i int) float64 {
		return (both[i].processorTime() - before[i]).Seconds() / float64(done[i].Load())
	}
	if short := each(0); short > 0 {
		c.processor = each(1) / short
	}
	return c
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// processorTime is what the nodes have taken so far (proc_pid_stat(5)), in ticks of 10 ms; zero where the system does not tell.
func (r *rival) processorTime() (sum time.Duration) {
	for _, cmd := range r.processes {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 13 {
			return 0
		}
		for _, ticks := range fields[11:13] { // user and system
			n, _ := strconv.Atoi(ticks)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

func (h *history) report(b *testing.B, store string, q read, c contested) {
	figure(b, q.name, map[string]float64{"short/s": c.rates[0], "long/s": c.rates[1], "time-ratio": c.time, "processor-ratio": c.processor})
	h.table.add(store+": "+q.what, fmt.Sprintf("%.0f", c.rates[0]), fmt.Sprintf("%.0f", c.rates[1]),
		fmt.Sprintf("%.2f", c.time), fmt.Sprintf("%.2f", c.processor), "≤ 1.3")
}
