package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
)

// A developer administers destinations, a reader reads them, and the log says what was done and by whom, and nothing of what was refused.
func TestPeopleAdministerDestinations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	encryption, signing := w.public(t, keys.Encryption), w.public(t, keys.Signature)
	further := json.RawMessage(bytes.ReplaceAll(signing, []byte(kid(t, signing)), []byte("another-name-of-this-key")))
	org := w.org(t, "Stadt")
	dora, rolf := w.join(t, org, "dora", broker.RoleDeveloper), w.join(t, org, "rolf", broker.RoleReader)
	stranger := w.join(t, w.org(t, "Kreis"), "otto", broker.RoleOwner)
	client := w.client(t, dora)
	all := w.destinations
	draft := broker.DestinationDraft{
		Name: "Bauamt", Contact: broker.Contact{LegalName: "Stadt", Email: "bauamt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: "urn:de:fim:leika:leistung:99050012104000", Regions: []string{"DE"},
			Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: "application/json"}},
		}},
		EncryptionKID: kid(t, encryption), MetadataVersions: []string{"2.1.0"},
	}
	activate := func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status, d.Contact.Phone = broker.DestinationActive, "0800"
		return d, nil
	}

	d, err := all.Create(t.Context(), dora, draft, encryption, signing)
	must(t, err)
	before := len(w.deeds(t))
	for name, err := range map[string]error{
		"a reader creates":    second(all.Create(t.Context(), rolf, draft, encryption, signing)),
		"a reader changes":    second(all.Change(t.Context(), rolf, d.ID, activate)),
		"a reader deletes":    all.Delete(t.Context(), rolf, d.ID),
		"a reader adds a key": second(all.AddKey(t.Context(), rolf, d.ID, further)),
		"a stranger changes":  second(all.Change(t.Context(), stranger, d.ID, activate)),
		"a stranger deletes":  all.Delete(t.Context(), stranger, d.ID),
		"a stranger assigns":  all.Assign(t.Context(), stranger, d.ID, client.Client),
	} {
		want := broker.Forbidden
		if strings.HasPrefix(name, "a stranger") {
			want = broker.NotFound // who has nothing to do with an organisation does not learn what it has
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if _, err := all.Create(t.Context(), machine, draft, encryption, signing); code(t, err) != "organisation-not-found" {
		t.Errorf("a destination of nobody: got %v, want organisation-not-found", err)
	}
	if after := w.deeds(t); len(after) != before {
		t.Errorf("refusals were noted: %q", after[before:])
	}
	for who, want := range map[*broker.Caller]bool{&rolf: true, &dora: true, &stranger: false} {
		if _, private, err := all.Get(t.Context(), *who, d.ID); err != nil || private != want {
			t.Errorf("%s sees contact and callback: got %v %v, want %v", who.Role, private, err, want)
		}
	}
	if _, total, err := all.List(t.Context(), rolf, page); err != nil || total != 1 {
		t.Errorf("a reader lists: got %d %v, want 1", total, err)
	}

	must(t, all.Assign(t.Context(), dora, d.ID, client.Client))
	must(t, all.Assign(t.Context(), dora, d.ID, client.Client)) // nothing new
	must(t, second(all.AddKey(t.Context(), dora, d.ID, further)))
	must(t, second(all.AddKey(t.Context(), dora, d.ID, further))) // nothing new
	gone, err := all.Create(t.Context(), client, draft, encryption, signing)
	must(t, err)
	must(t, all.Delete(t.Context(), client, gone.ID))
	must(t, second(all.Change(t.Context(), dora, d.ID, activate)))
	byDora, byClient := dora.Name()+" destination.", client.Name()+" destination."
	want := []string{
		byDora + "client-assigned " + string(d.ID), byDora + "key-added " + string(d.ID),
		byClient + "created " + string(gone.ID), byClient + "deleted " + string(gone.ID), byDora + "changed " + string(d.ID),
	}
	if got := w.deeds(t)[before:]; !slices.Equal(got, want) {
		t.Errorf("deeds: got\n%q, want\n%q", got, want)
	}
	log, _, err := w.Log(t.Context(), dora, org, page)
	must(t, err)
	if last := log[len(log)-1]; last.Detail != "status created to active, contact" {
		t.Errorf("the change: got %+v", last)
	}
}

// public makes a key as a destination shows it.
func (w *world) public(t testing.TB, use keys.Use) json.RawMessage {
	t.Helper()
	pair, err := keys.Generate(use, "test", w.clock.Now(), time.Hour)
	must(t, err)
	raw, err := pair.Public.MarshalJSON()
	must(t, err)
	return raw
}

func kid(t testing.TB, jwk json.RawMessage) string {
	t.Helper()
	var key struct{ KID string }
	must(t, json.Unmarshal(jwk, &key))
	return key.KID
}
