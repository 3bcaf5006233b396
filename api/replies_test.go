package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// announceReply opens a reply.
func (w *world) announceReply(who client, caseID string, attachments ...string) answer {
	w.t.Helper()
	body := changed(w.t, map[string]any{"caseId": caseID, "announcedAttachments": append([]string{}, attachments...)}, nil)
	return w.call(http.MethodPost, v2+"/replies", body, as(who))
}

// replied takes a reply through to its addressee.
func (w *world) replied(who client, caseID string) wire.ReplyRef {
	w.t.Helper()
	var ref wire.ReplyRef
	w.announceReply(who, caseID).want(w.t, http.StatusCreated).decode(&ref)
	w.submitReply(who, ref).want(w.t, http.StatusOK)
	return ref
}

func (w *world) submitReply(who client, ref wire.ReplyRef) answer {
	w.t.Helper()
	body := submitBody(w.t, sealed(w.t, "application/json", "{}"), sealed(w.t, "application/json", `{"a":1}`))
	return w.call(http.MethodPut, v2+"/replies/"+ref.ReplyID, body, as(who))
}

// log reads and takes apart the tokens of a case.
func (w *world) events(caseID string) (all []set.Claims) {
	w.t.Helper()
	var log wire.EventLog
	w.call(http.MethodGet, v2+"/cases/"+caseID+"/events", "", as(w.sender)).decode(&log)
	for _, raw := range log.EventLog {
		all = append(all, must(set.Parse(raw))(w.t).Claims)
	}
	return all
}

func (w *world) lastEvent(caseID string) set.Claims {
	w.t.Helper()
	all := w.events(caseID)
	return all[len(all)-1]
}

// TestOneReply goes from the destination to the sender and is accepted, which the service signs.
func TestOneReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	submission := w.submitted(w.active())
	attachment := broker.NewID[string]()
	var ref wire.ReplyRef
	made := w.announceReply(w.subscriber, submission.CaseID, attachment).want(t, http.StatusCreated)
	made.decode(&ref)
	if ref.CaseID != submission.CaseID || ref.DestinationID != submission.DestinationID || made.header.Get("Location") != v2+"/replies/"+ref.ReplyID {
		t.Errorf("got %s, %v", made.body, made.header)
	}
	if e := w.lastEvent(ref.CaseID); e.Event != set.CreateReply || e.Subject != "reply:"+ref.ReplyID {
		t.Errorf("got event %s about %s", e.Event, e.Subject)
	}
	path := v2 + "/replies/" + ref.ReplyID
	w.call(http.MethodGet, path, "", as(w.sender)).wantProblem(t, http.StatusNotFound, "reply-not-found", "incomplete")
	w.submitReply(w.subscriber, ref).wantProblem(t, http.StatusUnprocessableEntity, "attachments-missing")
	jwe := sealed(t, "application/pdf", "%PDF")
	w.call(http.MethodPut, path+"/attachments/"+attachment, jwe, as(w.subscriber), typed("application/jose")).want(t, http.StatusNoContent)
	w.submitReply(w.subscriber, ref).want(t, http.StatusOK)
	submitted := w.lastEvent(ref.CaseID)
	if submitted.Event != set.SubmitReply || !strings.Contains(string(submitted.Payload), attachment) {
		t.Errorf("got event %s with %s", submitted.Event, submitted.Payload)
	}

	var list wire.ReplyList
	w.call(http.MethodGet, v2+"/replies", "", as(w.sender)).decode(&list)
	if list.TotalCount != 1 || list.Replies[0] != ref {
		t.Errorf("got %+v, want one %+v", list, ref)
	}
	var fetched wire.FetchedReply
	w.call(http.MethodGet, path, "", as(w.sender)).decode(&fetched)
	if fetched.ReplyRef != ref || len(fetched.Attachments) != 1 || fetched.EncryptedMetadata == "" || fetched.EncryptedData == "" {
		t.Errorf("got %+v", fetched)
	}
	if got := w.call(http.MethodGet, path+"/attachments/"+attachment, "", as(w.sender)).want(t, http.StatusOK); string(got.body) != jwe {
		t.Error("the fetched attachment is not the uploaded one")
	}

	w.call(http.MethodPut, path+"/accept", `{"authenticationTags":{"metadata":"AAAAAAAAAAAAAAAAAAAAAA"}}`, as(w.sender)).
		wantProblem(t, http.StatusUnprocessableEntity, "invalid-event", "authenticationTags")
	w.call(http.MethodPut, path+"/accept", "", as(w.sender)).want(t, http.StatusNoContent)
	accepted := w.lastEvent(ref.CaseID)
	if accepted.Event != set.AcceptReply || accepted.Issuer != publicURL+"/submission-api" || string(accepted.Payload) != string(submitted.Payload) {
		t.Errorf("got %+v", accepted)
	}
	w.call(http.MethodGet, path, "", as(w.sender)).wantProblem(t, http.StatusNotFound, "reply-not-found", "accepted")
	for _, decision := range []string{"accept", "reject"} {
		w.call(http.MethodPut, path+"/"+decision, `{"problems":[{"type":"https://example.org/p"}]}`, as(w.sender)).
			wantProblem(t, http.StatusConflict, "invalid-state-transition")
	}
	w.call(http.MethodGet, v2+"/replies", "", as(w.sender)).decode(&list)
	if list.TotalCount != 0 {
		t.Errorf("got %+v, want none", list)
	}
}

// TestTheSenderAnswers what it got; its answer the destination may reject with a token of its own, or have the service do it.
func TestTheSenderAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	submission := w.submitted(destination)
	w.announceReply(w.sender, submission.CaseID).wantProblem(t, http.StatusUnprocessableEntity, "nothing-to-reply-to", "has not replied")
	question := w.replied(w.subscriber, submission.CaseID)
	first, second := w.replied(w.sender, submission.CaseID), w.replied(w.sender, submission.CaseID)

	var list wire.ReplyList
	w.call(http.MethodGet, v2+"/replies?destinationId="+destination+"&limit=1&offset=1", "", as(w.subscriber)).decode(&list)
	if list.TotalCount != 2 || list.Replies[0] != second {
		t.Errorf("got %+v, want the second of two", list)
	}
	post := func(id, event string) answer {
		token := w.event(destination, wire.SubmissionRef{SubmissionID: id, CaseID: submission.CaseID}, event)
		return w.call(http.MethodPost, v2+"/cases/"+submission.CaseID+"/events", token, as(w.subscriber), typed("application/jose"))
	}
	post(first.ReplyID, "reject-reply").want(t, http.StatusNoContent)
	if e := w.lastEvent(submission.CaseID); e.Event != set.RejectReply || e.Issuer != destination || e.Subject != "reply:"+first.ReplyID {
		t.Errorf("got %+v", e)
	}
	post(question.ReplyID, "accept-reply").wantProblem(t, http.StatusUnprocessableEntity, "invalid-event", "sent by the destination itself")
	post(second.ReplyID, "forward-reply").want(t, http.StatusUnprocessableEntity)
	post(submission.SubmissionID, "accept-reply").want(t, http.StatusUnprocessableEntity)
	w.call(http.MethodPut, v2+"/replies/"+second.ReplyID+"/reject", `{"problems":[{"type":"https://example.org/p","title":"No"}]}`, as(w.subscriber)).
		want(t, http.StatusNoContent)
	if e := w.lastEvent(submission.CaseID); e.Event != set.RejectReply || e.Issuer == destination || !strings.Contains(string(e.Payload), "example.org/p") {
		t.Errorf("got %+v", e)
	}

	// The broker knows the key that an answer must be sealed for.
	var ref wire.ReplyRef
	w.announceReply(w.sender, submission.CaseID).decode(&ref)
	body := submitBody(t, sealedForNobody(t), sealed(t, "application/json", "{}"))
	w.call(http.MethodPut, v2+"/replies/"+ref.ReplyID, body, as(w.sender)).
		wantProblem(t, http.StatusUnprocessableEntity, "invalid-jwe-header", "kid")
}

// sealedForNobody is sealed metadata whose header names a key that no destination has.
func sealedForNobody(t testing.TB) string {
	t.Helper()
	public := must(pairs())(t).encryption.Public
	public.KID = "a-key-of-nobody"
	return must(seal.Seal(public, "application/json", []byte("{}")))(t)
}

// TestReplyRefuses who has no part in the case, and what is no reply.
func TestReplyRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	submission := w.submitted(destination)
	reply := w.replied(w.subscriber, submission.CaseID)
	open := w.announce(destination)
	path := v2 + "/replies/" + reply.ReplyID
	w.announceReply(w.subscriber, open.CaseID).wantProblem(t, http.StatusUnprocessableEntity, "nothing-to-reply-to", "nothing was submitted")
	w.announceReply(w.other, submission.CaseID).wantProblem(t, http.StatusNotFound, "case-not-found")
	w.announceReply(w.foreign, submission.CaseID).wantProblem(t, http.StatusForbidden, "forbidden", "not assigned")
	w.announceReply(w.sender, broker.NewID[string]()).wantProblem(t, http.StatusNotFound, "case-not-found")
	w.announceReply(w.sender, "x").wantProblem(t, http.StatusBadRequest, "bad-request", "caseId")
	w.call(http.MethodPost, v2+"/replies", `{"caseId":"`+submission.CaseID+`"}`, as(w.subscriber)).
		wantProblem(t, http.StatusBadRequest, "bad-request", "announcedAttachments")

	for _, who := range []client{w.other, w.foreign, w.subscriber, w.reader} {
		w.call(http.MethodGet, path, "", as(who)).wantProblem(t, http.StatusNotFound, "reply-not-found")
		w.call(http.MethodPut, path+"/accept", "", as(who)).wantProblem(t, http.StatusNotFound, "reply-not-found")
		w.call(http.MethodPut, path+"/reject", `{"problems":[{"type":"https://example.org/p"}]}`, as(who)).
			wantProblem(t, http.StatusNotFound, "reply-not-found")
	}
	for _, who := range []client{w.sender, w.foreign} {
		w.submitReply(who, reply).wantProblem(t, http.StatusNotFound, "reply-not-found")
	}
	// A reply is no submission, and a submission no reply.
	w.call(http.MethodGet, v2+"/submissions/"+reply.ReplyID, "", as(w.subscriber)).wantProblem(t, http.StatusNotFound, "submission-not-found")
	w.call(http.MethodGet, v2+"/submissions/"+reply.ReplyID+"/events", "", as(w.subscriber)).wantProblem(t, http.StatusNotFound, "submission-not-found")
	w.submit(reply.ReplyID, submitBody(t, "x", "x")).wantProblem(t, http.StatusNotFound, "submission-not-found")
	w.call(http.MethodGet, v2+"/replies/"+submission.SubmissionID, "", as(w.subscriber)).wantProblem(t, http.StatusNotFound, "reply-not-found")

	for _, body := range []string{`{}`, `{"problems":[]}`, `{"problems":[{}]}`, `{"problems":[{"type":"x y"}]}`, `[]`, ``} {
		if a := w.call(http.MethodPut, path+"/reject", body, as(w.sender), typed("application/json")); a.status < 400 || a.status >= 500 {
			t.Errorf("reject with %s: got %d", body, a.status)
		}
	}
	w.patch(destination, `{"status":"inactive"}`).want(t, http.StatusOK)
	next := w.replied(w.subscriber, submission.CaseID) // goes on
	w.clock.forward(31 * 24 * time.Hour)
	for _, who := range []*client{&w.sender, &w.subscriber} {
		who.token = w.fetchToken(*who)
	}
	w.patch(destination, `{"status":"decommissioned"}`).want(t, http.StatusOK)
	w.announceReply(w.subscriber, submission.CaseID).wantProblem(t, http.StatusUnprocessableEntity, "destination-state-invalid")
	w.call(http.MethodPut, v2+"/replies/"+next.ReplyID+"/accept", "", as(w.sender)).want(t, http.StatusNoContent)
}

// TestPollingIsNoted once, after the answer.
func TestPollingIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	submission := w.submitted(destination)
	reply := w.replied(w.subscriber, submission.CaseID)
	count := func(event string) (n int) {
		for _, e := range w.events(submission.CaseID) {
			if e.Event == event {
				n++
				if !strings.Contains(string(e.Payload), `"notifyType":"polling"`) || !strings.Contains(string(e.Payload), "authenticationTags") {
					t.Errorf("got payload %s", e.Payload)
				}
			}
		}
		return n
	}
	w.call(http.MethodHead, v2+"/submissions", "", as(w.subscriber)).want(t, http.StatusOK) // shows nothing
	if err := w.broker.Polls.Write(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := count(set.NotifySubmission); n != 0 {
		t.Errorf("got %d notify-submission after HEAD, want none", n)
	}
	for range 2 {
		w.call(http.MethodGet, v2+"/submissions", "", as(w.subscriber)).want(t, http.StatusOK)
		w.call(http.MethodGet, v2+"/submissions/"+submission.SubmissionID, "", as(w.subscriber)).want(t, http.StatusOK)
		w.call(http.MethodGet, v2+"/replies", "", as(w.sender)).want(t, http.StatusOK)
		if err := w.broker.Polls.Write(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := count(set.NotifySubmission); n != 1 {
			t.Errorf("got %d notify-submission, want 1", n)
		}
		if n := count(set.NotifyReply); n != 1 {
			t.Errorf("got %d notify-reply, want 1", n)
		}
	}
	w.call(http.MethodPut, v2+"/replies/"+reply.ReplyID+"/accept", "", as(w.sender)).want(t, http.StatusNoContent)
}
