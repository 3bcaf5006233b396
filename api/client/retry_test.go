package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
)

// TestRetryAfter is kept to where it is short, and handed to the caller where it is not.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) } // when it is answered
	}
	is := func(value string) func() string { return func() string { return value } }
	for _, tc := range []struct {
		name        string
		value       func() string
		least, most time.Duration // of the pause; 0, 0: none
		told        time.Duration // what the caller gets then, to the second
	}{
		{"none", is(""), 250 * time.Millisecond, 750 * time.Millisecond, 0},
		{"nothing to wait for", is("0"), 250 * time.Millisecond, 750 * time.Millisecond, 0},
		{"seconds", is("30"), 30*time.Second + 250*time.Millisecond, 31 * time.Second, 0},
		{"more seconds", is("31"), 0, 0, 31 * time.Second},
		{"many seconds", is("99999999999999999999"), 0, 0, (1<<31 - 1) * time.Second},
		{"date", in(20 * time.Second), 15 * time.Second, 21 * time.Second, 0},
		{"later date", in(time.Hour), 0, 0, time.Hour},
		{"past date", in(-time.Hour), 250 * time.Millisecond, 750 * time.Millisecond, 0},
		{"neither", is("soon"), 250 * time.Millisecond, 750 * time.Millisecond, 0},
		{"negative", is("-5"), 250 * time.Millisecond, 750 * time.Millisecond, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, waits := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				status(http.StatusTooManyRequests, "Retry-After", tc.value())(w, r)
			})
			_, err := c.Destination(context.Background(), destinationID)
			if tc.most > 0 {
				if err != nil || len(*waits) != 1 || (*waits)[0] < tc.least || (*waits)[0] > tc.most {
					t.Errorf("Destination: %v after waiting %s, want one wait of %s to %s", err, *waits, tc.least, tc.most)
				}
				return
			}
			var problem *client.Problem
			if !errors.As(err, &problem) || len(*waits) > 0 || !client.Retryable(err) {
				t.Fatalf("Destination: %v after %d waits, want a retryable Problem after none", err, len(*waits))
			}
			if off := (problem.RetryAfter - tc.told).Abs(); off > 5*time.Second {
				t.Errorf("RetryAfter = %s, want %s", problem.RetryAfter, tc.told)
			}
		})
	}
}

// TestTokenServiceIsBusy is repeated like everything else, but not once for the token and once more for the call.
func TestTokenServiceIsBusy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		header []string
		tokens int
	}{
		{"always", nil, 4},
		{"for long", []string{"Retry-After", "3600"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/token" {
					status(503, tc.header...)(w, r)
				}
				return r.URL.Path == "/token"
			}
			_, _, err := b.subscriber().List(context.Background(), "", client.Page{})
			var problem *client.Problem
			if !errors.As(err, &problem) || !client.Retryable(err) || (problem.RetryAfter == time.Hour) != (tc.header != nil) {
				t.Errorf("List: %v, want a retryable Problem of the token service", err)
			}
			if got := b.count("POST /token"); got != tc.tokens {
				t.Errorf("%d requests for a token, want %d", got, tc.tokens)
			}
		})
	}
}

// TestNobodyListens: that may be better in a while.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := newBroker(t).config()
	config.SubmissionURL = "http://" + listener.Addr().String()
	waits := 0
	config.Wait = func(context.Context, time.Duration) error { waits++; return nil }
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Destination(context.Background(), destinationID)
	if !client.Retryable(err) || waits != 3 || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Destination: %v after %d waits, want a refused connection after 3, worth retrying", err, waits)
	}
}

// TestCancelled: what the caller ended is not worth retrying.
func TestCancelled(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	ctx, cancel := context.WithCancel(context.Background())
	b.before = func(_ http.ResponseWriter, r *http.Request) bool { cancel(); <-r.Context().Done(); return true }
	_, err := b.client().Destination(ctx, destinationID)
	if !errors.Is(err, context.Canceled) || client.Retryable(err) || b.count("GET") != 1 {
		t.Errorf("Destination: %v after %d requests, want one that was cancelled", err, b.count("GET"))
	}
}
