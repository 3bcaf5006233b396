package testenv_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// BenchmarkNodes measures one, two and three processes of "vierkant serve" on one durable PostgreSQL, over HTTP on this machine, by turns.
// Clients send each request to the next node. More nodes bring nothing where all share the cores: what they cost is seen.
func BenchmarkNodes(b *testing.B) {
	n := &nodes{arena: newArena(b)}
	for _, clients := range []int{16, mostClients} {
		n.sends(b, clients)
	}
	n.reads(b)
	n.table.print("per second", "1 node", "2 nodes", "3 nodes", "2/1", "3/1", "aim for 2/1")
}

type nodes struct {
	*arena
	table table
}

// teams are rivals of one, two and three nodes, each with a database of its own.
func (n *nodes) teams(b *testing.B) []*rival {
	b.Helper()
	return n.rivals(b, []int{1, 2, 3}, []string{pgtest.StartDurable(b), pgtest.StartDurable(b), pgtest.StartDurable(b)})
}

func (n *nodes) sends(b *testing.B, clients int) {
	teams := n.teams(b)
	content := contentFor(teams[0].sealKey, n.random, 10<<10)
	var turns []turn
	for _, r := range teams {
		turns = append(turns, turn{r, func(ctx context.Context) error { _, err := r.send(ctx, content); return err }})
	}
	rates := takeTurns(b, clients, sendTurn, turns...)
	n.report(b, fmt.Sprintf("send/clients=%d", clients), fmt.Sprintf("announce + submit of 10 KB, %d clients", clients), rates)
	for _, r := range teams {
		r.kill()
	}
}

// reads mixes all kinds of questions.
func (n *nodes) reads(b *testing.B) {
	teams := n.teams(b)
	sent := fill(b, teams, contentFor(teams[0].sealKey, n.random, 10<<10))
	for _, clients := range []int{16, mostClients} {
		var turns []turn
		for i, r := range teams {
			turns = append(turns, reading(r, sent[i], reads()...))
		}
		n.report(b, fmt.Sprintf("read/clients=%d", clients), fmt.Sprintf("list, get and event log in turn, %d clients", clients), takeTurns(b, clients, readTurn, turns...))
	}
}

func (n *nodes) report(b *testing.B, name, what string, rates []float64) {
	cells, metrics := []string{what}, map[string]float64{}
	for i, rate := range rates {
		cells = append(cells, fmt.Sprintf("%.0f", rate))
		metrics[fmt.Sprintf("%d-nodes/s", i+1)] = rate
	}
	two, three := rates[1]/rates[0], rates[2]/rates[0]
	metrics["two/one"], metrics["three/one"] = two, three
	figure(b, name, metrics)
	n.table.add(append(cells, fmt.Sprintf("%.2f", two), fmt.Sprintf("%.2f", three), "≥ 0.9")...)
}
