package cases_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// TestDeletedContent has time delete what was sent. Both sides see what was deleted, and that it was just that; the log and its evidence hold.
func TestDeletedContent(t *testing.T) {
	portaltest.OnEitherStore(t, func(t *testing.T, change func(*node.Config)) {
		var cfg node.Config
		w := newWorld(t, change, func(c *node.Config) { cfg = *c })
		sent := w.sent(w.destination)
		w.reject(sent, set.Problem{Type: "https://example.org/p"})
		forward(t, cfg, "169h")
		for _, b := range []*portaltest.Browser{w.Person(t, broker.RoleReader), w.PersonOf(t, w.sending, broker.RoleReader)} {
			page := b.Home + "/submissions/" + string(sent.ID)
			waitFor(t, func() bool { return strings.Contains(b.Get(page).Body, "Inhalt gelöscht") })
			b.Get(page).Want(http.StatusOK, string(sent.ID), "mit seinem Ereignisprotokoll gelöscht")
			b.Get(b.Home+"/submissions").Want(http.StatusOK, short(sent.ID), "Inhalt gelöscht")
			b.Get(b.Home+"/cases/"+string(sent.Case)).Want(http.StatusOK, "Inhalt der Einreichung gelöscht", "Gelöscht am",
				hex.EncodeToString(sent.Metadata.Digest), hex.EncodeToString(sent.Data.Digest), "Alle gezeigten Ereignisse sind geprüft")
			var evidence client.Evidence
			if err := json.Unmarshal([]byte(b.Get(page+"/evidence").Want(http.StatusOK).Body), &evidence); err != nil {
				t.Fatal(err)
			}
			log, err := evidence.Verify(keys.Test(), time.Now().Add(170*time.Hour))
			if err != nil || len(log) != 4 || log[3].Type != set.DeleteSubmission {
				t.Errorf("the evidence has %d events, %v", len(log), err)
			}
		}
	})
}

// forward moves the clock of deadlines.
func forward(t *testing.T, cfg node.Config, by string) {
	t.Helper()
	operator, err := node.Reach(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	if err := operator.Call(t.Context(), http.MethodPost, "/test/clock", node.ClockMove{Forward: by}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestPageOfTheSideThatAsks tells who was called how that failed, and the other side that it was not told; strangers see no more than if there were nothing.
func TestPageOfTheSideThatAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, _ := endpoint(t, http.StatusInternalServerError)
	d := w.opened("Bauamt", &broker.CallbackDraft{URL: address, Secret: secret})
	sent, begun := w.sent(d), w.announced(d)
	waitFor(t, func() bool { return len(w.attempts(d)) > 0 })
	authority, sender := w.Person(t, broker.RoleReader), w.PersonOf(t, w.sending, broker.RoleReader)
	page := "/submissions/" + string(sent.ID)
	authority.Get(authority.Home+page).Want(http.StatusOK, "ist bisher gescheitert", "Callbacks dazu", "500").Lacks("informiert werden")
	sender.Get(sender.Home+page).Want(http.StatusOK, "nicht per Callback informiert werden").Lacks("ist bisher gescheitert", "Callbacks dazu", address)

	stranger := w.PersonOf(t, w.Organisation(t, "Andere"), broker.RoleOwner)
	for _, row := range []struct {
		b  *portaltest.Browser
		id broker.SubmissionID
	}{{stranger, sent.ID}, {authority, begun.ID}} {
		for _, below := range []string{"", "/evidence"} {
			none := broker.NewID[broker.SubmissionID]()
			foreign := row.b.Get(row.b.Home + "/submissions/" + string(row.id) + below).Want(http.StatusNotFound)
			unknown := row.b.Get(row.b.Home + "/submissions/" + string(none) + below).Want(http.StatusNotFound)
			if got, want := seen(foreign, row.id), seen(unknown, none); got != want {
				t.Errorf("got\n%s\nand of what there is not\n%s", got, want)
			}
		}
	}
}

// seen is what of a page does not differ with the id that was asked for, nor with the request.
func seen(a portaltest.Answer, id broker.SubmissionID) string {
	request := a.Find(`([0-9a-f]{8}-[0-9a-f-]{27})</code>`)
	return strings.NewReplacer(string(id), "ID", request, "REQUEST").Replace(a.Body)
}
