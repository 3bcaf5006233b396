package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

const day = 24 * time.Hour

// A secret that ends is good until then, alone or as the one before, and who has it is told that it ended.
func TestSecretsEnd(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		c, first, err := w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Sender, SecretUntil: w.clock.Now().Add(10 * day)})
		must(t, err)
		is := func(what, secret string, good bool) {
			t.Helper()
			if _, err := w.clients.Authenticate(t.Context(), c.ID, secret); (err == nil) != good || err != nil && !errors.Is(err, broker.Unauthenticated) {
				t.Errorf("%s: got %v, want good: %v", what, err, good)
			}
		}
		w.clock.advance(9 * day)
		is("the first, on its last day", first, true)
		known, second, err := w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: 5 * day})
		must(t, err)
		if want := c.Created.Add(10 * day); !known.FormerUntil.Equal(want) || !known.SecretUntil.IsZero() {
			t.Errorf("the first is good until %s, the second until %s, want %s and for ever", known.FormerUntil, known.SecretUntil, want)
		}
		is("the first, in the overlap", first, true)
		w.clock.advance(day)
		is("the first, when its time is over and the overlap is not", first, false)
		is("the second", second, true)

		_, third, err := w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: day, Until: w.clock.Now().Add(2 * day)})
		must(t, err)
		is("the second, beside the third", second, true)
		known, err = w.clients.EndFormer(t.Context(), dora, c.ID)
		must(t, err)
		if known.FormerGood(w.clock.Now()) {
			t.Error("the former secret is said to be good")
		}
		is("the second, after the end of the overlap", second, false)
		is("the third", third, true)
		w.clock.advance(2 * day)
		_, err = w.clients.Authenticate(t.Context(), c.ID, third)
		if err == nil || !strings.Contains(err.Error(), "was good until") {
			t.Errorf("the third, after its end: got %v, want that it is over", err)
		}
		if _, err = w.clients.Authenticate(t.Context(), c.ID, "wrong"); err == nil || strings.Contains(err.Error(), "was good until") {
			t.Errorf("a wrong one: got %v, want nothing about the right one", err)
		}
		known, _, err = w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: day})
		must(t, err)
		if len(known.FormerDigest) > 0 {
			t.Errorf("a secret that had ended is good again until %s", known.FormerUntil)
		}
		if _, err := w.clients.EndFormer(t.Context(), dora, c.ID); err != nil {
			t.Errorf("the end of no overlap: %v", err)
		}
		if got := w.deedsOf(t, dora, c); !slices.Equal(got, []string{
			"client.registered", "client.secret-rotated", "client.secret-rotated", "client.former-secret-ended", "client.secret-rotated",
		}) {
			t.Errorf("got the deeds %q", got)
		}
	})
}

// deedsOf is what the audit log tells of a client.
func (w *world) deedsOf(t testing.TB, who broker.Caller, c broker.Client) (all []string) {
	t.Helper()
	log, _, err := w.Log(t.Context(), who, c.Org, page)
	must(t, err)
	for _, d := range log {
		if d.Subject == string(c.ID) {
			all = append(all, d.Deed)
		}
	}
	return all
}

// Each warning is given once, those that were missed as the latest alone, and none about what was replaced, or belongs to a client that is shut out.
func TestSecretsThatWillEnd(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		register := func(name string, lasts time.Duration) broker.Client {
			c, _, err := w.clients.Register(t.Context(), dora, broker.NewClient{Name: name, Kind: broker.Sender, SecretUntil: w.clock.Now().Add(lasts)})
			must(t, err)
			return c
		}
		register("year", 365*day)
		register("week", 7*day)
		rotated := register("rotated", 20*day)
		wantWarned := func(when string, want ...string) {
			t.Helper()
			for range 2 {
				must(t, w.clients.Warn(t.Context()))
			}
			if got := w.takeWarned(); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", when, got, want)
			}
		}
		wantWarned("at once")
		w.clock.advance(6 * day)
		wantWarned("after 6 days", "rotated 14", "week 1")
		_, _, err := w.clients.Rotate(t.Context(), dora, rotated.ID, broker.Rotation{})
		must(t, err)
		w.clock.advance(day)
		wantWarned("after 7 days")
		w.clock.advance(328 * day)
		wantWarned("30 days before", "year 30")
		w.clock.advance(24 * day)
		wantWarned("6 days before, one missed", "year 7")
		all, _, err := w.clients.List(t.Context(), dora, page)
		must(t, err)
		_, err = w.clients.Disable(t.Context(), dora, all[0].ID, true)
		must(t, err)
		w.clock.advance(5 * day)
		wantWarned("a day before, shut out")
		w.clock.advance(10 * day)
		wantWarned("when all is over")
	})
}

// More than one transaction takes.
func TestManySecretsEndAtOnce(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		const many = 120
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		until := w.clock.Now().Add(40 * day)
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
			for range many {
				c := broker.Client{ID: broker.NewID[broker.ClientID](), Org: dora.Org, Kind: broker.Sender, SecretUntil: until}
				if err := errors.Join(tx.PutClient(c), tx.PutTimer(broker.Timer{Queue: broker.ClientSecrets, ID: string(c.ID), At: until})); err != nil {
					return err
				}
			}
			return nil
		}))
		w.clock.advance(40 * day)
		must(t, w.clients.Warn(t.Context()))
		if got := len(w.takeWarned()); got != many {
			t.Errorf("got %d warnings, want %d", got, many)
		}
	})
}

func TestClientsChange(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		c, _, err := w.clients.Register(t.Context(), dora, broker.NewClient{Name: "portal", Kind: broker.Sender})
		must(t, err)
		had := c.Scopes()
		name, narrow := "Onlinedienst", []broker.Grant{{Region: "DE09"}, {Region: "DE14", Service: "urn:de:fim:leika:leistung:99050012104000"}}
		changed, err := w.clients.Change(t.Context(), dora, c.ID, broker.ClientChange{Name: &name, Grants: &narrow})
		must(t, err)
		if changed.Name != name || !slices.Equal(changed.Grants, narrow) || changed.Kind != broker.Sender {
			t.Errorf("got %+v", changed)
		}
		who, err := w.clients.Caller(t.Context(), c.ID, had)
		must(t, err)
		if len(who.Scopes) != 0 {
			t.Errorf("a token from before still has %q", who.Scopes)
		}
		again, err := w.clients.Change(t.Context(), dora, c.ID, broker.ClientChange{Name: &name})
		must(t, err)
		if !slices.Equal(again.Grants, narrow) {
			t.Errorf("what was left out changed: %+v", again.Grants)
		}
		if _, err := w.clients.Change(t.Context(), dora, c.ID, broker.ClientChange{Grants: &[]broker.Grant{}}); err != nil {
			t.Fatal(err)
		}
		who, err = w.clients.Caller(t.Context(), c.ID, had)
		must(t, err)
		if !slices.Equal(who.Scopes, had) {
			t.Errorf("got %q, want %q", who.Scopes, had)
		}
		if got, want := w.deedsOf(t, dora, c), []string{"client.registered", "client.changed", "client.changed"}; !slices.Equal(got, want) {
			t.Errorf("deeds: got %q, want %q", got, want)
		}
	})
}

// When a client was used is known to the hour, and nothing is written before the notes are.
func TestLastUsed(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		c, first, err := w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Subscriber})
		must(t, err)
		_, second, err := w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: 20 * day})
		must(t, err)
		begin := w.clock.Now()
		wantUse := func(when string, want broker.ClientUse) {
			t.Helper()
			got, err := w.clients.Get(t.Context(), dora, c.ID)
			must(t, err)
			if !got.Use.Last.Equal(want.Last) || !got.Use.Former.Equal(want.Former) {
				t.Errorf("%s: got %+v, want %+v", when, got.Use, want)
			}
		}
		login := func(secret string) {
			t.Helper()
			_, err := w.clients.Authenticate(t.Context(), c.ID, secret)
			must(t, err)
		}
		login(first)
		wantUse("before it is written", broker.ClientUse{})
		must(t, w.uses.Write(t.Context()))
		wantUse("the old secret", broker.ClientUse{Last: begin, Former: begin})
		w.clock.advance(90 * time.Minute)
		login(second)
		must(t, w.uses.Write(t.Context()))
		wantUse("the new secret", broker.ClientUse{Last: begin.Add(time.Hour), Former: begin})
		w.clock.advance(5 * time.Hour)
		_, err = w.clients.Caller(t.Context(), c.ID, c.Scopes())
		must(t, err)
		must(t, w.uses.Write(t.Context()))
		wantUse("a token", broker.ClientUse{Last: begin.Add(6 * time.Hour), Former: begin})
		w.clock.advance(-3 * time.Hour)
		login(second)
		must(t, w.uses.Write(t.Context()))
		wantUse("a clock that goes back", broker.ClientUse{Last: begin.Add(6 * time.Hour), Former: begin})
		if _, err := w.clients.Authenticate(t.Context(), c.ID, "wrong"); err == nil {
			t.Error("a wrong secret was taken")
		}
		all, _, err := w.clients.List(t.Context(), dora, page)
		must(t, err)
		if !all[0].Use.Last.Equal(begin.Add(6 * time.Hour)) {
			t.Errorf("in the list: got %+v", all[0].Use)
		}
	})
}

// What could not be written is written the next time; and one hour of a client is one write, however often it asks.
func TestLastUsedIsWrittenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	who := w.client(t, broker.Operator(w.org(t, "Stadt")))
	gone, end := context.WithCancel(t.Context())
	end()
	if err := w.uses.Write(gone); err == nil {
		t.Fatal("written without a store")
	}
	counted := &updates{Store: w.store}
	w.uses.Store = counted
	must(t, w.uses.Write(t.Context()))
	for range 100 {
		_, err := w.clients.Caller(t.Context(), who.Client, nil)
		must(t, err)
		must(t, w.uses.Write(t.Context()))
	}
	if counted.n != 1 {
		t.Errorf("got %d updates, want 1", counted.n)
	}
	if known, err := w.clients.Get(t.Context(), machine, who.Client); err != nil || known.Use.Last.IsZero() {
		t.Errorf("got %+v %v, want when it was used", known.Use, err)
	}
}
