package postgres

import (
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
)

// proxy stands between a store and its server and can break connections at a given moment.
type proxy struct {
	folder string // clients connect to the socket here
	server string // socket of the server

	mu   sync.Mutex
	next loss // what happens to the next request of any client
}

// loss is one way of losing a connection.
type loss int

const (
	none       loss = iota
	loseAnswer      // the server gets the request, the client never the answer
	loseBoth        // the server sees the client go away before the request
	loseClient      // the client sees the server go away; the server does not notice, and never gets the request
)

// newProxy returns a proxy, and the DSN by which the server of dsn is reached through it.
func newProxy(t testing.TB, dsn string) (*proxy, string) {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "vkpx") // t.TempDir is too long a name for a socket
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	p := &proxy{folder: folder, server: query.Get("host") + socket}
	listener, err := net.Listen("unix", folder+socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); os.RemoveAll(folder) })
	go p.serve(listener)
	query.Set("host", folder)
	at.RawQuery = query.Encode()
	return p, at.String()
}

func (p *proxy) serve(listener net.Listener) {
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
		go p.requests(client, server)
	}
}

// down makes the server unreachable; the next request of those that are connected is lost.
func (p *proxy) down(t testing.TB) {
	t.Helper()
	p.lose(loseBoth)
	p.move(t, p.folder+socket, p.folder+socket+".down")
}

// up ends down.
func (p *proxy) up(t testing.TB) {
	t.Helper()
	p.lose(none)
	p.move(t, p.folder+socket+".down", p.folder+socket)
}

func (p *proxy) move(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

const socket = "/.s.PGSQL.5432"

// lose has the next request meet with a fault.
func (p *proxy) lose(how loss) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = how
}

func (p *proxy) take() loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	how := p.next
	p.next = none
	return how
}

// requests passes on what the client says. Answers are passed on beside it, unless they are to be lost.
func (p *proxy) requests(client, server net.Conn) {
	gone := make(chan struct{}) // closed when answers are lost from now on
	go answers(client, server, gone)
	buf := make([]byte, 1<<20)
	for {
		n, err := client.Read(buf)
		if err != nil {
			server.Close()
			return
		}
		switch p.take() {
		case loseAnswer:
			close(gone)
			server.Write(buf[:n])
			return
		case loseBoth:
			server.Close()
			client.Close()
			return
		case loseClient:
			client.Close()
			return // the server's end stays open until the end of the test
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func answers(client, server net.Conn, gone chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		select {
		case <-gone: // the server has done it, and nobody hears of it
			client.Close()
			io.Copy(io.Discard, server)
			return
		default:
		}
		if err != nil {
			client.Close()
			return
		}
		client.Write(buf[:n])
	}
}
