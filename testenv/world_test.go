package testenv

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// TestWorldAgain starts a world on the data of another one.
func TestWorldAgain(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := startWorld(t, data)
	checkRoutes(t, first)
	old := first.Test().URL
	stopWorld(t, first)

	// On other ports: what the portal attested names another host, so it has to be attested anew.
	occupy(t, old)
	second := startWorld(t, data)
	if got := second.Test().URL; got == old {
		t.Fatalf("got the same address %s, want another one", got)
	}
	checkRoutes(t, second)

	// The first is stopped once more: what tells of the second stays.
	stopWorld(t, first)
	if _, err := ReadWorld(second.WorldFile()); err != nil {
		t.Errorf("got %v, want the world that runs", err)
	}
	closed := decommissionOne(t, second)
	stopWorld(t, second)

	// One destination is decommissioned, and its route with it: that stays so.
	third := startWorld(t, data)
	if published, err := third.Node("test").RouteNamed(t.Context(), closed); published || err != nil {
		t.Errorf("got a route to %s again, %v", closed, err)
	}
	stopWorld(t, third)

	// Without demo.json, which no interruption removes: a second demo beside the first would have two routes for each service.
	if err := os.Remove(third.demoFile()); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Data: data, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "demo.json is missing") {
		t.Errorf("got %v, want to be told that demo.json is missing", err)
	}
}

// decommissionOne ends the life of the second demo destination and returns its name.
func decommissionOne(t *testing.T, running *Running) string {
	t.Helper()
	n := running.Node("test")
	d, err := n.Broker.Destinations.Public(t.Context(), broker.DestinationID(running.Test().Destinations[1].ID))
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []broker.DestinationStatus{broker.DestinationInactive, broker.DestinationDecommissioned} {
		_, err := n.Broker.Destinations.Change(t.Context(), broker.Operator(d.Org), d.ID, func(draft broker.DestinationDraft) (broker.DestinationDraft, error) {
			draft.Status = status
			return draft, nil
		})
		if err := errors.Join(err, n.Forward(31*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	return d.Name
}

// occupy keeps the next world from taking the same port.
func occupy(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

// checkRoutes wants every demo service to have one route, with a good attestation, to the destination whose keys the world names.
func checkRoutes(t *testing.T, running *Running) {
	t.Helper()
	cfg := running.Test().Client(running.Test().Sender)
	cfg.Policy = keys.Test()
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range running.Test().Destinations {
		routes, err := c.Routes(t.Context(), d.Service[strings.LastIndex(d.Service, ":")+1:], client.Area{ARS: "147130000000"})
		if err != nil || len(routes) != 1 || string(routes[0].DestinationID) != d.ID {
			t.Fatalf("%s: got the routes %+v, %v; want one to %s", d.Service, routes, err, d.ID)
		}
		public, err := c.EncryptionKey(t.Context(), routes[0].DestinationID)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(d.DecryptionKey)
		if err != nil {
			t.Fatal(err)
		}
		private, err := keys.ParsePrivate(raw)
		if err != nil || private.KID != public.KID {
			t.Errorf("%s: got the key %s (%v) beside the world, want that of the destination, %s", d.Service, private.KID, err, public.KID)
		}
	}
}

// fading is a context that ends when it was asked so often: each use of a store asks it, so a start with it is interrupted between
// any two steps that one likes.
type fading struct {
	context.Context
	left atomic.Int64
}

func (f *fading) Err() error {
	if f.left.Add(-1) < 0 {
		return context.Canceled
	}
	return f.Context.Err()
}

// TestInterruptedStart interrupts the first start at every step, one after the other on the same data, until one comes to its end.
func TestInterruptedStart(t *testing.T) {
	t.Parallel()
	cfg := Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	makeNodes(t, cfg)
	for steps := int64(1); ; steps++ {
		ctx := &fading{Context: t.Context()}
		ctx.left.Store(steps)
		running, err := Start(ctx, cfg)
		if err == nil {
			t.Logf("the start has %d steps", steps)
			t.Cleanup(func() { stopWorld(t, running) })
			checkRoutes(t, running)
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                          "",
		"https://{env}.example":     "",
		"https://x.example:{port}":  "",
		"https://x.example":         "would be that of test and of reference",
		"https://x.example/":        "would be that of test and of reference",
		"https://{host}.example":    "only {env} and {port}",
		"https://{env}{x}.example/": "only {env} and {port}",
	} {
		for _, port := range []int{0, 8080} {
			err := Config{PublicURL: url, Port: port}.Check()
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%q with port %d: got %v, want %q", url, port, err, want)
			}
		}
	}
	if _, err := Start(t.Context(), Config{Data: t.TempDir(), PublicURL: "https://x.example", Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("got a world of three environments with one URL")
	}
}

// makeNodes makes the data of the nodes, with their keys, and nothing else.
func makeNodes(t *testing.T, cfg Config) {
	t.Helper()
	r := &Running{data: cfg.Data}
	if err := r.open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}
