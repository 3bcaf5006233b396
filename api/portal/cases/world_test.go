package cases_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const service = "urn:de:fim:leika:leistung:99050012104000"

// pairs are the keys of all destinations here.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

// world is two organisations: the authority, w.Org, with a destination, and one whose client sends to it.
type world struct {
	*portaltest.World
	t           *testing.T
	sending     broker.OrgID
	sender      broker.Caller
	destination broker.DestinationID
	name        string // of the destination
}

func newWorld(t *testing.T, change ...func(*node.Config)) *world {
	t.Helper()
	w := &world{World: portaltest.Start(t, change...), t: t, name: "Ordnungsamt <i>Süd</i>"}
	w.sending = w.Organisation(t, "Onlinedienste GmbH")
	c, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.sending), broker.NewClient{Kind: broker.Sender, Name: "Antragsportal <b>"})
	if err != nil {
		t.Fatal(err)
	}
	w.sender = broker.Caller{Client: c.ID, Org: w.sending, Scopes: []broker.Scope{broker.ScopeSend}}
	w.destination = w.opened(w.name, nil)
	return w
}

// opened makes a destination that takes submissions.
func (w *world) opened(name string, callback *broker.CallbackDraft) broker.DestinationID {
	w.t.Helper()
	p, err := pairs()
	if err != nil {
		w.t.Fatal(err)
	}
	jwk := func(k keys.Private) json.RawMessage {
		raw, err := k.Public.MarshalJSON()
		if err != nil {
			w.t.Fatal(err)
		}
		return raw
	}
	who := broker.Operator(w.Org)
	d, err := w.Node.Broker.Destinations.Create(w.t.Context(), who, broker.DestinationDraft{
		Name: name, Contact: broker.Contact{LegalName: "Stadt Musterhausen", Email: "post@example.org"}, EncryptionKID: p.encryption.KID,
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"}, Schemas: []broker.SubmissionSchema{{URI: "https://schema.example.org/a.json", MIMEType: "application/json"}},
		}},
		MetadataVersions: []string{"2.1.0"}, Callback: callback,
	}, jwk(p.encryption), jwk(p.signing))
	if err != nil {
		w.t.Fatal(err)
	}
	activate := func(draft broker.DestinationDraft) (broker.DestinationDraft, error) {
		draft.Status = broker.DestinationActive
		return draft, nil
	}
	if _, err := w.Node.Broker.Destinations.Change(w.t.Context(), who, d.ID, activate); err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

// announced opens a submission.
func (w *world) announced(d broker.DestinationID) broker.Submission {
	w.t.Helper()
	s, err := w.Node.Broker.Submissions.Announce(w.t.Context(), w.sender, broker.Announcement{
		Destination: d, Service: broker.Service{Name: "Gewerbe<wbr>anmeldung", Identifier: service}, Region: "DE09",
	}, broker.Repeat{})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// sent takes a submission through to the destination.
func (w *world) sent(d broker.DestinationID) broker.Submission {
	w.t.Helper()
	s := w.announced(d)
	p, err := pairs()
	if err != nil {
		w.t.Fatal(err)
	}
	sealed, err := seal.Seal(p.encryption.Public, "application/json", []byte("{}"))
	if err == nil {
		s, err = w.Node.Broker.Submissions.Submit(w.t.Context(), w.sender, broker.V2(), s.ID, []byte(sealed), []byte(sealed), broker.Repeat{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// reject has the authority reject a submission.
func (w *world) reject(s broker.Submission, problems ...set.Problem) {
	w.t.Helper()
	p, err := pairs()
	if err != nil {
		w.t.Fatal(err)
	}
	claims := set.Claims{
		Schema: set.SchemaURI("1.2.2"), ID: broker.NewID[string](), Issuer: string(s.Destination), IssuedAt: time.Now().Unix(),
		Subject: "submission:" + string(s.ID), Transaction: "case:" + string(s.Case), Event: set.RejectSubmission, Payload: set.Payload{Problems: problems}.Bytes(),
	}
	raw, err := claims.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := set.Sign(raw, p.signing.KID, p.signing.Secret)
	if err != nil {
		w.t.Fatal(err)
	}
	subscriber, _, err := w.Node.Broker.Clients.Register(w.t.Context(), broker.Operator(w.Org), broker.NewClient{Kind: broker.Subscriber, Name: "Fachverfahren"})
	if err == nil {
		err = w.Node.Broker.Destinations.Assign(w.t.Context(), broker.Operator(w.Org), s.Destination, subscriber.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	who := broker.Caller{Client: subscriber.ID, Org: w.Org, Scopes: []broker.Scope{broker.ScopeSubscribe}}
	if err := w.Node.Broker.Cases.Post(w.t.Context(), who, broker.V2(), s.Case, token); err != nil {
		w.t.Fatal(err)
	}
}

// endpoint is where a destination is called. It answers with a status, and tells of each call.
func endpoint(t *testing.T, status int) (url string, called <-chan string) {
	t.Helper()
	calls := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(status)
		calls <- r.Header.Get("Webhook-Id")
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}
