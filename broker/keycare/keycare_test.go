package keycare_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/testenv/pki"
)

const day = 24 * time.Hour

// Each threshold is told once, for both keys, whatever number of rounds and nodes; what was missed is told as the latest alone.
func TestReminders(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		ends := w.clock.Now().Add(100 * day)
		encryption, signing := w.authority.Pair(t, 0, "Stadt", func(c *x509.Certificate) { c.NotAfter = ends })
		w.destination(encryption, signing)
		nodes := []*keycare.Keeper{w.keeper, w.newKeeper(), w.newKeeper()}
		for _, step := range []struct {
			before time.Duration // the end
			want   int           // days that are told; 0 is nothing
		}{
			{91 * day, 0}, {90 * day, 90}, {89 * day, 0}, {31 * day, 0}, {13 * day, 14}, {8 * day, 0}, {7 * day, 7}, {time.Hour, 1}, {-day, 0},
		} {
			w.clock.forward(ends.Add(-step.before).Sub(w.clock.Now()))
			var group sync.WaitGroup
			for _, node := range nodes {
				group.Go(func() {
					if err := node.Round(t.Context(), w.broker.Destinations.RetireKey); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			w.wantReminders(step.want, step.before)
		}
		if s := w.keeper.Survey(); s.Ended != 2 || s.Within[1] != 2 || !s.Earliest[keys.Encryption].Equal(ends.UTC()) {
			t.Errorf("got survey %+v, want two keys that have ended", s)
		}
	})
}

func (w *world) wantReminders(days int, before time.Duration) {
	w.t.Helper()
	var kids []string
	for _, n := range w.news(keycare.Expiring) {
		if n.Days != days {
			w.t.Errorf("%s before the end: told of %d days, want %d", before, n.Days, days)
		}
		kids = append(kids, n.Key.KID)
	}
	want := 2
	if days == 0 {
		want = 0
	}
	if slices.Sort(kids); len(kids) != want || len(slices.Compact(kids)) != want {
		w.t.Errorf("%s before the end: told of keys %q, want %d", before, kids, want)
	}
}

func TestRevocation(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		responder := w.authority.Responder(t, w.clock.Now)
		w.answeredBy(responder)
		encryption, signing := w.authority.Pair(t, 0, "Stadt")
		id := w.destination(encryption, signing)
		w.round()
		if r := w.key(id, encryption.KID).Revocation; r.Status != "unknown" || !strings.Contains(r.Why, "Ausgabestelle") {
			t.Fatalf("got %+v, want that nobody knows of the authority itself", r)
		}
		if s := w.keeper.Survey(); s.Unknown != 0 && s.Revoked != 0 { // the survey was taken before the answers
			t.Errorf("got survey %+v", s)
		}
		w.round()
		asked := responder.Asked()
		if w.round(); responder.Asked() != asked {
			t.Errorf("asked %d times more within the hour", responder.Asked()-asked)
		}

		responder.Revoke(encryption.Chain[0], w.clock.Now())
		w.clock.forward(time.Hour)
		w.round()
		w.round()
		key := w.key(id, encryption.KID)
		if !key.Revoked() || key.Revocation.By != "OCSP" || key.Revocation.Why != "key compromise" {
			t.Errorf("got %+v, want revoked by OCSP", key.Revocation)
		}
		if told := w.news(keycare.Revoked); len(told) != 1 || told[0].Key.KID != encryption.KID {
			t.Errorf("told %+v, want one of %s", told, encryption.KID)
		}
		if err := w.announce(id); refusal(err) != "destination-key-revoked" {
			t.Errorf("an announcement: got %v, want that the key is revoked", err)
		}

		// Silence makes no revoked key good.
		w.fetch = nil
		w.clock.forward(7 * time.Hour)
		if w.round(); !w.key(id, encryption.KID).Revoked() {
			t.Error("a revoked key is good because nobody answers")
		}

		// With another key it goes on, and not back.
		next, _ := w.authority.Pair(t, 1, "Stadt")
		w.replace(id, encryption, next, signing)
		if err := w.announce(id); err != nil {
			t.Errorf("with another key: got %v", err)
		}
		_, err := w.broker.Destinations.ActivateKey(t.Context(), w.who, id, encryption.KID, "")
		if refusal(err) != "key-revoked" {
			t.Errorf("the revoked key again: got %v", err)
		}
	})
}

// announce announces a submission as a sender of the organisation.
func (w *world) announce(d broker.DestinationID) error {
	_, err := w.submission(d)
	return err
}

func (w *world) submission(d broker.DestinationID) (broker.Submission, error) {
	return w.broker.Submissions.Announce(w.t.Context(), w.sender(), broker.Announcement{
		Destination: d, Service: broker.Service{Identifier: service, Name: "x"}, Region: "DE",
	}, broker.Repeat{})
}

func (w *world) sender() broker.Caller {
	w.t.Helper()
	c, _, err := w.broker.Clients.Register(w.t.Context(), w.who, broker.NewClient{Name: "Online", Kind: broker.Sender})
	must(w.t, err)
	who, err := w.broker.Clients.Caller(w.t.Context(), c.ID, c.Scopes())
	must(w.t, err)
	return who
}

func refusal(err error) string {
	var refused *broker.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// A key retires when its time is over and nothing that waits is sealed for it; then nothing more is taken for it.
func TestRetirement(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		first, signing := w.authority.Pair(t, 0, "Stadt")
		next, _ := w.authority.Pair(t, 1, "Stadt")
		id := w.destination(first, signing)
		sender := w.sender()
		submit := func(key keys.Private) (broker.Submission, error) {
			sub, err := w.broker.Submissions.Announce(t.Context(), sender, broker.Announcement{
				Destination: id, Service: broker.Service{Identifier: service, Name: "x"}, Region: "DE",
			}, broker.Repeat{})
			must(t, err)
			return w.broker.Submissions.Submit(t.Context(), sender, broker.V1(), sub.ID, w.sealed(key), w.sealed(key), broker.Repeat{})
		}
		old, err := submit(first)
		must(t, err)
		w.replace(id, first, next, signing)
		if told := w.news(keycare.Changed); len(told) != 1 || told[0].Key.KID != next.KID {
			t.Errorf("told %+v, want the change", told)
		}
		late, err := submit(first)
		must(t, err)
		state := func(want broker.DestinationKeyState) {
			t.Helper()
			w.round()
			all, _, err := w.keeper.Keys(t.Context(), w.who, w.org, 0, broker.Page{Limit: 10})
			must(t, err)
			for _, key := range all {
				if needed, _ := key.PrivateNeeded(); key.KID == first.KID && (key.State != want || needed != (want != broker.DestinationKeyRetired)) {
					t.Errorf("got %s, private half needed: %v, want %s", key.State, needed, want)
				}
			}
		}
		state(broker.DestinationKeyReplaced)
		attachment := broker.NewID[broker.AttachmentID]()
		waits, err := w.broker.Submissions.Announce(t.Context(), sender, broker.Announcement{
			Destination: id, Service: broker.Service{Identifier: service, Name: "x"}, Region: "DE", Attachments: []broker.AttachmentID{attachment},
		}, broker.Repeat{})
		must(t, err)
		must(t, w.broker.Submissions.Upload(t.Context(), sender, broker.V1(), waits.ID, attachment, bytes.NewReader(w.sealed(first))))

		w.clock.forward(broker.DefaultKeyOverlap)
		_, err = w.broker.Submissions.Submit(t.Context(), sender, broker.V1(), waits.ID, w.sealed(next), w.sealed(next), broker.Repeat{})
		if refusal(err) != "key-replaced" {
			t.Errorf("an attachment that is sealed for a key after its time: got %v, want a refusal", err)
		}
		if _, err := submit(first); err == nil || !strings.Contains(err.Error(), "kid") {
			t.Errorf("sealed for a key after its time: got %v, want a refusal", err)
		}
		w.clock.forward(time.Hour)
		state(broker.DestinationKeyReplaced) // two wait that are sealed for it
		w.decide(old.ID)
		state(broker.DestinationKeyReplaced)
		w.decide(late.ID)
		if _, err := submit(next); err != nil {
			t.Fatal(err)
		}
		state(broker.DestinationKeyRetired)
		if key := w.key(id, first.KID); len(key.JWK) == 0 {
			t.Error("the public half is gone")
		}
	})
}

func (w *world) sealed(key keys.Private) []byte {
	w.t.Helper()
	jwe, err := seal.Seal(key.Public, "application/json", []byte(`{}`))
	must(w.t, err)
	return []byte(jwe)
}

// decide takes a submission out of the inbox, as a decision of its subscriber does.
func (w *world) decide(id broker.SubmissionID) {
	w.t.Helper()
	must(w.t, w.store.Update(w.t.Context(), func(tx broker.Tx) error {
		sub, err := tx.Submission(id)
		if err != nil {
			return err
		}
		sub.State = broker.StateAccepted
		return tx.PutSubmission(sub)
	}))
}

// What was proposed and released says what it was about.
func TestProposalNamesTheKey(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		first, signing := w.authority.Pair(t, 0, "Stadt")
		next, _ := w.authority.Pair(t, 1, "Stadt")
		id := w.destination(first, signing)
		_, err := w.broker.Destinations.AddKey(t.Context(), w.who, id, jwk(t, next))
		must(t, err)
		a, err := w.broker.Destinations.ActivateKey(t.Context(), w.who, id, next.KID, "")
		must(t, err)
		again, err := w.broker.Destinations.ActivateKey(t.Context(), w.who, id, next.KID, "")
		must(t, err)
		if a.Proposal == "" || a.Proposal != again.Proposal {
			t.Errorf("got proposals %q and %q, want one", a.Proposal, again.Proposal)
		}
		if told := w.news(keycare.Proposed); len(told) != 1 || told[0].Proposal != a.Proposal {
			t.Errorf("told %+v, want the proposal once", told)
		}
		if key := w.key(id, next.KID); key.State(a.Destination) != broker.DestinationKeyNext {
			t.Errorf("got %s, want next", key.State(a.Destination))
		}
		raw, err := json.Marshal(a.Change)
		must(t, err)
		if !strings.Contains(string(raw), first.Thumbprint()) {
			t.Errorf("the change does not say what it replaces: %s", raw)
		}
	})
}

// An authority that others trust, of the same name, certifies nobody here.
func TestAnotherRoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	encryption, _ := pki.OtherRoot(t, time.Now().Add(-time.Hour)).Below(t, "Ausgabestelle").Pair(t, 0, "Stadt")
	_, signing := w.authority.Pair(t, 0, "Stadt")
	_, err := w.broker.Destinations.Create(t.Context(), w.who, broker.DestinationDraft{
		Name: "Bauamt", Contact: broker.Contact{LegalName: "Stadt", Email: "a@b.example"}, EncryptionKID: encryption.KID, MetadataVersions: []string{"2.1.0"},
		Services: []broker.OfferedService{{Identifier: service, Regions: []string{"DE"}, Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: "application/json"}}}},
	}, jwk(t, encryption), jwk(t, signing))
	if refusal(err) != "key-not-allowed" || !strings.Contains(err.Error(), "x5c-trust") {
		t.Errorf("got %v, want that the chain ends nowhere", err)
	}
}
