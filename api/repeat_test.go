package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

func key(k string) option { return with("Idempotency-Key", k) }

// TestRepeatedAnnouncement is answered as the first was, whatever has happened since.
func TestRepeatedAnnouncement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	body := announcement(t, destination, nil)
	announce := func(k, body string, who client) answer {
		return w.call(http.MethodPost, v2+"/submissions", body, as(who), key(k))
	}
	first := announce("a", body, w.sender).want(t, http.StatusCreated)
	for name, again := range map[string]answer{"bare": announce("a", body, w.sender), "quoted": announce(`"a"`, body, w.sender)} {
		if again.want(t, http.StatusCreated); string(again.body) != string(first.body) || again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%s: got %s, want %s", name, again.body, first.body)
		}
	}
	announce("a", announcement(t, destination, map[string]any{"region": "DE09"}), w.sender).
		wantProblem(t, http.StatusUnprocessableEntity, "idempotency-key-reused", "choose a new key")
	if other := announce("b", body, w.sender).want(t, http.StatusCreated); string(other.body) == string(first.body) {
		t.Error("another key got the same submission")
	}
	if other := announce("a", body, w.other).want(t, http.StatusCreated); string(other.body) == string(first.body) {
		t.Error("another client got the submission of the first")
	}
	// What is asked again in another place is another request.
	w.call(http.MethodPost, v1+"/submissions", announcementV1(t, destination, nil), as(w.sender), key("a")).
		wantProblem(t, http.StatusUnprocessableEntity, "idempotency-key-reused")
	// Even when the destination would not take it any more.
	w.patch(destination, `{"status":"inactive"}`).want(t, http.StatusOK)
	if again := announce("a", body, w.sender).want(t, http.StatusCreated); string(again.body) != string(first.body) {
		t.Errorf("got %s, want %s", again.body, first.body)
	}
	announce("c", body, w.sender).wantProblem(t, http.StatusUnprocessableEntity, "destination-state-invalid")
	for _, bad := range []string{"", " ", `"`, `""`, "a b", "ä", strings.Repeat("x", 256)} {
		announce(bad, body, w.sender).wantProblem(t, http.StatusBadRequest, "bad-request", "Idempotency-Key")
	}
}

// TestRepeatsAtTheSameTime make one submission.
func TestRepeatsAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := announcement(t, w.active(), nil)
	var group sync.WaitGroup
	got := make([]answer, 16)
	for i := range got {
		group.Go(func() { got[i] = w.call(http.MethodPost, v2+"/submissions", body, as(w.sender), key("same")) })
	}
	group.Wait()
	for _, a := range got {
		if a.want(t, http.StatusCreated); string(a.body) != string(got[0].body) {
			t.Errorf("got %s and %s", a.body, got[0].body)
		}
	}
	var all wire.CaseList
	w.call(http.MethodGet, v2+"/cases", "", as(w.sender)).decode(&all)
	if all.TotalCount != 1 {
		t.Errorf("got %d cases, want 1", all.TotalCount)
	}
}

// TestRepeatedSubmit knows equal bytes in every later state, with and without a key.
func TestRepeatedSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	ref, other := w.announce(destination), w.announce(destination)
	body := submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}"))
	different := submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}"))
	first := w.submit(ref.SubmissionID, body, key("k")).want(t, http.StatusOK)
	same := func(options ...option) {
		t.Helper()
		if again := w.submit(ref.SubmissionID, body, options...).want(t, http.StatusOK); string(again.body) != string(first.body) {
			t.Errorf("got %s, want %s", again.body, first.body)
		}
	}
	refuse := func() {
		t.Helper()
		w.submit(ref.SubmissionID, different, key("k")).wantProblem(t, http.StatusUnprocessableEntity, "idempotency-key-reused")
		w.submit(other.SubmissionID, body, key("k")).wantProblem(t, http.StatusUnprocessableEntity, "idempotency-key-reused")
		w.submit(ref.SubmissionID, different).wantProblem(t, http.StatusConflict, "already-submitted")
	}
	same()
	same(key("k"))
	refuse()
	for _, event := range []string{"forward-submission", "accept-submission"} {
		w.call(http.MethodPost, v2+"/cases/"+ref.CaseID+"/events", w.event(destination, ref, event), as(w.subscriber), typed("application/jose")).
			want(t, http.StatusNoContent)
		same()
		same(key("k"))
		refuse()
	}
}

// TestReceiptsAreForgotten after the longest time that a submission waits.
func TestReceiptsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := announcement(t, w.active(), nil)
	announce := func() string {
		var ref wire.SubmissionRef
		w.sender.token = w.fetchToken(w.sender)
		w.call(http.MethodPost, v2+"/submissions", body, as(w.sender), key("k")).want(t, http.StatusCreated).decode(&ref)
		return ref.SubmissionID
	}
	forget := func() {
		if err := w.broker.ForgetReceipts(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	first := announce()
	w.clock.forward(13 * 24 * time.Hour)
	forget()
	if again := announce(); again != first {
		t.Error("forgotten too early")
	}
	w.clock.forward(2 * 24 * time.Hour)
	forget()
	if again := announce(); again == first {
		t.Error("not forgotten")
	}
}

// TestQuotas names the limit that is reached.
func TestQuotas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) {
		b.Limits = broker.Limits{Attachment: 4000, Submission: 6000, Pending: 3, PendingBytes: 7000}
	})
	destination := w.active()
	one, two, three, four := broker.NewID[string](), broker.NewID[string](), broker.NewID[string](), broker.NewID[string]()
	first := w.announce(destination, one, two, three)
	part := sealed(t, "application/pdf", strings.Repeat("x", 1500)) // some 2800 bytes
	w.upload(first.SubmissionID, one, sealed(t, "application/pdf", strings.Repeat("x", 3000))).
		wantProblem(t, http.StatusRequestEntityTooLarge, "payload-too-large", "4000 bytes")
	w.upload(first.SubmissionID, one, part).want(t, http.StatusNoContent)
	w.upload(first.SubmissionID, one, part).want(t, http.StatusNoContent) // in its place
	w.upload(first.SubmissionID, two, part).want(t, http.StatusNoContent)
	w.upload(first.SubmissionID, three, part).
		wantProblem(t, http.StatusRequestEntityTooLarge, "payload-too-large", "together", "6000")
	second := w.announce(destination, four)
	w.upload(second.SubmissionID, four, part).
		wantProblem(t, http.StatusRequestEntityTooLarge, "payload-too-large", "not submitted", "7000")
	w.announce(destination)
	w.call(http.MethodPost, v2+"/submissions", announcement(t, destination, nil), as(w.sender)).
		wantProblem(t, http.StatusRequestEntityTooLarge, "quota-exceeded", "3")
	w.call(http.MethodPost, v2+"/submissions", announcement(t, destination, nil), as(w.other)).want(t, http.StatusCreated)

}

// TestWhatIsSubmittedIsNotPending announces again when there is room again.
func TestWhatIsSubmittedIsNotPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits = broker.Limits{Pending: 1, PendingBytes: 5000} })
	destination, part := w.active(), sealed(t, "application/pdf", strings.Repeat("x", 2000))
	for range 3 {
		attachment := broker.NewID[string]()
		ref := w.announce(destination, attachment)
		w.call(http.MethodPost, v2+"/submissions", announcement(t, destination, nil), as(w.sender)).
			wantProblem(t, http.StatusRequestEntityTooLarge, "quota-exceeded", "at most 1")
		w.upload(ref.SubmissionID, attachment, part).want(t, http.StatusNoContent)
		w.submit(ref.SubmissionID, submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}"))).want(t, http.StatusOK)
	}
}
