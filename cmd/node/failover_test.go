package node_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// TestFailover kills the database of two nodes under load and has its standby take over. The nodes go on by themselves, with all that was
// acknowledged. Then the old primary comes back, first as a server that takes no writes, then as one that does, and is first in the DSN.
func TestFailover(t *testing.T) {
	t.Parallel()
	pair := pgtest.StartPair(t)
	nodes, addresses := startNodes(t, pair.DSN(), pair.DSN())
	c := gather(t, nodes[0], addresses...)
	during := c.while(t, 6)
	c.awaitDone(t, 8)
	pair.Primary.Kill(t)
	pair.Standby.Promote(t)
	for _, n := range nodes {
		await(t, n.URLs().Admin+"/readyz", http.StatusOK)
	}
	c.awaitDone(t, 4)

	pair.Primary.Follow(t)
	reconnect(t, pair.Standby)
	c.awaitDone(t, 4)

	pair.Primary.Kill(t)
	pair.Primary.Alone(t)
	const written = "select count(*)::text from events"
	before := pgtest.Values(t, pair.Primary.DSN(), written)
	reconnect(t, pair.Standby)
	c.awaitDone(t, 4)
	if after := pgtest.Values(t, pair.Primary.DSN(), written); after[0] != before[0] {
		t.Errorf("the old primary had %s events and has %s: it was written to", before[0], after[0])
	}
	during()
	t.Logf("%d applications, %d requests were told \"later\"", c.done.Load(), c.refused.Load())
	pgtest.Audit(t, pair.Standby.DSN())
	c.verify(t, addresses[0])
}

// while has senders work until the function that it returns is called.
func (c *crowd) while(t testing.TB, senders int) (end func()) {
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.work(t, senders, over.Load)
	}()
	return func() {
		over.Store(true)
		<-ended
	}
}

// awaitDone waits for so many more applications to come through.
func (c *crowd) awaitDone(t testing.TB, n int64) {
	t.Helper()
	enough, limit := c.many(n), time.After(patience)
	for tick := time.Tick(10 * time.Millisecond); !enough(); {
		select {
		case <-tick:
		case <-limit:
			t.Fatalf("%d applications came through, want %d more", c.done.Load(), n)
		}
	}
}

// reconnect has all nodes look for their database anew.
func reconnect(t testing.TB, s *pgtest.Member) {
	t.Helper()
	pgtest.Exec(t, s.DSN(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vierkant'")
}
