package outbox

import (
	"net/http"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/hook"
)

// The golden vector of FIT-Connect contract 9.2 with both members.
func TestBody(t *testing.T) {
	t.Parallel()
	const secret = "insecure_unsafe_qHScgrg_kP-R31jHUwp3GkVkGJolvBchz65b74Lzue0"
	got := body(broker.Delivery{
		Type: broker.NewSubmissions, Destination: "d12caea8-f372-4eb1-b102-b0a228253a11",
		Submission: "f39ab143-d91a-474a-b69f-b00f1a1873c2", Case: "9eec7d3e-dc66-4f82-9f52-1520bf96a32e",
	})
	want := `{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions","submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"],"submissions":[{"destinationId":"d12caea8-f372-4eb1-b102-b0a228253a11","submissionId":"f39ab143-d91a-474a-b69f-b00f1a1873c2","caseId":"9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}]}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const mac = "2056b372b5bcec06d8f11ab79b84b42d6cbe1c8e1178cdfa36e4385dcf717758aaa7599f417d9ec3e079087884f4fd59680bf713621383e2d4414ef74fb10df3"
	if _, got := hook.Sign(secret, time.Unix(1672527599, 0), got); got != mac {
		t.Errorf("authentication: got %s, want %s", got, mac)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{
		-1: 5 * time.Second, 0: 5 * time.Second, 1: 5 * time.Second, 2: 15 * time.Second, 3: 45 * time.Second,
		4: 135 * time.Second, 5: 405 * time.Second, 6: 1215 * time.Second, 7: 3645 * time.Second, 8: 10935 * time.Second,
		9: 6 * time.Hour, 10: 6 * time.Hour, 1 << 40: 6 * time.Hour,
	} {
		if got := Retry(attempt); got != want {
			t.Errorf("after attempt %d: got %s, want %s", attempt, got, want)
		}
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if got := Jitter(10 * time.Second); got < 8*time.Second || got > 12*time.Second {
			t.Fatalf("got %s, want 8 to 12 seconds", got)
		}
	}
	for _, d := range []time.Duration{0, 1, 4} {
		if got := Jitter(d); got != d {
			t.Errorf("got %d, want %d", got, d)
		}
	}
}

// TestExcess counts what a lane of width 2 keeps and puts aside, and when what is put aside comes back.
func TestExcess(t *testing.T) {
	t.Parallel()
	const patience = 5 * time.Second
	now := time.Now()
	cases := map[string]struct {
		pace, running    time.Duration // of the calls that are over; how long one has been running, zero for none
		waiting          int
		kept             int
		first, lastAside time.Duration // when the first and the last put aside get their turn
	}{
		"no call yet":              {waiting: 1000, kept: 1000},
		"fast":                     {pace: 10 * time.Millisecond, waiting: 1000, kept: 1000},
		"fast, more than fits":     {pace: 10 * time.Millisecond, waiting: 1004, kept: 1002, first: patience + 5*time.Millisecond, lastAside: patience + 10*time.Millisecond},
		"a second each":            {pace: time.Second, waiting: 100, kept: 12, first: 5500 * time.Millisecond, lastAside: 49 * time.Second},
		"slower than patience":     {pace: 10 * time.Second, waiting: 10, kept: 2, first: 10 * time.Second, lastAside: 45 * time.Second},
		"one hangs":                {pace: time.Millisecond, running: time.Second, waiting: 100, kept: 11, first: 5500 * time.Millisecond, lastAside: 49500 * time.Millisecond},
		"never away for very long": {pace: 10 * time.Second, waiting: 1000, kept: 2, first: 10 * time.Second, lastAside: asideAtMost},
		"one takes its time":       {pace: time.Millisecond, running: hangs - 1, waiting: 1000, kept: 1000},
		"nothing waits":            {pace: 10 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLane("destination d", 2)
			l.pace = c.pace
			if c.running > 0 {
				l.running["hangs"] = &call{since: now.Add(-c.running)}
			}
			l.waiting = make([]broker.Claimed, c.waiting)
			out := l.excess(now, patience)
			if len(l.waiting) != c.kept || len(out) != c.waiting-c.kept {
				t.Fatalf("kept %d and put %d aside, want %d and %d", len(l.waiting), len(out), c.kept, c.waiting-c.kept)
			}
			if len(out) == 0 {
				return
			}
			if got := out[0].until.Sub(now); got != c.first {
				t.Errorf("first turn: got %s, want %s", got, c.first)
			}
			if got := out[len(out)-1].until.Sub(now); got != c.lastAside {
				t.Errorf("last turn: got %s, want %s", got, c.lastAside)
			}
		})
	}
}

// TestStale gives back what could not be called within its lease.
func TestStale(t *testing.T) {
	t.Parallel()
	const timeout = 10 * time.Second
	now := time.Now()
	l := newLane("destination d", 2)
	for _, left := range []time.Duration{-time.Second, timeout - 1, timeout, time.Minute} {
		l.waiting = append(l.waiting, broker.Claimed{Delivery: broker.Delivery{NotBefore: now.Add(left)}})
	}
	out := l.stale(now, timeout)
	if len(out) != 2 || len(l.waiting) != 2 || !l.waiting[0].NotBefore.Equal(now.Add(timeout)) || !out[0].until.Equal(now) {
		t.Errorf("got %v given back and %v kept, want the first two given back for now", out, l.waiting)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "2147483648", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		if got := retryAfter(http.Header{"Retry-After": {said}}, time.Unix(1e9, 0)); got < 0 {
			t.Errorf("got %s, want no negative time", got)
		}
	})
}
