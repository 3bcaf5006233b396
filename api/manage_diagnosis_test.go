package api_test

import (
	"net/http"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
)

// TestDiagnosis asks as everybody who is a party, and as who is none.
func TestDiagnosis(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.submitted(w.active())
	path := management + "/submissions/" + sub.SubmissionID + "/diagnosis"
	owner, _ := w.human(string(w.subscriber.org), "reader")
	for name, who := range map[string]client{"sender": w.sender, "subscriber": w.subscriber, "member": owner} {
		var got wire.Diagnosis
		w.call(http.MethodGet, path, "", as(who)).want(t, http.StatusOK).decode(&got)
		if got.SubmissionID != sub.SubmissionID || got.State != "submitted" || got.Turn != "addressee" || len(got.Next) != 3 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	stranger, _ := w.human(w.organisation(), "owner")
	for name, who := range map[string]client{"client": w.foreign, "person": stranger} {
		t.Log(name)
		w.call(http.MethodGet, path, "", as(who)).wantProblem(t, 404, "submission-not-found", "party")
	}
	w.operate(http.MethodGet, "/submissions/"+sub.SubmissionID+"/diagnosis", "").want(t, http.StatusOK)
}

func TestDiagnosisSpeaksGermanAndEnglish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.submitted(w.active())
	for accepted, want := range map[string]struct{ language, summary string }{
		"":                 {"en", "The submission waits for the authority's system to fetch it and to accept or reject it."},
		"de-AT, en;q=0.5":  {"de", "Die Einreichung wartet darauf, abgeholt und angenommen oder zurückgewiesen zu werden. Am Zug ist das System der Behörde."},
		"fr, en;q=0.5":     {"en", "The submission waits for the authority's system to fetch it and to accept or reject it."},
		"; not a language": {"en", "The submission waits for the authority's system to fetch it and to accept or reject it."},
	} {
		var got wire.Diagnosis
		a := w.call(http.MethodGet, management+"/submissions/"+sub.SubmissionID+"/diagnosis", "", as(w.sender), with("Accept-Language", accepted)).want(t, http.StatusOK)
		a.decode(&got)
		if in := a.header.Get("Content-Language"); in != want.language || got.Summary != want.summary {
			t.Errorf("%q: got %q in %q, want %q in %q", accepted, got.Summary, in, want.summary, want.language)
		}
	}
}
