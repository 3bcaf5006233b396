package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/wire"
)

// BenchmarkLoad has 64 senders and 64 readers at work at the same time with "vierkant serve" on files, and by turns with the plain server, over
// HTTP on this machine. A sender announces, uploads an attachment of 100 KB and submits, one after the other, again and again; a reader
// asks for a page of the list, for a submission and for the log of its case. Each part runs once, whatever -benchtime says.
//
// The plain server has no lists and no logs: there its readers fetch files that are as long as the broker's answers. What readers ask about
// was signed before; the events of what is sent meanwhile are signed in the background, which is part of what the broker does.
func BenchmarkLoad(b *testing.B) {
	l := newRush(b)
	l.r.signal(syscall.SIGSTOP)
	for range loadRounds {
		l.work(b, l.plain)
		l.r.signal(syscall.SIGCONT)
		l.work(b, l.broker)
		l.r.signal(syscall.SIGSTOP)
	}
	l.report(b)
}

const (
	loadRounds     = 2
	loadTurn       = 5 * time.Second
	attachmentSize = 100_000
)

// loadLimits are no limits: by default fair use allows one client 16 large uploads at once, and a number of requests a minute.
const loadLimits = `limits:
  client_reads_per_minute: 10000000
  client_writes_per_minute: 10000000
  client_uploads: 64
  uploads: 64
`

// rush is who works with what.
type rush struct {
	r                   *rival
	content, attachment []byte
	broker, plain       *side
}

// side is one of the two servers, as its callers see it.
type side struct {
	sender, reader caller
	upload         func(p parcelRef) string // path
	questions      []question
	took           map[string][]time.Duration // by operation
	lasted         time.Duration              // all turns together
	mu             sync.Mutex                 // guards took
}

// question is something that a reader asks, about the nth submission.
type question struct {
	name string
	path func(n int) string
}

// operations are what is measured, in the order of the table.
func operations() []string {
	return []string{"announce", "upload of 100 KB", "submit", "list page", "get", "event log"}
}

func newRush(b *testing.B) *rush {
	b.Helper()
	a := newArena(b)
	r, err := a.found(b.Context(), b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	r.config = loadLimits
	b.Cleanup(r.kill)
	if err := a.run(b.Context(), r, 1); err != nil {
		b.Fatal(err)
	}
	l := &rush{r: r, content: contentFor(r.sealKey, a.random, 10<<10), attachment: sealed(r.sealKey, a.random, attachmentSize)}
	sent, err := r.fill(b.Context(), l.content)
	if err == nil {
		err = r.settle(b.Context(), sent)
	}
	if err != nil {
		b.Fatal(err)
	}
	l.broker = r.side(sent)
	l.plain = beside(b, l.broker, startPlain(b))
	return l
}

// side is the broker's; a first page is what all readers ask for, since that is what systems poll.
func (r *rival) side(sent []wire.SubmissionRef) *side {
	connections := newClient(2 * mostClients)
	s := &side{sender: r.asSender[0], reader: r.asSubscriber[0], upload: func(p parcelRef) string { return p.path(0) }}
	s.sender.http, s.reader.http = connections, connections
	s.took = map[string][]time.Duration{}
	s.questions = []question{
		{"list page", func(int) string { return fmt.Sprintf("/submissions?limit=%d", pageSize) }},
		{"get", func(n int) string { return "/submissions/" + sent[n%len(sent)].SubmissionID }},
		{"event log", func(n int) string { return "/cases/" + sent[n%len(sent)].CaseID + "/events" }},
	}
	return s
}

// beside is the plain server's, with files as long as the broker's answers.
func beside(b *testing.B, broker *side, url string) *side {
	b.Helper()
	who := caller{http: newClient(2 * mostClients), base: url}
	s := &side{sender: who, reader: who, upload: func(p parcelRef) string { return "/files/" + p.attachments[0] }}
	s.took = map[string][]time.Duration{}
	for _, q := range broker.questions {
		answer, err := broker.reader.call(b.Context(), http.MethodGet, q.path(0), "", nil, http.StatusOK)
		if err != nil {
			b.Fatal(err)
		}
		file := "/files/" + uuid.NewString()
		if _, err := who.call(b.Context(), http.MethodPut, file, joseType, bytes.NewReader(answer), http.StatusNoContent); err != nil {
			b.Fatal(err)
		}
		s.questions = append(s.questions, question{q.name, func(int) string { return file }})
	}
	return s
}

// work has all senders and readers work for a turn. A refusal, of which a limit would be one, ends the benchmark.
func (l *rush) work(b *testing.B, s *side) {
	b.Helper()
	var team errgroup.Group
	start := time.Now()
	for i := range mostClients {
		team.Go(func() error { return s.repeat(start, func(int) error { return l.send(b.Context(), s) }) })
		team.Go(func() error { return s.repeat(start, func(n int) error { return s.ask(b.Context(), i+n) }) })
	}
	if err := team.Wait(); err != nil {
		b.Fatal(err)
	}
	s.lasted += time.Since(start)
}

func (s *side) repeat(start time.Time, do func(n int) error) error {
	for n := 0; time.Since(start) < loadTurn; n++ {
		if err := do(n); err != nil {
			return err
		}
	}
	return nil
}

// send sends one application with one attachment.
func (l *rush) send(ctx context.Context, s *side) error {
	p := parcelRef{attachments: []string{uuid.NewString()}}
	steps := []func() error{
		func() (err error) { p.ref, err = s.sender.announce(ctx, l.r.at, p.attachments...); return err },
		func() error {
			_, err := s.sender.call(ctx, http.MethodPut, s.upload(p), joseType, bytes.NewReader(l.attachment), http.StatusNoContent)
			return err
		},
		func() error {
			_, err := s.sender.call(ctx, http.MethodPut, "/submissions/"+p.ref.SubmissionID, jsonType, bytes.NewReader(l.content), http.StatusOK)
			return err
		},
	}
	for i, step := range steps {
		if err := s.time(operations()[i], step); err != nil {
			return err
		}
	}
	return nil
}

// ask asks the next question.
func (s *side) ask(ctx context.Context, n int) error {
	q := s.questions[n%len(s.questions)]
	return s.time(q.name, func() error {
		_, err := s.reader.call(ctx, http.MethodGet, q.path(n/len(s.questions)), "", nil, http.StatusOK)
		return err
	})
}

func (s *side) time(operation string, do func() error) error {
	start := time.Now()
	err := do()
	took := time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[operation] = append(s.took[operation], took)
	return err
}

// summary is what is told of one operation.
type summary struct{ p50, p99, rate float64 } // milliseconds, and per second

func (s *side) summary(operation string) summary {
	all := slices.Sorted(slices.Values(s.took[operation]))
	at := func(percent int) float64 { return float64(all[(len(all)-1)*percent/100].Microseconds()) / 1000 }
	return summary{at(50), at(99), float64(len(all)) / s.lasted.Seconds()}
}

func (l *rush) report(b *testing.B) {
	b.Helper()
	var t table
	for _, name := range operations() {
		ours, plain := l.broker.summary(name), l.plain.summary(name)
		figure(b, strings.ReplaceAll(name, " ", "-"), map[string]float64{
			"p50-ms": ours.p50, "p99-ms": ours.p99, "per-s": ours.rate, "plain-p50-ms": plain.p50, "ratio": ours.rate / plain.rate,
		})
		t.add(slices.Concat([]string{name}, ours.cells(), plain.cells(), []string{ratio(ours.p50, plain.p50), ratio(ours.rate, plain.rate)})...)
	}
	t.print("64 senders and 64 readers", "p50 ms", "p99 ms", "per second", "plain p50", "plain p99", "plain per second", "p50, ratio", "rate, ratio")
}

func (s summary) cells() []string {
	return []string{fmt.Sprintf("%.1f", s.p50), fmt.Sprintf("%.1f", s.p99), fmt.Sprintf("%.0f", s.rate)}
}
