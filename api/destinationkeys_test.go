package api_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv/pki"
)

// strictWorld is a world with a trust anchor, in which changes of keys take two persons or a signature.
type strictWorld struct {
	*world
	authority *pki.Authority
	org       string
	owner     client
}

func newStrictWorld(t *testing.T) *strictWorld {
	t.Helper()
	root := pki.Root(t, time.Now().Add(-time.Hour))
	s := &strictWorld{authority: root.Below(t, "Ausgabestelle")}
	var keeper *keycare.Keeper
	s.world = newWorld(t, func(b *brokerConfig, a *apiConfig) {
		keeper = must(keycare.New(keycare.Config{Store: b.Store, Now: b.Now, Log: a.Log, FourEyes: true, LegalNames: true}))(t)
		b.Policy, b.KeyCare = keys.Strict("reference", root.Pool()), keeper.Rules()
		a.Management.Keys = keeper
		a.Management.Releases[keycare.Subject] = account.ReleaseFunc(func(ctx context.Context, who broker.Caller, id account.ProposalID, digest string) (account.Proposal, error) {
			return keeper.Releaser(s.broker.Destinations)(ctx, who, id, digest)
		})
	})
	s.org = string(s.subscriber.org)
	s.owner, _ = s.human(s.org, "owner")
	return s
}

// named registers legal names.
func (s *strictWorld) named(names ...string) {
	s.t.Helper()
	s.manage(s.platform(), http.MethodPut, "/orgs/"+s.org+"/legal-names", text(s.t, wire.LegalNames{Names: names})).want(s.t, 200)
}

// create asks for a destination with a pair of keys.
func (s *strictWorld) create(encryption, signing keys.Private) answer {
	s.t.Helper()
	return s.call(http.MethodPost, destinations, draft(s.t, map[string]any{
		"encryptionKid": encryption.KID, "encryptionPublicKey": encryption.Public, "signingPublicKey": signing.Public,
	}), as(s.subscriber))
}

// active makes a destination that takes submissions.
func (s *strictWorld) active(encryption, signing keys.Private) string {
	s.t.Helper()
	s.named("Stadt Muster")
	var d wire.DestinationV1
	s.create(encryption, signing).want(s.t, 201).decode(&d)
	s.call(http.MethodPatch, destinations+"/"+d.DestinationID, `{"status":"active"}`, as(s.subscriber)).want(s.t, 200)
	return d.DestinationID
}

func (s *strictWorld) shown(id string) (d wire.DestinationV1) {
	s.t.Helper()
	s.call(http.MethodGet, destinations+"/"+id, "", as(s.subscriber)).want(s.t, 200).decode(&d)
	return d
}

func (s *strictWorld) addKey(id string, key keys.Private) answer {
	s.t.Helper()
	return s.manage(s.owner, http.MethodPost, "/orgs/"+s.org+"/destinations/"+id+"/keys", text(s.t, key.Public))
}

func (s *strictWorld) activate(id string, key keys.Private, signature string) answer {
	s.t.Helper()
	return s.manage(s.owner, http.MethodPost, "/orgs/"+s.org+"/destinations/"+id+"/keys/"+url.PathEscape(key.KID)+"/activate",
		text(s.t, wire.KeyActivation{Signature: signature}))
}

// keys lists the keys that the organisation has, by their kids.
func (s *strictWorld) keys(query string) map[string]wire.ManagedKey {
	s.t.Helper()
	var all wire.ManagedKeys
	s.manage(s.owner, http.MethodGet, "/orgs/"+s.org+"/keys"+query, "").want(s.t, 200).decode(&all)
	found := map[string]wire.ManagedKey{}
	for _, key := range all.Keys {
		found[key.KID] = key
	}
	if len(found) != all.Count || all.More {
		s.t.Errorf("got %d keys, and that there are %d, more %t", len(found), all.Count, all.More)
	}
	return found
}

func TestKeysAreTheOrganisations(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	encryption, signing := s.authority.Pair(t, 0, "Stadt Muster")
	s.create(encryption, signing).wantProblem(t, 400, "key-not-allowed", "encryptionPublicKey", "legal name", "vierkant org legal-names")
	s.named("Stadt Mustern")
	s.create(encryption, signing).wantProblem(t, 400, "key-not-allowed", "Stadt Muster", "vierkant org legal-names")
	s.named("Kreis", "STADT  Muster")
	s.create(encryption, signing).want(t, 201)
	s.create(encryption, must(pairs())(t).signing).wantProblem(t, 400, "key-not-allowed", "signingPublicKey", "trust anchor")
	_, old := s.authority.Pair(t, 0, "Stadt Muster", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	s.create(encryption, old).wantProblem(t, 400, "key-not-allowed", "signingPublicKey", "valid")

	path, body := "/orgs/"+s.org+"/legal-names", `{"names":["Bund"]}`
	s.manage(s.owner, http.MethodPut, path, body).wantProblem(t, 403, "forbidden", "operator")
	s.manage(s.subscriber, http.MethodPut, path, body).wantProblem(t, 403, "forbidden", "operator")
	s.manage(s.foreign, http.MethodGet, path, "").wantProblem(t, 404, "organisation-not-found")
	s.operate(http.MethodPut, path, `{"names":["  "]}`).wantProblem(t, 400, "bad-request", "legal name")
	var got wire.LegalNames
	s.manage(s.owner, http.MethodGet, path, "").want(t, 200).decode(&got)
	if len(got.Names) != 2 || got.Names[0] != "Kreis" {
		t.Errorf("got %v, want what the operator set", got.Names)
	}
}

// While nothing was ever sealed for a destination its keys change freely; then it takes a second person.
func TestAnotherPersonReleasesAKey(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	next, _ := s.authority.Pair(t, 1, "Stadt Muster")
	id := s.active(first, signing)
	a := s.addKey(id, next).want(t, 201)
	if got := a.header.Get("Location"); !strings.HasSuffix(got, "/keys/"+next.KID) {
		t.Errorf("got Location %q", got)
	}

	patch := func() (d wire.DestinationV1) {
		s.call(http.MethodPatch, destinations+"/"+id, text(t, map[string]string{"encryptionKid": next.KID, "name": "Neu"}), as(s.subscriber)).want(t, 202).decode(&d)
		return d
	}
	d := patch()
	if d.EncryptionKID != first.KID || d.Name != "Neu" || d.Proposed == nil || d.Proposed.EncryptionKID != next.KID {
		t.Fatalf("got %+v, want the old key, the new name and a proposal", d)
	}
	if again := patch(); again.Proposed.ProposalID != d.Proposed.ProposalID {
		t.Errorf("got proposals %s and %s, want one", d.Proposed.ProposalID, again.Proposed.ProposalID)
	}
	path := "/orgs/" + s.org + "/proposals/" + d.Proposed.ProposalID
	var p wire.Proposal
	s.manage(s.owner, http.MethodGet, path, "").want(t, 200).decode(&p)
	if !bytes.Contains(p.Value, []byte(next.Thumbprint())) || !bytes.Contains(p.Value, []byte("O=Stadt Muster")) {
		t.Errorf("got %s, want thumbprint and subject", p.Value)
	}
	release := text(t, wire.Release{Digest: p.Digest})
	s.manage(s.subscriber, http.MethodPost, path+"/release", release).wantProblem(t, 403, "second-person-needed")
	s.manage(s.owner, http.MethodPost, path+"/release", text(t, wire.Release{Digest: strings.Repeat("0", 64)})).wantProblem(t, 409, "proposal-changed")
	if s.shown(id).EncryptionKID != first.KID {
		t.Fatal("a refused release put the key into force")
	}
	s.manage(s.owner, http.MethodPost, path+"/release", release).want(t, 200)
	if got := s.shown(id).EncryptionKID; got != next.KID {
		t.Errorf("got %s in force, want %s", got, next.KID)
	}
	is := s.keys("")
	if is[first.KID].State != "replaced" || is[next.KID].State != "current" || is[signing.KID].State != "current" || !is[first.KID].PrivateKeyNeeded {
		t.Errorf("got %+v", is)
	}
	s.call(http.MethodGet, "/submission-api/v2/destinations/"+id+"/keys/"+first.KID, "").want(t, 200)
}

// A proposal for other keys than those in force is closed when it is released.
func TestProposalsOfKeysGrowOld(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	second, _ := s.authority.Pair(t, 1, "Stadt Muster")
	third, _ := s.authority.Pair(t, 2, "Stadt Muster")
	id := s.active(first, signing)
	s.addKey(id, second).want(t, 201)
	s.addKey(id, third).want(t, 201)
	var waits, done wire.KeyActivated
	s.activate(id, second, "").want(t, 200).decode(&waits)
	signed := signedBy(t, signing, waits.Change, third, time.Now())
	s.activate(id, third, signed).want(t, 200).decode(&done)
	if waits.State != "proposed" || done.State != "current" {
		t.Fatalf("got %+v and %+v", waits, done)
	}
	other, _ := s.human(s.org, "operator")
	path := "/orgs/" + s.org + "/proposals/" + waits.ProposalID
	var p wire.Proposal
	s.manage(other, http.MethodGet, path, "").want(t, 200).decode(&p)
	s.manage(other, http.MethodPost, path+"/release", text(t, wire.Release{Digest: p.Digest})).wantProblem(t, 409, "proposal-outdated")
	s.manage(other, http.MethodGet, path, "").want(t, 200).decode(&p)
	if p.State != "outdated" || s.shown(id).EncryptionKID != third.KID {
		t.Errorf("got a proposal that is %s and %s in force", p.State, s.shown(id).EncryptionKID)
	}
}

// signedBy signs that a key takes effect in place of the one that c names.
func signedBy(t testing.TB, by keys.Private, c wire.KeyChange, key keys.Private, at time.Time) string {
	t.Helper()
	change := keys.Change{
		Destination: c.DestinationID, Use: keys.Use(c.Use), KID: key.KID, Thumbprint: key.Thumbprint(), After: c.After, Issued: at,
	}
	return must(change.Sign(by))(t)
}

func TestSignedChangeOfKeys(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	next, nextSigning := s.authority.Pair(t, 1, "Stadt Muster")
	id := s.active(first, signing)
	for _, key := range []keys.Private{next, nextSigning} {
		s.addKey(id, key).want(t, 201)
	}
	right := wire.KeyChange{DestinationID: id, Use: "enc", After: first.Thumbprint()}
	sign := func(by keys.Private, change func(*wire.KeyChange)) string {
		c := right
		change(&c)
		return signedBy(t, by, c, next, time.Now())
	}
	as := func(*wire.KeyChange) {}
	for name, signature := range map[string]string{
		"a signing key that is not in force": sign(nextSigning, as),
		"another destination":                sign(signing, func(c *wire.KeyChange) { c.DestinationID = broker.NewID[string]() }),
		"another use":                        sign(signing, func(c *wire.KeyChange) { c.Use = "sig" }),
		"after another key":                  sign(signing, func(c *wire.KeyChange) { c.After = next.Thumbprint() }),
		"another key":                        signedBy(t, signing, right, first, time.Now()),
		"long ago":                           signedBy(t, signing, right, next, time.Now().Add(-8*24*time.Hour)),
		"tomorrow":                           signedBy(t, signing, right, next, time.Now().Add(24*time.Hour)),
		"no signature":                       "x.y.z",
		"cut":                                sign(signing, as)[:100],
		"an event":                           must(keys.SignPS512("secevent+jwt", signing.KID, []byte(`{}`), signing.Secret))(t),
	} {
		a := s.activate(id, next, signature)
		if a.status != 422 || !bytes.Contains(a.body, []byte("key-change-not-signed")) {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	used := sign(signing, as)
	s.activate(id, next, used).want(t, 200)
	if got := s.shown(id).EncryptionKID; got != next.KID {
		t.Fatalf("got %s in force, want %s", got, next.KID)
	}

	// Back by a new statement, and not to the next one by the old.
	back := wire.KeyChange{DestinationID: id, Use: "enc", After: next.Thumbprint()}
	s.activate(id, first, signedBy(t, signing, back, first, time.Now())).want(t, 200)
	third, _ := s.authority.Pair(t, 2, "Stadt Muster")
	s.addKey(id, third).want(t, 201)
	s.activate(id, third, signedBy(t, signing, right, third, time.Now())).want(t, 200)
	s.activate(id, next, used).wantProblem(t, 422, "key-change-not-signed", "another change")

	// The key that signs changes is replaced by the same ways; then the former one signs none.
	turn := wire.KeyChange{DestinationID: id, Use: "sig", After: signing.Thumbprint()}
	s.activate(id, nextSigning, signedBy(t, signing, turn, nextSigning, time.Now())).want(t, 200)
	from := wire.KeyChange{DestinationID: id, Use: "enc", After: third.Thumbprint()}
	s.activate(id, next, signedBy(t, signing, from, next, time.Now())).wantProblem(t, 422, "key-change-not-signed")
	s.activate(id, next, signedBy(t, nextSigning, from, next, time.Now())).want(t, 200)
	if is := s.keys(""); is[signing.KID].State != "replaced" || is[signing.KID].PrivateKeyNeeded || is[nextSigning.KID].State != "current" {
		t.Errorf("got %+v", is)
	}
}

func TestKeysOfOthersAreNoneOfYours(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	id := s.active(first, signing)
	s.manage(s.foreign, http.MethodGet, "/orgs/"+s.org+"/keys", "").wantProblem(t, 404, "organisation-not-found")
	foreign := "/orgs/" + string(s.foreign.org) + "/destinations/" + id + "/keys"
	s.manage(s.foreign, http.MethodPost, foreign, text(t, first.Public)).wantProblem(t, 403, "forbidden", "another organisation")
	s.manage(s.foreign, http.MethodPost, foreign+"/"+first.KID+"/activate", `{}`).wantProblem(t, 403, "forbidden", "another organisation")
	own := "/orgs/" + s.org + "/destinations/" + id + "/keys"
	s.manage(s.owner, http.MethodPost, own+"/unknown-key/activate", `{}`).wantProblem(t, 404, "key-not-found", "add it first")
	reader, _ := s.human(s.org, "reader")
	s.manage(reader, http.MethodPost, own+"/"+first.KID+"/activate", `{}`).wantProblem(t, 403, "forbidden")
	for query, want := range map[string]int{"": 2, "?within=30": 0, "?within=400": 2} {
		if got := len(s.keys(query)); got != want {
			t.Errorf("keys%s: got %d, want %d", query, got, want)
		}
	}
	s.manage(s.owner, http.MethodGet, "/orgs/"+s.org+"/keys?within=soon", "").wantProblem(t, 400, "bad-request", "days")
	var page wire.ManagedKeys
	s.manage(s.owner, http.MethodGet, "/orgs/"+s.org+"/keys?limit=1", "").want(t, 200).decode(&page)
	if page.Count != 1 || !page.More || page.Keys[0].Revocation.Status != "unchecked" {
		t.Errorf("got %+v", page)
	}
	s.addKey(id, first).want(t, 201) // again
}

// A kid names one key, and no more is proposed than somebody can look through.
func TestKeysInTheWay(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	next, _ := s.authority.Pair(t, 1, "Stadt Muster")
	id := s.active(first, signing)
	double := next
	double.KID = first.KID
	s.addKey(id, double).wantProblem(t, 409, "key-exists", "choose another kid")
	s.addKey(id, next).want(t, 201)
	by := broker.Operator(s.subscriber.org)
	s.fill(account.MaxOpen, func(tx broker.Tx, i int) error {
		_, err := account.Propose(tx, s.clock.Now(), by, account.Wish{Org: by.Org, Subject: "test", Value: i})
		return err
	})
	s.activate(id, next, "").wantProblem(t, 409, "too-many-proposals", "open proposals")
}
