package node_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// startNodes starts two nodes on one database, each with an admin listener.
func startNodes(t *testing.T, dsns ...string) (nodes []*node.Node, addresses []string) {
	t.Helper()
	shared := config(t)
	shared.Volatile, shared.Patience, shared.AllowHTTPCallbacks = true, 2*time.Second, true
	for _, dsn := range dsns {
		cfg := shared
		cfg.Database, cfg.Listen = dsn, freeAddress(t)
		addresses = append(addresses, "http://"+cfg.Listen)
		cfg.PublicURL = addresses[0]
		if len(nodes) == 0 {
			if err := node.Migrate(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		} else {
			cfg.Data, cfg.KeyFile = config(t).Data, filepath.Join(shared.Data, "key")
		}
		n := start(t, cfg)
		t.Cleanup(func() { stop(t, n) })
		nodes = append(nodes, n)
	}
	return nodes, addresses
}

// await asks for a page of the admin listener until it has the status.
func await(t testing.TB, url string, want int) {
	t.Helper()
	limit := time.After(patience)
	for tick := time.Tick(20 * time.Millisecond); ; {
		got, body := get(t, url)
		if got == want {
			return
		}
		select {
		case <-tick:
		case <-limit:
			t.Fatalf("%s: got %d %q, want %d", url, got, body, want)
		}
	}
}

// TestDatabaseBreaks lets a crowd use two nodes, one of which has a bad way to its database.
func TestDatabaseBreaks(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	proxy, through := pgtest.NewProxy(t, dsn)
	nodes, addresses := startNodes(t, through, dsn)
	c := gather(t, nodes[0], addresses...)
	w := &bad{crowd: c, proxy: proxy, node: nodes[0], dsn: dsn}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"connections break", w.cut}, {"the database is away", w.away}, {"the database is silent", w.silent}, {"all connections are taken", w.taken},
	} {
		if !t.Run(test.name, test.run) {
			return
		}
	}
	c.verify(t, c.nodes[0])
}

// bad is a node with a bad way to its database, and a crowd.
type bad struct {
	*crowd
	proxy *pgtest.Proxy
	node  *node.Node
	dsn   string
}

// cut breaks connections at random moments, in all ways, also at COMMIT: writes and COMMIT are one request of three or so.
func (b *bad) cut(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	losses := 0
	b.proxy.Choose(func() pgtest.Loss {
		if random.IntN(80) > 0 {
			return pgtest.Nothing
		}
		losses++
		return pgtest.Loss(1 + random.IntN(3))
	})
	b.work(t, 8, b.many(25))
	b.proxy.Choose(nil)
	t.Logf("%d applications, %d broken connections, %d requests were told \"later\"", b.done.Load(), losses, b.refused.Load())
	if losses < 10 {
		t.Errorf("only %d connections broke", losses)
	}
	pgtest.Audit(t, b.dsn)
}

// away takes the database away under load. The node says so, lives on, and is ready again by itself.
func (b *bad) away(t *testing.T) {
	during := b.while(t, 4)
	b.proxy.Down(t)
	await(t, b.node.URLs().Admin+"/readyz", http.StatusServiceUnavailable)
	if status, _ := get(t, b.node.URLs().Admin+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: got %d, want 200", status)
	}
	b.proxy.Up(t)
	await(t, b.node.URLs().Admin+"/readyz", http.StatusOK)
	during()
	pgtest.Audit(t, b.dsn)
}

// silent lets the database fall silent under load, as a network does that swallows.
func (b *bad) silent(t *testing.T) {
	before := runtime.NumGoroutine()
	during := b.while(t, 4)
	b.proxy.Silence(true)
	await(t, b.node.URLs().Admin+"/readyz", http.StatusServiceUnavailable)
	b.wantLater(t, func(ctx context.Context, at *crowd) (answer, error) {
		return at.ask(ctx, "", "POST", "/token", "application/x-www-form-urlencoded",
			"grant_type=client_credentials&client_id="+b.Sender.ClientID+"&client_secret="+b.Sender.ClientSecret)
	})
	if more := runtime.NumGoroutine() - before; more > 10*atOnce {
		t.Errorf("%d more goroutines for %d requests", more, atOnce)
	}
	b.proxy.Silence(false)
	await(t, b.node.URLs().Admin+"/readyz", http.StatusOK)
	during()
	pgtest.Audit(t, b.dsn)
}

// atOnce is more than a node has connections to its database.
const atOnce = 64

// wantLater makes one request many times at once, at the bad node, and wants all to be told "later".
func (b *bad) wantLater(t *testing.T, ask func(context.Context, *crowd) (answer, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // far beyond three times what a node waits
	defer cancel()
	at := &crowd{nodes: b.nodes[:1], http: b.http}
	errs := make(chan error, atOnce)
	for range atOnce {
		go func() {
			a, err := ask(ctx, at)
			if err == nil && !a.later() {
				err = fmt.Errorf("%d %s", a.status, a.body)
			}
			errs <- err
		}()
	}
	for range atOnce {
		if err := <-errs; err != nil {
			t.Errorf("got %v, want to be told \"later\"", err)
		}
	}
}

// taken has somebody hold what all writers wait for, so that each connection is taken by one that waits.
func (b *bad) taken(t *testing.T) {
	token, err := b.logIn(t.Context(), b.Sender)
	if err != nil {
		t.Fatal(err)
	}
	release := pgtest.Hold(t, b.dsn, "select pg_advisory_lock(1447641675, 0)") // lockGate of package postgres
	b.wantLater(t, func(ctx context.Context, at *crowd) (answer, error) {
		return at.ask(ctx, token, "POST", submissions, jsonType, text(b.announcement(&parcel{})))
	})
	release()
	b.work(t, 4, b.many(4))
	pgtest.Audit(t, b.dsn)
}
