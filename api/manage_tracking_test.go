package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	goclient "github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
	"github.com/vierkant/vierkant/crypto/keys"
)

// trackingWorld is two organisations: people of the one that sends, and of the one to whose destination it does.
type trackingWorld struct {
	*world
	authority, sender client
	destination       string
}

func newTrackingWorld(t *testing.T) trackingWorld {
	w := trackingWorld{world: newWorld(t)}
	w.authority, _ = w.human(string(w.subscriber.org), "reader")
	w.sender, _ = w.human(string(w.other.org), "reader")
	w.destination = w.active()
	return w
}

// sent takes a submission of the other organisation through to the destination.
func (w trackingWorld) sent() wire.SubmissionRef {
	w.t.Helper()
	var ref wire.SubmissionRef
	w.call(http.MethodPost, v2+"/submissions", announcement(w.t, w.destination, nil), as(w.other)).want(w.t, http.StatusCreated).decode(&ref)
	body := submitBody(w.t, sealed(w.t, "application/json", "{}"), sealed(w.t, "application/json", `{"a":1}`))
	w.submit(ref.SubmissionID, body, as(w.other)).want(w.t, http.StatusOK)
	return ref
}

func (w trackingWorld) of(who client, path string) answer {
	w.t.Helper()
	return w.manage(who, http.MethodGet, "/orgs/"+string(who.org)+path, "")
}

func (w trackingWorld) list(who client, query string) (ids []string, next string) {
	w.t.Helper()
	var got wire.TrackedList
	w.of(who, "/submissions?"+query).want(w.t, http.StatusOK).decode(&got)
	for _, s := range got.Submissions {
		ids = append(ids, s.SubmissionID+s.ReplyID)
	}
	return ids, got.Next
}

// TestTrackedSubmissions are seen by both sides, each by its own list, the latest first.
func TestTrackedSubmissions(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	first := w.sent()
	w.clock.forward(time.Minute)
	var begun wire.SubmissionRef
	w.call(http.MethodPost, v2+"/submissions", announcement(t, w.destination, nil), as(w.other)).want(t, http.StatusCreated).decode(&begun)
	w.clock.forward(time.Minute)
	last := w.sent()
	w.clock.forward(time.Minute)
	reply := w.replied(w.subscriber, last.CaseID)
	w.call(http.MethodPost, v2+"/cases/"+first.CaseID+"/events", w.event(w.destination, first, "reject-submission"), as(w.subscriber), typed("application/jose"))

	for _, c := range []struct {
		name  string
		who   client
		query string
		want  []string
	}{
		{"sent", w.sender, "side=sent", []string{reply.ReplyID, last.SubmissionID, begun.SubmissionID, first.SubmissionID}},
		{"received: what was begun is not to be seen", w.authority, "side=received", []string{reply.ReplyID, last.SubmissionID, first.SubmissionID}},
		{"nothing was sent by the authority", w.authority, "side=sent", nil},
		{"one client", w.sender, "side=sent&kind=submission&clientId=" + w.other.id, []string{last.SubmissionID, begun.SubmissionID, first.SubmissionID}},
		{"one destination", w.authority, "side=received&state=submitted&destinationId=" + w.destination, []string{reply.ReplyID, last.SubmissionID}},
		{"another's destination, as a filter", w.sender, "side=sent&kind=submission&state=incomplete&destinationId=" + w.destination, []string{begun.SubmissionID}},
		{"replies", w.sender, "side=sent&kind=reply", []string{reply.ReplyID}},
		{"a service", w.sender, "side=sent&serviceIdentifier=" + url.QueryEscape(service), []string{last.SubmissionID, begun.SubmissionID, first.SubmissionID}},
		{"no such service", w.sender, "side=sent&serviceIdentifier=urn:none", nil},
		{"from", w.sender, "side=sent&from=" + w.at(-2*time.Minute), []string{reply.ReplyID, last.SubmissionID, begun.SubmissionID}},
		{"until", w.sender, "side=sent&until=" + w.at(-2*time.Minute), []string{first.SubmissionID}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, next := w.list(c.who, c.query); strings.Join(got, " ") != strings.Join(c.want, " ") || next != "" {
				t.Errorf("got %q and next %q, want %q", got, next, c.want)
			}
		})
	}
	t.Run("one by one", func(t *testing.T) {
		var all []string
		for query := "side=received&limit=1"; ; {
			ids, next := w.list(w.authority, query)
			all = append(all, ids...)
			if next == "" {
				break
			}
			query = "side=received&limit=1&after=" + next
		}
		if want := []string{reply.ReplyID, last.SubmissionID, first.SubmissionID}; strings.Join(all, " ") != strings.Join(want, " ") {
			t.Errorf("got %q, want %q", all, want)
		}
	})
	t.Run("cases", func(t *testing.T) {
		var got wire.TrackedCases
		w.of(w.authority, "/cases?side=received").want(t, http.StatusOK).decode(&got)
		if len(got.Cases) != 2 || got.Cases[0].CaseID != last.CaseID || len(got.Cases[0].Entries) != 2 || got.Cases[0].Entries[1].ReplyID != reply.ReplyID {
			t.Errorf("got %+v", got.Cases)
		}
		w.of(w.authority, "/cases/"+begun.CaseID).wantProblem(t, 404, "case-not-found", "party")
		var one wire.TrackedCase
		w.of(w.sender, "/cases/"+begun.CaseID).want(t, http.StatusOK).decode(&one)
		if len(one.Entries) != 1 || one.Entries[0].State != "incomplete" || one.Entries[0].Turn != "author" {
			t.Errorf("got %+v", one)
		}
	})
}

func (w trackingWorld) at(d time.Duration) string {
	return url.QueryEscape(w.clock.Now().Add(d).UTC().Format(time.RFC3339))
}

// TestTrackedShowsNothingOfTheOther: of the sender's side its client, of the authority's its destination's name.
func TestTrackedShowsNothingOfTheOther(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	var mine, theirs wire.Tracked
	w.of(w.sender, "/submissions/"+sub.SubmissionID).want(t, http.StatusOK).decode(&mine)
	w.of(w.authority, "/submissions/"+sub.SubmissionID).want(t, http.StatusOK).decode(&theirs)
	if mine.ClientID != w.other.id || mine.Destination != "" || mine.Turn != "addressee" || mine.State != "submitted" {
		t.Errorf("the sender sees %+v", mine)
	}
	if theirs.ClientID != "" || theirs.Client != "" || theirs.From != "sender" {
		t.Errorf("the authority sees %+v", theirs)
	}
}

// TestTrackedIsNotForStrangers asks as an organisation that is no party, for everything.
func TestTrackedIsNotForStrangers(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	stranger, _ := w.human(w.organisation(), "owner")
	for path, code := range map[string]string{
		"/submissions/" + sub.SubmissionID:                              "submission-not-found",
		"/submissions/" + sub.SubmissionID + "/evidence":                "submission-not-found",
		"/cases/" + sub.CaseID:                                          "case-not-found",
		"/cases/" + sub.CaseID + "/events":                              "case-not-found",
		"/submissions?side=sent&clientId=" + w.other.id:                 "client-not-found",
		"/submissions?side=received&destinationId=" + w.destination:     "destination-not-found",
		"/ids/" + sub.SubmissionID:                                      "nothing-found",
		"/ids/" + sub.CaseID:                                            "nothing-found",
		"/ids/" + w.destination:                                         "nothing-found",
		"/ids/" + w.other.id:                                            "nothing-found",
		"/ids/" + broker.NewID[string]():                                "nothing-found",
		"/../" + string(w.other.org) + "/submissions?side=sent&limit=1": "not-found",
	} {
		w.of(stranger, path).wantProblem(t, 404, code, "")
	}
	w.manage(stranger, http.MethodGet, "/orgs/"+string(w.sender.org)+"/submissions?side=sent", "").wantProblem(t, 404, "organisation-not-found", "")
	if ids, _ := w.list(stranger, "side=sent"); ids != nil {
		t.Errorf("a stranger sees %q", ids)
	}
	for path, want := range map[string]wire.FoundID{
		sub.SubmissionID: {SubmissionID: sub.SubmissionID, CaseID: sub.CaseID}, sub.CaseID: {CaseID: sub.CaseID}, w.other.id: {ClientID: w.other.id},
	} {
		var got wire.FoundID
		if w.of(w.sender, "/ids/"+path).want(t, http.StatusOK).decode(&got); got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
}

// TestTrackedRefuses what cannot be asked, and says what to ask.
func TestTrackedRefuses(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	for query, want := range map[string]string{
		"":                               "side must be sent or received",
		"side=both":                      "side must be",
		"side=sent&state=%3Cscript%3E":   "state must be one of",
		"side=sent&kind=mail":            "kind must be",
		"side=sent&limit=0":              "limit must be 1 to 500",
		"side=sent&limit=501":            "limit must be 1 to 500",
		"side=sent&after=x":              "after must be what the page before gave",
		"side=sent&after=MjAyNi0xMS0yMg": "after must be what the page before gave",
		"side=sent&from=yesterday":       "from must be a time",
		"side=sent&from=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z": "from must be before until",
		"side=received&clientId=" + w.other.id:                           "narrows what was sent",
		"side=sent&destinationId=1'%20or%201=1":                          "UUID",
		"side=sent&side=received":                                        "at most once",
	} {
		w.of(w.sender, "/submissions?"+query).wantProblem(t, 400, "bad-request", want)
	}
	w.of(w.sender, "/ids/"+url.PathEscape("<script>")).wantProblem(t, 400, "bad-request", "UUID")
}

// TestTimeline shows both sides why something was rejected, and that every signature holds.
func TestTimeline(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	w.call(http.MethodPost, v2+"/cases/"+sub.CaseID+"/events", w.event(w.destination, sub, "reject-submission"), as(w.subscriber), typed("application/jose"))
	for name, who := range map[string]client{"sender": w.sender, "authority": w.authority} {
		var got wire.TrackedEvents
		w.of(who, "/cases/"+sub.CaseID+"/events?offset=1").want(t, http.StatusOK).decode(&got)
		if got.TotalCount != 3 || len(got.Events) != 2 || !got.Whole {
			t.Fatalf("%s: got %+v", name, got)
		}
		// Nobody has asked for the broker's signature yet.
		if by := got.Events[0]; by.Verdict != "pending" || by.By != "service" || by.Token != "" || by.Issuer != publicURL+"/submission-api" {
			t.Errorf("%s: the submit is %+v", name, by)
		}
		rejected := got.Events[1]
		if rejected.Verdict != "verified" || rejected.By != "destination" || rejected.Issuer != w.destination || rejected.KeyID == "" || rejected.Number != 3 {
			t.Errorf("%s: the rejection is %+v", name, rejected)
		}
		if len(rejected.Problems) != 1 || rejected.Problems[0].Type != "https://example.org/p" {
			t.Errorf("%s: it was rejected for %+v", name, rejected.Problems)
		}
	}
	w.call(http.MethodGet, v2+"/cases/"+sub.CaseID+"/events", "", as(w.other)).want(t, http.StatusOK)
	var got wire.TrackedEvents
	w.of(w.sender, "/cases/"+sub.CaseID+"/events").want(t, http.StatusOK).decode(&got)
	for _, e := range got.Events {
		if e.Verdict != "verified" || e.KeyID == "" || e.SubmissionID != sub.SubmissionID {
			t.Errorf("after somebody asked for the signatures: got %+v", e)
		}
	}
}

// TestTimelineTellsWhatDoesNotHold alters what is stored.
func TestTimelineTellsWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	second := broker.EventRef{Case: broker.CaseID(sub.CaseID), Number: 2}
	token := w.event(w.destination, sub, "accept-submission")
	if err := w.store.Update(context.Background(), func(tx broker.Tx) error { _, err := tx.SignEvent(second, token); return err }); err != nil {
		t.Fatal(err)
	}
	var got wire.TrackedEvents
	w.of(w.sender, "/cases/"+sub.CaseID+"/events").want(t, http.StatusOK).decode(&got)
	if got.Events[0].Verdict != "pending" || got.Events[1].Verdict != "misplaced" {
		t.Errorf("with another's token: got %+v", got.Events)
	}
}

// TestEvidence is verified without the broker.
func TestEvidence(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	w.call(http.MethodPost, v2+"/cases/"+sub.CaseID+"/events", w.event(w.destination, sub, "reject-submission"), as(w.subscriber), typed("application/jose"))
	for name, who := range map[string]client{"sender": w.sender, "authority": w.authority} {
		var evidence goclient.Evidence
		if err := json.Unmarshal(w.of(who, "/submissions/"+sub.SubmissionID+"/evidence").want(t, http.StatusOK).body, &evidence); err != nil {
			t.Fatal(err)
		}
		log, err := evidence.Verify(keys.Test(), w.clock.Now().Add(time.Second))
		if err != nil || len(log) != 3 {
			t.Errorf("%s: got %d events, %v", name, len(log), err)
		}
	}
}

// TestEvidenceOfALongLog is refused, with what to do instead.
func TestEvidenceOfALongLog(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	sub := w.sent()
	err := w.store.Update(context.Background(), func(tx broker.Tx) error {
		for number := 3; number <= tracking.MaxEvidence+1; number++ {
			e := broker.Event{
				Case: broker.CaseID(sub.CaseID), Number: number, ID: broker.NewID[broker.EventID](), Submission: broker.SubmissionID(sub.SubmissionID), Token: "t",
			}
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.of(w.sender, "/submissions/"+sub.SubmissionID+"/evidence").wantProblem(t, http.StatusUnprocessableEntity, "log-too-long", "page by page")
}
