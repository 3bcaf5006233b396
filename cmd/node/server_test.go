package node

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// TestStopCutsOff stops a server while a request runs that never ends by itself. stop must not return before its handler has.
func TestStopCutsOff(t *testing.T) {
	t.Parallel()
	cut, release, stopped := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		close(cut)
		<-release
	}), slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	hang(t, l.Addr().String())

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	go func() { stopped <- s.stop(ctx) }()
	<-cut
	select {
	case err := <-stopped:
		t.Fatalf("stop returned while a handler ran: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if err := <-stopped; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("got %v, want that requests were cut off", err)
	}
	if err := s.stop(t.Context()); err != nil {
		t.Errorf("the second time: got %v", err)
	}
}

// hang sends a request whose body never comes, and returns when its handler waits for it.
func hang(t *testing.T, address string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	io.WriteString(c, "POST /token HTTP/1.1\r\nHost: node\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v; want to be asked for the body", line, err)
	}
}

func startTest(t *testing.T) *Node {
	t.Helper()
	cfg := Config{
		Environment: Environments()[0], Data: t.TempDir(), Listen: "127.0.0.1:0", Foreground: true, Log: slog.New(slog.DiscardHandler),
	}
	n, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNodeStopCutsOff is TestStopCutsOff for a whole node: it stops all the same, and its data are closed.
func TestNodeStopCutsOff(t *testing.T) {
	t.Parallel()
	n := startTest(t)
	hang(t, n.api.Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := n.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that requests were cut off", err)
	}
	if err := n.store.View(t.Context(), func(broker.Tx) error { return nil }); !errors.Is(err, broker.Unavailable) {
		t.Errorf("the store: got %v, want it closed", err)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Errorf("the second time: got %v", err)
	}
}

// TestStoreFails ends the store under a running node, as a commit that fails does.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	n := startTest(t)
	err := n.store.Update(t.Context(), func(broker.Tx) error {
		runtime.Goexit()
		return nil
	})
	if !errors.Is(err, broker.Unavailable) {
		t.Fatalf("got %v, want a store that has stopped", err)
	}
	if err := <-n.Failed(); err == nil || !strings.Contains(err.Error(), "test: the store failed") {
		t.Errorf("got %v, want that the store failed", err)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
}
