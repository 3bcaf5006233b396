package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/mail"
)

// posted is a world whose mails are handed over to the test.
func posted(t *testing.T) (w *world, mails chan string) {
	mails = make(chan string, 100)
	w = newWorld(t, func(b *brokerConfig, a *apiConfig) {
		var err error
		a.Management.Mails, err = mail.New(mail.Config{
			Store: b.Store, Log: a.Log, Now: a.Now, URL: publicURL, From: "vierkant@test.example.org", Look: time.Millisecond,
			Send: func(_ context.Context, _, to string, message []byte) error {
				mails <- to + "\n" + strings.ReplaceAll(string(message), "=\r\n", "")
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Contacted = func(tx broker.Tx, d broker.Destination) error {
			return mail.Introduce(tx, a.Now(), d.Org, d.Contact.Email)
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.surface.Management.Mails.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	return w, mails
}

// A destination's contact is asked, confirms without a login, and is written to from then on.
func TestContactIsConfirmed(t *testing.T) {
	t.Parallel()
	w, mails := posted(t)
	own := "/orgs/" + string(w.subscriber.org)
	w.destination(nil)
	request := <-mails
	_, rest, found := strings.Cut(request, "vierkant address confirm ")
	code, _, _ := strings.Cut(rest, " ")
	if !found {
		t.Fatalf("got %s", request)
	}
	to, _, _ := strings.Cut(request, "\n")
	var addresses wire.MailAddressList
	w.manage(w.subscriber, http.MethodGet, own+"/addresses", "").want(t, 200).decode(&addresses)
	if addresses.TotalCount != 1 || addresses.Addresses[0].Address != to || addresses.Addresses[0].ConfirmedAt != nil {
		t.Errorf("got %+v", addresses)
	}
	w.call(http.MethodPost, management+"/addresses/confirm", `{"code":"AAAAA"}`).wantProblem(t, 404, "code-not-found", "latest mail")
	var confirmed wire.MailAddress
	w.call(http.MethodPost, management+"/addresses/confirm", text(t, wire.MailCode{Code: code})).want(t, 200).decode(&confirmed)
	if confirmed.Address != to || confirmed.ConfirmedBy != "code" || confirmed.ConfirmedAt == nil {
		t.Errorf("got %+v", confirmed)
	}
	w.manage(w.subscriber, http.MethodGet, own+"/addresses", "").want(t, 200).decode(&addresses)
	if len(addresses.Addresses) != 1 || addresses.Addresses[0].ConfirmedBy != "code" {
		t.Errorf("got %+v", addresses)
	}
	var list wire.MailList
	w.manage(w.subscriber, http.MethodGet, own+"/mails", "").want(t, 200).decode(&list)
	if len(list.Mails) != 1 || list.Mails[0].Template != "confirmation" || list.Mails[0].State != "sent" {
		t.Fatalf("got %+v", list)
	}
	a := w.manage(w.subscriber, http.MethodGet, own+"/mails/"+list.Mails[0].MailID, "").want(t, 200)
	if strings.Contains(string(a.body), code) || !strings.Contains(string(a.body), "bestätigen") {
		t.Errorf("got %s", a.body)
	}
	w.manage(w.subscriber, http.MethodGet, own+"/mails/"+broker.NewID[string](), "").wantProblem(t, 404, "mail-not-found", "list its mails")
	w.manage(w.foreign, http.MethodGet, own+"/mails", "").wantProblem(t, 404, "organisation-not-found", "")
	w.operate(http.MethodGet, "/orgs/"+string(w.foreign.org)+"/mails/"+list.Mails[0].MailID, "").want(t, 404)
}

func TestAddressesAreAskedAndMarked(t *testing.T) {
	t.Parallel()
	w, mails := posted(t)
	org := w.organisation()
	developer, _ := w.human(org, "developer")
	own := "/orgs/" + org
	draft := text(t, wire.MailAddressDraft{Address: "amt@stadt.example"})
	w.manage(developer, http.MethodPost, own+"/addresses", draft).want(t, 200)
	if got := <-mails; !strings.HasPrefix(got, "amt@stadt.example\n") {
		t.Errorf("got %s", got)
	}
	w.manage(developer, http.MethodPost, own+"/addresses", draft).wantProblem(t, 409, "address-asked", "less than a day ago")
	w.manage(developer, http.MethodPost, own+"/addresses", `{"address":"A <a@b.example>"}`).wantProblem(t, 400, "bad-request", "mail address")
	w.manage(developer, http.MethodPost, "/addresses", draft).wantProblem(t, 403, "forbidden", "operator")
	w.manage(developer, http.MethodGet, "/addresses", "").wantProblem(t, 403, "forbidden", "operator")
	w.manage(developer, http.MethodGet, "/mails", "").wantProblem(t, 403, "forbidden", "operator")
	platform, person := w.human("", "")
	w.operate(http.MethodPost, "/people/"+person+"/appoint", "").want(t, 200)
	var marked wire.MailAddress
	w.manage(platform, http.MethodPost, "/addresses", draft).want(t, 200).decode(&marked)
	if marked.ConfirmedBy != "person "+person {
		t.Errorf("got %+v", marked)
	}
	var all wire.MailList
	w.manage(platform, http.MethodGet, "/mails", "").want(t, 200).decode(&all)
	if all.TotalCount != 1 || all.Mails[0].OrgID != org {
		t.Errorf("got %+v", all)
	}
	var one wire.MailText
	w.manage(platform, http.MethodGet, "/mails/"+all.Mails[0].MailID, "").want(t, 200).decode(&one)
	if one.OrgID != org || !strings.Contains(one.Text, "•••••") {
		t.Errorf("got %+v", one)
	}
	w.manage(developer, http.MethodGet, "/mails/"+all.Mails[0].MailID, "").wantProblem(t, 403, "forbidden", "operator")
	w.operate(http.MethodGet, "/mails/"+broker.NewID[string](), "").wantProblem(t, 404, "mail-not-found", "list")
	var addresses wire.MailAddressList
	w.manage(platform, http.MethodGet, "/addresses", "").want(t, 200).decode(&addresses)
	if addresses.TotalCount != 1 || addresses.Addresses[0].ConfirmedAt == nil {
		t.Errorf("got %+v", addresses)
	}
	w.manage(developer, http.MethodPut, own+"/mail-settings", `{"language":"fr"}`).wantProblem(t, 400, "bad-request", "de, en")
	w.manage(developer, http.MethodPut, own+"/mail-settings", `{"language":"en"}`).want(t, 200)
	var settings wire.MailSettings
	w.manage(developer, http.MethodGet, own+"/mail-settings", "").want(t, 200).decode(&settings)
	if settings.Language != "en" {
		t.Errorf("got %+v", settings)
	}
}

// Who guesses codes is slowed down, and nobody else is.
func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guess := func() answer { return w.call(http.MethodPost, management+"/addresses/confirm", `{"code":"AAAAA"}`) }
	for range 11 {
		guess().want(t, 404)
	}
	a := guess()
	a.wantProblem(t, 429, "too-many-requests", "wrong codes")
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("got Retry-After %q", a.header.Get("Retry-After"))
	}
	w.call(http.MethodGet, "/.well-known/jwks.json", "").want(t, 200)
	w.clock.forward(time.Second)
	guess().want(t, 404)
}
