package route

import (
	"encoding/binary"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestWindowIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := &window{requests: 2, length: time.Minute, now: func() time.Time { return now }}
	address := func(i int) netip.Addr {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(i+1))
		return netip.AddrFrom4(b)
	}
	for i := range maxCallers {
		w.count(address(i))
	}
	for i, want := range []int{1, 0, -1, -1} {
		if left, _ := w.count(address(maxCallers + i)); left != want {
			t.Errorf("caller %d beyond the bound: got %d left, want %d: they share", i, left, want)
		}
	}
	if left, _ := w.count(address(0)); left != 0 {
		t.Errorf("a known caller: got %d left, want 0", left)
	}
	if len(w.counts) > maxCallers+1 {
		t.Errorf("got %d callers", len(w.counts))
	}
	now = now.Add(-time.Hour) // a clock that was set back begins a window and does not lengthen one
	if left, rest := w.count(address(0)); left != 1 || rest != time.Minute {
		t.Errorf("got %d left for %s", left, rest)
	}
}

func TestCallerOf(t *testing.T) {
	t.Parallel()
	ours := trust{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fd00::/8")}
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
		if got := network(ours.callerOf(r)).String(); got != c.want {
			t.Errorf("%q for %q: got %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
