package guard_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker/guard"
)

func TestRule(t *testing.T) {
	t.Parallel()
	const (
		public   = "public"
		private  = "private"
		loopback = "loopback"
		nowhere  = "nowhere"
	)
	rules := map[guard.Rule][]string{
		{}:                                      {public, private},
		{AllowLoopback: true}:                   {public, private, loopback},
		{PublicOnly: true}:                      {public},
		{PublicOnly: true, AllowLoopback: true}: {public, loopback},
	}
	for address, is := range map[string]string{
		"9.255.255.255": public, "11.0.0.0": public, "8.8.8.8": public, "100.63.255.255": public, "100.128.0.0": public,
		"172.15.255.255": public, "172.32.0.0": public, "192.167.255.255": public, "192.169.0.0": public, "198.17.255.255": public,
		"198.20.0.0": public, "223.255.255.255": public, "2606:4700::1111": public, "2a00:1450::1": public, "2001:200::1": public,
		"::ffff:8.8.8.8": public, "64:ff9b::8.8.8.8": public,

		"10.0.0.0": private, "10.255.255.255": private, "172.16.0.0": private, "172.31.255.255": private, "192.168.0.1": private,
		"100.64.0.0": private, "100.127.255.255": private, "192.0.0.8": private, "192.0.2.1": private, "198.51.100.1": private,
		"203.0.113.255": private, "192.88.99.1": private, "198.18.0.0": private, "198.19.255.255": private,
		"fc00::1": private, "fd12:3456::1": private, "fec0::1": private, "100::1": private, "2001:db8::1": private, "3fff::1": private,
		"2001::1": private, "2001:2::1": private, "2002:7f00:1::": private, "5f00::1": private, "64:ff9b:1::a00:1": private,
		"::8.8.8.8": private, "4000::1": private, "::ffff:10.0.0.1": private, "::ffff:192.168.1.1": private, "64:ff9b::10.0.0.1": private,

		"127.0.0.1": loopback, "127.255.255.255": loopback, "::1": loopback, "::ffff:127.0.0.1": loopback, "64:ff9b::127.0.0.1": loopback,

		"0.0.0.0": nowhere, "0.1.2.3": nowhere, "::": nowhere, "169.254.169.254": nowhere, "fe80::1": nowhere, "fe80::1%eth0": nowhere,
		"224.0.0.1": nowhere, "239.255.255.250": nowhere, "240.0.0.1": nowhere, "255.255.255.255": nowhere, "ff02::1": nowhere,
		"::ffff:0.0.0.0": nowhere, "::ffff:169.254.169.254": nowhere, "64:ff9b::169.254.169.254": nowhere,
	} {
		for rule, allowed := range rules {
			err := rule.Check(netip.MustParseAddr(address))
			if want := strings.Contains(strings.Join(allowed, " "), is); want != (err == nil) {
				t.Errorf("%s under %+v: got %v, want it allowed: %t", address, rule, err, want)
			}
			if err != nil && !errors.Is(err, guard.ErrAddress) {
				t.Errorf("%s: got %v, want %v", address, err, guard.ErrAddress)
			}
		}
	}
	if err := (guard.Rule{}).Check(netip.Addr{}); !errors.Is(err, guard.ErrAddress) {
		t.Errorf("no address: got %v, want %v", err, guard.ErrAddress)
	}
}

// onLoopback allows what tests need.
var onLoopback = guard.Rule{AllowLoopback: true, AllowHTTP: true}

func get(t *testing.T, rule guard.Rule, url string) (*http.Response, error) {
	t.Helper()
	client := guard.NewClient(rule)
	t.Cleanup(client.CloseIdleConnections)
	response, err := client.Get(url)
	if err == nil {
		t.Cleanup(func() { response.Body.Close() })
	}
	return response, err
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestClientChecksTheConnectedAddress(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was called") })
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	rule := guard.Rule{PublicOnly: true, AllowHTTP: true}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		if _, err := get(t, rule, "http://"+host+port); !errors.Is(err, guard.ErrAddress) {
			t.Errorf("%s: got %v, want %v", host, err, guard.ErrAddress)
		}
	}
	for _, host := range []string{"2130706433", "127.1", "0x7f.1", "[::1]"} { // what some resolvers take for loopback, and who has no IPv6
		if _, err := get(t, rule, "http://"+host+port); err == nil {
			t.Errorf("%s: got no error", host)
		}
	}
}

func TestClientWantsHTTPS(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was called") })
	if _, err := get(t, guard.Rule{AllowLoopback: true}, server.URL); !errors.Is(err, guard.ErrAddress) {
		t.Errorf("got %v, want %v", err, guard.ErrAddress)
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	target := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	response, err := get(t, onLoopback, server.URL)
	if err != nil || response.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("got %v, %v, want the redirect itself", response, err)
	}
}

func TestClientAsksNoProxy(t *testing.T) {
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	if _, err := get(t, onLoopback, "http://nowhere.invalid/"); err == nil {
		t.Error("got no error for a name that does not exist")
	}
}

func TestClientBoundsResponses(t *testing.T) {
	t.Parallel()
	larger := onLoopback
	larger.MaxResponse = 1 << 20
	for rule, limit := range map[guard.Rule]int{onLoopback: 64 << 10, larger: 1 << 20} {
		for size, fits := range map[int]bool{0: true, limit: true, limit + 1: false, 10 * limit: false} {
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, size)) })
			response, err := get(t, rule, server.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) == fits {
				t.Errorf("%d bytes: got error %v, want one: %t", size, err, !fits)
			}
			if got, want := len(body), min(size, limit); got != want {
				t.Errorf("%d bytes: read %d, want %d", size, got, want)
			}
		}
	}
}

func TestClientBoundsHeaders(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("a", 64<<10)) })
	if _, err := get(t, onLoopback, server.URL); err == nil {
		t.Error("got no error for a header of 64 KiB")
	}
}

func TestClientSpeaksNoOldTLS(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]string{tls.VersionTLS11: "protocol version", tls.VersionTLS12: "unknown authority", tls.VersionTLS13: "unknown authority"} {
		server := httptest.NewUnstartedServer(nil)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.StartTLS()
		t.Cleanup(server.Close)
		if _, err := get(t, guard.Rule{AllowLoopback: true}, server.URL); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", tls.VersionName(version), err, want)
		}
	}
}
