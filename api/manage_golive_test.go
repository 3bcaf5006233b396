package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/schemas"
)

// checklist reads one as a person who may only read.
func (w *world) checklist(org broker.OrgID, subject string) wire.GoLiveChecklist {
	w.t.Helper()
	reader, _ := w.human(string(org), "reader")
	var got wire.GoLiveChecklist
	w.manage(reader, http.MethodGet, "/orgs/"+string(org)+"/golive/"+subject, "").want(w.t, 200).decode(&got)
	return got
}

func pointOf(t testing.TB, c wire.GoLiveChecklist, name golive.Point) wire.GoLivePoint {
	t.Helper()
	for _, p := range c.Points {
		if p.Point == string(name) {
			return p
		}
	}
	t.Fatalf("there is no point %s on %+v", name, c)
	return wire.GoLivePoint{}
}

// decide posts a decision of the subscriber.
func (w *world) decide(destination string, ref wire.SubmissionRef, event string) {
	w.t.Helper()
	w.call(http.MethodPost, v2+"/cases/"+ref.CaseID+"/events", w.event(destination, ref, event), as(w.subscriber), typed("application/jose")).want(w.t, 204)
}

// TestGoLiveFillsItself goes through what both sides do, and looks at what their checklists have of it, also after everything was deleted.
func TestGoLiveFillsItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.calledBack()
	w.patch(destination, `{"status":"active"}`).want(t, 200)
	began := w.clock.Now()
	attachment := broker.NewID[string]()
	first := w.announce(destination, attachment)
	w.upload(first.SubmissionID, attachment, sealed(t, "application/pdf", "%PDF")).want(t, 204)
	w.submit(first.SubmissionID, submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}"))).want(t, 200)
	w.clock.forward(time.Minute)
	second := w.submitted(destination)
	w.decide(destination, first, "accept-submission")
	w.decide(destination, second, "reject-submission")
	reply := w.replied(w.subscriber, first.CaseID)
	w.call(http.MethodPut, v2+"/replies/"+reply.ReplyID+"/accept", "{}", as(w.sender))
	w.fail(destination, 200)

	sent := w.checklist(w.sender.org, w.sender.id)
	if p := pointOf(t, sent, golive.RejectionSeen); p.State != "open" {
		t.Errorf("nobody has read of the rejection: got %+v", p)
	}
	w.events(second.CaseID)
	if err := w.witness.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	forget(t, w, first.CaseID, second.CaseID)
	sent, received, fetched := w.checklist(w.sender.org, w.sender.id), w.checklist(w.subscriber.org, destination), w.checklist(w.subscriber.org, w.subscriber.id)
	for _, want := range []struct {
		on    wire.GoLiveChecklist
		point golive.Point
		state string
		shown string
	}{
		{sent, golive.SubmissionSent, "done", first.SubmissionID},
		{sent, golive.AttachmentSent, "done", first.SubmissionID},
		{sent, golive.SubmissionAccepted, "done", first.SubmissionID},
		{sent, golive.RejectionSeen, "done", second.SubmissionID},
		{sent, golive.CallbackTaken, "open", ""},
		{sent, golive.DataProtection, "open", ""},
		{received, golive.SubmissionReceived, "done", first.SubmissionID},
		{received, golive.AttachmentReceived, "done", first.SubmissionID},
		{received, golive.SubmissionAccepted, "done", first.SubmissionID},
		{received, golive.SubmissionRejected, "done", second.SubmissionID},
		{received, golive.ReplySent, "done", reply.ReplyID},
		{received, golive.Active, "done", ""},
		{received, golive.KeysFit, "open", ""},
		{received, golive.ContactConfirmed, "open", ""},
		{received, golive.RoutePublished, "open", ""},
		{received, golive.ReminderSent, "open", ""},
		{fetched, golive.Assigned, "done", destination},
		{fetched, golive.SubmissionAccepted, "done", first.SubmissionID},
		{fetched, golive.SubmissionRejected, "done", second.SubmissionID},
		{fetched, golive.ReplySent, "done", reply.ReplyID},
		{fetched, golive.FaultRehearsed, "open", ""},
	} {
		p := pointOf(t, want.on, want.point)
		shown := ""
		if p.Evidence != nil && want.shown != "" {
			shown = p.Evidence.ID
		}
		if p.State != want.state || shown != want.shown {
			t.Errorf("%s of the %s: got %+v, want %s by %q", want.point, want.on.Kind, p, want.state, want.shown)
		}
	}
	if p := pointOf(t, sent, golive.SubmissionSent); p.At == nil || !p.At.Equal(began) {
		t.Errorf("first sent: got %v, want %s", p.At, began)
	}
	if why := pointOf(t, received, golive.KeysFit).Why; !strings.Contains(why, "reference") || !strings.Contains(why, "x5c") {
		t.Errorf("why keys do not fit: got %q", why)
	}
	if sent.Complete || sent.Done == 0 || sent.Done >= sent.Required {
		t.Errorf("got %d of %d, complete %t", sent.Done, sent.Required, sent.Complete)
	}
}

// doneOn are the points that are done on a checklist, in its order.
func (w *world) doneOn(reader client, subject string) string {
	w.t.Helper()
	var list wire.GoLiveChecklist
	w.manage(reader, http.MethodGet, "/orgs/"+string(reader.org)+"/golive/"+subject, "").want(w.t, 200).decode(&list)
	var done []string
	for _, p := range list.Points {
		if p.State == "done" {
			done = append(done, p.Point)
		}
	}
	return strings.Join(done, " ")
}

// TestGoLiveTicksNothingElse goes step by step, and looks at all of the checklists after each: nothing is ticked that did not happen.
func TestGoLiveTicksNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.calledBack()
	reader, _ := w.human(string(w.subscriber.org), "reader")
	var first, second wire.SubmissionRef
	var reply wire.ReplyRef
	want := map[string]string{destination: "", w.sender.id: "", w.subscriber.id: "assigned", w.reader.id: ""}
	for _, step := range []struct {
		name string
		do   func()
		more map[string]string // by subject: all that is done then
	}{
		{"created", func() {}, nil},
		{"active", func() { w.patch(destination, `{"status":"active"}`).want(t, 200) }, map[string]string{destination: "active"}},
		{"announced with an attachment, and not sent", func() {
			attachment := broker.NewID[string]()
			ref := w.announce(destination, attachment)
			w.upload(ref.SubmissionID, attachment, sealed(t, "application/pdf", "%PDF")).want(t, 204)
		}, nil},
		{"sent without an attachment", func() { first = w.submitted(destination) },
			map[string]string{destination: "active submission-received", w.sender.id: "submission-sent"}},
		{"called, and not taken", func() { w.fail(destination, 500) }, nil},
		{"rejected", func() { w.decide(destination, first, "reject-submission") },
			map[string]string{destination: "active submission-received submission-rejected", w.subscriber.id: "assigned submission-rejected"}},
		{"the authority reads the log", func() { w.call(http.MethodGet, v2+"/cases/"+first.CaseID+"/events", "", as(w.subscriber)).want(t, 200) }, nil},
		{"the sender reads the log", func() { w.events(first.CaseID) }, map[string]string{w.sender.id: "submission-sent rejection-seen"}},
		{"accepted", func() { second = w.submitted(destination); w.decide(destination, second, "accept-submission") }, map[string]string{
			destination:     "active submission-received submission-accepted submission-rejected",
			w.sender.id:     "submission-sent submission-accepted rejection-seen",
			w.subscriber.id: "assigned submission-accepted submission-rejected",
		}},
		{"a reply announced, and not sent", func() { w.announceReply(w.subscriber, second.CaseID).want(t, 201).decode(&reply) }, nil},
		{"a reply sent", func() { w.submitReply(w.subscriber, reply).want(t, 200) }, map[string]string{
			destination:     "active submission-received submission-accepted submission-rejected reply-sent",
			w.subscriber.id: "assigned submission-accepted submission-rejected reply-sent",
		}},
		{"inactive", func() { w.patch(destination, `{"status":"inactive"}`).want(t, 200) },
			map[string]string{destination: "submission-received submission-accepted submission-rejected reply-sent"}},
	} {
		step.do()
		if err := w.witness.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
		maps.Copy(want, step.more)
		for subject, done := range want {
			if got := w.doneOn(reader, subject); got != done {
				t.Errorf("%s: got %q, want %q", step.name, got, done)
			}
		}
	}
}

// forget removes cases as time does.
func forget(t *testing.T, w *world, cases ...string) {
	t.Helper()
	if err := w.store.Update(t.Context(), func(tx broker.Tx) error {
		for _, id := range cases {
			if err := tx.DeleteCase(broker.CaseID(id)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestGoLiveIsDeclared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org, foreign := string(w.subscriber.org), string(w.foreign.org)
	developer, person := w.human(org, "developer")
	reader, _ := w.human(org, "reader")
	stranger, _ := w.human(foreign, "owner")
	destination := w.active()
	path := "/orgs/" + org + "/golive/" + destination
	point := path + "/points/data-protection"
	var got, withdrawn wire.GoLiveChecklist
	w.manage(developer, http.MethodPut, point, `{"done":true,"note":"Signed.","link":"https://akten.example/1"}`).want(t, 200).decode(&got)
	if p := pointOf(t, got, golive.DataProtection); p.State != "done" || p.By != "person "+person || p.Note != "Signed." || p.Link == "" || p.At == nil {
		t.Errorf("got %+v", p)
	}
	w.manage(developer, http.MethodPut, point, `{"done":false}`).want(t, 200).decode(&withdrawn)
	if p := pointOf(t, withdrawn, golive.DataProtection); p.State != "open" || p.By != "" {
		t.Errorf("withdrawn: got %+v", p)
	}
	for _, deed := range []string{"golive.declared", "golive.withdrawn"} {
		if !strings.Contains(string(w.manage(reader, http.MethodGet, "/orgs/"+org+"/audit", "").want(t, 200).body), deed) {
			t.Errorf("the audit log lacks %s", deed)
		}
	}
	for _, c := range []struct {
		who                    client
		path, body, code, says string
		status                 int
	}{
		{reader, point, `{"done":true}`, "forbidden", "role", 403},
		{w.subscriber, point, `{"done":true}`, "forbidden", "person", 403},
		{stranger, point, `{"done":true}`, "organisation-not-found", "", 404},
		{stranger, strings.Replace(point, org, foreign, 1), `{"done":true}`, "subject-not-found", destination, 404},
		{developer, path + "/points/submission-received", `{"done":true}`, "point-not-declarable", "fills itself", 409},
		{developer, path + "/points/submission-sent", `{"done":true}`, "point-not-found", "submission-sent", 404},
		{developer, point, `{}`, "bad-request", "done", 400},
		{developer, point, `{"done":true,"link":"javascript:alert(1)"}`, "bad-request", "https://", 400},
		{developer, point, `{"done":true,"note":"` + strings.Repeat("x", 1001) + `"}`, "bad-request", "1000", 400},
		{developer, point, `{"done":true,"note":"\u0000"}`, "bad-request", "control", 400},
	} {
		w.manage(c.who, http.MethodPut, c.path, c.body).wantProblem(t, c.status, c.code, c.says)
	}
}

func TestGoLiveHasOwnPoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := string(w.subscriber.org)
	developer, _ := w.human(org, "developer")
	stranger, _ := w.human(string(w.foreign.org), "owner")
	destination := w.active()
	points := "/orgs/" + org + "/golive-points"
	var made wire.GoLiveOwnPoint
	w.manage(developer, http.MethodPost, points, `{"text":"The works council agreed.","kinds":["destination"]}`).want(t, 201).decode(&made)
	var all wire.GoLiveOwnPoints
	w.manage(developer, http.MethodGet, points, "").want(t, 200).decode(&all)
	if len(all.Points) != 1 || all.Points[0].PointID != made.PointID || all.Points[0].Kinds[0] != "destination" {
		t.Errorf("got %+v", all)
	}
	var got wire.GoLiveChecklist
	w.manage(developer, http.MethodPut, "/orgs/"+org+"/golive/"+destination+"/points/"+made.PointID, `{"done":true}`).want(t, 200).decode(&got)
	if p := pointOf(t, got, golive.Point(made.PointID)); p.State != "done" || !p.Own || !p.Required || p.Title != made.Text {
		t.Errorf("got %+v", p)
	}
	w.manage(developer, http.MethodPut, "/orgs/"+org+"/golive/"+w.subscriber.id+"/points/"+made.PointID, `{"done":true}`).wantProblem(t, 404, "point-not-found", made.PointID)
	w.manage(stranger, http.MethodDelete, strings.Replace(points, org, string(w.foreign.org), 1)+"/"+made.PointID, "").wantProblem(t, 404, "point-not-found", "")
	w.manage(developer, http.MethodDelete, points+"/"+made.PointID, "").want(t, 204)
	w.manage(developer, http.MethodDelete, points+"/"+made.PointID, "").wantProblem(t, 404, "point-not-found", "")
	if got = w.checklist(w.subscriber.org, destination); strings.Contains(fmt.Sprint(got), made.PointID) {
		t.Errorf("the removed point is still on %+v", got)
	}
	for body, says := range map[string]string{
		`{"text":""}`: "text", `{"text":"a\nb"}`: "line", `{"text":"` + strings.Repeat("x", 201) + `"}`: "200",
		`{"text":"a","kinds":["broker"]}`: "destination", `{"text":"a","kinds":["sender","sender"]}`: "once",
	} {
		w.manage(developer, http.MethodPost, points, body).wantProblem(t, 400, "bad-request", says)
	}
	w.manage(w.subscriber, http.MethodPost, points, `{"text":"a"}`).wantProblem(t, 403, "forbidden", "person")
	for range golive.MaxOwn {
		w.manage(developer, http.MethodPost, points, `{"text":"One more."}`).want(t, 201)
	}
	w.manage(developer, http.MethodPost, points, `{"text":"One too many."}`).wantProblem(t, 409, "too-many-points", "50")
}

// TestGoLiveList goes through destinations and clients page by page.
func TestGoLiveList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := []string{w.active(), w.active(), w.sender.id, w.subscriber.id, w.reader.id}
	reader, _ := w.human(string(w.subscriber.org), "reader")
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		for offset := 0; offset < len(want); offset += limit {
			var page wire.GoLiveSubjects
			path := fmt.Sprintf("/orgs/%s/golive?limit=%d&offset=%d", w.subscriber.org, limit, offset)
			w.manage(reader, http.MethodGet, path, "").want(t, 200).decode(&page)
			if page.TotalCount != len(want) || page.Count != len(page.Subjects) {
				t.Errorf("%s: got %+v", path, page.Counted)
			}
			for _, s := range page.Subjects {
				got = append(got, s.SubjectID)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("by %d: got %q, want %q", limit, got, want)
		}
	}
}

// TestGoLiveReport verifies what was signed as the next environment would, and finds out whoever changes it.
func TestGoLiveReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := string(w.subscriber.org)
	developer, _ := w.human(org, "developer")
	destination := w.active()
	path := "/orgs/" + org + "/golive/" + destination
	w.manage(developer, http.MethodPut, path+"/points/training", `{"done":true,"note":"All <b>of them</b>."}`).want(t, 200)
	w.submitted(destination)
	read := func() (file attest.SignedReadiness, raw []byte) {
		t.Helper()
		a := w.manage(developer, http.MethodGet, path+"/report", "").want(t, 200)
		a.decode(&file)
		return file, a.body
	}
	file, raw := read()
	var members struct{ Report json.RawMessage }
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	if err := must(schemas.New())(t).Validate(schemas.GoLive1, members.Report); err != nil {
		t.Error(err)
	}
	portal := must(keys.ParseSet(w.call(http.MethodGet, "/portal/.well-known/jwks.json", "").want(t, 200).body))(t)
	byKID := func(kid string) (keys.Public, error) {
		for _, k := range portal.Keys {
			if k.KID == kid {
				return k, nil
			}
		}
		return keys.Public{}, fmt.Errorf("the portal has no key %s", kid)
	}
	r, err := file.Verify(byKID)
	if err != nil {
		t.Fatal(err)
	}
	if r.Environment != "test" || r.Issuer != publicURL+"/portal" || r.Org.ID != org || r.Subject.ID != destination || r.Complete || r.IssuedAt != w.clock.Now().Unix() {
		t.Errorf("got %+v", r)
	}
	forged := file
	forged.Report.Complete = true
	if _, err := forged.Verify(byKID); err == nil {
		t.Error("a report that was changed beside its signature was believed")
	}
	w.patch(destination, `{"metadataVersions":["1.0.0"]}`).want(t, 200)
	if again, _ := read(); again.Report.Subject.Digest == r.Subject.Digest || again.Report.ID == r.ID {
		t.Errorf("the destination is set up in another way: got the digest %s as before", r.Subject.Digest)
	}
}
