package cases_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

const secret = "a-secret-of-at-least-thirty-two-characters"

// TestCockpit shows a callback that failed with its attempt and reason, and does what can be done about it.
func TestCockpit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, called, hold := stubborn(t)
	d := w.opened("Bauamt", &broker.CallbackDraft{URL: address, Secret: secret})
	sent := w.sent(d)
	webhook := <-called
	b, reader := w.Person(t, broker.RoleDeveloper), w.Person(t, broker.RoleReader)
	path := b.Home + "/callbacks/" + string(d)

	waitFor(t, func() bool { return len(w.attempts(d)) > 0 })
	b.Get(b.Home+"/callbacks").Want(http.StatusOK, "Endpunkte mit Störungen", address, "wird weiter aufgerufen", "500", "Bauamt", "kein Callback")
	page := b.Get(path).Want(http.StatusOK, "Jetzt probeweise aufrufen", "Wieder aufrufen", "ausstehend", short(sent.ID), webhook[:8])
	b.Get(b.Home+"/deliveries/"+webhook).Want(http.StatusOK, "Neue Einreichungen", "500", "ausstehend", "Diesen Callback wiederholen")
	b.Get(b.Home+"/find?id="+webhook).Want(http.StatusOK, "Neue Einreichungen", webhook)
	b.Get(b.Home+"/submissions/"+string(sent.ID)).Want(http.StatusOK, "ist bisher gescheitert", "Callbacks dazu", "an den Zustellpunkt")

	reader.Get(path).Want(http.StatusOK, "ausstehend").Lacks("Jetzt probeweise aufrufen", "Neues Geheimnis", "Wieder aufrufen")
	for _, deed := range []string{"/test", "/resume"} {
		reader.Post(path+deed, nil).Want(http.StatusForbidden)
	}
	reader.Post(path+"/secret", url.Values{"overlap": {"day"}}).Want(http.StatusUnprocessableEntity, "Ihre Rolle in dieser Organisation erlaubt das nicht").Lacks("Dieses Geheimnis")

	b.Post(path+"/test", url.Values{"once": {page.Find(`/test"[^>]*novalidate>\s*<input type="hidden" name="once" value="([^"]+)"`)}}).
		Want(http.StatusOK, "hat den Aufruf nicht angenommen", "500", "00000000-0000-0000-0000-000000000000")
	letGo := hold()
	b.Post(path+"/resume", nil).Want(http.StatusOK, "Der Empfänger wird wieder aufgerufen.", "Der Endpunkt ist nicht gestört.")
	letGo()
	waitFor(t, func() bool { return len(w.attempts(d)) > 1 })
	b.Post(b.Home+"/deliveries/"+webhook+"/replay", nil).Want(http.StatusOK, "Der Callback wird wiederholt.")
}

// stubborn is an endpoint that fails; while it is on hold it does not answer at all.
func stubborn(t *testing.T) (url string, called <-chan string, hold func() (letGo func())) {
	t.Helper()
	calls := make(chan string, 100)
	var held sync.RWMutex
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls <- r.Header.Get("Webhook-Id")
		held.RLock()
		defer held.RUnlock()
		rw.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls, func() func() { held.Lock(); return held.Unlock }
}

// attempts are those of the callbacks to a destination.
func (w *world) attempts(d broker.DestinationID) (all []broker.Attempt) {
	w.t.Helper()
	some, _, err := w.Node.Broker.Deliveries.To(w.t.Context(), broker.Operator(w.Org), string(d), broker.Page{Limit: 10})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range some {
		all = append(all, one.Attempts...)
	}
	return all
}

// TestReplay asks since when, and says what is wrong with the answer.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, called := endpoint(t, http.StatusNoContent)
	d := w.opened("Bauamt", &broker.CallbackDraft{URL: address, Secret: secret})
	w.sent(d)
	webhook := <-called
	waitFor(t, func() bool { return len(w.attempts(d)) > 0 })
	b := w.Person(t, broker.RoleOperator)
	path := b.Home + "/callbacks/" + string(d) + "/replay"
	a := b.Get(path).Want(http.StatusOK, "Callbacks wiederholen", "höchstens 10.000")
	a = b.Post(path, url.Values{"once": {a.Once()}, "which": {"all"}}).Want(http.StatusUnprocessableEntity, "Bitte füllen Sie")
	a = b.Post(path, url.Values{"once": {a.Once()}, "since": {"gestern"}, "which": {"some"}}).Want(http.StatusUnprocessableEntity, "Bitte wählen Sie")
	form := url.Values{"once": {a.Once()}, "since": {"2020-01-01"}, "which": {"all"}}
	b.Post(path, form).Want(http.StatusOK, "Callbacks, die wiederholt werden: 1")
	if again := <-called; again != webhook {
		t.Errorf("%s was replayed, want %s", again, webhook)
	}
	b.Post(path, form).Want(http.StatusConflict)
}

// TestNewSecret is shown once, to who may change it.
func TestNewSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, _ := endpoint(t, http.StatusNoContent)
	d := w.opened("Bauamt", &broker.CallbackDraft{URL: address, Secret: secret})
	b := w.Person(t, broker.RoleDeveloper)
	path := b.Home + "/callbacks/" + string(d)
	a := b.Get(path+"/secret").Want(http.StatusOK, "Neues Geheimnis")
	a = b.Post(path+"/secret", url.Values{"once": {a.Once()}, "overlap": {"day"}, "own": {"short"}}).Want(http.StatusUnprocessableEntity).Lacks("short")
	made := b.Post(path+"/secret", url.Values{"once": {a.Once()}, "overlap": {"day"}}).Want(http.StatusOK, "Dieses Geheimnis wird nur jetzt gezeigt")
	secret := made.Find(`<code>([^<]{32,})</code>`)
	b.Get(path).Want(http.StatusOK, "Früheres Geheimnis gilt bis").Lacks(secret)
	b.Get(b.Home + "/callbacks/" + string(w.destination) + "/secret").Want(http.StatusOK)
	b.Post(b.Home+"/callbacks/"+string(w.destination)+"/secret", url.Values{"overlap": {"day"}}).Want(http.StatusUnprocessableEntity, "callback")
}

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, called := endpoint(t, http.StatusInternalServerError)
	d := w.opened("Bauaufsichtsamt der Landeshauptstadt", &broker.CallbackDraft{URL: address, Secret: secret})
	sent := w.sent(d)
	webhook := <-called
	waitFor(t, func() bool { return len(w.attempts(d)) > 0 })
	rejected := w.sent(w.destination)
	w.reject(rejected, problem())
	w.announced(w.destination)
	w.Browse(t, "testdata/pages.mjs", map[string]any{
		"secret": w.Person(t, broker.RoleOwner).Secret, "sent": sent.ID, "rejected": rejected.ID, "case": rejected.Case, "destination": d, "webhook": webhook,
		"sending": w.sending, "sender": w.PersonOf(t, w.sending, broker.RoleReader).Secret,
	})
}

func problem() set.Problem {
	return set.Problem{Type: set.ProblemPrefix + "missing-attachment", Title: "Anlage fehlt", Detail: "Der Lageplan ist nicht dabei.", Instance: "metadata"}
}

// waitFor looks again until something is so that the background brings about.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal("it is not so after 30 seconds")
		case <-tick.C:
		}
	}
}
