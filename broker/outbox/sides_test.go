package outbox_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

const callbacks = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"

// TestBothSidesAreTold what befalls a case (FIT-Connect contract 9.4): each what the other did, and nothing of what it did itself.
func TestBothSidesAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	authority, told := receiver(t, status(http.StatusOK))
	service, heard := receiver(t, status(http.StatusOK))
	d := w.destination(t, authority)
	w.start(t, w.outbox(t))

	sub := w.submitWith(t, d, &broker.CallbackDraft{URL: service, Secret: secret})
	aboutSubmission := fmt.Sprintf(`"submissionIds":["%[2]s"],"submissions":[{"destinationId":"%[1]s","submissionId":"%[2]s","caseId":"%[3]s"}]}`, d, sub.ID, sub.Case)
	w.want(t, told, "new-submissions", aboutSubmission)

	question := w.reply(t, w.subscriber, sub.Case)
	aboutReply := func(id broker.SubmissionID) string {
		return fmt.Sprintf(`"replies":[{"destinationId":"%s","replyId":"%s","caseId":"%s"}]}`, d, id, sub.Case)
	}
	w.want(t, heard, "new-replies", aboutReply(question.ID))
	answer := w.reply(t, w.sender, sub.Case)
	w.want(t, told, "new-replies", aboutReply(answer.ID))

	must(t, w.Replies.Accept(context.Background(), w.sender, question.ID, nil))
	w.want(t, told, "new-events", aboutReply(question.ID))
	must(t, w.Replies.Reject(context.Background(), w.subscriber, answer.ID, []set.Problem{{Type: "https://example.org/p"}}))
	w.want(t, heard, "new-events", aboutReply(answer.ID))
	w.accept(t, sub)
	w.want(t, heard, "new-events", aboutSubmission)

	w.wantNext(t, time.Time{})
	if len(told) > 0 || len(heard) > 0 {
		t.Errorf("got %d more calls of the authority and %d of the online service, want none", len(told), len(heard))
	}
	w.wantLog(t, sub.Case, "create-submission", "submit-submission", "notify-submission callback",
		"create-reply", "submit-reply", "notify-reply callback", "create-reply", "submit-reply", "notify-reply callback",
		"accept-reply", "reject-reply", "accept-submission")
}

// TestSenderWithoutCallback is told nothing, also not where another of its submissions in the case wanted to be.
func TestSenderWithoutCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	authority, _ := receiver(t, status(http.StatusOK))
	service, heard := receiver(t, status(http.StatusOK))
	d := w.destination(t, authority)
	first := w.submitWith(t, d, &broker.CallbackDraft{URL: service, Secret: secret})
	second := w.submitIn(t, d, first.Case, nil)
	w.start(t, w.outbox(t))
	w.accept(t, second)
	w.accept(t, first)
	w.want(t, heard, "new-events", fmt.Sprintf(`"submissionIds":["%[2]s"],"submissions":[{"destinationId":"%[1]s","submissionId":"%[2]s","caseId":"%[3]s"}]}`, d, first.ID, first.Case))
	if len(heard) > 0 {
		t.Errorf("got %d more calls, want none", len(heard))
	}
}

// want waits for a call and compares it.
func (w *world) want(t *testing.T, calls <-chan call, kind, rest string) {
	t.Helper()
	got := <-calls
	if want := `{"type":"` + callbacks + kind + `",` + rest; string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if err := got.verify(w.now()); err != nil {
		t.Error(err)
	}
	w.settled(t)
}

// settled waits until the outcome of the last call is in the store: what follows is then numbered after it.
func (w *world) settled(t *testing.T) {
	t.Helper()
	for {
		next, err := w.Deliveries.Next(context.Background())
		must(t, err)
		if next.IsZero() {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

func (w *world) reply(t testing.TB, who broker.Caller, in broker.CaseID) broker.Submission {
	t.Helper()
	ctx := context.Background()
	r, err := w.Replies.Announce(ctx, who, broker.ReplyAnnouncement{Case: in}, broker.Repeat{})
	must(t, err)
	sealed := application(t)
	r, err = w.Replies.Submit(ctx, who, broker.V2(), r.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
	return r
}

// accept posts a token that the destination signed.
func (w *world) accept(t testing.TB, sub broker.Submission) {
	t.Helper()
	p, err := pairs()
	must(t, err)
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: broker.NewID[string](), Issuer: string(sub.Destination), IssuedAt: w.now().Unix(),
		Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(sub.Case), Event: set.AcceptSubmission,
	}.Bytes()
	must(t, err)
	token, err := set.Sign(claims, p.signing.KID, p.signing.Secret)
	must(t, err)
	must(t, w.Cases.Post(context.Background(), w.subscriber, broker.V2(), sub.Case, token))
}
