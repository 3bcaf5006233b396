package node

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// listening serves nothing but 204, as change wants it.
func listening(t *testing.T, change func(*server)) (address string) {
	t.Helper()
	s := newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), slog.New(slog.DiscardHandler))
	change(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// line is a connection of our own.
type line struct {
	net.Conn
	in *bufio.Reader
}

// speak opens a connection and says something on it.
func speak(t *testing.T, address, text string) line {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go io.WriteString(conn, text) // who is hung up on need not take it
	return line{conn, bufio.NewReader(conn)}
}

const request = "GET / HTTP/1.1\r\nHost: node\r\n\r\n"

// Who begins a request and does not go on, or holds a connection and does nothing, is hung up on.
func TestConnectionsThatDoNothing(t *testing.T) {
	t.Parallel()
	hasty := listening(t, func(s *server) {
		if s.ReadHeaderTimeout != headerTime || s.IdleTimeout != idleTime {
			t.Errorf("got %s and %s", s.ReadHeaderTimeout, s.IdleTimeout)
		}
		s.ReadHeaderTimeout, s.IdleTimeout = time.Second, time.Second
	})
	for name, c := range map[string]struct{ said, answer string }{
		"nothing":                 {"", ""},
		"half a line":             {"GET / HT", "HTTP/1.1 400"},
		"half a header":           {"GET / HTTP/1.1\r\nHost: node\r\nX-A", "HTTP/1.1 400"},
		"one request":             {request, "HTTP/1.1 204"},
		"a request and a half":    {request + "GET / HTTP/1.1\r\n", "HTTP/1.1 204"},
		"a header without an end": {"GET / HTTP/1.1\r\nHost: node\r\n" + strings.Repeat("X-A: a\r\n", maxHeader), ""}, // 431, or that is lost
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := io.ReadAll(speak(t, hasty, c.said).in)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("the server still holds the connection")
			}
			if !strings.HasPrefix(string(got), c.answer) {
				t.Errorf("got %q, want %q", got, c.answer)
			}
		})
	}
}

// answered reports whether a request was answered, and not hung up on.
func (l line) answered(t *testing.T) bool {
	t.Helper()
	first, err := l.in.ReadString('\n')
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return strings.HasPrefix(first, "HTTP/1.1 204")
}

// An address has so many connections and no more, until one of them ends.
func TestCrowd(t *testing.T) {
	t.Parallel()
	var refused atomic.Int64
	address := listening(t, func(s *server) { s.ConnState = newCrowd(2, func() { refused.Add(1) }).watch })
	first, second := speak(t, address, request), speak(t, address, request)
	if !first.answered(t) || !second.answered(t) {
		t.Fatal("two connections are too many")
	}
	if speak(t, address, request).answered(t) || refused.Load() != 1 {
		t.Fatalf("a third one was answered, or not counted: %d", refused.Load())
	}
	first.Close()
	for !speak(t, address, request).answered(t) { // until the server has noticed
		if t.Context().Err() != nil || refused.Load() > 100_000 {
			t.Fatal("a connection that ended still counts")
		}
	}
}
