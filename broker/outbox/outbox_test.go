package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/set"
)

func TestDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusOK))
	d := w.destination(t, url)
	sub := w.submit(t, d)
	o := w.outbox(t)
	stop := w.start(t, o)
	got := <-calls
	stop()

	want := fmt.Sprintf(`{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions",`+
		`"submissionIds":["%[2]s"],"submissions":[{"destinationId":"%[1]s","submissionId":"%[2]s","caseId":"%[3]s"}]}`, d, sub.ID, sub.Case)
	if string(got.body) != want {
		t.Errorf("body: got %s, want %s", got.body, want)
	}
	if kind := got.header.Get("Content-Type"); got.method != http.MethodPost || kind != "application/json" {
		t.Errorf("got %s %s, want POST application/json", got.method, kind)
	}
	if err := got.verify(w.now()); err != nil {
		t.Error(err)
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	w.wantNext(t, time.Time{}) // neither this one, nor one that the notification would owe
	if len(calls) > 0 {
		t.Errorf("got %d more calls, want none", len(calls))
	}
	if got, want := o.Stats(), (outbox.Stats{Delivered: 1}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
}

func TestWake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusOK))
	d := w.destination(t, url)
	stop := w.start(t, w.outbox(t))
	for range 3 {
		sub := w.submit(t, d)
		if got := <-calls; !strings.Contains(string(got.body), string(sub.ID)) {
			t.Errorf("got %s, want a call about %s", got.body, sub.ID)
		}
	}
	stop()
	w.wantNext(t, time.Time{})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for code, taken := range map[int]bool{
		200: true, 201: true, 202: true, 204: true, 299: true,
		300: false, 301: false, 304: false, 400: false, 401: false, 404: false, 429: false, 500: false, 503: false,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sub := w.submit(t, w.destination(t, "http://receiver.example"))
			called := make(chan struct{}, 1)
			stop := w.start(t, w.outbox(t, func(c *outbox.Config) {
				c.Post = func(context.Context, string, http.Header, []byte) (outbox.Answer, error) {
					called <- struct{}{}
					return outbox.Answer{Status: code}, nil
				}
			}))
			<-called
			stop()
			if taken {
				w.wantNext(t, time.Time{})
				w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
				return
			}
			w.wantNext(t, w.now().Add(outbox.Retry(1)))
			w.wantLog(t, sub.Case, "create-submission", "submit-submission")
		})
	}
}

// TestRepeat checks that a repeat is authenticated for its own time.
func TestRepeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := make(chan int, 3)
	for _, code := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusOK} {
		answers <- code
	}
	url, calls := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-answers) })
	sub := w.submit(t, w.destination(t, url))
	o := w.outbox(t)
	seen := make(map[string]bool)
	for attempt := 1; attempt <= 3; attempt++ {
		stop := w.start(t, o)
		got := <-calls
		stop()
		if err := got.verify(w.now()); err != nil {
			t.Errorf("attempt %d: %v", attempt, err)
		}
		if authentication := got.header.Get(hook.HeaderAuthentication); seen[authentication] {
			t.Errorf("attempt %d repeats an authentication", attempt)
		} else {
			seen[authentication] = true
		}
		if attempt < 3 {
			w.wantNext(t, w.now().Add(outbox.Retry(attempt)))
			w.clock.advance(outbox.Retry(attempt))
		}
	}
	w.wantNext(t, time.Time{})
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	if got, want := o.Stats(), (outbox.Stats{Delivered: 1, Failed: 2}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
}

// TestTimer lets one Run find the time of the repeat by itself.
func TestTimer(t *testing.T) {
	t.Parallel()
	w := newRealTimeWorld(t)
	answers := make(chan int, 2)
	answers <- http.StatusInternalServerError
	answers <- http.StatusOK
	url, calls := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-answers) })
	w.submit(t, w.destination(t, url))
	stop := w.start(t, w.outbox(t, func(c *outbox.Config) {
		c.Jitter = func(time.Duration) time.Duration { return 20 * time.Millisecond }
	}))
	<-calls
	<-calls
	stop()
	w.wantNext(t, time.Time{})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	sub := w.submit(t, w.destination(t, gone.URL+"/callback?token=hidden"))
	logged := make(lines, 16)
	stop := w.start(t, w.outbox(t, logTo(logged)))
	line := <-logged
	stop()
	if !strings.Contains(line, "callback failed") || strings.Contains(line, "hidden") || strings.Contains(line, secret) {
		t.Errorf("got %q, want a line that names neither URL nor secret", line)
	}
	w.wantNext(t, w.now().Add(outbox.Retry(1)))
	w.wantLog(t, sub.Case, "create-submission", "submit-submission")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for said, want := range map[time.Duration]time.Duration{
		0:                5 * time.Second,
		time.Second:      5 * time.Second, // never sooner than we would
		2 * time.Minute:  2 * time.Minute,
		1000 * time.Hour: 6 * time.Hour, // nor so late that nothing comes any more
	} {
		t.Run(said.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.submit(t, w.destination(t, "http://receiver.example"))
			called := make(chan struct{}, 1)
			stop := w.start(t, w.outbox(t, func(c *outbox.Config) {
				c.Post = func(context.Context, string, http.Header, []byte) (outbox.Answer, error) {
					called <- struct{}{}
					return outbox.Answer{Status: http.StatusTooManyRequests, RetryAfter: said}, nil
				}
			}))
			<-called
			stop()
			w.wantNext(t, w.now().Add(want))
		})
	}
}

func TestGiveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusInternalServerError))
	sub := w.submit(t, w.destination(t, url))
	w.clock.advance(14*24*time.Hour - outbox.Retry(1))
	o, logged := (*outbox.Outbox)(nil), make(lines, 16)
	o = w.outbox(t, logTo(logged))
	stop := w.start(t, o)
	<-calls
	stop()
	w.wantNext(t, w.now().Add(outbox.Retry(1))) // the last moment is still in time
	<-logged

	w.clock.advance(outbox.Retry(1))
	stop = w.start(t, o)
	<-calls
	stop()
	w.wantNext(t, time.Time{})
	if line := <-logged; !strings.Contains(line, "given up") {
		t.Errorf("got %q, want that it was given up", line)
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission")
	if got, want := o.Stats(), (outbox.Stats{Failed: 2, Dropped: 1}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
}

func TestCallbackRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusOK))
	d := w.destination(t, url)
	sub := w.submit(t, d)
	w.change(t, d, func(draft *broker.DestinationDraft) { draft.Callback = nil })
	logged := make(lines, 16)
	stop := w.start(t, w.outbox(t, logTo(logged)))
	<-logged
	stop()
	w.wantNext(t, time.Time{})
	if len(calls) > 0 {
		t.Error("a callback that was removed was called")
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission")
}

// TestChangedSecret takes effect on what is owed already.
func TestChangedSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusOK))
	d := w.destination(t, url)
	w.submit(t, d)
	const changed = "another-secret-of-at-least-thirty-two-characters"
	w.change(t, d, func(draft *broker.DestinationDraft) { draft.Callback.Secret = changed })
	stop := w.start(t, w.outbox(t))
	got := <-calls
	stop()
	if err := got.verify(w.now()); err == nil {
		t.Error("the old secret was used")
	}
}

// TestDecidedMeanwhile has the authority fetch and reject before it answers the call: it needs no notification any more.
func TestDecidedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var sub broker.Submission
	decided := make(chan error, 1)
	url, calls := receiver(t, func(http.ResponseWriter, *http.Request) { decided <- w.reject(sub) })
	d := w.destination(t, url)
	sub = w.submit(t, d)
	stop := w.start(t, w.outbox(t))
	<-calls
	must(t, <-decided)
	stop()
	w.wantNext(t, time.Time{})
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "reject-submission")
}

func (w *world) reject(sub broker.Submission) error {
	p, err := pairs()
	if err != nil {
		return err
	}
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: broker.NewID[string](), Issuer: string(sub.Destination),
		IssuedAt: w.now().Unix(), Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(sub.Case),
		Event: set.RejectSubmission, Payload: set.Payload{Problems: []set.Problem{{Type: set.ProblemPrefix + "technical-error"}}}.Bytes(),
	}.Bytes()
	if err != nil {
		return err
	}
	token, err := set.Sign(claims, p.signing.KID, p.signing.Secret)
	if err != nil {
		return err
	}
	return w.Cases.Post(context.Background(), w.subscriber, broker.V2(), sub.Case, token)
}

// TestCrashAfterClaim: what a node that died had claimed is due again when its lease ends.
func TestCrashAfterClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, calls := receiver(t, status(http.StatusOK))
	sub := w.submit(t, w.destination(t, url))
	const lease = time.Minute
	if got, _, err := w.Deliveries.Claim(t.Context(), lease, 10); err != nil || len(got) != 1 {
		t.Fatalf("claim: got %v, %v", got, err)
	}
	w.wantNext(t, w.now().Add(lease))
	w.clock.advance(lease)
	stop := w.start(t, w.outbox(t))
	got := <-calls
	stop()
	if err := got.verify(w.now()); err != nil {
		t.Error(err)
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
}

// TestLateReport: who comes back after its lease is not believed, so that there is one notification and not two.
func TestLateReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := make(chan chan struct{}, 2)
	url, calls := receiver(t, func(http.ResponseWriter, *http.Request) {
		if hold := <-answer; hold != nil {
			<-hold
		}
	})
	sub := w.submit(t, w.destination(t, url))
	hold := make(chan struct{})
	answer <- hold
	answer <- nil

	slow, fast := w.outbox(t), w.outbox(t)
	stopSlow := w.start(t, slow)
	<-calls
	w.clock.advance(time.Minute)
	stopFast := w.start(t, fast)
	<-calls
	stopFast()
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	close(hold)
	stopSlow()
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	w.wantNext(t, time.Time{})
}

// TestStoreStops must not make a hot loop, nor keep Run from ending.
func TestStoreStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logged := make(lines, 1024)
	stop := w.start(t, w.outbox(t, logTo(logged)))
	must(t, w.files.Close())
	w.DeliveriesOwed.Set()
	if line := <-logged; !strings.Contains(line, "level=ERROR") {
		t.Errorf("got %q, want an error", line)
	}
	w.DeliveriesOwed.Set()
	stop()
	if len(logged) > 0 {
		t.Errorf("got %d more lines, want one failure logged once: %s", len(logged), <-logged)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := outbox.Config{
		Deliveries: new(broker.Deliveries), Log: slog.New(slog.DiscardHandler),
		Post: func(context.Context, string, http.Header, []byte) (outbox.Answer, error) {
			return outbox.Answer{}, errors.New("not called")
		},
	}
	if _, err := outbox.New(good); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	for want, spoil := range map[string]func(*outbox.Config){
		"Deliveries": func(c *outbox.Config) { c.Deliveries = nil },
		"Post":       func(c *outbox.Config) { c.Post = nil },
		"Log":        func(c *outbox.Config) { c.Log = nil },
		"negative":   func(c *outbox.Config) { c.Workers = -1 },
		"Lease":      func(c *outbox.Config) { c.Lease, c.Timeout = time.Minute, 31*time.Second },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := outbox.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
}
