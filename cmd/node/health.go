package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// What health asks of the store: at most one probe at a time, and none while the last one that succeeded is fresh, so that however often somebody
// asks, it costs a commit every few seconds.
const (
	probeFresh = 5 * time.Second
	probeWait  = 2 * time.Second // for an answer to whoever asks; the probe itself may take longer
	probeStuck = 2 * time.Minute // longer than any store waits for anything: the program hangs
)

// health is what a node knows of how it is.
type health struct {
	draining atomic.Bool // it is to stop
	broken   atomic.Bool // it cannot go on
	probe    probe
}

// probe writes to the store to see whether that can be done.
type probe struct {
	write func() error

	mu      sync.Mutex
	running chan struct{} // closed when the probe that runs is over; nil: none does
	began   time.Time     // of the one that runs
	good    time.Time     // when the last good one ended
	err     error         // of the last one
}

// Times are those of the machine, whose clock is not moved by tests and has a monotonic reading.

// begin returns a channel that is closed when there is an answer that is fresh; nil: there is one.
func (p *probe) begin() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil && time.Since(p.good) > probeFresh {
		p.running, p.began = make(chan struct{}), time.Now()
		go p.run(p.running)
	}
	return p.running
}

func (p *probe) run(over chan struct{}) {
	err := p.write()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err = err; err == nil {
		p.good = time.Now()
	}
	p.running = nil
	close(over)
}

// check returns whether the store can be written to.
func (p *probe) check(ctx context.Context) error {
	if over := p.begin(); over != nil {
		select {
		case <-over:
		case <-ctx.Done():
			return errors.New("the store does not answer")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// stuck reports whether a probe takes longer than a store may. It begins one if it is time.
func (p *probe) stuck() bool {
	p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running != nil && time.Since(p.began) > probeStuck
}

// writeNothing writes to the store and leaves nothing: a body that is gone with the same commit. An entry would wake all other nodes.
func (n *Node) writeNothing() error {
	return n.store.Update(context.Background(), func(tx broker.Tx) error {
		id, err := tx.AddBody([]byte("probe"))
		if err != nil {
			return err
		}
		return tx.DeleteBody(id)
	})
}

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

func checkOf(name string, err error) Check {
	if err == nil {
		return Check{Name: name, OK: true}
	}
	return Check{Name: name, Detail: detail(err)}
}

// live is GET /healthz: whether this process is worth keeping. What others have to mend, like a database that is away or a full disk, is no
// reason to start it again.
func (n *Node) live(w http.ResponseWriter, _ *http.Request) {
	answerHealth(w, "live", []Check{
		checkOf("running", either(n.health.broken.Load(), "it cannot go on and ends: see its log")),
		checkOf("responsive", either(n.health.probe.stuck(), fmt.Sprintf("the store hangs for more than %s", probeStuck))),
	})
}

// ready is GET /readyz: whether this node should be sent requests.
func (n *Node) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), probeWait)
	defer cancel()
	answerHealth(w, "ready", []Check{
		checkOf("staying", either(n.health.draining.Load(), "it is stopping: running requests may end, and new ones belong elsewhere")),
		checkOf("store", n.health.probe.check(ctx)),
		checkOf("keys", n.keysThere()),
		checkOf("disk", n.diskFree()),
	})
}

// either is an error if something is so.
func either(is bool, what string) error {
	if is {
		return errors.New(what)
	}
	return nil
}

func answerHealth(w http.ResponseWriter, name string, checks []Check) {
	ok := true
	for _, c := range checks {
		ok = ok && c.OK
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(map[string]any{name: ok, "checks": checks})
}

// keysThere returns what the node lacks to sign with.
func (n *Node) keysThere() (err error) {
	for _, use := range []broker.KeyUse{broker.ServiceKeys, broker.PortalKeys, broker.TokenKeys} {
		_, _, missing := n.keyring.Current(use)
		err = errors.Join(err, missing)
	}
	return err
}
