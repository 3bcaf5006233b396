package receiver_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/keys"
)

const (
	ours    = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"
	newOnes = "https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions"
	// otherSecret is the one to which the callbacks are changed.
	otherSecret = "the-secret-that-callbacks-get-next-0123456789"
	newEvent    = "https://schema.fitko.de/fit-connect/submission-api/callbacks/new-events"
)

func callbackBody(kind, destination string) string {
	return fmt.Sprintf(`{"type":%q,"submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"],"submissions":[{"destinationId":%q,`+
		`"submissionId":"f39ab143-d91a-474a-b69f-b00f1a1873c2","caseId":"9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}]}`, kind, destination)
}

// idle is a receiver that is not run: it takes callbacks and does nothing.
func idle(t testing.TB, now func() time.Time, j *journal) *receiver.Receiver {
	t.Helper()
	r, err := receiver.New(receiver.Config{
		Client:       client.Config{SubmissionURL: "http://127.0.0.1:1/submission-api", Policy: keys.Test(), Now: now},
		Destinations: map[client.DestinationID]client.Keys{ours: privateKeys(t)}, Folder: t.TempDir(), Handle: accept,
		Listener: listen(t), Secret: secret, OtherSecret: otherSecret, Log: j.log(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func accept(context.Context, receiver.Received) receiver.Decision { return receiver.Accept() }

func TestCallbackAnswers(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	s := idle(t, func() time.Time { return now }, new(journal))
	good := callbackBody(newOnes, ours)
	for _, tc := range []struct {
		name   string
		body   string
		change func(r *http.Request)
		want   int
	}{
		{"good", good, nil, 200},
		{"good, again", good, nil, 200},
		{"good, four minutes old", good, signedAt(now.Add(-4*time.Minute), good, secret), 200},
		{"new events", callbackBody(newEvent, ours), nil, 200},
		{"the other secret", good, signedAt(now, good, otherSecret), 200},
		{"the other secret, another body", good, signedAt(now, good+" ", otherSecret), 401},
		{"another secret", good, signedAt(now, good, strings.Repeat("x", 32)), 401},
		{"another body", good, signedAt(now, good+" ", secret), 401},
		{"six minutes old", good, signedAt(now.Add(-6*time.Minute), good, secret), 401},
		{"from the future", good, signedAt(now.Add(2*time.Minute), good, secret), 401},
		{"unsigned", good, func(r *http.Request) { r.Header.Del(hook.HeaderAuthentication) }, 401},
		{"without time", good, func(r *http.Request) { r.Header.Del(hook.HeaderTimestamp) }, 401},
		{"upper case", good, func(r *http.Request) {
			r.Header.Set(hook.HeaderAuthentication, strings.ToUpper(r.Header.Get(hook.HeaderAuthentication)))
		}, 401},
		{"no JSON", "hello", nil, 400},
		{"member twice", `{"type":"a","type":"b"}`, nil, 400},
		{"unknown type", callbackBody("https://elsewhere.example/new-submissions", ours), nil, 400},
		{"foreign destination", callbackBody(newOnes, "b1f7a3f0-52ab-4a53-9c5c-94d7b5f0c702"), nil, 400},
		{"destination in upper case", callbackBody(newOnes, strings.ToUpper(ours)), nil, 200},
		{"an answer", `{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-replies","replies":[{"destinationId":"` + ours +
			`","replyId":"f39ab143-d91a-474a-b69f-b00f1a1873c2","caseId":"9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}]}`, nil, 200},
		{"an answer called a submission", strings.Replace(good, `"submissionId":`, `"replyId":`, 1), nil, 400},
		{"no id", callbackBody(newOnes, "x"), nil, 400},
		{"only old ids", `{"type":"` + newOnes + `","submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"]}`, nil, 400},
		{"nothing new", `{"type":"` + newOnes + `","submissions":[]}`, nil, 400},
		{"too long", strings.Repeat(" ", 1<<20) + good, nil, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(tc.body))
			signedAt(now, tc.body, secret)(request)
			if tc.change != nil {
				tc.change(request)
			}
			answer := httptest.NewRecorder()
			s.Handler().ServeHTTP(answer, request)
			if answer.Code != tc.want {
				t.Errorf("answered %d, want %d", answer.Code, tc.want)
			}
		})
	}
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.ErrUnexpectedEOF
}

// TestCallbackFlood: who cannot be the broker is not listened to, others are one after the other, and the log stays short.
func TestCallbackFlood(t *testing.T) {
	t.Parallel()
	const most = 32
	var j journal
	now := time.Unix(1_800_000_000, 0)
	r := idle(t, func() time.Time { return now }, &j)
	answer := func(body io.Reader, change func(*http.Request)) int {
		request := httptest.NewRequest(http.MethodPost, "/callback", body)
		signedAt(now, "", secret)(request)
		change(request)
		recorded := httptest.NewRecorder()
		r.Handler().ServeHTTP(recorded, request)
		return recorded.Code
	}
	for range 100 {
		if got := answer(unread{t}, func(r *http.Request) { r.Header.Set(hook.HeaderTimestamp, "1700000000") }); got != http.StatusUnauthorized {
			t.Errorf("answered %d, want 401", got)
		}
	}
	if found, _ := j.count("callback refused"); found != 1 {
		t.Errorf("%d refusals in the log, want one", found)
	}
	answers := make(chan int, most)
	var bodies []io.Closer
	for range most {
		body, in := io.Pipe()
		go func() { answers <- answer(body, func(*http.Request) {}) }()
		if _, err := in.Write([]byte("x")); err != nil { // is read
			t.Fatal(err)
		}
		bodies = append(bodies, in)
	}
	if got := answer(unread{t}, func(*http.Request) {}); got != http.StatusServiceUnavailable {
		t.Errorf("answered %d, want 503", got)
	}
	for _, body := range bodies {
		_ = body.Close()
		if got := <-answers; got != http.StatusUnauthorized {
			t.Errorf("answered %d, want 401", got)
		}
	}
	if got := answer(strings.NewReader("x"), func(*http.Request) {}); got != http.StatusUnauthorized {
		t.Errorf("answered %d afterwards, want 401", got)
	}
}

// signedAt signs for a body, which need not be the one that is sent.
func signedAt(at time.Time, body, secret string) func(*http.Request) {
	return func(r *http.Request) {
		timestamp, authentication := hook.Sign(secret, at, []byte(body))
		r.Header.Set(hook.HeaderTimestamp, timestamp)
		r.Header.Set(hook.HeaderAuthentication, authentication)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	all, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	for name, tc := range map[string]struct {
		change func(*receiver.Config)
		fails  bool
	}{
		"nothing wrong":               {func(*receiver.Config) {}, false},
		"no broker":                   {func(c *receiver.Config) { c.Client.SubmissionURL = "" }, true},
		"no folder":                   {func(c *receiver.Config) { c.Folder = "" }, true},
		"nobody who decides":          {func(c *receiver.Config) { c.Handle = nil }, true},
		"no destination":              {func(c *receiver.Config) { c.Destinations = nil }, true},
		"no id of a destination":      {func(c *receiver.Config) { c.Destinations["x"] = c.Destinations[ours] }, true},
		"keys for the wrong use":      {func(c *receiver.Config) { c.Destinations[ours] = client.Keys{} }, true},
		"listener for everybody":      {func(c *receiver.Config) { c.Listener, c.Secret = all, secret }, true},
		"listener behind a proxy":     {func(c *receiver.Config) { c.Listener, c.Secret, c.BehindProxy = all, secret, true }, false},
		"listener with TLS":           {func(c *receiver.Config) { c.Listener, c.Secret, c.TLS = all, secret, serverTLS() }, false},
		"TLS without a certificate":   {func(c *receiver.Config) { c.Listener, c.Secret, c.TLS = all, secret, new(tls.Config) }, true},
		"listener without a secret":   {func(c *receiver.Config) { c.Listener = listen(t) }, true},
		"listener and a short secret": {func(c *receiver.Config) { c.Listener, c.Secret = listen(t), "short" }, true},
	} {
		config := receiver.Config{
			Client:       client.Config{SubmissionURL: "http://127.0.0.1:1/submission-api", Policy: keys.Test()},
			Destinations: map[client.DestinationID]client.Keys{ours: privateKeys(t)}, Folder: t.TempDir(), Handle: accept,
		}
		tc.change(&config)
		if _, err := receiver.New(config); (err != nil) != tc.fails {
			t.Errorf("%s: got the error %v, want one: %v", name, err, tc.fails)
		}
	}
}

// serverTLS is the certificate of httptest, for 127.0.0.1.
func serverTLS() *tls.Config {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return &tls.Config{Certificates: server.TLS.Certificates}
}

// FuzzCallback: whatever a caller who knows the secret sends is answered with 200 or 400.
func FuzzCallback(f *testing.F) {
	f.Add(callbackBody(newOnes, ours))
	f.Add(callbackBody(newEvent, ours))
	f.Add(`{"type":"` + newOnes + `","submissions":[{}]}`)
	f.Add(`{"type":null,"submissions":null}`)
	now := time.Unix(1_800_000_000, 0)
	handler := idle(f, func() time.Time { return now }, new(journal)).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		request := httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(body))
		signedAt(now, body, secret)(request)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if got := answer.Code; got != 200 && got != 400 {
			t.Errorf("answered %s, want 200 or 400", strconv.Itoa(got))
		}
		_, _ = io.Copy(io.Discard, answer.Body)
	})
}
