package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// A secret that ends is told of by whoever reads the client, and by the token service to whoever still has it.
func TestSecretOfAClientEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation()
	clients := "/orgs/" + org + "/clients"
	developer, _ := w.human(org, "developer")
	until := w.clock.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	var made wire.NewClient
	w.manage(developer, http.MethodPost, clients, `{"kind":"sender","secretUntil":"`+until.Format(time.RFC3339)+`"}`).want(t, 201).decode(&made)
	if made.SecretUntil == nil || !made.SecretUntil.Equal(until) || made.LastUsed != nil {
		t.Errorf("got %+v, want a secret until %s that nobody used", made.Client, until)
	}
	for _, bad := range []string{`"never"`, `"2001-01-01T00:00:00Z"`, `"2999-01-01T00:00:00Z"`, `5`} {
		w.manage(developer, http.MethodPost, clients, `{"kind":"sender","secretUntil":`+bad+`}`).want(t, 400)
		w.manage(developer, http.MethodPost, clients+"/"+made.ClientID+"/secret", `{"secretUntil":`+bad+`}`).want(t, 400)
	}
	first := client{id: made.ClientID, secret: made.ClientSecret}
	w.fetchToken(first)
	if err := w.broker.ClientUses.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := clients + "/" + made.ClientID
	w.manage(developer, http.MethodPost, path+"/secret", `{"overlap":259200}`).want(t, 200).decode(&made)
	w.fetchToken(first)
	if err := w.broker.ClientUses.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	var shown wire.Client
	w.manage(developer, http.MethodGet, path, "").want(t, 200).decode(&shown)
	hour := w.clock.Now().Truncate(time.Hour)
	if shown.SecretUntil != nil || !shown.FormerSecretUntil.Equal(until) || !shown.LastUsed.Equal(hour) || !shown.FormerSecretUsed.Equal(hour) {
		t.Errorf("got %+v, want the former secret used in this hour, and good until %s", shown, until)
	}
	w.manage(developer, http.MethodDelete, path+"/former-secret", "").want(t, 204)
	w.manage(developer, http.MethodDelete, path+"/former-secret", "").want(t, 204)
	w.clock.forward(72 * time.Hour)
	second := client{id: made.ClientID, secret: made.ClientSecret}
	w.fetchToken(second)
}

func TestClientsChangeByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := string(w.subscriber.org)
	developer, _ := w.human(org, "developer")
	reader, _ := w.human(org, "reader")
	path := "/orgs/" + org + "/clients/" + w.subscriber.id
	var changed wire.Client
	w.manage(developer, http.MethodPatch, path, `{"name":"Bauamt"}`).want(t, 200).decode(&changed)
	if changed.Name != "Bauamt" || !changed.Manage {
		t.Errorf("got %+v", changed)
	}
	w.manage(developer, http.MethodPatch, path, `{"manage":false}`).want(t, 200).decode(&changed)
	if changed.Name != "Bauamt" || changed.Manage {
		t.Errorf("got %+v", changed)
	}
	w.manage(w.subscriber, http.MethodGet, path, "").wantProblem(t, 403, "forbidden", "scope") // it may manage no more, at once
	w.manage(developer, http.MethodPatch, path, `{"grants":[{"region":"DE"}]}`).wantProblem(t, 400, "bad-request", "only a sender")
	w.manage(developer, http.MethodPatch, path, `{"name":"a\u0000b"}`).wantProblem(t, 400, "bad-request", "one line")
	w.manage(reader, http.MethodPatch, path, `{"name":"x"}`).wantProblem(t, 403, "forbidden", "role")
	w.manage(developer, http.MethodPatch, "/orgs/"+org+"/clients/"+w.foreign.id, `{"name":"x"}`).wantProblem(t, 404, "client-not-found", w.foreign.id)
}

// Snippets are about the client, and never have a secret in them.
func TestSnippetsByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := string(w.subscriber.org)
	w.active()
	reader, _ := w.human(org, "reader")
	clients := "/orgs/" + org + "/clients/"
	var list wire.SnippetList
	a := w.manage(reader, http.MethodGet, clients+w.subscriber.id+"/snippets", "").want(t, 200)
	a.decode(&list)
	var at wire.ClientDestinations
	w.manage(reader, http.MethodGet, clients+w.subscriber.id+"/destinations", "").want(t, 200).decode(&at)
	if len(list.Snippets) != 6 || len(at.Destinations) == 0 || strings.Contains(string(a.body), w.subscriber.secret) {
		t.Fatalf("got %d snippets, %d destinations", len(list.Snippets), len(at.Destinations))
	}
	for _, s := range list.Snippets {
		if !strings.Contains(s.Text, w.subscriber.id) || !strings.Contains(s.Text, publicURL) || !strings.Contains(s.Text, at.Destinations[0].DestinationID) {
			t.Errorf("%s is about something else:\n%s", s.Language, s.Text)
		}
	}
	var sender wire.NewClient
	w.operate(http.MethodPost, "/orgs/"+org+"/clients", `{"kind":"sender","grants":[{"region":"DE09","service":"urn:de:fim:leika:leistung:99107023037000"}]}`).want(t, 201).decode(&sender)
	own := clients + sender.ClientID + "/snippets"
	for query, want := range map[string][]string{
		"": {"ars 09 ", "99107023037000"}, "?region=DE14713&service=99050012104000": {"ars 14713 ", "--service 99050012104000"},
	} {
		w.manage(reader, http.MethodGet, own+query, "").want(t, 200).decode(&list)
		for _, text := range want {
			if got := strings.ReplaceAll(list.Snippets[1].Text, "\\\n", ""); !strings.Contains(got, text) {
				t.Errorf("%s: got %s, want %s", query, got, text)
			}
		}
	}
	for _, bad := range []string{"?region=DE;id", "?service=%22%24(id)%22", "?service=a&service=b"} {
		w.manage(reader, http.MethodGet, own+bad, "").wantProblem(t, 400, "bad-request", "")
	}
}
