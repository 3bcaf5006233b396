package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	outgoing "github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

const (
	guest      = "gast@anderswo.example"
	secretPath = "/portal/invitation?code=GEHEIM"
)

func (w *world) invite(org broker.OrgID, until time.Duration) {
	w.t.Helper()
	w.update(func(tx broker.Tx) error {
		return w.OwePersonal(tx, outgoing.Personal{
			Template: outgoing.Invitation, To: guest, Org: org, Link: secretPath, Expires: w.clock.Now().Add(until),
			Fact: outgoing.Fact{By: "Ada", Role: "reader"},
		})
	})
}

// A personal letter goes to an address that nobody confirmed, at once, with a link that is kept nowhere afterwards.
func TestPersonalLetter(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		w.invite(w.org, time.Hour)
		w.run()
		got := w.received(1)[0]
		if got.to != guest || !strings.Contains(got.plain, base+secretPath) || !strings.Contains(got.html, `href="`+base+secretPath+`"`) || !strings.Contains(got.plain, "Stadt Beispiel") {
			t.Errorf("got to %s\n%s\n%s", got.to, got.plain, got.html)
		}
		if strings.Contains(got.plain, "als Kontakt") {
			t.Error("it says that the address was entered as that of a contact")
		}
		m := w.becomes(guest, "sent", state(outgoing.StateSent))
		_, text, err := w.Get(t.Context(), w.owner, w.org, m.ID)
		must(t, err)
		if strings.Contains(text.Plain, "GEHEIM") {
			t.Error("the link can be read after it was sent")
		}
	})
}

// Without a mail server the link is for those to pass on who may invite, and lies wrapped.
func TestPersonalLetterWithoutServer(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store, withoutServer)
		w.invite(w.org, time.Hour)
		m := w.becomes(guest, "held", func(m outgoing.Mail) bool { return m.Held == outgoing.HeldForServer })
		for _, who := range []struct {
			caller broker.Caller
			shown  bool
		}{{w.owner, true}, {machine, true}, {broker.PersonCaller("r", w.org, broker.RoleReader), false}, {broker.PersonCaller("d", w.org, broker.RoleDeveloper), false}} {
			_, text, err := w.Get(t.Context(), who.caller, w.org, m.ID)
			must(t, err)
			if got := strings.Contains(text.Plain, base+secretPath); got != who.shown {
				t.Errorf("%s %s: link shown is %v, want %v", who.caller.Name(), who.caller.Role, got, who.shown)
			}
		}
		must(t, store.View(t.Context(), func(tx broker.Tx) error {
			e, err := tx.Entry("mail", string(m.ID))
			if err == nil && strings.Contains(string(e.Value), "GEHEIM") {
				t.Error("the link lies readable in the store")
			}
			return err
		}))
	})
}

// What is of no organisation is for operators; a letter whose link has ended is not sent.
func TestPersonalLetterOfTheInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.invite("", time.Minute)
	all, _, err := w.All(t.Context(), machine, page)
	must(t, err)
	if _, _, err := w.Get(t.Context(), w.owner, "", all[0].ID); err == nil {
		t.Error("an owner reads a letter of the installation")
	}
	_, _, err = w.Get(t.Context(), machine, "", all[0].ID)
	must(t, err)
	w.clock.advance(time.Minute)
	w.run()
	for deadline := time.Now().Add(20 * time.Second); all[0].State != outgoing.StateNeedless; <-time.After(time.Millisecond) {
		if all, _, err = w.All(t.Context(), machine, page); err != nil || time.Now().After(deadline) {
			t.Fatalf("got %+v, %v", all, err)
		}
	}
}
