package fair

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestCaller(t *testing.T) {
	t.Parallel()
	ours := Proxies{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"198.51.100.1:80", "", "198.51.100.1"},
		{"[::ffff:198.51.100.1]:80", "", "198.51.100.1"},
		{"[2001:db8:1:2:3::4]:80", "", "2001:db8:1:2::"},
		{"[fe80::1%eth0]:80", "", "fe80::"},
		{"@", "203.0.113.1", "invalid IP"},
		{"", "", "invalid IP"},
		{"198.51.100.1:80", "203.0.113.1", "198.51.100.1"},
		{"192.0.2.1:80", "", "192.0.2.1"},
		{"192.0.2.1:80", "203.0.113.1", "203.0.113.1"},
		{"[::ffff:192.0.2.1]:80", "::ffff:203.0.113.1", "203.0.113.1"},
		{"192.0.2.1:80", "203.0.113.9, 203.0.113.1", "203.0.113.1"},
		{"192.0.2.1:80", "203.0.113.1,192.0.2.7,\tfd00::1 ", "203.0.113.1"},
		{"192.0.2.1:80", "192.0.2.8,192.0.2.7", "192.0.2.8"},
		{"192.0.2.1:80", "203.0.113.1:4711", "203.0.113.1"},
		{"192.0.2.1:80", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::"},
		{"192.0.2.1:80", "203.0.113.1, unknown", "192.0.2.1"},
		{"192.0.2.1:80", "203.0.113.1, unknown, 192.0.2.7", "192.0.2.7"},
		{"192.0.2.1:80", "203.0.113.1,", "192.0.2.1"},
		{"192.0.2.1:80", ",", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := ours.Caller(r).String(); got != c.want {
			t.Errorf("%q for %q: got %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

// Whatever is written into the header, nobody is believed but a proxy of ours, and what is in front of its word does not count.
func FuzzCaller(f *testing.F) {
	for _, seed := range []string{"", ",", "203.0.113.1", "203.0.113.9, 192.0.2.7", "[::1%x]:1,fd00::1", "::ffff:192.0.2.1", "1.2.3.4:5:6"} {
		f.Add(seed, "")
		f.Add("unknown", seed)
	}
	ours := Proxies{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fd00::/8")}
	caller := func(remote string, forwarded ...string) netip.Addr {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = remote, forwarded
		return ours.Caller(r)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		const remote, proxy, named = "198.51.100.1:80", "192.0.2.1:80", "203.0.113.5"
		if got := caller(remote, first, second).String(); got != "198.51.100.1" {
			t.Errorf("%q, %q: got %s for somebody who is no proxy", first, second, got)
		}
		if got := caller(proxy, first, second, named).String(); got != named {
			t.Errorf("%q, %q: got %s, want %s, which our proxy named", first, second, got, named)
		}
		got := caller(proxy, first, second)
		if got != Network(got) {
			t.Errorf("%q, %q: got %s, which is no network", first, second, got)
		}
		if joined := caller(proxy, strings.Join([]string{first, second}, ",")); joined != got {
			t.Errorf("%q, %q: got %s in one header and %s in two", first, second, joined, got)
		}
	})
}
