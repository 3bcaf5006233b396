package outbox_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/outbox"
)

// How long calls wait: for receivers that keep them waiting, and for the others, however busy the machine is.
const (
	nastyTimeout = time.Second
	patience     = 20 * time.Second
)

// raw is a receiver that writes what it likes to each connection once it has read the head of the request.
func raw(t testing.TB, answer func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = http.ReadRequest(bufio.NewReader(c))
				answer(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func served(t testing.TB, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// TestNastyReceivers: each costs its own callbacks and nobody else's, and what is kept of it says what was wrong.
func TestNastyReceivers(t *testing.T) {
	t.Parallel()
	private := served(t, func(http.ResponseWriter, *http.Request) { t.Error("a receiver at a private address was called") })
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	var sent atomic.Int64
	onLoopback, public := guard.Rule{AllowLoopback: true, AllowHTTP: true}, guard.Rule{PublicOnly: true, AllowHTTP: true}
	for name, c := range map[string]struct {
		url    string
		rule   guard.Rule
		status int
		reason string
		over   bool
	}{
		"fails": {served(t, status(500)), onLoopback, 500, "the receiver failed", false},
		"hangs": {raw(t, func(net.Conn) { <-hang }), onLoopback, 0, "no answer in time", false},
		"trickles": {raw(t, func(c net.Conn) {
			for range time.Tick(20 * time.Millisecond) {
				if _, err := io.WriteString(c, "H"); err != nil {
					return
				}
			}
		}), onLoopback, 0, "", false},
		"answers slowly": {raw(t, func(c net.Conn) {
			time.Sleep(nastyTimeout / 10)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}), onLoopback, 200, "", true},
		"answers, and trickles its text": {raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
			<-hang
		}), onLoopback, 200, "", true},
		"closes mid-answer": {raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200") }), onLoopback, 0,
			"the connection was closed before there was an answer", false},
		"closes at once": {raw(t, func(net.Conn) {}), onLoopback, 0, "the connection was closed before there was an answer", false},
		"closes in its text": {raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}), onLoopback, 200, "", true},
		"redirects to a private address": {served(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, private, http.StatusTemporaryRedirect)
		}), onLoopback, 307, "a redirect, which is not followed", false},
		"is a private address":       {private, public, 0, "the address is not one that may be called", false},
		"resolves to a private one":  {strings.Replace(private, "127.0.0.1", "localhost", 1), public, 0, "the address is not one that may be called", false},
		"is gone":                    {served(t, status(410)), onLoopback, 410, "gone: the receiver wants no more calls", true},
		"answers with two gigabytes": {served(t, gigabytes(&sent)), onLoopback, 200, "", true},
		"is no host":                 {"http://receiver.invalid", onLoopback, 0, "", false},
		"speaks no HTTP":             {raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n") }), onLoopback, 0, "", false},
		"speaks no TLS":              {strings.Replace(served(t, status(200)), "http:", "https:", 1), onLoopback, 0, "the receiver does not speak TLS", false},
		"nobody listens":             {"http://127.0.0.1:1", onLoopback, 0, "the connection was refused", false},
		"a certificate of its own":   {selfSigned(t), onLoopback, 0, "the TLS certificate was issued by nobody who is trusted", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRealTimeWorld(t)
			d := w.destination(t, c.url)
			w.owe(t, d, 1)
			client := guard.NewClient(c.rule)
			t.Cleanup(client.CloseIdleConnections)
			timeout := patience
			if slices.Contains([]string{"hangs", "trickles", "answers, and trickles its text"}, name) {
				timeout = nastyTimeout
			}
			stop := w.start(t, w.outbox(t, func(cfg *outbox.Config) { cfg.Post, cfg.Timeout = outbox.Post(client), timeout }))
			got := w.attempted(t, d)
			stop()
			last := got.Attempts[0]
			if last.Status != c.status || c.reason != "" && last.Reason != c.reason || got.Over.IsZero() == c.over {
				t.Errorf("got %+v, over %s, want %d %q, over: %t", last, got.Over, c.status, c.reason, c.over)
			}
			if last.Took > timeout+2*time.Second {
				t.Errorf("it took %s", last.Took)
			}
			if host := strings.SplitN(c.url, "/", 4)[2]; strings.Contains(last.Reason, host) {
				t.Errorf("got %q, want no address in it", last.Reason)
			}
		})
	}
	t.Cleanup(func() {
		if got := sent.Load(); got > 32<<20 {
			t.Errorf("%d bytes were taken of an endless answer", got)
		}
	})
}

// gigabytes answers with two of them, and counts what somebody took.
func gigabytes(sent *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		chunk := make([]byte, 64<<10)
		for range 2 << 30 / len(chunk) {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func selfSigned(t testing.TB) string {
	t.Helper()
	server := httptest.NewUnstartedServer(status(http.StatusOK))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// attempted waits until the first callback to a destination was attempted, and returns it.
func (w *world) attempted(t testing.TB, d broker.DestinationID) broker.Delivery {
	t.Helper()
	for range time.Tick(2 * time.Millisecond) {
		if got := w.callbacks(t, d)[0]; len(got.Attempts) > 0 {
			return got
		}
	}
	panic("unreachable")
}
