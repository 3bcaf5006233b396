package guard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of every call that leaves.
const (
	defaultResponse   = 64 << 10 // bytes of body that are read
	maxResponseHeader = 16 << 10 // bytes
	callTimeout       = 30 * time.Second
	handshakeTimeout  = 5 * time.Second
	idleTimeout       = 60 * time.Second
	maxIdle           = 64 // connections kept open, in all
	maxIdlePerHost    = 2
)

// ErrAddress is why a call to an address that the rule of the environment forbids was not made.
var ErrAddress = errors.New("address not allowed")

// Rule says where calls of an environment may go. The zero Rule is for https to public and private networks, not to loopback. Whatever
// the rule, unspecified, link-local and multicast addresses are refused: nobody has an endpoint there, but clouds
// hand out credentials there.
type Rule struct {
	PublicOnly    bool // refuse all that the public internet does not route
	AllowLoopback bool // take loopback all the same
	AllowHTTP     bool // take http:// beside https://

	MaxResponse int64 // bytes of the body that are read; zero means 64 KiB
}

// NewClient returns a client that keeps the rule on every connection: it checks the address that is connected to, asks no
// proxy, follows no redirect (the 3xx is the answer), speaks TLS 1.2 or later, reads no more of a response than the rule says
// (more is an *http.MaxBytesError), and ends every call after 30 seconds.
func NewClient(rule Rule) *http.Client {
	if rule.MaxResponse == 0 {
		rule.MaxResponse = defaultResponse
	}
	dialer := &net.Dialer{ControlContext: rule.control}
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &guarded{rule: rule, inner: &http.Transport{
			Proxy:                  nil, // also not that of the environment
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    handshakeTimeout,
			MaxResponseHeaderBytes: maxResponseHeader,
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			IdleConnTimeout:        idleTimeout,
		}},
	}
}

// WithoutURL takes the address away that package http puts before every error: its path may be a secret, and whoever reads the error knows who was
// called.
func WithoutURL(err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// guarded is a transport with the parts of a rule that are not about addresses.
type guarded struct {
	rule  Rule
	inner *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !g.rule.AllowHTTP {
		return nil, fmt.Errorf("%w: expected https", ErrAddress)
	}
	response, err := g.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, g.rule.MaxResponse)
	return response, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (g *guarded) CloseIdleConnections() { g.inner.CloseIdleConnections() }

// control is called by the dialer with each resolved address before it connects.
func (r Rule) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network %s", ErrAddress, network)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return r.Check(to.Addr())
}

// Check returns ErrAddress unless the rule allows to connect to the address.
func (r Rule) Check(to netip.Addr) error {
	real := embedded(to)
	switch {
	case !real.IsValid() || anyOf(nowhere, real):
		return fmt.Errorf("%w: %s is unspecified, link-local or multicast", ErrAddress, to)
	case real.IsLoopback():
		if !r.AllowLoopback {
			return fmt.Errorf("%w: %s is a loopback address", ErrAddress, to)
		}
	case r.PublicOnly && !public(real):
		return fmt.Errorf("%w: %s is not a public address", ErrAddress, to)
	}
	return nil
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // well-known prefix (RFC 6052 2.1)
	unicast = netip.MustParsePrefix("2000::/3")     // all that is allocated of global IPv6 (RFC 4291 2.4)
)

// embedded returns the IPv4 address that an IPv6 address stands for, if it does so by mapping (RFC 4291 2.5.5.2) or by NAT64; zones
// are cut off.
func embedded(a netip.Addr) netip.Addr {
	a = a.WithZone("").Unmap()
	if a.Is6() && nat64.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

func public(a netip.Addr) bool {
	return (a.Is4() || unicast.Contains(a)) && !anyOf(notPublic, a)
}

func anyOf(nets []netip.Prefix, a netip.Addr) bool {
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// nowhere are the networks that no rule allows.
var nowhere = prefixes(
	"0.0.0.0/8",      // this network; 0.0.0.0 connects to loopback (RFC 1122 3.2.1.3)
	"169.254.0.0/16", // link-local, cloud metadata (RFC 3927)
	"224.0.0.0/3",    // multicast, reserved, broadcast (RFC 5771; RFC 1112 4; RFC 919 7)
	"::/128",         // unspecified (RFC 4291 2.5.2)
	"fe80::/10",      // link-local (RFC 4291 2.5.6)
	"ff00::/8",       // multicast (RFC 4291 2.7)
)

// notPublic are the networks that are not reachable from everywhere, by the IANA special-purpose address registries
// (RFC 6890). Of IPv6 only those within 2000::/3 need to be named.
var notPublic = prefixes(
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // private (RFC 1918)
	"100.64.0.0/10",                                     // carrier-grade NAT (RFC 6598)
	"192.0.0.0/24",                                      // protocol assignments (RFC 6890)
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // documentation (RFC 5737)
	"192.88.99.0/24", // relays of 6to4, given up (RFC 7526)
	"198.18.0.0/15",  // benchmarks (RFC 2544)
	"2001::/23",      // protocol assignments with Teredo, benchmarks, ORCHID (RFC 2928, 4380, 5180, 7343)
	"2001:db8::/32",  // documentation (RFC 3849)
	"2002::/16",      // 6to4, which embeds any IPv4 address (RFC 3056)
	"3fff::/20",      // documentation (RFC 9637)
)

func prefixes(all ...string) []netip.Prefix {
	nets := make([]netip.Prefix, len(all))
	for i, one := range all {
		nets[i] = netip.MustParsePrefix(one)
	}
	return nets
}
