package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/revocation"
)

// Responders are called where the rule lets them be, and cost no more than they may.
func TestResponders(t *testing.T) {
	t.Parallel()
	called := make(chan string, 10)
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called <- r.URL.Path
		switch r.URL.Path {
		case "/large":
			w.Write(make([]byte, 10<<20))
		case "/elsewhere":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/away":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Write([]byte("answer"))
		}
	}))
	t.Cleanup(inside.Close)
	at, err := url.Parse(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		named []string
		path  string
		want  string // in the error
		calls int
	}{
		"not public":                 {nil, "/", "loopback", 0},
		"not public, another named":  {[]string{"127.0.0.1:1"}, "/", "loopback", 0},
		"named":                      {[]string{at.Host}, "/", "", 1},
		"ten megabytes":              {[]string{at.Host}, "/large", "too large", 1},
		"redirects to a private one": {[]string{at.Host}, "/elsewhere", "302", 1},
		"away":                       {[]string{at.Host}, "/away", "503", 1},
	} {
		got, err := newResponders(c.named).fetch(context.Background(), revocation.Call{
			Method: http.MethodPost, URL: inside.URL + c.path + "?secret=1", Type: "application/ocsp-request", Body: []byte("q"), Limit: revocation.MaxResponse,
		})
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: got %q and %v, want %q, without the query", name, got[:min(len(got), 20)], err, c.want)
		}
		if len(called) != c.calls {
			t.Errorf("%s: called %d times, want %d", name, len(called), c.calls)
		}
		for len(called) > 0 {
			<-called
		}
	}
}

func TestPrivateRespondersAreHosts(t *testing.T) {
	t.Parallel()
	reference, err := ByName("reference")
	if err != nil {
		t.Fatal(err)
	}
	test, err := ByName("test")
	if err != nil {
		t.Fatal(err)
	}
	for at, right := range map[string]bool{
		"ocsp.pki.example:80": true, "10.1.2.3:8080": true, "[fd00::1]:80": true,
		"ocsp.pki.example": false, "http://ocsp.pki.example": false, ":80": false, "0.0.0.0:80": false, "host:0": false, "host:http": false,
	} {
		if err := (Config{Environment: reference, PrivateResponders: []string{at}}).checkResponders(); (err == nil) != right {
			t.Errorf("%s: got %v", at, err)
		}
	}
	if err := (Config{Environment: test, PrivateResponders: []string{"host:80"}}).checkResponders(); err == nil {
		t.Error("in test nobody is asked, and a list of whom is taken")
	}
}
