package testenv

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	part := func(outcome Outcome, why string) Result {
		return Result{Number: 9, Name: "x", Outcome: outcome, Why: why}
	}
	for _, row := range []struct {
		name  string
		parts []Result
		want  Outcome
		why   string
	}{
		{"all passed", []Result{part(Passed, ""), part(Passed, "")}, Passed, ""},
		{"one failed", []Result{part(Passed, ""), part(Failed, "got x")}, Failed, ""},
		{"one failed, one not run", []Result{part(NotRun, "needs y"), part(Failed, "got x")}, Failed, "1 of 2 parts not run: needs y"},
		{"one not run", []Result{part(NotRun, "needs y"), part(Passed, "")}, Passed, "1 of 2 parts not run: needs y"},
		{"none run", []Result{part(NotRun, "needs y"), part(NotRun, "needs y"), part(NotRun, "needs z")}, NotRun, "needs y; needs z"},
	} {
		got := judge(9, "title", row.parts)
		if got.Outcome != row.want || got.Why != row.why {
			t.Errorf("%s: got %s (%s), want %s (%s)", row.name, got.Outcome, got.Why, row.want, row.why)
		}
	}
}

// strange is a session with a broker that answers as the handler does.
func strange(t *testing.T, handler http.HandlerFunc) *Session {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newSession(t, SessionConfig{World: World{Environments: []Environment{{Name: "test", SubmissionURL: server.URL}}}})
}

func TestRunChooses(t *testing.T) {
	t.Parallel()
	s := strange(t, http.NotFound)
	for _, row := range []struct {
		name       string
		plan       Plan
		numbers    int
		own, ended bool
	}{
		{"everything", Plan{Parallel: 8}, 158, true, false},
		{"numbered", Plan{Parallel: 8, Numbered: true}, 158, false, false},
		{"some", Plan{Numbers: []int{12, 13, 133}}, 3, false, false},
		{"when it is over already", Plan{Parallel: 2}, 158, true, true},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if row.ended {
			cancel()
		}
		told := 0
		row.plan.Told = func(done, all int) {
			if told++; done != told || done > all {
				t.Errorf("%s: told %d of %d, want %d", row.name, done, all, told)
			}
		}
		r := s.Run(ctx, row.plan)
		cancel()
		var count Count
		for _, section := range r.Sections() {
			count = count.Plus(section.Count())
		}
		if got := count.Passed + count.Failed + count.NotRun; got != row.numbers || told != len(r.Results) {
			t.Errorf("%s: got %d numbers and %d of %d results, want %d and all", row.name, got, told, len(r.Results), row.numbers)
		}
		if ran := CountOf(r.Results); row.ended && ran.NotRun != len(r.Results) {
			t.Errorf("%s: got %s, want nothing run", row.name, ran)
		}
		if got := len(r.Own()) > 0; got != row.own {
			t.Errorf("%s: got own cases %t, want %t", row.name, got, row.own)
		}
	}
}

// TestRunSurvives runs everything against a broker that says yes to everything, and the same nonsense.
func TestRunSurvives(t *testing.T) {
	t.Parallel()
	const body = `{"access_token":"x","keys":[{"n":1}],"submissionId":"","eventLog":["x.y.z"],"destinationId":"x"}`
	s := strange(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(likely(r))
		_, _ = w.Write([]byte(body))
	})
	u := s.env.SubmissionURL
	s.env.URL, s.env.TokenURL, s.env.DestinationURL, s.env.RoutingURL, s.env.PortalURL = u, u, u, u, u
	s.env.Sender, s.env.Subscriber = &node.Credentials{ClientID: "x", ClientSecret: "y"}, &node.Credentials{ClientID: "x", ClientSecret: "z"}
	results := s.Run(t.Context(), Plan{Parallel: 4, CaseTime: caseTime}).Results
	if got := CountOf(results); got.Failed < len(results)*9/10 {
		t.Errorf("got %s, want nearly all of them failed", got)
	}
	for _, one := range results {
		if strings.Contains(one.Why, "could not go on") {
			t.Errorf("%s: %s", one.Name, one.Why)
		}
	}
}

// likely is the status that a case hopes for.
func likely(r *http.Request) int {
	if r.Method == http.MethodPost && r.URL.Path != "/" { // but for a token
		return http.StatusCreated
	}
	return http.StatusOK
}

// A broker that wants fewer requests gets them; a case that is about that sees the refusal.
func TestRunIsPolite(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := strange(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("User-Agent"); got != userAgent {
			t.Errorf("got User-Agent %q, want %q", got, userAgent)
		}
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	polite := &trial{Session: s, ctx: t.Context()}
	if got := polite.get(s.env.SubmissionURL, "").status; got != http.StatusOK || asked.Load() != 2 {
		t.Errorf("got status %d after %d requests, want 200 after 2", got, asked.Load())
	}
	asked.Store(0)
	if got := polite.do(call{method: http.MethodGet, url: s.env.SubmissionURL, impatient: true}).status; got != http.StatusTooManyRequests {
		t.Errorf("got status %d, want 429", got)
	}
}

func TestRunKeepsTime(t *testing.T) {
	t.Parallel()
	s := strange(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	slow := Case{Number: 12, Name: "slow", Run: func(ctx context.Context, s *Session) error {
		<-ctx.Done()
		return errors.New("no answer")
	}}
	if got := s.runOne(t.Context(), slow, time.Millisecond); got.Outcome != Failed || !strings.Contains(got.Why, "longer than 1ms: no answer") {
		t.Errorf("got %s (%s), want it failed for its time", got.Outcome, got.Why)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if got := s.runOne(ctx, slow, 0); got.Outcome != NotRun || !strings.Contains(got.Why, "whole run") {
		t.Errorf("got %s (%s), want it not run for the time of all", got.Outcome, got.Why)
	}
}

// Neither a secret in an address nor the token in an answer gets into a report.
func TestReportKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := strange(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"access_token":"hush"}`)) })
	for _, address := range []string{s.env.SubmissionURL, "http://127.0.0.1:1"} {
		asking := &trial{Session: s, ctx: t.Context()}
		asking.get(address+"/token?client_secret=hush", "").is(http.StatusTeapot)
		if asking.err == nil || strings.Contains(asking.err.Error(), "hush") {
			t.Errorf("got %v, want an error without the secret", asking.err)
		}
	}
}
