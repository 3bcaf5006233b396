package node_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// TestOwnersHearOfSecrets has the secret of a client end soon: the owners of its organisation are owed a mail, and nobody else.
func TestOwnersHearOfSecrets(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	var passed atomic.Int64
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	n := start(t, cfg)
	defer stop(t, n)
	o := manages(t, cfg)
	var (
		org    wire.Org
		client wire.NewClient
	)
	o.ask(http.MethodPost, "/orgs", `{"name":"Stadt"}`, &org)
	at := "/orgs/" + org.OrgID
	for name, role := range map[string]string{"ada": "owner", "bob": "owner", "dora": "developer"} {
		o.ask(http.MethodPost, at+"/people", `{"name":"`+name+`","email":"`+name+`@stadt.example","role":"`+role+`"}`, nil)
	}
	until := time.Now().Add(10 * 24 * time.Hour).UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	o.ask(http.MethodPost, at+"/clients", `{"name":"Onlinedienst","kind":"sender","secretUntil":"`+until.Format(time.RFC3339)+`"}`, &client)
	passed.Store(int64(4 * 24 * time.Hour))
	if err := n.Broker.Clients.Warn(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list wire.MailList
	o.ask(http.MethodGet, at+"/mails", "", &list)
	told := map[string]bool{}
	for _, m := range list.Mails {
		if m.Template == "secret-ends" {
			var text wire.MailText
			o.ask(http.MethodGet, at+"/mails/"+m.MailID, "", &text)
			told[m.To] = strings.Contains(text.Text, "Onlinedienst") && strings.Contains(text.Text, client.ClientID) && strings.Contains(text.Text, until.Format("2 January 2006"))
		}
	}
	if len(told) != 2 || !told["ada@stadt.example"] || !told["bob@stadt.example"] {
		t.Errorf("got %v of %+v, want that both owners are told of which and when", told, list.Mails)
	}
}
