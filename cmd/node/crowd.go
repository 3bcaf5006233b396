package node

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/vierkant/vierkant/api/fair"
)

// crowd hangs up on who has too many connections open already, whether they ask for anything or not: each costs a file descriptor
// and some 20 KB. It counts addresses only while they are connected, so it holds no more than there are connections.
type crowd struct {
	each    int
	refused func()

	mu   sync.Mutex         // guards open
	open map[netip.Addr]int // connections by network
}

func newCrowd(each int, refused func()) *crowd {
	const connections = 2000
	return &crowd{each: cmp.Or(each, connections), refused: refused, open: make(map[netip.Addr]int)}
}

// watch is for http.Server.ConnState. It is told of each connection when it is new and, whatever becomes of it, when it is closed. No handler
// takes connections over.
func (c *crowd) watch(conn net.Conn, state http.ConnState) {
	from := networkOf(conn)
	switch state {
	case http.StateNew:
		if c.count(from, 1) > c.each {
			c.refused()
			conn.Close()
		}
	case http.StateClosed:
		c.count(from, -1)
	}
}

// count returns how many there are now.
func (c *crowd) count(from netip.Addr, by int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[from] += by
	if c.open[from] == 0 {
		delete(c.open, from)
	}
	return c.open[from]
}

func networkOf(conn net.Conn) netip.Addr {
	address, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return fair.Network(address.Addr())
}
