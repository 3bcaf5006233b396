package api_test

import (
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
)

// own is the path of the destinations of the subscriber's organisation.
func (w *world) own() string { return "/orgs/" + string(w.subscriber.org) + "/destinations" }

// People make a destination, change it and delete it, by what a program does it with.
func TestPeopleManageDestinations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits.Destinations = 2 })
	owner, _ := w.human(string(w.subscriber.org), "developer")
	reader, _ := w.human(string(w.subscriber.org), "reader")
	stranger, _ := w.human(string(w.foreign.org), "owner")

	var d wire.ManagedDestination
	made := w.manage(owner, http.MethodPost, w.own(), draft(t, nil)).want(t, 201)
	made.decode(&d)
	one := w.own() + "/" + d.DestinationID
	if got := made.header.Get("Location"); !strings.HasSuffix(got, one) || d.Status != "created" || len(d.Clients) != 0 || d.ExpiresAt == nil {
		t.Errorf("got %+v at %q, want one that is created, with nobody assigned", d, got)
	}
	w.manage(reader, http.MethodPost, w.own(), draft(t, nil)).wantProblem(t, 403, "forbidden", "developer")
	w.manage(reader, http.MethodGet, one, "").want(t, 200)
	w.manage(reader, http.MethodPatch, one, `{"name":"x"}`).wantProblem(t, 403, "forbidden", "developer")
	w.manage(stranger, http.MethodGet, one, "").wantProblem(t, 404, "organisation-not-found")
	theirs := strings.Replace(one, string(w.subscriber.org), string(w.foreign.org), 1)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, theirs, ""}, {http.MethodPatch, theirs, `{"name":"x"}`}, {http.MethodDelete, theirs, ""}, {http.MethodGet, theirs + "/dependents", ""},
		{http.MethodPost, theirs + "/check", `{"name":"x"}`}, {http.MethodPut, theirs + "/clients/" + w.foreign.id, ""}, {http.MethodGet, theirs + "/keys", ""},
		{http.MethodDelete, theirs + "/clients/" + w.foreign.id, ""}, {http.MethodPost, theirs + "/certificates", certified(t, signingOf(t).Public, "sig")},
	} {
		w.manage(stranger, c.method, c.path, c.body).wantProblem(t, 404, "destination-not-found")
	}

	var changed wire.ManagedDestination
	w.manage(owner, http.MethodPatch, one, `{"name":"Neu","status":"active","changedAt":`+text(t, d.ChangedAt)+`}`).want(t, 200).decode(&changed)
	if changed.Name != "Neu" || changed.Status != "active" || changed.ContactInformation.Email != d.ContactInformation.Email {
		t.Errorf("got %+v", changed)
	}
	w.clock.forward(time.Minute)
	w.manage(owner, http.MethodPatch, one, `{"name":"Noch neuer"}`).want(t, 200)
	w.manage(owner, http.MethodPatch, one, `{"name":"Anders","changedAt":`+text(t, changed.ChangedAt)+`}`).wantProblem(t, 409, "destination-changed", "meanwhile")
	w.manage(owner, http.MethodPatch, one, `{"status":"decommissioned"}`).wantProblem(t, 409, "destination-state-invalid", "active to inactive")
	w.manage(owner, http.MethodDelete, one, "").wantProblem(t, 409, "destination-state-invalid", "active")

	var second wire.ManagedDestination
	w.manage(owner, http.MethodPost, w.own(), draft(t, nil)).want(t, 201).decode(&second)
	w.manage(owner, http.MethodPost, w.own(), draft(t, nil)).wantProblem(t, 409, "too-many-destinations", "2")
	var all wire.ManagedDestinationList
	w.manage(reader, http.MethodGet, w.own(), "").want(t, 200).decode(&all)
	if all.TotalCount != 2 || all.Destinations[0].DestinationID != d.DestinationID || all.Destinations[0].Name != "Noch neuer" {
		t.Errorf("got %+v, want both, the older first", all)
	}
	w.manage(owner, http.MethodDelete, w.own()+"/"+second.DestinationID, "").want(t, 204)
	w.manage(owner, http.MethodGet, w.own()+"/"+second.DestinationID, "").wantProblem(t, 404, "destination-not-found")
}

// A private key is refused wherever a public one belongs, and is nowhere afterwards.
func TestPrivateKeysAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	id := w.destination(nil)
	private := signingOf(t)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("geheim")}))
	for path, body := range map[string]string{
		w.own():                              draft(t, map[string]any{"encryptionPublicKey": private}),
		w.own() + "/" + id + "/keys":         text(t, private),
		w.own() + "/" + id + "/certificates": text(t, wire.CertifiedKey{Use: "sig", Certificates: block}),
	} {
		w.manage(owner, http.MethodPost, path, body).wantProblem(t, 400, "private-key", "make a new pair")
	}
	var found wire.DestinationProblems
	w.manage(owner, http.MethodPost, w.own()+"/check", draft(t, map[string]any{"signingPublicKey": private})).want(t, 200).decode(&found)
	if len(found.Problems) != 1 || found.Problems[0].Code != "private-key" || found.Problems[0].Part != "signingPublicKey" {
		t.Errorf("got %+v", found)
	}
	secret := string(must(private.MarshalJSON())(t))
	_, secret, _ = strings.Cut(secret, `"d":"`)
	secret, _, _ = strings.Cut(secret, `"`)
	if len(secret) < 600 || strings.Contains(w.log.String(), secret[:40]) || strings.Contains(w.log.String(), block[30:50]) {
		t.Error("a private key is in the log")
	}
}

// All that is wrong is told at once, by the names of the document.
func TestChecksOfDestinations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	check := func(path, body string) (parts []string) {
		t.Helper()
		var found wire.DestinationProblems
		w.manage(owner, http.MethodPost, path+"/check", body).want(t, 200).decode(&found)
		for _, p := range found.Problems {
			if p.Code == "" || p.Detail == "" {
				t.Errorf("got %+v, want a code and what is expected", p)
			}
			parts = append(parts, p.Part)
		}
		return parts
	}
	bad := map[string]any{
		"name": strings.Repeat("n", 1025), "contactInformation": map[string]any{"legalName": " ", "email": "x", "phone": strings.Repeat("1", 1025)},
		"services":         []any{offer(map[string]any{"identifier": "x", "regions": []string{"09"}}), offer(map[string]any{"submissionSchemas": []any{}})},
		"metadataVersions": []string{"2"}, "replyChannels": map[string]any{}, "callback": map[string]any{"url": "ftp://x", "secret": "kurz"},
	}
	shape := []string{"name", "contactInformation.legalName", "contactInformation.email", "contactInformation.phone", "services[0].identifier",
		"services[0].regions", "services[1].submissionSchemas", "metadataVersions", "replyChannels", "callback.url", "callback.secret"}
	id := w.destination(nil)
	for name, c := range map[string]struct {
		path, body string
		want       []string
	}{
		"good":              {w.own(), draft(t, nil), nil},
		"all wrong":         {w.own(), draft(t, bad), shape},
		"keys exchanged":    {w.own(), draft(t, map[string]any{"signingPublicKey": must(pairs())(t).encryption.Public}), []string{"signingPublicKey"}},
		"another kid":       {w.own(), draft(t, map[string]any{"encryptionKid": "another-kid"}), []string{"encryptionKid"}},
		"a good change":     {w.own() + "/" + id, `{"name":"Neu"}`, nil},
		"a change":          {w.own() + "/" + id, `{"callback":{"url":"https://stadt.example/"},"metadataVersions":["2"]}`, []string{"metadataVersions", "callback.secret"}},
		"services twice":    {w.own(), draft(t, map[string]any{"services": []any{offer(nil), offer(nil)}}), []string{"services"}},
		"too many services": {w.own(), draft(t, map[string]any{"services": slicesOf(offer(nil), 501)}), []string{"services"}},
	} {
		if got := check(c.path, c.body); strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: got problems of %q, want %q", name, got, c.want)
		}
	}
	w.manage(owner, http.MethodPost, w.own()+"/check", `{"services":1}`).wantProblem(t, 400, "bad-request", "services")
	var all wire.ManagedDestinationList
	if w.manage(owner, http.MethodGet, w.own(), "").want(t, 200).decode(&all); all.TotalCount != 1 {
		t.Errorf("got %d destinations: looking made some", all.TotalCount)
	}
}

func slicesOf(one any, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = one
	}
	return all
}

// Whoever changes the status of a destination can see before what it means.
func TestDependentsOfADestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	id := w.destination(nil)
	one := w.own() + "/" + id
	on := func() (on wire.DestinationDependents) {
		t.Helper()
		w.manage(owner, http.MethodGet, one+"/dependents", "").want(t, 200).decode(&on)
		return on
	}
	if got := on(); !got.Deletable || len(got.Moves) != 1 || got.Moves[0].Status != "active" || !got.Moves[0].Open || got.Clients != 1 {
		t.Errorf("got %+v, want one that can be activated or deleted", got)
	}
	w.manage(owner, http.MethodPatch, one, `{"status":"active"}`).want(t, 200)
	w.submitted(id)
	w.submitted(id)
	w.announce(id)
	if got := on(); got.Submissions != 2 || got.Cases != 3 || got.Deletable || got.Moves[0].Status != "inactive" {
		t.Errorf("got %+v, want two submissions that wait in three cases", got)
	}
	w.manage(owner, http.MethodPatch, one, `{"status":"inactive"}`).want(t, 200)
	got := on()
	if len(got.Moves) != 2 || got.Moves[1].Status != "decommissioned" || got.Moves[1].Open || got.Moves[1].Since == nil {
		t.Fatalf("got %+v, want that it can be decommissioned later", got)
	}
	w.manage(owner, http.MethodPatch, one, `{"status":"decommissioned"}`).wantProblem(t, 409, "destination-state-invalid", got.Moves[1].Since.Format(time.RFC3339))
	w.clock.forward(30 * 24 * time.Hour)
	if got := on(); !got.Moves[1].Open {
		t.Errorf("got %+v after 30 days", got)
	}
	w.manage(owner, http.MethodPatch, one, `{"status":"decommissioned"}`).want(t, 200)
	if got := on(); len(got.Moves) != 0 {
		t.Errorf("got %+v of one that is decommissioned", got)
	}
}

func TestAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	var d wire.ManagedDestination
	w.manage(owner, http.MethodPost, w.own(), draft(t, nil)).want(t, 201).decode(&d)
	at := w.own() + "/" + d.DestinationID + "/clients/"
	for range 2 {
		w.manage(owner, http.MethodPut, at+w.subscriber.id, "").want(t, 200).decode(&d)
		if len(d.Clients) != 1 || d.Clients[0] != w.subscriber.id {
			t.Errorf("got %q assigned, want %s", d.Clients, w.subscriber.id)
		}
	}
	w.manage(owner, http.MethodPut, at+w.sender.id, "").wantProblem(t, 400, "bad-request", "subscriber client")
	w.manage(owner, http.MethodPut, at+w.foreign.id, "").wantProblem(t, 400, "bad-request", "subscriber client")
	reader, _ := w.human(string(w.subscriber.org), "reader")
	w.manage(reader, http.MethodDelete, at+w.subscriber.id, "").wantProblem(t, 403, "forbidden", "developer")
	for range 2 {
		w.manage(owner, http.MethodDelete, at+w.subscriber.id, "").want(t, 200).decode(&d)
		if len(d.Clients) != 0 {
			t.Errorf("got %q assigned, want nobody", d.Clients)
		}
	}
	var log wire.Audit
	w.manage(owner, http.MethodGet, "/orgs/"+string(w.subscriber.org)+"/audit", "").want(t, 200).decode(&log)
	deeds := 0
	for _, deed := range log.Deeds {
		if deed.Deed == "destination.client-unassigned" {
			deeds++
		}
	}
	if deeds != 1 {
		t.Errorf("got %d deeds, want one", deeds)
	}
}

// A key comes as the certificates that an authority made.
func TestKeysByTheirCertificates(t *testing.T) {
	t.Parallel()
	s := newStrictWorld(t)
	first, signing := s.authority.Pair(t, 0, "Stadt Muster")
	next, _ := s.authority.Pair(t, 1, "Stadt Muster")
	id := s.active(first, signing)
	path := s.own() + "/" + id
	var added wire.ManagedKey
	s.manage(s.owner, http.MethodPost, path+"/certificates", certified(t, next.Public, "enc")).want(t, 201).decode(&added)
	if added.KID != next.Thumbprint() || added.State != "next" || added.Use != "enc" {
		t.Errorf("got %+v, want the next key by its thumbprint", added)
	}
	s.manage(s.owner, http.MethodPost, path+"/certificates", certified(t, next.Public, "sig")).wantProblem(t, 400, "key-not-allowed", "digitalSignature")
	s.manage(s.owner, http.MethodPost, path+"/certificates", certified(t, next.Public, "seal")).wantProblem(t, 400, "bad-request", "enc or sig")
	var all wire.ManagedKeyList
	s.manage(s.owner, http.MethodGet, path+"/keys?offset=2", "").want(t, 200).decode(&all)
	if all.TotalCount != 3 || len(all.Keys) != 1 || all.Keys[0].KID != added.KID {
		t.Errorf("got %+v, want the third of three", all)
	}
	var d wire.ManagedDestination
	s.manage(s.owner, http.MethodPatch, path, text(t, map[string]string{"encryptionKid": added.KID})).want(t, 202).decode(&d)
	if d.Proposed == nil || d.Proposed.EncryptionKID != added.KID || d.EncryptionKID != first.KID {
		t.Errorf("got %+v, want the key proposed", d)
	}
}

// In test one key may be known by one certificate for one use only.
func TestCertifiedKeyIsForOneUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	path := w.own() + "/" + w.destination(nil) + "/certificates"
	pair := must(keys.Generate(keys.Encryption, "Stadt", time.Now(), time.Hour))(t)
	w.manage(owner, http.MethodPost, path, certified(t, pair.Public, "enc")).want(t, 201)
	w.manage(owner, http.MethodPost, path, certified(t, pair.Public, "sig")).wantProblem(t, 409, "key-exists", "another")
	reader, _ := w.human(string(w.subscriber.org), "reader")
	w.manage(reader, http.MethodPost, path, certified(t, pair.Public, "enc")).wantProblem(t, 403, "forbidden", "developer")
}

func certified(t testing.TB, key keys.Public, use string) string {
	t.Helper()
	var chain strings.Builder
	for _, c := range key.Chain {
		chain.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return text(t, wire.CertifiedKey{Use: use, Certificates: chain.String()})
}

func signingOf(t testing.TB) keys.Private {
	t.Helper()
	return must(pairs())(t).signing
}

// A destination shows where it is called when that does not work.
func TestDestinationsShowTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, _ := w.human(string(w.subscriber.org), "owner")
	id := w.calledBack()
	w.owe(id, 1)
	w.fail(id, 500)
	var all wire.ManagedDestinationList
	w.manage(owner, http.MethodGet, w.own(), "").want(t, 200).decode(&all)
	if trouble := all.Destinations[0].Trouble; trouble == nil || trouble.URL != "https://authority.example/callback" || trouble.Failures != 1 {
		t.Errorf("got %+v, want an endpoint that failed once", trouble)
	}
}
