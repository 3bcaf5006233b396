package client_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// scripted answers the n-th request to a destination with the n-th step, and keeps the waits that the client asked for.
func scripted(t *testing.T, steps ...http.HandlerFunc) (*client.Client, *[]time.Duration) {
	t.Helper()
	b := newBroker(t)
	n := 0
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/destinations/") || n >= len(steps) {
			return false
		}
		n++
		steps[n-1](w, r)
		return true
	}
	var waits []time.Duration
	config := b.config()
	config.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c, &waits
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	broken := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	short := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "{")
	}
	for _, tc := range []struct {
		name  string
		steps []http.HandlerFunc
		waits int
		ok    bool
	}{
		{"at once", nil, 0, true},
		{"busy three times", []http.HandlerFunc{status(503), status(429), status(502)}, 3, true},
		{"busy four times", []http.HandlerFunc{status(503), status(503), status(500), status(504)}, 3, false},
		{"connection broken", []http.HandlerFunc{broken, short}, 2, true},
		{"not found", []http.HandlerFunc{status(404)}, 0, false},
		{"refused", []http.HandlerFunc{status(422)}, 0, false},
		{"elsewhere", []http.HandlerFunc{status(302, "Location", "https://elsewhere.example/")}, 0, false},
		{"asks for too long", []http.HandlerFunc{status(503, "Retry-After", "3600")}, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, waits := scripted(t, tc.steps...)
			_, err := c.Destination(context.Background(), destinationID)
			if (err == nil) != tc.ok || len(*waits) != tc.waits {
				t.Errorf("Destination: %v after %d waits, want success %v after %d", err, len(*waits), tc.ok, tc.waits)
			}
		})
	}
}

// TestPauses grow, are spread, and begin after what the server asked for.
func TestPauses(t *testing.T) {
	t.Parallel()
	c, waits := scripted(t, status(503), status(503, "Retry-After", "7"))
	if _, err := c.Destination(context.Background(), destinationID); err != nil {
		t.Fatal(err)
	}
	for i, bounds := range [][2]time.Duration{
		{250 * time.Millisecond, 750 * time.Millisecond}, {7*time.Second + 500*time.Millisecond, 8*time.Second + 500*time.Millisecond},
	} {
		if got := (*waits)[i]; got < bounds[0] || got > bounds[1] {
			t.Errorf("pause %d = %s, want %s to %s", i+1, got, bounds[0], bounds[1])
		}
	}
}

// TestWaitEnds with the caller's context.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	ctx, cancel := context.WithCancel(context.Background())
	b.before = func(w http.ResponseWriter, _ *http.Request) bool { cancel(); w.WriteHeader(503); return true }
	config := b.config()
	config.Wait = nil
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Destination(ctx, destinationID); err == nil || b.count("GET") != 1 {
		t.Errorf("Destination: %v after %d requests, want an error after one", err, b.count("GET"))
	}
}

// TestStandstill: a transfer that stands still is given up and repeated, in both directions; one that is only slow on this side is not.
func TestStandstill(t *testing.T) {
	t.Parallel()
	const some, more = 300_000, 6 << 20 // bytes; more is more than the machine buffers
	for _, tc := range []struct {
		name, method string
		attachment   bool // or the submission itself
		plain        int64
		begin        func(b *broker, w http.ResponseWriter, r *http.Request) // what happens before nothing does
	}{
		{"upload is not read", http.MethodPut, true, more, func(*broker, http.ResponseWriter, *http.Request) {}},
		{"upload is not answered", http.MethodPut, true, some, func(b *broker, _ http.ResponseWriter, r *http.Request) { b.body(r) }},
		{"submit is not answered", http.MethodPut, false, some, func(b *broker, _ http.ResponseWriter, r *http.Request) { b.body(r) }},
		{"download is not answered", http.MethodGet, true, some, func(*broker, http.ResponseWriter, *http.Request) {}},
		{"download does not go on", http.MethodGet, true, some, func(b *broker, w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, b.sealed[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]][:100_000])
			_ = http.NewResponseController(w).Flush()
		}},
		{"submission is not answered", http.MethodGet, false, some, func(*broker, http.ResponseWriter, *http.Request) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			config, given, giveUp := b.config(), make(chan struct{}), sync.Once{}
			config.Wait = func(context.Context, time.Duration) error { giveUp.Do(func() { close(given) }); return nil }
			c, err := client.New(config)
			if err != nil {
				t.Fatal(err)
			}
			client.Impatient(c, 500*time.Millisecond)
			stood := false
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				attachment := strings.Contains(r.URL.Path, "/attachments/")
				if stood || r.Method != tc.method || attachment != tc.attachment || !strings.Contains(r.URL.Path, "/submissions/") {
					return false
				}
				stood = true
				tc.begin(b, w, r)
				<-given // up
				panic(http.ErrAbortHandler)
			}
			receipt, err := c.Sender().Send(context.Background(), attached(client.Bytes(make([]byte, tc.plain))))
			if err != nil {
				t.Fatalf("Send: %v", err)
			}
			fetched, err := b.subscriberBy(c).Fetch(context.Background(), receipt.SubmissionID)
			if err != nil || fetched.Attachments[0].Size != tc.plain || !stood {
				t.Errorf("Fetch: %v, want %d bytes after a standstill", err, tc.plain)
			}
		})
	}
}

// TestStandstillIsNamed when it is the last word, and is worth another try.
func TestStandstillIsNamed(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	done := make(chan struct{})
	defer close(done)
	b.change(func() {
		b.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/token" {
				return false
			}
			<-done
			return true
		}
	})
	config := b.config()
	config.Wait = func(context.Context, time.Duration) error { return context.Canceled } // no repeat
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	client.Impatient(c, time.Millisecond)
	_, err = b.subscriberBy(c).Fetch(context.Background(), receipt.SubmissionID)
	if !client.Retryable(err) || !strings.Contains(err.Error(), "nothing came or went for 1ms") {
		t.Errorf("Fetch: %v, want a standstill, worth repeating", err)
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		status     int
		kind       error
		text       string
	}{
		{"document", `{"type":"https://x.example/p","title":"Gone\u001b[31m","status":999,"detail":"line\nline"}`, 409, client.ErrConflict,
			"409 Gone [31m: line line (https://x.example/p)"},
		{"token service", `{"error":"invalid_scope","error_description":"no"}`, 400, nil, "400 invalid_scope: no"},
		{"no document", `<html>`, 403, client.ErrForbidden, "403 Forbidden"},
		{"long", `{"title":"` + strings.Repeat("ü", 4000) + `"}`, 404, client.ErrNotFound, "…"},
		{"unauthorized", ``, 401, client.ErrUnauthorized, "401 Unauthorized"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _ := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			_, err := c.Destination(context.Background(), destinationID)
			var problem *client.Problem
			if !errors.As(err, &problem) || problem.Status != tc.status {
				t.Fatalf("Destination: %v, want a Problem %d", err, tc.status)
			}
			if !strings.Contains(err.Error(), tc.text) || len(err.Error()) > 2000 {
				t.Errorf("text = %q, want %q in it", err, tc.text)
			}
			if tc.kind != nil && !errors.Is(err, tc.kind) {
				t.Errorf("%v is not %v", err, tc.kind)
			}
		})
	}
}

func TestTokenIsShared(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	subscriber := b.subscriber()
	var running sync.WaitGroup
	for range 16 {
		running.Go(func() {
			if _, _, err := subscriber.List(context.Background(), "", client.Page{}); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if got := b.count("POST /token"); got != 1 {
		t.Errorf("%d tokens for 16 calls at once, want 1", got)
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	now := time.Now()
	config := b.config()
	config.Now = func() time.Time { return now }
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	subscriber, err := c.Subscriber(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		later  time.Duration
		tokens int
	}{{0, 1}, {28 * time.Minute, 1}, {2 * time.Minute, 2}} {
		now = now.Add(step.later)
		if _, _, err := subscriber.List(context.Background(), "", client.Page{}); err != nil {
			t.Fatal(err)
		}
		if got := b.count("POST /token"); got != step.tokens {
			t.Errorf("step %d: %d tokens, want %d", i, got, step.tokens)
		}
	}
}

// TestTokenIsRenewedOnce after it was refused, also for calls that are not repeated otherwise.
func TestTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	good := "Bearer token-2"
	b.change(func() {
		b.tokens = 0
		b.before = func(w http.ResponseWriter, r *http.Request) bool {
			needs := strings.Contains(r.URL.Path, "/cases/") || r.Method == http.MethodPost && r.URL.Path != "/token"
			if needs && r.Header.Get("Authorization") != good {
				b.problem(w, 401, "expired")
				return true
			}
			return false
		}
	})
	problem := client.TechnicalError.Problem(client.Elsewhere, "x")
	if err := b.subscriber().Reject(context.Background(), receipt.Ref, problem); err != nil {
		t.Errorf("Reject: %v, want none after a renewed token", err)
	}
	b.change(func() { good = "none" })
	before := b.count("POST /token")
	if _, err := b.client().Sender().Events(context.Background(), receipt); !errors.Is(err, client.ErrUnauthorized) {
		t.Errorf("Events: %v, want ErrUnauthorized", err)
	}
	if got := b.count("POST /token") - before; got != 2 {
		t.Errorf("%d tokens, want 2", got)
	}
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	config := b.config()
	config.ClientSecret = "wrong"
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Sender().Send(context.Background(), application())
	var problem *client.Problem
	if !errors.As(err, &problem) || problem.Title != "invalid_client" || strings.Contains(err.Error(), "wrong"+"\"") {
		t.Errorf("Send: %v, want invalid_client", err)
	}
}

// TestTooLarge bounds what a hostile service can make the client hold.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	huge := func(w http.ResponseWriter, _ *http.Request) {
		for range 5 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	}
	c, _ := scripted(t, status(200, "Content-Length", "999999999999"), huge)
	for range 2 {
		if _, err := c.Destination(context.Background(), destinationID); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("Destination: %v, want an error about the size", err)
		}
	}
}

func TestCertificateIsNotRepeated(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, err := client.New(client.Config{SubmissionURL: server.URL, Policy: keys.Test(), Wait: func(context.Context, time.Duration) error {
		t.Error("waits although a certificate does not get better")
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Destination(context.Background(), destinationID); err == nil || client.Retryable(err) {
		t.Errorf("Destination: %v, want an error that is not worth repeating", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	full := client.Config{
		TokenURL: "https://b.example/token", SubmissionURL: "https://b.example/submission-api", DestinationURL: "https://b.example/destination-api",
		RoutingURL: "https://b.example/routing-api", PortalURL: "https://b.example/portal", ClientID: "a", ClientSecret: "b", Policy: keys.Test(),
	}
	for _, tc := range []struct {
		name   string
		change func(*client.Config)
		reason string // "" for one that is fine
	}{
		{"full", func(*client.Config) {}, ""},
		{"only reading", func(c *client.Config) { *c = client.Config{SubmissionURL: c.SubmissionURL, Policy: c.Policy} }, ""},
		{"loopback", func(c *client.Config) { c.SubmissionURL = "http://127.0.0.1:8080/submission-api" }, ""},
		{"told so", func(c *client.Config) { c.SubmissionURL, c.PlainHTTP = "http://broker/submission-api", true }, ""},
		{"plain http", func(c *client.Config) { c.TokenURL = "http://b.example/token" }, "TokenURL"},
		{"no submission URL", func(c *client.Config) { c.SubmissionURL = "" }, "SubmissionURL"},
		{"no policy", func(c *client.Config) { c.Policy = keys.Policy{} }, "Policy"},
		{"no secret", func(c *client.Config) { c.ClientSecret = "" }, "ClientSecret"},
		{"no portal", func(c *client.Config) { c.PortalURL = "" }, "PortalURL"},
		{"relative", func(c *client.Config) { c.RoutingURL = "/routing-api" }, "RoutingURL"},
		{"fragments", func(c *client.Config) { c.FragmentSize = 1 }, ""},
		{"no fragment", func(c *client.Config) { c.FragmentSize = -1 }, "FragmentSize"},
		{"fragment too large for an upload", func(c *client.Config) { c.FragmentSize = 375_000_000 }, "FragmentSize"},
		{"user in the URL", func(c *client.Config) { c.DestinationURL = "https://a:b@b.example" }, "DestinationURL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			config := full
			tc.change(&config)
			_, err := client.New(config)
			if tc.reason == "" {
				if err != nil {
					t.Errorf("New: %v, want none", err)
				}
				return
			}
			if !errors.Is(err, client.ErrConfig) || !strings.Contains(err.Error(), tc.reason) {
				t.Errorf("New: %v, want ErrConfig about %s", err, tc.reason)
			}
		})
	}
}

// TestConfigIsMissing: a call says which part of the configuration it would need.
func TestConfigIsMissing(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	c, err := client.New(client.Config{SubmissionURL: b.issuer(), Policy: keys.Test()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EncryptionKey(ctx, destinationID); err != nil {
		t.Errorf("EncryptionKey: %v, want none: it needs no token", err)
	}
	_, noRoutes := c.Routes(ctx, serviceKey, client.Area{ARS: "05"})
	_, noAreas := c.Areas(ctx, "Münster")
	_, noManager := c.Manager()
	_, noToken := c.Sender().Send(ctx, application())
	_, noKeys := c.Subscriber(map[client.DestinationID]client.Keys{destinationID: {}})
	for name, err := range map[string]error{"Routes": noRoutes, "Areas": noAreas, "Manager": noManager, "Send": noToken, "Subscriber": noKeys} {
		if !errors.Is(err, client.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
	swapped := client.Keys{Decryption: []keys.Private{b.keys.signing}, Signing: b.keys.encryption}
	if _, err := c.Subscriber(map[client.DestinationID]client.Keys{destinationID: swapped}); !errors.Is(err, client.ErrConfig) {
		t.Errorf("Subscriber with swapped keys: %v, want ErrConfig", err)
	}
}
