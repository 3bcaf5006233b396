package signin_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

func TestPasskey(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		d := w.passkey(u)
		w.clock.advance(11 * time.Minute)
		in, err := w.WithPasskey(t.Context(), d.sign(w.ask()), browser)
		must(t, err)
		if s := w.session(in.Secret); s.Person != u.id || !slices.Equal(s.Means, []account.Means{account.ByPasskey}) {
			t.Errorf("session: got %+v", s)
		}
		renewed, err := w.ProvePasskey(t.Context(), u.in.Secret, d.sign(w.ask()))
		must(t, err)
		if w.signedIn(u.in.Secret) || !w.signedIn(renewed) {
			t.Error("the secret was to change with the proof")
		}
		if _, err := w.InSession(w.session(renewed)); err != nil {
			t.Errorf("just proved: got %v", err)
		}
	})
}

// TestPasskeysThatAreRefused spoils one thing at a time of an answer that lets somebody in.
func TestPasskeysThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world, u user, d *device) []byte{
		"another site": func(w *world, _ user, d *device) []byte { d.origin = "https://evil.example"; return d.sign(w.ask()) },
		"a host below ours": func(w *world, _ user, d *device) []byte {
			d.origin = "https://x.test.broker.example"
			return d.sign(w.ask())
		},
		"without TLS": func(w *world, _ user, d *device) []byte {
			d.origin = "http://test.broker.example"
			return d.sign(w.ask())
		},
		"another port": func(w *world, _ user, d *device) []byte { d.origin = base + ":444"; return d.sign(w.ask()) },
		"within another site": func(w *world, _ user, d *device) []byte {
			d.more = map[string]any{"crossOrigin": true}
			return d.sign(w.ask())
		},
		"for another site":   func(w *world, _ user, d *device) []byte { d.rp = "evil.example"; return d.sign(w.ask()) },
		"the other ceremony": func(w *world, _ user, d *device) []byte { d.kind = "webauthn.create"; return d.sign(w.ask()) },
		"nobody there":       func(w *world, _ user, d *device) []byte { d.flags = verified; return d.sign(w.ask()) },
		"owner not verified": func(w *world, _ user, d *device) []byte { d.flags = present; return d.sign(w.ask()) },
		"another key":        func(w *world, _ user, d *device) []byte { d.key = newDevice(w.t).key; return d.sign(w.ask()) },
		"an unknown passkey": func(w *world, _ user, d *device) []byte { d.id = []byte("unknown"); return d.sign(w.ask()) },
		"another person's": func(w *world, _ user, d *device) []byte {
			d.handle = handleOf(broker.NewID[broker.PersonID]())
			return d.sign(w.ask())
		},
		"no challenge of ours": func(_ *world, _ user, d *device) []byte {
			return d.sign([]byte(`{"challenge":"` + b64(bytes.Repeat([]byte("x"), 56)) + `"}`))
		},
		"a short challenge": func(_ *world, _ user, d *device) []byte { return d.sign([]byte(`{"challenge":"eA"}`)) },
		"a challenge to make one": func(w *world, u user, d *device) []byte {
			by, err := w.InSession(w.session(u.in.Secret))
			must(w.t, err)
			return d.sign(must2(w.NewPasskey(w.t.Context(), by))(w.t))
		},
		"too late": func(w *world, _ user, d *device) []byte {
			answer := d.sign(w.ask())
			w.clock.advance(5 * time.Minute)
			return answer
		},
		"a replay": func(w *world, _ user, d *device) []byte {
			answer := d.sign(w.ask())
			must(w.t, second(w.WithPasskey(w.t.Context(), answer, browser)))
			return answer
		},
		"a counter that stands still": func(w *world, _ user, d *device) []byte {
			d.count = 7
			must(w.t, second(w.WithPasskey(w.t.Context(), d.sign(w.ask()), browser)))
			return d.sign(w.ask())
		},
		"a counter that goes back": func(w *world, _ user, d *device) []byte {
			d.count = 7
			must(w.t, second(w.WithPasskey(w.t.Context(), d.sign(w.ask()), browser)))
			d.count = 6
			return d.sign(w.ask())
		},
		"no answer": func(*world, user, *device) []byte { return []byte(`{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t))
			u := w.user()
			answer := spoil(w, u, w.passkey(u))
			if _, err := w.WithPasskey(t.Context(), answer, browser); code(t, err) != "passkey-refused" {
				t.Errorf("to sign in: got %v", err)
			}
			if _, err := w.ProvePasskey(t.Context(), u.in.Secret, answer); code(t, err) != "passkey-refused" {
				t.Errorf("to prove: got %v", err)
			}
		})
	}
}

// Whoever holds a session and a passkey that is not of the same person has proved nothing; who is disabled has no passkey.
func TestPasskeysOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	d := w.passkey(u)
	bert, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Bert", Email: "bert@stadt.example"})
	must(t, err)
	_, session, err := w.accounts.StartSession(t.Context(), bert.ID, browser)
	must(t, err)
	if _, err := w.ProvePasskey(t.Context(), session, d.sign(w.ask())); code(t, err) != "passkey-refused" {
		t.Errorf("bert proves by anna's: got %v", err)
	}
	must(t, second(w.accounts.Disable(t.Context(), machine, u.id, true)))
	if _, err := w.WithPasskey(t.Context(), d.sign(w.ask()), browser); code(t, err) != "sign-in-failed" {
		t.Errorf("disabled: got %v", err)
	}
}

// TestPasskeysThatAreNotMade spoils one thing at a time of an answer that makes a passkey.
func TestPasskeysThatAreNotMade(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world, by signin.Actor, d *device) []byte{
		"another site":     func(_ *world, _ signin.Actor, d *device) []byte { d.origin = "https://evil.example"; return nil },
		"for another site": func(_ *world, _ signin.Actor, d *device) []byte { d.rp = "evil.example"; return nil },
		"within another site": func(_ *world, _ signin.Actor, d *device) []byte {
			d.more = map[string]any{"crossOrigin": true}
			return nil
		},
		"owner not verified":     func(_ *world, _ signin.Actor, d *device) []byte { d.flags = present; return nil },
		"the other ceremony":     func(_ *world, _ signin.Actor, d *device) []byte { d.kind = "webauthn.get"; return nil },
		"a challenge to sign in": func(w *world, _ signin.Actor, d *device) []byte { return d.make(w.ask()) },
		"a passkey that there is": func(w *world, by signin.Actor, d *device) []byte {
			must(w.t, second(w.ConfirmPasskey(w.t.Context(), by, "Telefon", d.make(must2(w.NewPasskey(w.t.Context(), by))(w.t)), browser)))
			return nil
		},
		"a replay": func(w *world, by signin.Actor, d *device) []byte {
			options := must2(w.NewPasskey(w.t.Context(), by))(w.t)
			must(w.t, second(w.ConfirmPasskey(w.t.Context(), by, "Telefon", d.make(options), browser)))
			return newDevice(w.t).make(options)
		},
		"another person's challenge": func(w *world, _ signin.Actor, d *device) []byte {
			bert, err := w.accounts.AddPerson(w.t.Context(), machine, account.NewPerson{Name: "Bert", Email: "bert@stadt.example"})
			must(w.t, err)
			s, _, err := w.accounts.StartSession(w.t.Context(), bert.ID, browser)
			must(w.t, err)
			return d.make(must2(w.NewPasskey(w.t.Context(), must2(w.InSession(s))(w.t)))(w.t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t))
			u := w.user()
			by, err := w.InSession(w.session(u.in.Secret))
			must(t, err)
			d := newDevice(t)
			answer := spoil(w, by, d)
			if answer == nil {
				answer = d.make(must2(w.NewPasskey(t.Context(), by))(t))
			}
			if _, err := w.ConfirmPasskey(t.Context(), by, "Schlüssel", answer, browser); code(t, err) != "passkey-refused" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A new factor ends all other sessions, and stands in the audit log.
func TestANewFactorEndsOtherSessions(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		_, other, err := w.accounts.StartSession(t.Context(), u.id, browser)
		must(t, err)
		w.passkey(u)
		if w.signedIn(other) || !w.signedIn(u.in.Secret) {
			t.Error("all other sessions were to end, and no more")
		}
	})
}
