package portal_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// inhabited is a node with an organisation that has one of most things, so that pages have something to show.
type inhabited struct {
	*portaltest.World
	node.Seeded
}

// officeKeys are those of the destination, since making some takes seconds.
var officeKeys = sync.OnceValues(func() (k client.Keys, err error) {
	encryption, err := keys.Generate(keys.Encryption, "Amt", time.Now(), time.Hour)
	signing, signErr := keys.Generate(keys.Signature, "Amt", time.Now(), time.Hour)
	return client.Keys{Decryption: []keys.Private{encryption}, Signing: signing}, errors.Join(err, signErr)
})

const officeName = "Amt Musterstadt"

func inhabit(t *testing.T) *inhabited {
	t.Helper()
	pair, err := officeKeys()
	if err != nil {
		t.Fatal(err)
	}
	w := &inhabited{World: portaltest.Start(t)}
	w.Seeded, err = w.Node.Seed(t.Context(), node.Seed{
		Organisation: officeName, Sender: "Onlinedienst", Subscriber: "Fachverfahren",
		Destinations: []node.SeedDestination{{
			Draft:      testenv.Draft("Gewerbeamt", broker.Contact{LegalName: "Amt", Email: "amt@authority.example"}, "DE", testenv.BusinessRegistration),
			Encryption: pair.Decryption[0], Signing: pair.Signing,
			Coverage: []broker.Coverage{{Services: []string{testenv.BusinessRegistration}, Regions: []string{"DE05"}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := w.Node.Broker.Clients.Get(t.Context(), broker.Operator(""), broker.ClientID(w.Sender.ClientID))
	if err != nil {
		t.Fatal(err)
	}
	w.Org = sender.Org
	w.exchange(t, pair)
	if _, err := w.Node.GoLive().AddPoint(t.Context(), broker.Operator(w.Org), "Der Personalrat stimmt zu.", []golive.Kind{golive.Destination}); err != nil {
		t.Fatal(err)
	}
	return w
}

// exchange sends two applications, of which one is accepted.
func (w *inhabited) exchange(t *testing.T, pair client.Keys) {
	t.Helper()
	var sent []client.Receipt
	for range 2 {
		receipt, err := w.client(t, w.Sender).Sender().Send(t.Context(), client.Application{
			Destination: client.DestinationID(w.Destinations[0]), Service: testenv.BusinessRegistration, Region: "DE05",
			Data: client.Data{Content: []byte(`{}`), MIMEType: "application/json", SchemaURI: testenv.SchemaFor(testenv.BusinessRegistration, "json")},
		})
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, receipt)
	}
	subscriber, err := w.client(t, w.Subscriber).Subscriber(map[client.DestinationID]client.Keys{client.DestinationID(w.Destinations[0]): pair})
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := subscriber.Fetch(t.Context(), sent[0].SubmissionID)
	if err != nil {
		t.Fatal(err)
	}
	defer fetched.Close()
	if err := subscriber.Accept(t.Context(), fetched); err != nil {
		t.Fatal(err)
	}
}

func (w *inhabited) client(t *testing.T, who node.Credentials) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{
		TokenURL: w.URL + "/token", SubmissionURL: w.URL + "/submission-api", RoutingURL: w.URL + "/routing-api", PortalURL: w.URL + "/portal",
		ClientID: who.ClientID, ClientSecret: who.ClientSecret, Policy: keys.Test(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// visitor is somebody who sees other pages than others do.
type visitor struct {
	name string
	*portaltest.Browser
}

// visitors are one of each.
func (w *inhabited) visitors(t *testing.T) []visitor {
	t.Helper()
	all := []visitor{{"nobody", w.Anybody(t)}, {"platform", w.Operator(t)}}
	for _, role := range broker.Roles() {
		all = append(all, visitor{string(role), w.PersonOf(t, w.Org, role)})
	}
	return all
}
