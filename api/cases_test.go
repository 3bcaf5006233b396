package api_test

import (
	"net/http"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// TestCases are listed and read by both of their sides, and by nobody else.
func TestCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination, elsewhere := w.active(), w.active()
	first := w.submitted(destination)
	second := w.submitted(elsewhere)
	var further wire.SubmissionRef
	w.call(http.MethodPost, v2+"/submissions", announcement(t, destination, map[string]any{"caseId": first.CaseID, "region": "DE09"}), as(w.sender)).decode(&further)
	reply := w.replied(w.subscriber, first.CaseID)

	list := func(who client, query string) (all wire.CaseList, ids []string) {
		t.Helper()
		w.call(http.MethodGet, v2+"/cases"+query, "", as(who)).decode(&all)
		for _, c := range all.Cases {
			ids = append(ids, c.CaseID)
		}
		return all, ids
	}
	for name, who := range map[string]client{"sender": w.sender, "subscriber": w.subscriber} {
		all, ids := list(who, "")
		if all.TotalCount != 2 || all.Count != 2 || len(ids) != 2 || ids[0] != first.CaseID || ids[1] != second.CaseID {
			t.Errorf("%s: got %+v, want both, the oldest first", name, all)
			continue
		}
		last := all.Cases[0].LastEvent
		if last.Type != "https://schema.fitko.de/fit-connect/events/submit-reply" || last.Subject != "reply:"+reply.ReplyID || all.Cases[0].EventCount != 5 {
			t.Errorf("%s: got %+v", name, all.Cases[0])
		}
		if page, ids := list(who, "?limit=1&offset=1"); page.TotalCount != 2 || page.Count != 1 || ids[0] != second.CaseID {
			t.Errorf("%s: got %+v, want the second of two", name, page)
		}
		var one wire.CaseV2
		w.call(http.MethodGet, v2+"/cases/"+first.CaseID, "", as(who)).decode(&one)
		if one.Submissions[0].SubmissionID != first.SubmissionID || one.Submissions[0].State != "submitted" || one.SubmissionCount != len(one.Submissions) {
			t.Errorf("%s: got %+v", name, one)
		}
		// What the sender has begun and not sent is its own business.
		if drafts := one.Submissions[1:]; name == "sender" && (len(drafts) != 1 || drafts[0].SubmissionID != further.SubmissionID ||
			drafts[0].State != "incomplete" || drafts[0].Region != "DE09") || name != "sender" && len(drafts) != 0 {
			t.Errorf("%s: got %+v beside what was submitted", name, drafts)
		}
		if one.ReplyCount != 1 || one.Replies[0].ReplyID != reply.ReplyID || one.Replies[0].From != "destination" || one.Replies[0].State != "submitted" {
			t.Errorf("%s: got %+v", name, one.Replies)
		}
		var old wire.CaseV1
		w.call(http.MethodGet, v1+"/cases/"+first.CaseID, "", as(who)).decode(&old)
		if old.Submissions[0].ServiceType.Identifier != service {
			t.Errorf("%s: got %+v", name, old)
		}
	}
	if at, ids := list(w.subscriber, "?destinationId="+elsewhere); at.TotalCount != 1 || ids[0] != second.CaseID {
		t.Errorf("got %+v, want those of one destination", at)
	}
	for name, who := range map[string]client{"another sender": w.other, "another subscriber": w.foreign, "an unassigned subscriber": w.reader} {
		if all, _ := list(who, ""); all.TotalCount != 0 || all.Cases == nil {
			t.Errorf("%s: got %+v, want none", name, all)
		}
	}
	w.call(http.MethodGet, v2+"/cases/"+first.CaseID, "", as(w.other)).wantProblem(t, http.StatusNotFound, "case-not-found")
	w.call(http.MethodGet, v2+"/cases/"+first.CaseID, "", as(w.foreign)).wantProblem(t, http.StatusForbidden, "forbidden")
	w.call(http.MethodGet, v2+"/cases?destinationId="+destination, "", as(w.foreign)).wantProblem(t, http.StatusForbidden, "forbidden")
	w.call(http.MethodGet, v2+"/cases/"+broker.NewID[string](), "", as(w.sender)).wantProblem(t, http.StatusNotFound, "case-not-found")
	w.call(http.MethodGet, v2+"/cases?destinationId="+destination, "", as(w.sender)).wantProblem(t, http.StatusBadRequest, "bad-request", "subscribers")
	w.call(http.MethodGet, v2+"/replies?destinationId="+destination, "", as(w.sender)).wantProblem(t, http.StatusBadRequest, "bad-request", "subscribers")
	w.call(http.MethodGet, v2+"/cases?limit=501", "", as(w.sender)).wantProblem(t, http.StatusBadRequest, "bad-request", "limit")
	w.call(http.MethodGet, v2+"/cases/"+first.CaseID, "").wantProblem(t, http.StatusUnauthorized, "unauthorized")
}
