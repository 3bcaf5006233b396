package pgtest

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// Loss is one way in which a connection breaks.
type Loss int

// The ways of losing a connection.
const (
	Nothing    Loss = iota
	LoseAnswer      // the server gets the request, the client never the answer
	LoseBoth        // the server sees the client go away before the request
	LoseClient      // the client sees the server go away; the server does not notice, and never gets the request
)

// Proxy stands between a store and its server. It breaks connections at given moments, and can be silent like a network that swallows.
type Proxy struct {
	folder string // clients connect to the socket here
	server string // socket of the server
	silent atomic.Bool

	mu     sync.Mutex
	choose func() Loss // of each request; nil: nothing happens
	open   map[*link]bool
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	deaf           atomic.Bool // answers are lost from now on
	mute           atomic.Bool // something was swallowed: nothing passes any more, in either direction
}

// NewProxy returns a proxy, and the DSN by which the server of dsn is reached through it.
func NewProxy(t testing.TB, dsn string) (*Proxy, string) {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp(shortTemp(), "vkpx")
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	p := &Proxy{folder: folder, server: filepath.Join(query.Get("host"), socket), open: map[*link]bool{}}
	listener, err := net.Listen("unix", filepath.Join(folder, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); p.Cut(); os.RemoveAll(folder) })
	go p.accept(listener)
	query.Set("host", folder)
	at.RawQuery = query.Encode()
	return p, at.String()
}

// socket is the name that PostgreSQL and its clients agree on.
const socket = ".s.PGSQL.5432"

func (p *Proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.server)
		if err != nil {
			client.Close()
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.open[l] = true
		p.mu.Unlock()
		go p.answers(l)
		go p.requests(l)
	}
}

// Lose has the next request, of any client, meet with a loss.
func (p *Proxy) Lose(how Loss) {
	p.Choose(func() Loss {
		p.choose = nil // which the caller's lock guards
		return how
	})
}

// Choose has each request meet with what a function says, which is called for one after the other. nil ends it.
func (p *Proxy) Choose(loss func() Loss) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.choose = loss
}

func (p *Proxy) chosen() Loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.choose == nil {
		return Nothing
	}
	return p.choose()
}

// Cut breaks all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.open {
		l.client.Close()
		l.server.Close()
	}
	clear(p.open)
}

// Down makes the server unreachable.
func (p *Proxy) Down(t testing.TB) {
	t.Helper()
	p.move(t, socket, "down")
	p.Cut()
}

// Up ends Down.
func (p *Proxy) Up(t testing.TB) {
	t.Helper()
	p.move(t, "down", socket)
}

func (p *Proxy) move(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(p.folder, from), filepath.Join(p.folder, to)); err != nil {
		t.Fatal(err)
	}
}

// Silence swallows all that is said, while connections stay open and new ones are accepted. Those that were used meanwhile stay dead
// when it is over.
func (p *Proxy) Silence(on bool) { p.silent.Store(on) }

// requests passes on what the client says, unless it is to be lost.
func (p *Proxy) requests(l *link) {
	buf := make([]byte, 1<<20)
	for {
		n, err := l.client.Read(buf)
		if err != nil {
			l.server.Close()
			return
		}
		if p.swallowed(l) {
			continue
		}
		switch p.chosen() {
		case LoseAnswer:
			l.deaf.Store(true)
		case LoseBoth:
			l.server.Close()
			l.client.Close()
			return
		case LoseClient:
			l.client.Close()
			return // the server's end stays open until the end of the test
		}
		if _, err := l.server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) swallowed(l *link) bool {
	if p.silent.Load() {
		l.mute.Store(true)
	}
	return l.mute.Load()
}

func (p *Proxy) answers(l *link) {
	defer p.forget(l)
	buf := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buf)
		if l.deaf.Load() { // the server has done it, and nobody hears of it
			l.client.Close()
			io.Copy(io.Discard, l.server)
			return
		}
		if err != nil && !l.mute.Load() {
			l.client.Close()
		}
		if err != nil {
			return
		}
		if !p.swallowed(l) {
			l.client.Write(buf[:n])
		}
	}
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !l.mute.Load() { // whose client still waits
		delete(p.open, l)
	}
}
