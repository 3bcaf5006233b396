package client_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
)

// TestWaiting reads every page of the list, or fails.
func TestWaiting(t *testing.T) {
	t.Parallel()
	const waiting = 1_203
	b := newBroker(t)
	hidden := 0
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/submission-api/v2/submissions" {
			return false
		}
		b.answer(w, 200, page(r, waiting, hidden))
		return true
	}
	refs, err := b.subscriber().Waiting(context.Background(), destinationID)
	if err != nil || len(refs) != waiting || refs[waiting-1].CaseID != otherID {
		t.Errorf("Waiting: %d, %v; want %d", len(refs), err, waiting)
	}
	if got := b.count("GET /submission-api/v2/submissions"); got != 3 {
		t.Errorf("%d requests, want 3 of 500", got)
	}
	b.change(func() { hidden = 1 })
	if refs, err := b.subscriber().Waiting(context.Background(), ""); err == nil {
		t.Errorf("Waiting with one withheld: %d, want an error", len(refs))
	}
}

// page is the part of a list of so many submissions that a request asks for, of which some are counted and not shown.
func page(r *http.Request, all, hidden int) wire.SubmissionList {
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	list := wire.SubmissionList{Counted: wire.Counted{Offset: offset, TotalCount: all + hidden}, Submissions: []wire.SubmissionRef{}}
	for range min(limit, all-offset) {
		list.Submissions = append(list.Submissions, wire.SubmissionRef{DestinationID: destinationID, SubmissionID: otherID, CaseID: otherID})
	}
	list.Count = len(list.Submissions)
	return list
}
