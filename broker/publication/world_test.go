package publication_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing/area"
)

const (
	trade    = "urn:de:fim:leika:leistung:99050012104000"
	dogs     = "urn:de:fim:leika:leistung:99102013104000"
	keyless  = "urn:de:fim:leistung:99010028"
	schema   = "https://schema.example/application/1.0.0"
	another  = "https://schema.example/other/1.0.0"
	nobodyAt = "urn:de:fim:leika:leistung:99000000000000"
)

var (
	open     = publication.Rule{Open: true}
	closed   = publication.Rule{}
	fourEyes = publication.Rule{FourEyes: true}

	machine = broker.Operator("")
	page    = broker.Page{Limit: broker.MaxPage}
)

// pairs are the RSA keys of this test binary, each about a second of work.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), 10*365*24*time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), 10*365*24*time.Hour)
	return p, err
})

// world is a publisher on a real store, with a clock that stands still unless it is moved.
type world struct {
	*publication.Publisher
	accounts *account.Accounts
	broker   *broker.Broker
	store    broker.Store
	areas    *area.Catalogue
	now      time.Time
}

// onBothStores runs a test on each kind of store.
func onBothStores(t *testing.T, rule publication.Rule, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store, rule)) })
}

func newWorld(t testing.TB, store broker.Store, rule publication.Rule) *world {
	t.Helper()
	dir := t.TempDir()
	_, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	return newNode(t, dir, store, rule)
}

// newNode is a node that has the key file of its environment in dir.
func newNode(t testing.TB, dir string, store broker.Store, rule publication.Rule) *world {
	t.Helper()
	w := &world{store: store, now: time.Now().UTC().Truncate(time.Second)}
	clock := func() time.Time { return w.now }
	wrapper, err := keys.LoadWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(t.TempDir(), "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(context.Background(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Now: clock, Make: makers()})
	must(t, err)
	w.broker, err = broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Test(),
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
		Now:  clock, Deadline: clock, Withdraw: publication.Withdraw,
	})
	must(t, err)
	w.accounts, err = account.New(account.Config{Store: store, Now: clock})
	must(t, err)
	w.areas, err = area.Sample()
	must(t, err)
	w.Publisher, err = publication.New(publication.Config{
		Store: store, Routes: w.broker.Routes, Areas: func() *area.Catalogue { return w.areas }, Now: clock, Rule: rule,
	})
	must(t, err)
	return w
}

func makers() map[broker.KeyUse]func() (broker.KeyPair, error) {
	return map[broker.KeyUse]func() (broker.KeyPair, error){broker.PortalKeys: func() (broker.KeyPair, error) {
		p, err := pairs()
		if err != nil {
			return broker.KeyPair{}, err
		}
		public, err := p.signing.Public.MarshalJSON()
		return broker.KeyPair{KID: p.signing.KID, Public: public, Private: p.signing.Secret}, err
	}}
}

// office is an organisation with people in each role and a destination that offers trade and dogs everywhere.
type office struct {
	org                                broker.OrgID
	owner, developer, operator, reader broker.Caller
	client                             broker.Caller
	desk                               broker.DestinationID
}

func (w *world) office(t testing.TB, name string) (o office) {
	t.Helper()
	org, err := w.broker.Clients.RegisterOrg(t.Context(), machine, name)
	must(t, err)
	o.org = org.ID
	for role, who := range map[broker.Role]*broker.Caller{
		broker.RoleOwner: &o.owner, broker.RoleDeveloper: &o.developer, broker.RoleOperator: &o.operator, broker.RoleReader: &o.reader,
	} {
		person := account.NewPerson{Name: string(role), Email: strings.ToLower(string(role) + "@" + strings.ReplaceAll(name, " ", "-") + ".example")}
		m, err := w.accounts.AddMember(t.Context(), machine, o.org, person, role)
		must(t, err)
		*who = broker.PersonCaller(m.ID, o.org, role)
	}
	c, _, err := w.broker.Clients.Register(t.Context(), o.owner, broker.NewClient{Name: "system", Kind: broker.Subscriber, Manage: true})
	must(t, err)
	o.client = broker.Caller{Client: c.ID, Org: o.org, Scopes: []broker.Scope{broker.ScopeManage}}
	o.desk = w.destination(t, o, name, trade, dogs)
	return o
}

// destination makes an active destination that offers services everywhere.
func (w *world) destination(t testing.TB, o office, name string, services ...string) broker.DestinationID {
	t.Helper()
	d := w.draftDestination(t, o, name, services...)
	w.status(t, o, d, broker.DestinationActive)
	return d
}

// draftDestination is destination before it is active.
func (w *world) draftDestination(t testing.TB, o office, name string, services ...string) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	encryption, err := p.encryption.Public.MarshalJSON()
	must(t, err)
	signing, err := p.signing.Public.MarshalJSON()
	must(t, err)
	draft := broker.DestinationDraft{
		Name: name, Contact: broker.Contact{LegalName: name, Email: "post@office.example"}, EncryptionKID: p.encryption.KID, MetadataVersions: []string{"2.1.0"},
	}
	for _, s := range services {
		draft.Services = append(draft.Services, broker.OfferedService{
			Identifier: s, Regions: []string{"DE"}, Schemas: []broker.SubmissionSchema{{URI: schema, MIMEType: "application/json"}},
		})
	}
	d, err := w.broker.Destinations.Create(t.Context(), o.owner, draft, encryption, signing)
	must(t, err)
	return d.ID
}

func (w *world) status(t testing.TB, o office, d broker.DestinationID, s broker.DestinationStatus) {
	t.Helper()
	_, err := w.broker.Destinations.Change(t.Context(), o.owner, d, func(draft broker.DestinationDraft) (broker.DestinationDraft, error) {
		draft.Status = s
		return draft, nil
	})
	must(t, err)
}

// draft is a route of an office for one service.
func (o office) draft(key, service string, regions ...string) publication.Draft {
	return publication.Draft{
		Key: key, Destination: o.desk, Name: "Amt " + key, Coverage: []broker.Coverage{{Services: []string{service}, Regions: regions}},
	}
}

func puts(drafts ...publication.Draft) publication.ChangeSet {
	return publication.ChangeSet{Put: drafts}
}

// publish publishes what must be publishable.
func (w *world) publish(t testing.TB, o office, drafts ...publication.Draft) publication.Outcome {
	t.Helper()
	out, err := w.Publish(t.Context(), o.owner, o.org, puts(drafts...))
	must(t, err)
	return out
}

func (w *world) grant(t testing.TB, o office, region string, services ...string) publication.Grant {
	t.Helper()
	g, err := w.Grant(t.Context(), machine, o.org, services, region)
	must(t, err)
	return g
}

func (w *world) consent(t testing.TB, from, to office, region string, services ...string) publication.Consent {
	t.Helper()
	c, err := w.Consent(t.Context(), from.owner, from.org, to.org, services, region)
	must(t, err)
	return c
}

// answers are the names of the routes for trade in a region, as the Routing API gives them.
func (w *world) answers(t testing.TB, region string) string {
	t.Helper()
	p, err := w.Preview(t.Context(), machine, publication.Question{Service: trade, Region: region})
	must(t, err)
	return names(p.Answers)
}

func names(routes []broker.Route) string {
	var all []string
	for _, r := range routes {
		all = append(all, strings.TrimPrefix(r.Name, "Amt "))
	}
	return strings.Join(all, " ")
}

// routes is everything that is published.
func (w *world) routes(t testing.TB) (all []broker.Route) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) (err error) {
		all, err = broker.RoutesByAge(tx)
		return err
	}))
	return all
}

// codes are the codes of what refuses, and of what else is found with the given severity.
func codes(findings []publication.Finding, severity publication.Severity) string {
	var all []string
	for _, f := range findings {
		if f.Severity == severity && !slices.Contains(all, string(f.Code)) {
			all = append(all, string(f.Code))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// refusals are the codes for which a change was refused; it fails for any other outcome.
func refusals(t testing.TB, err error) string {
	t.Helper()
	var refused *publication.Refused
	if !errors.As(err, &refused) || !errors.Is(err, broker.Unprocessable) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return codes(refused.Findings, publication.Refuses)
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	must(t, err)
	return string(raw)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isKind(t testing.TB, err error, kind broker.Kind, code string) {
	t.Helper()
	var known *broker.Error
	if !errors.As(err, &known) || known.Kind != kind || known.Code != code {
		t.Errorf("got %v, want %s (%s)", err, code, kind)
	}
}

func day(n int) time.Time { return time.Date(2027, 1, n, 0, 0, 0, 0, time.UTC) }

func number(n int) string { return fmt.Sprintf("r%d", n) }
