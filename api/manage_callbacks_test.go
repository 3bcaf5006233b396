package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/hook"
)

// owe owes a destination n callbacks and returns them.
func (w *world) owe(to string, n int) (all []wire.CallbackDelivery) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), func(tx broker.Tx) error {
		for range n {
			if err := tx.PutDelivery(broker.Delivery{
				ID: broker.NewID[broker.DeliveryID](), Type: broker.NewSubmissions, Destination: broker.DestinationID(to),
				Submission: broker.NewID[broker.SubmissionID](), Case: broker.NewID[broker.CaseID](), NotBefore: w.clock.Now(), Created: w.clock.Now(),
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	var got wire.CallbackDeliveries
	w.manage(w.subscriber, http.MethodGet, "/orgs/"+string(w.subscriber.org)+"/callbacks/"+to+"/deliveries", "").want(w.t, 200).decode(&got)
	return got.Deliveries
}

// calledBack is a destination with a callback.
func (w *world) calledBack() string {
	w.t.Helper()
	return w.destination(map[string]any{"callback": map[string]any{"url": "https://authority.example/callback", "secret": secret32}})
}

// fail has the first callback that is due answered with a status.
func (w *world) fail(to string, status int) {
	w.t.Helper()
	all, _, err := w.broker.Deliveries.Claim(w.t.Context(), time.Minute, 1)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("claim: got %v, %v", all, err)
	}
	target, _, err := w.broker.Deliveries.Target(w.t.Context(), all[0].Delivery)
	if err != nil {
		w.t.Fatal(err)
	}
	r := broker.Result{URL: target.URL, Attempt: broker.Attempt{At: w.clock.Now(), Took: time.Second, Status: status, Reason: "the receiver failed"}}
	if status == http.StatusGone {
		err = w.broker.Deliveries.GiveUp(w.t.Context(), all[0], r)
	} else {
		_, err = w.broker.Deliveries.Failed(w.t.Context(), all[0], r, w.clock.Now().Add(time.Minute))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestManageCallbacks goes the way of somebody whose receiver was gone: see it, try it, resume it, replay what was lost.
func TestManageCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := "/orgs/" + string(w.subscriber.org)
	d := w.calledBack()
	at := org + "/callbacks/" + d
	ask := func(method, path, body string, into any) {
		t.Helper()
		w.manage(w.subscriber, method, path, body).want(t, 200).decode(into)
	}
	callback := w.owe(d, 3)[0]
	if callback.State != "owed" || callback.ReceiverKind != "destination" || callback.ReceiverID != d || callback.NextAt == nil {
		t.Errorf("got %+v, want it owed to the destination", callback)
	}
	w.fail(d, http.StatusInternalServerError)
	w.fail(d, http.StatusGone)

	var st wire.CallbackStatus
	ask(http.MethodGet, at, "", &st)
	if st.URL == "" || st.Kept != 3 || st.Owed != 2 || st.GivenUp != 1 || st.Latest == nil || len(st.Endpoints) != 1 || st.Endpoints[0].State != "stopped" {
		t.Errorf("got %+v, want a stopped endpoint", st)
	}
	var troubled wire.CallbackEndpoints
	ask(http.MethodGet, org+"/callbacks", "", &troubled)
	if troubled.TotalCount != 1 || troubled.Endpoints[0].Failures != 2 || troubled.Endpoints[0].Last.Status != http.StatusGone {
		t.Errorf("got %+v, want the one", troubled)
	}
	var got wire.CallbackDelivery
	ask(http.MethodGet, org+"/deliveries/"+callback.DeliveryID, "", &got)
	if len(got.Attempts) != 1 || got.Attempts[0].Status != http.StatusInternalServerError || got.Attempts[0].Milliseconds != 1000 {
		t.Errorf("got %+v, want its attempt", got)
	}

	var trial wire.CallbackTrial
	ask(http.MethodPost, at+"/test", "", &trial)
	if !trial.Taken || trial.Status != http.StatusNoContent || !strings.Contains(trial.Body, d) || !named(trial.Headers, hook.HeaderSignature) || !named(trial.Headers, hook.HeaderAuthentication) {
		t.Errorf("got %+v, want that it was taken, and what was sent", trial)
	}
	var n wire.CallbackCount
	ask(http.MethodPost, at+"/resume", "", &n)
	if n.Count != 1 {
		t.Errorf("resumed: got %d, want 1", n.Count)
	}
	ask(http.MethodPost, at+"/replay", `{"since":"2020-01-01T00:00:00+01:00","undelivered":true}`, &n)
	if n.Count != 3 {
		t.Errorf("replayed: got %d, want 3", n.Count)
	}
	ask(http.MethodPost, org+"/deliveries/"+callback.DeliveryID+"/replay", "", &got)
	if got.State != "owed" || got.ReplayedAt == nil {
		t.Errorf("got %+v, want it owed anew", got)
	}
	w.manage(w.subscriber, http.MethodPost, at+"/replay", `{}`).wantProblem(t, 400, "bad-request", "since")
	w.manage(w.subscriber, http.MethodPost, at+"/replay", `{"since":"yesterday"}`).want(t, 400)
	if _, _, err := w.broker.Deliveries.Claim(t.Context(), time.Minute, 3); err != nil {
		t.Fatal(err)
	}
	w.manage(w.subscriber, http.MethodPost, org+"/deliveries/"+callback.DeliveryID+"/replay", "").wantProblem(t, 409, "callback-under-way", "moment")
	w.owe(d, broker.MaxReplay+1)
	w.manage(w.subscriber, http.MethodPost, at+"/replay", `{"since":"2020-01-01T00:00:00Z"}`).wantProblem(t, 422, "too-many-callbacks", "later")
}

func named(all []wire.TrialHeader, name string) bool {
	for _, h := range all {
		if h.Name == name && h.Value != "" {
			return true
		}
	}
	return false
}

// TestManageCallbackSecret changes the secret with an overlap, and shows the new one this once.
func TestManageCallbackSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := "/orgs/" + string(w.subscriber.org)
	d, none := w.calledBack(), w.destination(nil)
	secret := org + "/callbacks/" + d + "/secret"
	var made wire.CallbackSecret
	w.manage(w.subscriber, http.MethodPost, secret, `{"overlap":3600}`).want(t, 200).decode(&made)
	if !strings.HasPrefix(made.Secret, "whsec_") || made.FormerSecretUntil == nil || !made.FormerSecretUntil.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("got %+v, want a new secret and an hour", made)
	}
	w.manage(w.subscriber, http.MethodPost, secret, text(t, wire.CallbackSecretDraft{Secret: secret32})).want(t, 200).decode(&made)
	if made.Secret != secret32 {
		t.Errorf("got %+v, want the chosen secret", made)
	}
	w.manage(w.subscriber, http.MethodPost, secret, `{"secret":"short"}`).wantProblem(t, 400, "bad-request", "32")
	w.manage(w.subscriber, http.MethodPost, secret, `{"overlap":2592001}`).wantProblem(t, 400, "bad-request", "30 days")
	for _, deed := range []string{"/secret", "/test"} {
		w.manage(w.subscriber, http.MethodPost, org+"/callbacks/"+none+deed, bodyOf(deed)).wantProblem(t, 409, "no-callback", "set one")
		w.manage(w.subscriber, http.MethodPost, org+"/callbacks/"+broker.NewID[string]()+deed, bodyOf(deed)).wantProblem(t, 404, "receiver-not-found", "organisation")
	}
}

func bodyOf(deed string) string {
	if deed == "/secret" {
		return "{}"
	}
	return ""
}

// TestManageForeignCallbacks: what is another organisation's is not there, whatever path it is asked by.
func TestManageForeignCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.calledBack()
	callback := w.owe(d, 1)[0].DeliveryID
	elsewhere := w.organisation()
	stranger, _ := w.human(elsewhere, "owner")
	reader, _ := w.human(string(w.subscriber.org), "reader")
	for _, call := range [][3]string{
		{http.MethodGet, "/callbacks/" + d, ""}, {http.MethodGet, "/callbacks/" + d + "/deliveries", ""}, {http.MethodPost, "/callbacks/" + d + "/test", ""},
		{http.MethodPost, "/callbacks/" + d + "/resume", ""}, {http.MethodPost, "/callbacks/" + d + "/replay", `{"since":"2020-01-01T00:00:00Z"}`},
		{http.MethodPost, "/callbacks/" + d + "/secret", "{}"}, {http.MethodGet, "/deliveries/" + callback, ""}, {http.MethodPost, "/deliveries/" + callback + "/replay", ""},
	} {
		w.manage(stranger, call[0], "/orgs/"+elsewhere+call[1], call[2]).want(t, 404)
		w.manage(stranger, call[0], "/orgs/"+string(w.subscriber.org)+call[1], call[2]).want(t, 404)
		w.operate(call[0], "/orgs/"+elsewhere+call[1], call[2]).want(t, 404)
		want := 200
		if call[0] == http.MethodPost {
			want = 403
		}
		w.manage(reader, call[0], "/orgs/"+string(w.subscriber.org)+call[1], call[2]).want(t, want)
	}
}
