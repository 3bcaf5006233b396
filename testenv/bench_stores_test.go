package testenv_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// BenchmarkStores measures "vierkant serve" on files and on PostgreSQL side by side, over HTTP on this machine, both durably, by turns;
// beside them what the same server takes of the rows of such applications in plain INSERTs. Each part runs once, whatever -benchtime says.
func BenchmarkStores(b *testing.B) {
	s := &stores{arena: newArena(b)}
	for _, clients := range []int{1, 16, mostClients} {
		s.sends(b, clients)
	}
	s.reads(b)
	s.table.print("per second", "files", "PostgreSQL", "PostgreSQL/files", "INSERTs", "PostgreSQL/INSERTs")
}

type stores struct {
	*arena
	table table
}

// pair is a node on each store.
func (s *stores) pair(b *testing.B) (both []*rival, dsn string) {
	b.Helper()
	dsn = pgtest.StartDurable(b)
	return s.rivals(b, []int{1, 1}, []string{"", dsn}), dsn
}

// sends has both take applications in.
func (s *stores) sends(b *testing.B, clients int) {
	both, dsn := s.pair(b)
	content := contentFor(both[0].sealKey, s.random, 10<<10)
	inserts := s.inserts(b, both[1], dsn, clients, content)
	send := func(r *rival) turn {
		return turn{r, func(ctx context.Context) error { _, err := r.send(ctx, content); return err }}
	}
	rates := takeTurns(b, clients, sendTurn, send(both[0]), send(both[1]), turn{nil, inserts.Application})
	what := fmt.Sprintf("announce + submit of 10 KB, %d clients", clients)
	s.report(b, fmt.Sprintf("send/clients=%d", clients), what, rates)
	for _, r := range both {
		r.kill()
	}
}

// inserts has a first application sent, of which the rows are the sample.
func (s *stores) inserts(b *testing.B, r *rival, dsn string, clients int, content []byte) *pgtest.Inserts {
	b.Helper()
	elsewhere := pgtest.StartDurable(b)
	if err := node.Migrate(b.Context(), node.Config{Database: elsewhere}); err != nil {
		b.Fatal(err)
	}
	r.signal(syscall.SIGCONT)
	defer r.signal(syscall.SIGSTOP)
	if _, err := r.send(b.Context(), content); err != nil {
		b.Fatal(err)
	}
	return pgtest.NewInserts(b, dsn, elsewhere, clients)
}

// reads has both answer questions.
func (s *stores) reads(b *testing.B) {
	both, _ := s.pair(b)
	sent := fill(b, both, contentFor(both[0].sealKey, s.random, 10<<10))
	for _, read := range reads() {
		for _, clients := range []int{1, 16, mostClients} {
			rates := takeTurns(b, clients, readTurn, reading(both[0], sent[0], read), reading(both[1], sent[1], read))
			what := fmt.Sprintf("%s, %d clients", read.what, clients)
			s.report(b, fmt.Sprintf("%s/clients=%d", read.name, clients), what, rates)
		}
	}
}

// report reports the rates of files, PostgreSQL and, if there is one, of INSERTs.
func (s *stores) report(b *testing.B, name, what string, rates []float64) {
	metrics := map[string]float64{"files/s": rates[0], "postgres/s": rates[1], "ratio": rates[1] / rates[0]}
	cells := []string{what, fmt.Sprintf("%.0f", rates[0]), fmt.Sprintf("%.0f", rates[1]), ratio(rates[1], rates[0])}
	if len(rates) > 2 {
		metrics["inserts/s"], metrics["of-inserts"] = rates[2], rates[1]/rates[2]
		cells = append(cells, fmt.Sprintf("%.0f", rates[2]), ratio(rates[1], rates[2]))
	}
	figure(b, name, metrics)
	s.table.add(cells...)
}
