package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
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

// TestDiagnosisIsOfTheSideThatAsks has a callback to the authority fail: only its side is told how. Of what one is no party of there is as little as of
// what there is not.
func TestDiagnosisIsOfTheSideThatAsks(t *testing.T) {
	t.Parallel()
	w := trackingWorld{world: newWorld(t)}
	authority, _ := w.human(string(w.subscriber.org), "reader")
	sender, _ := w.human(string(w.other.org), "reader")
	w.destination = w.calledBack()
	w.patch(w.destination, `{"status":"active"}`).want(t, 200)
	sub := w.sent()
	w.fail(w.destination, 500)
	path := "/submissions/" + sub.SubmissionID + "/diagnosis"
	for name, row := range map[string]struct {
		asked answer
		tells bool // how the call failed
	}{
		"the sender":            {w.manage(w.other, http.MethodGet, path, ""), false},
		"who is of the sender":  {w.manage(sender, http.MethodGet, path, ""), false},
		"the subscriber":        {w.manage(w.subscriber, http.MethodGet, path, ""), true},
		"who is of the office":  {w.manage(authority, http.MethodGet, path, ""), true},
		"who runs the platform": {w.operate(http.MethodGet, path, ""), true},
	} {
		body := string(row.asked.want(t, 200).body)
		for text, want := range map[string]bool{
			`"callback-failing"`: row.tells, `"status":500`: row.tells, "the receiver failed": row.tells, `"other-side-not-told"`: !row.tells,
		} {
			if strings.Contains(body, text) != want {
				t.Errorf("%s: that %s is said is %t, want %t in %s", name, text, !want, want, body)
			}
		}
	}

	begun := w.announceAs(w.other)
	stranger, _ := w.human(w.organisation(), "owner")
	for name, row := range map[string]struct {
		who client
		id  string
	}{
		"a foreign client":            {w.foreign, sub.SubmissionID},
		"a foreign person":            {stranger, sub.SubmissionID},
		"what is not submitted":       {w.subscriber, begun},
		"what is not submitted, read": {authority, begun},
	} {
		none := broker.NewID[string]()
		foreign := w.manage(row.who, http.MethodGet, "/submissions/"+row.id+"/diagnosis", "").want(t, 404)
		unknown := w.manage(row.who, http.MethodGet, "/submissions/"+none+"/diagnosis", "").want(t, 404)
		if got, want := without(foreign, row.id), without(unknown, none); got != want {
			t.Errorf("%s: got %+v, and of what there is not %+v", name, got, want)
		}
	}
}

// without is a problem without the id that was asked for, and that of the request.
func without(a answer, id string) (p wire.Problem) {
	a.t.Helper()
	if err := json.Unmarshal(bytes.ReplaceAll(a.body, []byte(id), nil), &p); err != nil {
		a.t.Fatal(err)
	}
	p.Instance = ""
	return p
}

// announceAs opens a submission of a client at the destination, and returns its id.
func (w trackingWorld) announceAs(who client) string {
	w.t.Helper()
	var ref struct{ SubmissionID string }
	w.call(http.MethodPost, v2+"/submissions", announcement(w.t, w.destination, nil), as(who)).want(w.t, http.StatusCreated).decode(&ref)
	return ref.SubmissionID
}
