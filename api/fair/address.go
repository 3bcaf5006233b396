package fair

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of proxies whose word on where a request came from is believed.
type Proxies []netip.Prefix

// Caller is the network from which a request came; see Network.
//
// It is the address of the connection. If that is one of our proxies, it is the address that this proxy named, which is the last one
// in X-Forwarded-For, and so on while that is a proxy of ours too: what stands before it anybody may have written. A proxy that names no
// address is the caller itself. What cannot be parsed, such as the name of a Unix socket, is the zero Addr.
func (p Proxies) Caller(r *http.Request) netip.Addr {
	caller := parse(r.RemoteAddr)
	rest := strings.Join(r.Header["X-Forwarded-For"], ",")
	for p.has(caller) && rest != "" {
		cut := strings.LastIndexByte(rest, ',')
		named := parse(strings.TrimSpace(rest[cut+1:]))
		if !named.IsValid() {
			break
		}
		caller, rest = named, rest[:max(cut, 0)]
	}
	return Network(caller)
}

func (p Proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// parse reads an address, with or without a port.
func parse(text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		with, _ := netip.ParseAddrPort(text) // the zero value if it is neither
		a = with.Addr()
	}
	return a.Unmap().WithZone("")
}

// Network is what one subscriber gets: of IPv6 the first 64 bits, of IPv4 the address.
func Network(a netip.Addr) netip.Addr {
	const subscriber = 64
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	prefix, err := a.Prefix(subscriber)
	if err != nil {
		return a
	}
	return prefix.Addr()
}
