package outbox_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/outbox"
)

// answering makes all receivers answer one after the other what is put into a channel, and hands on the addresses that are called.
type answering struct {
	answers chan outbox.Answer
	called  chan string
}

func newAnswering() answering { return answering{make(chan outbox.Answer, 64), make(chan string, 64)} }

func (a answering) post(c *outbox.Config) {
	c.Post = func(ctx context.Context, url string, _ http.Header, _ []byte) (outbox.Answer, error) {
		a.called <- url
		select {
		case answer := <-a.answers:
			return answer, nil
		case <-ctx.Done():
			return outbox.Answer{}, ctx.Err()
		}
	}
}

// callsNow runs an outbox until nothing is due any more, with these answers, and returns how many calls it made.
func (w *world) callsNow(t testing.TB, a answering, statuses ...int) int {
	t.Helper()
	for _, status := range statuses {
		a.answers <- outbox.Answer{Status: status}
	}
	stop := w.start(t, w.outbox(t, a.post))
	w.quiet(t)
	stop()
	if left := len(a.answers); left > 0 {
		t.Fatalf("%d of %d answers were not asked for", left, len(statuses))
	}
	n := len(a.called)
	for range n {
		<-a.called
	}
	return n
}

// quiet waits until nothing is due and nothing is being called.
func (w *world) quiet(t testing.TB) {
	t.Helper()
	for range time.Tick(2 * time.Millisecond) {
		busy := false
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			busy = false
			all, err := tx.DueDeliveries(w.now().Add(1000*time.Hour), broker.MaxPage)
			for _, d := range all {
				busy = busy || d.Lease != "" || !d.NotBefore.After(w.now())
			}
			return err
		}))
		if !busy {
			return
		}
	}
}

// callbacks returns those to a destination, oldest first.
func (w *world) callbacks(t testing.TB, d broker.DestinationID) []broker.Delivery {
	t.Helper()
	all, _, err := w.Deliveries.To(t.Context(), w.subscriber, string(d), broker.Page{Limit: broker.MaxPage})
	must(t, err)
	return all
}

func (w *world) status(t testing.TB, who broker.Caller, id string) broker.CallbackStatus {
	t.Helper()
	st, err := w.Deliveries.Status(t.Context(), who, id)
	must(t, err)
	return st
}

// deeds returns the deeds of the organisation, the latest last.
func (w *world) deeds(t testing.TB) (names []string) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		names = nil
		all, _, err := broker.Deeds(tx, w.subscriber.Org, broker.Page{Limit: broker.MaxPage})
		for _, d := range all {
			names = append(names, d.Who+": "+d.Deed+" "+d.Detail)
		}
		return err
	}))
	return names
}

// TestAttemptsAreKept: what was tried can be read, in few words, and without address or secret.
func TestAttemptsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example/hidden")
	w.submit(t, d)
	a := newAnswering()
	for attempt, status := range []int{503, 401, 302, 200} {
		if got := w.callsNow(t, a, status); got != 1 {
			t.Fatalf("attempt %d: got %d calls, want 1", attempt+1, got)
		}
		w.clock.advance(outbox.Retry(attempt + 1))
	}
	got := w.callbacks(t, d)[0]
	if got.Over.IsZero() || got.GivenUp || len(got.Attempts) != 4 {
		t.Fatalf("got %+v, want a callback that was taken by the fourth attempt", got)
	}
	for i, want := range []broker.Attempt{
		{Status: 503, Reason: "the receiver failed"}, {Status: 401, Reason: "not believed: the receiver may know another secret"},
		{Status: 302, Reason: "a redirect, which is not followed"}, {Status: 200},
	} {
		if a := got.Attempts[i]; a.Status != want.Status || a.Reason != want.Reason || a.At.IsZero() {
			t.Errorf("attempt %d: got %+v, want %+v", i+1, a, want)
		}
	}
}

// TestAttemptsAreBounded: a callback that is tried for weeks remembers the latest.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	w.submit(t, d)
	a := newAnswering()
	for range broker.MaxAttempts + 3 {
		w.callsNow(t, a, 500)
		w.clock.advance(6 * time.Hour)
	}
	got := w.callbacks(t, d)[0]
	if len(got.Attempts) != broker.MaxAttempts || got.Attempt != broker.MaxAttempts+3 {
		t.Errorf("got %d attempts kept of %d, want %d of %d", len(got.Attempts), got.Attempt, broker.MaxAttempts, broker.MaxAttempts+3)
	}
	if last := got.Attempts[broker.MaxAttempts-1].At; !last.Equal(w.now().Add(-6 * time.Hour)) {
		t.Errorf("last attempt: got %s, want six hours ago", last)
	}
}

// TestPause: after five failures in a row one call at a time tries, at growing pauses, and what else waits costs no calls; a success ends it.
func TestPause(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d, other := w.destination(t, "http://dead.example"), w.destination(t, "http://alive.example")
		w.owe(t, d, 1)
		a := newAnswering()
		for attempt := range 4 {
			w.callsNow(t, a, 500)
			w.clock.advance(outbox.Retry(attempt + 1))
		}
		if got := w.status(t, w.subscriber, string(d)).Trouble; len(got) != 1 || got[0].State() != broker.EndpointFailing || got[0].Failures != 4 {
			t.Errorf("after four failures: got %+v, want it failing", got)
		}
		w.callsNow(t, a, 500)
		w.owe(t, d, 20)
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			e := w.status(t, w.subscriber, string(d)).Trouble[0]
			if e.State() != broker.EndpointPaused || !e.Until.Equal(w.now().Add(pause)) {
				t.Errorf("got %s until %s, want it paused for %s", e.State(), e.Until, pause)
			}
			w.owe(t, other, 1)
			if got := w.callsNow(t, a, 200); got != 1 {
				t.Errorf("got %d calls, want only that of the other receiver", got)
			}
			w.clock.advance(pause + pause/10 + time.Second) // those that wait together do not come together
			if got := w.callsNow(t, a, 500); got != 1 {
				t.Errorf("got %d calls after %s, want one that tries", got, pause)
			}
		}
		w.clock.advance(10 * time.Minute)
		w.callsNow(t, a, 200)
		if got := w.status(t, w.subscriber, string(d)).Trouble; len(got) != 0 {
			t.Errorf("after a success: got %+v, want no trouble", got)
		}
		w.clock.advance(time.Minute)
		if got := w.callsNow(t, a, slices.Repeat([]int{200}, 20)...); got != 20 {
			t.Errorf("got %d calls, want all that waited", got)
		}
	})
}

// TestRetryAfterIsForAll: who asks to be left alone is left alone with everything.
func TestRetryAfterIsForAll(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d := w.destination(t, "http://busy.example")
		w.owe(t, d, 1)
		a := newAnswering()
		a.answers <- outbox.Answer{Status: 429, RetryAfter: time.Hour}
		w.callsNow(t, a)
		w.owe(t, d, 5)
		if got := w.callsNow(t, a); got != 0 {
			t.Errorf("got %d calls, want none for an hour", got)
		}
		if e := w.status(t, w.subscriber, string(d)).Trouble[0]; !e.Until.Equal(w.now().Add(time.Hour)) {
			t.Errorf("got paused until %s, want for an hour", e.Until)
		}
	})
}

// TestGone: who answers 410 is called no more, until its URL is changed.
func TestGone(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d := w.destination(t, "http://gone.example")
		sub := w.submit(t, d)
		a := newAnswering()
		w.callsNow(t, a, 410)
		w.submit(t, d)
		if got := w.callsNow(t, a); got != 0 {
			t.Errorf("got %d calls of a receiver that is gone, want none", got)
		}
		for _, c := range w.callbacks(t, d) {
			if !c.GivenUp || c.Over.IsZero() || len(c.Attempts) != 1 {
				t.Errorf("got %+v, want it given up", c)
			}
		}
		w.wantLog(t, sub.Case, "create-submission", "submit-submission")
		st := w.status(t, w.subscriber, string(d))
		if len(st.Trouble) != 1 || st.Trouble[0].State() != broker.EndpointStopped || st.GivenUp != 2 {
			t.Errorf("got %+v, want it stopped", st)
		}
		if deeds := w.deeds(t); !strings.HasPrefix(deeds[len(deeds)-1], "the broker: callback.stopped") {
			t.Errorf("got %q, want that the broker stopped it", deeds[len(deeds)-1])
		}
		w.change(t, d, func(draft *broker.DestinationDraft) { draft.Callback.URL = "http://moved.example" })
		w.submit(t, d)
		if got := w.callsNow(t, a, 200); got != 1 {
			t.Errorf("got %d calls at the new address, want 1", got)
		}
	})
}

// Of a receiver that is gone somebody is told at once, of one that fails after a day, of each once until it was reached again.
func TestUnreached(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		gone, failing := w.destination(t, "http://gone.example"), w.destination(t, "http://failing.example")
		a := newAnswering()
		w.owe(t, gone, 1)
		w.callsNow(t, a, 410)
		w.wantUnreached(t, gone)
		w.owe(t, failing, 1)
		w.callsNow(t, a, 500)
		w.clock.advance(23 * time.Hour)
		w.callsNow(t, a, 500)
		w.wantUnreached(t, gone)
		for range 3 {
			w.clock.advance(12 * time.Hour)
			w.callsNow(t, a, 500)
		}
		w.wantUnreached(t, gone, failing)
		w.clock.advance(12 * time.Hour)
		w.callsNow(t, a, 200)
		w.owe(t, failing, 1)
		w.callsNow(t, a, 500)
		w.clock.advance(25 * time.Hour)
		w.callsNow(t, a, 500)
		w.wantUnreached(t, gone, failing, failing)
	})
}

func (w *world) wantUnreached(t *testing.T, want ...broker.DestinationID) {
	t.Helper()
	var got []broker.DestinationID
	for _, e := range *w.unreached {
		_, id := e.Receiver.Parts()
		got = append(got, broker.DestinationID(id))
	}
	if !slices.Equal(got, want) {
		t.Errorf("somebody was told of %v, want %v", got, want)
	}
}

// TestGoneSender: a sender's receiver that is gone is not tried for weeks either, while its other receivers are called.
func TestGoneSender(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d := w.destination(t, "http://authority.example")
		first := w.submitWith(t, d, &broker.CallbackDraft{URL: "http://gone.example", Secret: secret})
		second := w.submitWith(t, d, &broker.CallbackDraft{URL: "http://gone.example", Secret: secret})
		third := w.submitWith(t, d, &broker.CallbackDraft{URL: "http://alive.example", Secret: secret})
		a := newAnswering()
		w.callsNow(t, a, 200, 200, 200)
		for i, step := range []struct {
			sub   broker.Submission
			calls []int
		}{{first, []int{410}}, {second, nil}, {third, []int{200}}} {
			w.accept(t, step.sub)
			if got := w.callsNow(t, a, step.calls...); got != len(step.calls) {
				t.Errorf("submission %d: got %d calls, want %d", i+1, got, len(step.calls))
			}
		}
		st := w.status(t, broker.Operator(w.sender.Org), string(w.sender.Client))
		if len(st.Trouble) != 1 || st.Trouble[0].URL != "http://gone.example" || st.GivenUp != 2 || st.Kept != 3 {
			t.Errorf("got %+v, want one address of the sender stopped", st)
		}
	})
}

// TestResume calls a stopped receiver again, and what was given up when it is replayed.
func TestResume(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d := w.destination(t, "http://mended.example")
		sub := w.submit(t, d)
		a := newAnswering()
		w.callsNow(t, a, 410)
		if n, err := w.Deliveries.Resume(t.Context(), w.subscriber, string(d)); n != 1 || err != nil {
			t.Errorf("got %d, %v, want one endpoint resumed", n, err)
		}
		if got := w.callsNow(t, a); got != 0 {
			t.Errorf("got %d calls, want none: what was given up stays so", got)
		}
		if n, err := w.Deliveries.ReplayTo(t.Context(), w.subscriber, string(d), broker.Which{Undelivered: true}); n != 1 || err != nil {
			t.Errorf("got %d, %v, want one replayed", n, err)
		}
		w.callsNow(t, a, 200)
		w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
		if n, err := w.Deliveries.ReplayTo(t.Context(), w.subscriber, string(d), broker.Which{Undelivered: true}); n != 0 || err != nil {
			t.Errorf("got %d, %v, want none: it was taken", n, err)
		}
	})
}

// TestResumePaused has what waits called at once.
func TestResumePaused(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		d := w.destination(t, "http://mended.example")
		w.owe(t, d, 1)
		a := newAnswering()
		a.answers <- outbox.Answer{Status: 503, RetryAfter: 5 * time.Hour}
		w.callsNow(t, a)
		w.owe(t, d, 3)
		w.callsNow(t, a)
		if n, err := w.Deliveries.Resume(t.Context(), w.subscriber, string(d)); n != 1 || err != nil {
			t.Errorf("got %d, %v, want one endpoint resumed", n, err)
		}
		if got := w.callsNow(t, a, 200, 200, 200, 200); got != 4 {
			t.Errorf("got %d calls, want all four", got)
		}
	})
}

// TestReplay makes a callback again that was taken, with its whole schedule before it and under the same id, and nothing else changes.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	sub := w.submit(t, d)
	a := newAnswering()
	w.callsNow(t, a, 200)
	w.clock.advance(20 * 24 * time.Hour)
	id := w.callbacks(t, d)[0].ID
	_, err := w.Deliveries.Replay(t.Context(), w.subscriber, id)
	must(t, err)
	w.callsNow(t, a, 500)
	w.wantNext(t, w.now().Add(outbox.Retry(1)))
	_, err = w.Deliveries.Replay(t.Context(), w.subscriber, id) // now, instead of when its next attempt is due
	must(t, err)
	if got := w.callsNow(t, a, 200); got != 1 {
		t.Errorf("got %d calls, want 1", got)
	}
	got, err := w.Deliveries.Get(t.Context(), w.subscriber, id)
	must(t, err)
	if len(got.Attempts) != 3 || got.Over.IsZero() || got.GivenUp {
		t.Errorf("got %+v, want three attempts, the last of which was taken", got)
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback")
	_, _, err = w.Deliveries.Claim(t.Context(), time.Minute, 1)
	must(t, err)
}

// TestReplaySince takes what is meant, oldest first.
func TestReplaySince(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	a := newAnswering()
	w.owe(t, d, 2)
	w.callsNow(t, a, 200, 200)
	w.clock.advance(time.Hour)
	since := w.now()
	w.owe(t, d, 3)
	w.callsNow(t, a, 200, 200, 200)
	w.clock.advance(time.Hour)
	n, err := w.Deliveries.ReplayTo(t.Context(), w.subscriber, string(d), broker.Which{Since: since})
	if n != 3 || err != nil {
		t.Fatalf("got %d, %v, want the last three", n, err)
	}
	claimed, _, err := w.Deliveries.Claim(t.Context(), time.Minute, 10)
	must(t, err)
	all := w.callbacks(t, d)
	for i, c := range claimed {
		if want := all[2+i].ID; c.ID != want {
			t.Errorf("call %d: got %s, want %s", i+1, c.ID, want)
		}
	}
	if _, err := w.Deliveries.Replay(t.Context(), w.subscriber, claimed[0].ID); !errors.Is(err, broker.Conflict) {
		t.Errorf("one that is being made: got %v, want %v", err, broker.Conflict)
	}
	if n, err := w.Deliveries.ReplayTo(t.Context(), w.subscriber, string(d), broker.Which{Since: since}); n != 0 || err != nil {
		t.Errorf("got %d, %v, want none: they are being made", n, err)
	}
}

// TestReplayIsBounded: a slip of a date does not call anybody ten thousand times.
func TestReplayIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	w.owe(t, d, broker.MaxReplay+1)
	if _, err := w.Deliveries.ReplayTo(t.Context(), w.subscriber, string(d), broker.Which{}); !errors.Is(err, broker.Unprocessable) {
		t.Errorf("got %v, want %v", err, broker.Unprocessable)
	}
}

// TestCallbacksOfOthers are not to be known of.
func TestCallbacksOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	w.owe(t, d, 1)
	id := w.callbacks(t, d)[0].ID
	reader := broker.PersonCaller("p", w.subscriber.Org, broker.RoleReader)
	operator := broker.PersonCaller("p", w.subscriber.Org, broker.RoleOperator)
	stranger := w.stranger(t)
	for name, ask := range map[string]struct {
		do   func(broker.Caller) error
		acts bool
	}{
		"status": {func(who broker.Caller) error { _, err := w.Deliveries.Status(t.Context(), who, string(d)); return err }, false},
		"list": {func(who broker.Caller) error {
			_, _, err := w.Deliveries.To(t.Context(), who, string(d), broker.Page{Limit: 1})
			return err
		}, false},
		"get":    {func(who broker.Caller) error { _, err := w.Deliveries.Get(t.Context(), who, id); return err }, false},
		"replay": {func(who broker.Caller) error { _, err := w.Deliveries.Replay(t.Context(), who, id); return err }, true},
		"replay all": {func(who broker.Caller) error {
			_, err := w.Deliveries.ReplayTo(t.Context(), who, string(d), broker.Which{})
			return err
		}, true},
		"resume": {func(who broker.Caller) error { _, err := w.Deliveries.Resume(t.Context(), who, string(d)); return err }, true},
		"test":   {func(who broker.Caller) error { _, err := w.Deliveries.MayTest(t.Context(), who, d); return err }, true},
	} {
		for who, c := range map[string]struct {
			broker.Caller
			want error
		}{
			"developer": {w.subscriber, nil}, "operator": {operator, nil}, "stranger": {stranger, broker.NotFound},
			"nobody": {broker.Caller{}, broker.Unauthenticated}, "other operator": {broker.Operator(stranger.Org), broker.NotFound},
		} {
			if err := ask.do(c.Caller); !errors.Is(err, c.want) {
				t.Errorf("%s by %s: got %v, want %v", name, who, err, c.want)
			}
		}
		if err := ask.do(reader); errors.Is(err, broker.Forbidden) != ask.acts {
			t.Errorf("%s by reader: got %v, want it forbidden: %t", name, err, ask.acts)
		}
	}
	if all, total, err := w.Deliveries.Troubled(t.Context(), stranger, broker.Page{Limit: 1}); len(all) != 0 || total != 0 || err != nil {
		t.Errorf("got %v, %d, %v, want none", all, total, err)
	}
}

// TestForget removes what is over for long, and nothing that is owed.
func TestForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.destination(t, "http://receiver.example")
	const keep = 30 * 24 * time.Hour
	a := newAnswering()
	for _, answers := range [][]int{{200}, {410}, nil} {
		w.owe(t, d, 1)
		w.callsNow(t, a, answers...)
	}
	w.owe(t, d, 1)
	w.clock.advance(keep)
	must(t, w.Deliveries.Forget(t.Context(), keep))
	if got := len(w.callbacks(t, d)); got != 4 {
		t.Errorf("got %d callbacks, want all four: the time is not over", got)
	}
	w.clock.advance(1)
	must(t, w.Deliveries.Forget(t.Context(), keep))
	if got := w.callbacks(t, d); len(got) != 1 || !got[0].Over.IsZero() {
		t.Errorf("got %+v, want the one that is owed", got)
	}
	troubles, err := w.Deliveries.Troubles(t.Context())
	must(t, err)
	if troubles[broker.EndpointStopped] != 0 {
		t.Errorf("got %v, want the trouble forgotten too", troubles)
	}
}
