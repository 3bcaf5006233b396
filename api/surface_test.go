package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/token"
)

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.active()
	for _, path := range []string{
		"/", "/x", "/submission-api", "/submission-api/v2/info/", "/submission-api/v2/destinations/" + id + "/", "/submission-api/v2/destinations/",
		"/submission-api/v2/destinations/" + id + "/keys/a/b", "/submission-api/v3/info", "/submission-api//v2/info", "/routing-api/v2/info/",
		"/submission-api/v2/submissions/" + id + "/attachments/" + id + "/", "/.well-known/",
	} {
		w.call(http.MethodGet, path, "", as(w.subscriber)).wantProblem(t, 404, "not-found", "path")
	}
	for path, allow := range map[string][]string{
		"/token": {"POST"}, "/submission-api/v2/info": {"GET", "HEAD"}, destinations + "/" + id: {"GET", "HEAD", "PUT", "PATCH", "DELETE"},
	} {
		a := w.call("BREW", path, "")
		a.wantProblem(t, 405, "method-not-allowed", "Allow")
		for _, method := range allow {
			if !strings.Contains(a.header.Get("Allow"), method) {
				t.Errorf("%s: got Allow %q, want %s", path, a.header.Get("Allow"), method)
			}
		}
	}
	for _, path := range []string{"/submission-api/v2/info", "/submission-api/v2/destinations/" + id, "/.well-known/jwks.json"} {
		got, head := w.call(http.MethodGet, path, "").want(t, 200), w.call(http.MethodHead, path, "").want(t, 200)
		if len(head.body) != 0 || head.header.Get("Content-Type") != got.header.Get("Content-Type") {
			t.Errorf("HEAD %s: got %v %q", path, head.header, head.body)
		}
	}
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+strings.ReplaceAll(id, "-", ""), "").want(t, 200)
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+strings.ToUpper(id), "").want(t, 200)
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+id[:35]+"g", "").wantProblem(t, 400, "bad-request", "UUID")
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	for _, a := range []answer{
		w.call(http.MethodGet, "/submission-api/v2/info", "", with("X-Request-Id", "mine")), w.call(http.MethodGet, "/x", ""),
		w.call(http.MethodPost, "/token", "", typed(formType)), w.call("BREW", "/token", ""), w.call(http.MethodOptions, "/token", ""),
		w.call(http.MethodGet, "/submission-api/v2/submissions", "", as(w.subscriber)),
	} {
		id := a.header.Get("X-Request-Id")
		if len(id) != 36 || seen[id] {
			t.Errorf("%s: got request id %q, want a fresh one of ours", a.what, id)
		}
		seen[id] = true
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: got %s %q, want %q", a.what, name, got, want)
			}
		}
	}
}

// lastLine is the last one of the log.
func (w *world) lastLine(t *testing.T) map[string]any {
	t.Helper()
	all := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(all[len(all)-1]), &last); err != nil {
		t.Fatal(err)
	}
	return last
}

// serve runs a request through the handler itself, so that its log line is there when it returns.
func (w *world) serve(method, path, body string, options ...option) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for _, o := range options {
		o(r)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

func TestOneLogLinePerRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ref := w.active(), broker.NewID[string]()
	for _, c := range []struct {
		method, path string
		who          client
		route        string
		status       int
		code         string
	}{
		{"GET", "/submission-api/v2/destinations/" + id + "?secret=1", client{}, "GET /submission-api/v2/destinations/:id", 200, ""},
		{"GET", "/submission-api/v2/submissions/" + ref, w.subscriber, "GET /submission-api/v2/submissions/:id", 404, "submission-not-found"},
		{"HEAD", "/submission-api/v2/submissions/" + ref, client{}, "HEAD /submission-api/v2/submissions/:id", 401, "unauthorized"},
		{"BREW", "/submission-api/v2/submissions/" + ref, client{}, "unmatched", 405, "method-not-allowed"},
		{"GET", "/" + ref, client{}, "unmatched", 404, "not-found"},
	} {
		before := strings.Count(w.log.String(), "\n")
		a := w.serve(c.method, c.path, "", as(c.who))
		if got := strings.Count(w.log.String(), "\n") - before; got != 1 {
			t.Errorf("%s %s: got %d lines, want 1", c.method, c.path, got)
		}
		line := w.lastLine(t)
		if line["route"] != c.route || line["status"] != float64(c.status) || line["request"] != a.Header().Get("X-Request-Id") || line["level"] != "INFO" {
			t.Errorf("%s %s: got %v, want route %s and status %d", c.method, c.path, line, c.route, c.status)
		}
		if code, _ := line["code"].(string); code != c.code {
			t.Errorf("%s %s: got code %q, want %q", c.method, c.path, code, c.code)
		}
		if client, _ := line["client"].(string); client != c.who.id {
			t.Errorf("%s %s: got client %q, want %q", c.method, c.path, client, c.who.id)
		}
		if want := fmt.Sprintf("%s %d", c.route, c.status); !slices.Contains(w.observed(), want) {
			t.Errorf("Observe was not told %q", want)
		}
	}
	for _, forbidden := range []string{ref, id, w.subscriber.token, w.subscriber.secret, "secret"} {
		if strings.Contains(w.log.String(), forbidden) {
			t.Errorf("the log holds %q", forbidden)
		}
	}
}

// What is our fault says nothing outside and everything in the log, once. A panic is one of these.
func TestFaults(t *testing.T) {
	t.Parallel()
	fault := errors.New("a disk is full of secrets")
	var broken atomic.Bool
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) {
		issue, verify := a.Issue, a.Verify
		a.Issue = func(client string, scopes []string) (string, token.Claims, error) {
			if broken.Load() {
				return "", token.Claims{}, fault
			}
			return issue(client, scopes)
		}
		a.Verify = func(raw string) (token.Claims, error) {
			if broken.Load() {
				panic("a map of secrets")
			}
			return verify(raw)
		}
	})
	broken.Store(true)
	form := credentials(w.sender)
	a := w.serve(http.MethodPost, "/token", form, typed(formType))
	if a.Code != 500 || strings.Contains(a.Body.String(), "disk") || !strings.Contains(a.Body.String(), "internal-server-error") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
	if line := w.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["error"].(string), fault.Error()) || strings.Count(w.log.String(), fault.Error()) != 1 {
		t.Errorf("got %v", line)
	}
	a = w.serve(http.MethodGet, "/submission-api/v2/submissions", "", as(w.subscriber))
	if a.Code != 500 || strings.Contains(a.Body.String(), "secrets") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
	if line := w.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["error"].(string), "surface_test.go") {
		t.Errorf("got %v, want the place of the panic", line)
	}
}

func TestClientThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	leave := func(r *http.Request) { *r = *r.WithContext(ctx) }
	a := w.serve(http.MethodGet, "/submission-api/v2/submissions", "", as(w.subscriber), leave)
	if a.Body.Len() > 0 {
		t.Errorf("got %s, want nothing", a.Body)
	}
	if line := w.lastLine(t); line["status"] != float64(499) || line["level"] != "INFO" || line["error"] != nil {
		t.Errorf("got %v", line)
	}
}

// A body that is refused by its headers is never asked for.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attachment := broker.NewID[string]()
	ref := w.announce(w.active(), attachment)
	path := "/submission-api/v2/submissions/" + ref.SubmissionID + "/attachments/" + attachment
	jwe := sealed(t, "application/pdf", "x")
	for name, c := range map[string]struct {
		length int
		path   string
		token  string
		want   string
	}{
		"too long":       {600 << 20, path, w.sender.token, "HTTP/1.1 413"},
		"no token":       {len(jwe), path, "", "HTTP/1.1 401"},
		"unknown":        {len(jwe), strings.Replace(path, attachment, broker.NewID[string](), 1), w.sender.token, "HTTP/1.1 422"},
		"to be uploaded": {len(jwe), path, w.sender.token, "HTTP/1.1 100"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose\r\nContent-Length: %d\r\nExpect: 100-continue\r\n", c.path, c.length)
		if c.token != "" {
			fmt.Fprintf(conn, "Authorization: Bearer %s\r\n", c.token)
		}
		fmt.Fprint(conn, "\r\n")
		in := bufio.NewReader(conn)
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, c.want) {
			t.Errorf("%s: got %q, %v, want %s", name, line, err, c.want)
		}
		if name != "to be uploaded" {
			continue
		}
		fmt.Fprint(conn, jwe)
		in.ReadString('\n')
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 204") {
			t.Errorf("%s: got %q, %v", name, line, err)
		}
	}
}

// An upload that breaks off leaves what was there, and is the client's fault.
func TestBrokenUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attachment := broker.NewID[string]()
	destination := w.active()
	path := "/submission-api/v2/submissions/" + w.announce(destination).SubmissionID
	upload := "/submission-api/v2/submissions/" + w.announce(destination, attachment).SubmissionID + "/attachments/" + attachment
	for _, c := range []struct{ path, mediaType, body string }{
		{upload, "application/jose", sealed(t, "application/pdf", strings.Repeat("x", 200<<10))},
		{path, "application/json", `{"encryptedMetadata":"` + strings.Repeat("x", 200<<10)},
		{path, "application/json", `{"encryptedMetadata":"`},
	} {
		r := httptest.NewRequest(http.MethodPut, c.path, brokenOff{strings.NewReader(c.body)})
		as(w.sender)(r)
		typed(c.mediaType)(r)
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		if a.Code != 400 || !strings.Contains(a.Body.String(), "ended early") {
			t.Errorf("got %d %s", a.Code, a.Body)
		}
	}
}

type brokenOff struct{ r *strings.Reader }

func (b brokenOff) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil {
		err = errors.New("connection reset by peer")
	}
	return n, err
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := newWorld(t).surface
	if _, err := api.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*apiConfig){
		"Broker":         func(c *apiConfig) { c.Broker = nil },
		"Keyring":        func(c *apiConfig) { c.Keyring = nil },
		"Publication":    func(c *apiConfig) { c.Management.Publication = nil },
		"Issue":          func(c *apiConfig) { c.Issue = nil },
		"Verify":         func(c *apiConfig) { c.Verify = nil },
		"Routing.Areas":  func(c *apiConfig) { c.Routing.Areas = nil },
		"Accounts":       func(c *apiConfig) { c.Management.Accounts = nil },
		"Catalogues":     func(c *apiConfig) { c.Management.Catalogues = nil },
		"fair use":       func(c *apiConfig) { c.FairUse.ClientWrites = -1 },
		"Log":            func(c *apiConfig) { c.Log = nil },
		"Now":            func(c *apiConfig) { c.Now = nil },
		"PublicURL":      func(c *apiConfig) { c.PublicURL = "https://example.org/" },
		"Grace":          func(c *apiConfig) { c.Grace = -1 },
		"TrustedProxies": func(c *apiConfig) { c.TrustedProxies = make([]netip.Prefix, 1) },
		"submission: ":   func(c *apiConfig) { c.LargeBodies = -1 },
	} {
		bad := good
		change(&bad)
		if _, err := api.New(bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
