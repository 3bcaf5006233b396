package testenv_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// balancer sends each request to the next of its nodes. Who was being served by one that dies gets no answer.
type balancer struct {
	server *httptest.Server
	http   *http.Transport

	mu    sync.Mutex
	ports []int // guarded by mu
	next  int   // guarded by mu
}

func newBalancer(t *testing.T) *balancer {
	b := &balancer{http: newClient(2 * killSenders).Transport.(*http.Transport)}
	b.server = httptest.NewServer(b)
	t.Cleanup(b.server.Close)
	return b
}

// ServeHTTP passes a request on.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.NewSingleHostReverseProxy(b.turn())
	proxy.Transport = b.http
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.ServeHTTP(w, r)
}

func (b *balancer) turn() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	return &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", b.ports[b.next%len(b.ports)])}
}

// use adds a node.
func (b *balancer) use(p *program) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ports = append(b.ports, p.port)
}

// spare takes a node out.
func (b *balancer) spare(p *program) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ports = slices.DeleteFunc(b.ports, func(port int) bool { return port == p.port })
}
