package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/route"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/operation"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/broker/template"
	"github.com/vierkant/vierkant/broker/tracking"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/token"
	"github.com/vierkant/vierkant/routing/area"
)

const (
	housing = "urn:de:fim:leika:leistung:99107023017000"
	schema  = "https://schema.example.org/wohngeld_1.0.0.schema.json"
	leika   = "99107023017000"
)

// machine is the operator at the machine.
var machine = broker.Operator("")

// page is the first page of a list.
var page = broker.Page{Limit: broker.MaxPage}

// pairs are the RSA keys of this test binary, each about a second of work.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

// world is one node, or several, on a real store, each with the surface that senders see.
type world struct {
	*template.Templates
	adoptions *template.Adoptions
	publisher *publication.Publisher
	broker    *broker.Broker
	store     broker.Store
	handler   http.Handler
	rule      publication.Rule
	wrapper   *keys.Wrapper
}

// onBothStores runs a test on each kind of store.
func onBothStores(t *testing.T, rule publication.Rule, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store, rule)) })
}

func newWorld(t testing.TB, store broker.Store, rule publication.Rule) *world {
	t.Helper()
	wrapper, err := keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	return node(t, world{store: store, rule: rule, wrapper: wrapper})
}

// another is a further node of the same environment.
func (w *world) another(t testing.TB) *world {
	t.Helper()
	other := node(t, world{store: w.store, rule: w.rule, wrapper: w.wrapper})
	must(t, other.broker.Routes.Reload(t.Context()))
	return other
}

func node(t testing.TB, made world) *world {
	t.Helper()
	w := &made
	const public = "https://vierkant.example"
	blobs, err := blobdir.Open(filepath.Join(t.TempDir(), "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(t.Context(), broker.KeyringConfig{Store: w.store, Wrapper: w.wrapper, Now: time.Now, Make: makers()})
	must(t, err)
	w.broker, err = broker.New(broker.Config{
		Store: w.store, Blobs: blobs, Wrapper: w.wrapper, Keyring: keyring, Policy: keys.Test(), Join: template.Join, Withdraw: publication.Withdraw,
		Issuer: public + "/submission-api", Portal: public + "/portal", Now: time.Now, Deadline: time.Now,
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
	})
	must(t, err)
	areas, err := area.Sample()
	must(t, err)
	current := func() *area.Catalogue { return areas }
	w.publisher, err = publication.New(publication.Config{Store: w.store, Routes: w.broker.Routes, Areas: current, Now: time.Now, Rule: w.rule})
	must(t, err)
	w.Templates, w.adoptions, err = template.New(template.Config{Store: w.store, Routes: w.broker.Routes, Publisher: w.publisher, Now: time.Now})
	must(t, err)
	accounts, err := account.New(account.Config{Store: w.store, Now: time.Now})
	must(t, err)
	all, err := catalogues.New(catalogues.Config{Store: w.store, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	must(t, err)
	mails, err := mail.New(mail.Config{Store: w.store, Log: slog.New(slog.DiscardHandler), Now: time.Now, URL: public, From: "vierkant@broker.example"})
	must(t, err)
	diagnoses, err := diagnosis.New(diagnosis.Config{Store: w.store, Periods: w.broker.Periods, Now: time.Now, Deadline: time.Now})
	must(t, err)
	tracked, err := tracking.New(tracking.Config{
		Store: w.store, Keyring: keyring, Issuer: public + "/submission-api", Deadline: time.Now,
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
	})
	must(t, err)
	checklists, err := golive.New(golive.Config{
		Store: w.store, Keyring: keyring, Now: time.Now, Environment: "test", Portal: public + "/portal", Next: keys.Test(),
		Routes: w.broker.Routes.To, Confirmed: mail.Confirmed,
	})
	must(t, err)
	keeper, err := keycare.New(keycare.Config{Store: w.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	counted, err := figures.New(figures.Config{Store: w.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	operations, err := operation.New(operation.Config{
		Store: w.store, Deliveries: w.broker.Deliveries, Notices: w.broker.Notices, Keys: keeper, Now: time.Now, Deadline: time.Now,
		Examine: func(context.Context) []operation.Finding { return nil }, Disk: func() operation.Disk { return operation.Disk{} },
	})
	must(t, err)
	sign, err := signin.New(signin.Config{
		Accounts: accounts, Store: w.store, Mails: mails, Wrapper: w.wrapper, Now: time.Now, URL: public, Name: "Vierkant",
	})
	must(t, err)
	providers, err := oidc.New(oidc.Config{
		Accounts: accounts, Store: w.store, Wrap: w.wrapper.Wrap, Unwrap: w.wrapper.Unwrap, URL: public + "/portal", Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.handler, err = api.New(api.Config{
		Management: manage.Config{
			SignIn: sign, OIDC: providers,
			Accounts: accounts, Catalogues: all, Publication: w.publisher, Templates: w.Templates, Adoptions: w.adoptions, Mails: mails, Try: nobodyTries,
			Diagnosis: diagnoses, Tracking: tracked, Keys: keeper,
			Figures:   counted,
			Operation: operations,
			GoLive:    checklists,
		},
		Broker: w.broker, Keyring: keyring, PublicURL: public, Environment: "test", Log: slog.New(slog.DiscardHandler), Now: time.Now, Routing: route.Config{Areas: current},
		Issue: func(string, []string) (string, token.Claims, error) {
			return "", token.Claims{}, errors.New("nobody logs in")
		},
		Verify: func(string) (token.Claims, error) { return token.Claims{}, errors.New("nobody is known") },
	})
	must(t, err)
	return w
}

func makers() map[broker.KeyUse]func() (broker.KeyPair, error) {
	rsa := func() (broker.KeyPair, error) {
		p, err := pairs()
		if err != nil {
			return broker.KeyPair{}, err
		}
		public, err := p.signing.Public.MarshalJSON()
		return broker.KeyPair{KID: p.signing.KID, Public: public, Private: p.signing.Secret}, err
	}
	return map[broker.KeyUse]func() (broker.KeyPair, error){broker.ServiceKeys: rsa, broker.PortalKeys: rsa}
}

// authority is an organisation with people in it.
type authority struct {
	id                  broker.OrgID
	developer, releaser broker.Caller
	destination         broker.DestinationID
	region, ars, name   string
}

// org makes an organisation with two people.
func (w *world) org(t testing.TB, name string) authority {
	t.Helper()
	o, err := w.broker.Clients.RegisterOrg(t.Context(), machine, name)
	must(t, err)
	return authority{
		id: o.ID, name: name,
		developer: broker.PersonCaller(broker.NewID[broker.PersonID](), o.ID, broker.RoleDeveloper),
		releaser:  broker.PersonCaller(broker.NewID[broker.PersonID](), o.ID, broker.RoleOperator),
	}
}

// town makes an authority that is granted its region and has an active destination there.
func (w *world) town(t testing.TB, name, region string) authority {
	t.Helper()
	a := w.org(t, name)
	a.region, a.ars = region, strings.TrimPrefix(region, "DE")
	_, err := w.publisher.Grant(t.Context(), machine, a.id, nil, region)
	must(t, err)
	a.destination = w.destination(t, a)
	return a
}

// destination makes an active one that offers housing.
func (w *world) destination(t testing.TB, a authority) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	encryption, signing := jwk(t, p.encryption), jwk(t, p.signing)
	d, err := w.broker.Destinations.Create(t.Context(), a.developer, broker.DestinationDraft{
		Name: "Wohngeldstelle", Contact: broker.Contact{LegalName: a.name, Address: "Markt 1", Phone: "1", Email: "a@b.example"}, EncryptionKID: p.encryption.KID,
		Services: []broker.OfferedService{{
			Identifier: housing, Regions: []string{a.region}, Schemas: []broker.SubmissionSchema{{URI: schema, MIMEType: "application/json"}},
		}},
		MetadataVersions: []string{"1.0.0"},
	}, encryption, signing)
	must(t, err)
	w.setStatus(t, a, d.ID, broker.DestinationActive)
	return d.ID
}

func (w *world) setStatus(t testing.TB, a authority, d broker.DestinationID, to broker.DestinationStatus) {
	t.Helper()
	_, err := w.broker.Destinations.Change(t.Context(), a.developer, d, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status = to
		return d, nil
	})
	must(t, err)
}

func jwk(t testing.TB, p keys.Private) json.RawMessage {
	t.Helper()
	raw, err := p.Public.MarshalJSON()
	must(t, err)
	return raw
}

// content is a template with everything in it.
func content() template.Content {
	both := func(de, en string) []broker.Text {
		return []broker.Text{{Language: "de", Text: de}, {Language: "en", Text: en}}
	}
	return template.Content{
		Name: "Wohngeld", Services: []string{housing}, Schemas: []string{schema}, Languages: []string{"de", "en"},
		Shared: broker.RouteInfo{
			PrivacyURL: "https://wohngeld.example/datenschutz",
			Documents:  both("Mietvertrag", "Lease"), LegalBasis: both("WoGG", "WoGG"), Deadline: both("keine", "none"), Further: both("mehr", "more"),
			Duration: &broker.Duration{Min: 4, Max: 8, Unit: "week"}, Custom: json.RawMessage(`{"kind":"efa"}`),
		},
		Fees: both("kostenlos", "free of charge"), Results: both("Bescheid", "Decision"),
	}
}

// part is what an authority says when nothing is missing.
func (a authority) part() template.Part {
	return template.Part{
		Name: a.name + ", Wohngeldstelle", Destination: a.destination, Regions: []string{a.region},
		Own: broker.RouteInfo{
			ImprintURL: "https://stadt.example/impressum", Contacts: []broker.RouteContact{{Name: "Frau Muster", Email: "wohngeld@stadt.example"}},
			Address: &broker.Address{Street: "Markt", HouseNumber: "1", Postcode: "48143", City: a.name},
		},
	}
}

// opened makes a template that everybody can adopt.
func (w *world) opened(t testing.TB, owner authority) template.Template {
	t.Helper()
	made, err := w.Create(t.Context(), owner.developer, owner.id, content())
	must(t, err)
	out, err := w.Open(t.Context(), owner.developer, made.ID, "")
	must(t, err)
	if out.Proposal == nil {
		return out.Template
	}
	_, err = w.Release(t.Context(), owner.releaser, out.Proposal.ID, out.Proposal.Digest)
	must(t, err)
	now, err := w.Get(t.Context(), owner.developer, made.ID)
	must(t, err)
	return now
}

// adopted makes an adoption that is complete.
func (w *world) adopted(t testing.TB, a authority, id template.ID) broker.AdoptionID {
	t.Helper()
	made, err := w.adoptions.Adopt(t.Context(), a.developer, a.id, id, a.part())
	must(t, err)
	return made.ID
}

// online brings an adoption online, through a second person if that is the rule.
func (w *world) online(t testing.TB, a authority, id broker.AdoptionID) {
	t.Helper()
	out, err := w.adoptions.Online(t.Context(), a.developer, id, "")
	must(t, err)
	w.release(t, a, out)
}

func (w *world) release(t testing.TB, a authority, out publication.Outcome) {
	t.Helper()
	if out.Proposal == nil {
		return
	}
	_, err := w.publisher.Release(t.Context(), a.releaser, out.Proposal.ID, out.Proposal.Digest, w.adoptions.Released)
	must(t, err)
}

// found is a route as a sender sees it.
type found struct {
	Destination string                                 `json:"destinationId"`
	Name        string                                 `json:"destinationName"`
	Privacy     string                                 `json:"privacyPolicyUrl"`
	Documents   struct{ Description texts }            `json:"requiredDocuments"`
	Contacts    []struct{ Email string }               `json:"contactPersons"`
	Custom      map[string]any                         `json:"customParameters"`
	Duration    struct{ MinDuration, MaxDuration int } `json:"processingDuration"`
}

type texts map[string]string

// ask looks up who does housing in a place.
func (w *world) ask(t testing.TB, ars string) []found {
	t.Helper()
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/routing-api/v2/routes?leikaKey="+leika+"&ars="+ars, nil))
	var list struct{ Routes []found }
	if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return list.Routes
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code returns the code of a refusal; "" is none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *broker.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	return refusal.Code
}

// nobodyTries is for a world that calls nobody.
func nobodyTries(context.Context, broker.Caller, broker.DestinationID) (broker.Trial, error) {
	return broker.Trial{}, errors.New("not here")
}
