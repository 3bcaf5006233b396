package testenv_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// Bounds of TestNodes.
const (
	nodeCount  = 3
	nodesTime  = 5 * time.Second // of load, after which no further node is killed, but for the last ones
	leastKills = nodeCount       // whatever the time
	killWithin = 300             // steps, in which a node is killed, or comes back
	slowCalls  = 3               // one of so many callbacks is answered slowly
	slowCall   = nodeTimeout / 4
)

// TestNodes runs three nodes on one database, behind a balancer and under load. Keys are rotated on one of them, and each is killed and
// started again, one after the other, until only one is left. Nothing that was acknowledged is lost, every log verifies, no event was ever seen
// in two signed forms on whatever node, no callback was made by two nodes at once, each that is owed arrives, and nothing stays unsigned.
func TestNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three nodes and kills them")
	}
	t.Parallel()
	seed := seedOf(t)
	t.Logf("%s=%d", killSeed, seed)
	c := newCluster(t, seed)
	a := newAuthority(t.Context(), c)
	c.receiver.linger = c.linger
	var former, fresh string // key of the service
	began := time.Now()
	c.underLoad(t, func(ctx context.Context) {
		former, fresh = c.rotateKeys(ctx, t)
		c.killInTurn(ctx, t, began.Add(nodesTime))
		c.leaveOne(ctx)
	})
	c.finish(t)
	c.receiver.await(t, c.owed())
	if err := a.work.Wait(); err != nil {
		t.Fatal(err)
	}
	c.verify(t)
	if !c.witness.saw(former) || !c.witness.saw(fresh) {
		t.Error("no event was seen that one of the service's keys signed, the former or the fresh one")
	}
	c.last().awaitNoDebt(t)
	t.Logf("in the end: %d nodes were killed; %s", c.killed, c.count())
}

// cluster is several nodes and what they share.
type cluster struct {
	*load
	shared *shared
	front  *balancer
	nodes  []*program
	calls  atomic.Int64 // that were taken
	killed int
}

func newCluster(t *testing.T, seed uint64) *cluster {
	t.Helper()
	c := &cluster{front: newBalancer(t)}
	c.shared = newShared(t, buildProgram(t), pgtest.StartDurable(t), c.front.server.URL)
	c.shared.publishNext(t)
	for range nodeCount {
		p := c.shared.node(t, freeBlock(t))
		p.mustBegin(t)
		c.nodes = append(c.nodes, p)
		c.front.use(p)
	}
	c.load = newLoad(t, c.shared.env, nodeTimeout, seed)
	return c
}

// linger makes the subscriber slow now and then, so that what is delivered twice at the same time would be seen.
func (c *cluster) linger() time.Duration {
	if c.calls.Add(1)%slowCalls == 0 {
		return slowCall
	}
	return 0
}

// underLoad has the senders send while something happens. The context of that ends early if one of them meets with something wrong.
func (c *cluster) underLoad(t *testing.T, happens func(context.Context)) {
	t.Helper()
	team, ctx := errgroup.WithContext(t.Context())
	var enough atomic.Bool
	for _, s := range c.senders {
		team.Go(func() error {
			for !enough.Load() && ctx.Err() == nil {
				if err := s.work(ctx, 1); err != nil {
					return err
				}
			}
			return nil
		})
	}
	happens(ctx)
	enough.Store(true)
	if err := team.Wait(); err != nil {
		t.Fatal(err)
	}
}

// afterSteps does something at a random step, and returns then.
func (c *cluster) afterSteps(ctx context.Context, do func()) {
	done := make(chan struct{})
	c.fuse.Store(&fuse{c.steps.Load() + 1 + int64(c.random.IntN(killWithin)), sync.OnceFunc(func() { defer close(done); do() })})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// kill kills a node at a random step.
func (c *cluster) kill(ctx context.Context, p *program) {
	c.afterSteps(ctx, p.strike)
	c.front.spare(p)
	p.kill()
	c.killed++
}

// killInTurn kills one node after the other. Each comes back when the others have gone on without it.
func (c *cluster) killInTurn(ctx context.Context, t *testing.T, until time.Time) {
	t.Helper()
	for ctx.Err() == nil && (c.killed < leastKills || time.Now().Before(until)) {
		p := c.nodes[c.killed%nodeCount]
		c.kill(ctx, p)
		c.afterSteps(ctx, func() {})
		p.mustBegin(t)
		c.front.use(p)
	}
}

// leaveOne kills all nodes but the last one, which then has to do everything.
func (c *cluster) leaveOne(ctx context.Context) {
	for _, p := range c.nodes[:nodeCount-1] {
		c.kill(ctx, p)
	}
	c.afterSteps(ctx, func() {})
}

func (c *cluster) last() *program { return c.nodes[nodeCount-1] }

// as is a caller of one node, without the balancer.
func (p *program) as(c caller) caller {
	c.base = p.url() + "/submission-api/v2"
	return c
}

func (p *program) url() string { return fmt.Sprintf("http://127.0.0.1:%d", p.port) }

// readEverywhere reads a log on all nodes at the same time, so that they come upon events together that nobody has signed yet.
func (c *cluster) readEverywhere(ctx context.Context, as caller, of *parcel) error {
	var team errgroup.Group
	for _, p := range c.nodes {
		team.Go(func() error {
			if _, err := c.readLog(ctx, p.as(as), of); err != nil && !unanswered(err) {
				return err
			}
			return nil
		})
	}
	return team.Wait()
}

// awaitNoDebt returns when everything is signed and nobody is owed a callback.
func (p *program) awaitNoDebt(t *testing.T) {
	t.Helper()
	c := caller{http: newClient(1)}
	eventually(t, "no debt", func() bool {
		raw, err := c.call(t.Context(), "GET", p.adminURL()+"/metrics", "", nil, 200)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(raw), "\n")
		return slices.Contains(lines, "vierkant_signing_debt_events 0") && slices.Contains(lines, "vierkant_callback_debt_callbacks 0")
	})
}

// eventually asks again and again until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !ask(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("want %s, and not even within %s", what, patience)
		}
	}
}
