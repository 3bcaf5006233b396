package mail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	outgoing "github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

const fresh = "neu@stadt.example"

// What is owed to an address waits until whoever reads mail there repeats the code.
func TestConfirmation(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		w.run()
		w.changed(fresh, "k1")
		w.changed(fresh, "k2")
		request := w.received(1)[0]
		if request.to != fresh || !strings.Contains(request.subject, "bestätigen") || strings.Contains(request.plain, "k1") {
			t.Fatalf("got %+v", request)
		}
		w.held(fresh, 2)
		for _, wrong := range []string{"", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAAA", strings.Repeat("A", 1<<20), "\x00", request.code(t)[1:]} {
			if _, err := w.Confirm(t.Context(), wrong); !errors.Is(err, broker.NotFound) {
				t.Errorf("got %v for a wrong code", err)
			}
		}
		w.clock.advance(time.Hour)
		a, err := w.Confirm(t.Context(), " "+strings.ToLower(strings.ReplaceAll(request.code(t), "-", " "))+"\n")
		if err != nil || a.Address != fresh || a.By != outgoing.ByCode || !a.Confirmed.Equal(w.clock.Now()) {
			t.Fatalf("got %+v, %v", a, err)
		}
		w.received(3)
		if _, err := w.Confirm(t.Context(), request.code(t)); !errors.Is(err, broker.NotFound) {
			t.Errorf("got %v for a code that was used", err)
		}
		w.changed("NEU@Stadt.Example", "k3")
		w.received(4)
	})
}

// held waits until so many mails to an address are kept for its confirmation.
func (w *world) held(to string, n int) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		held := 0
		for _, m := range w.mails() {
			if m.To == to && m.Held == outgoing.HeldForAddress {
				held++
			}
		}
		if held == n {
			return
		}
	}
	w.t.Fatalf("%d mails to %s are not kept: %+v", n, to, w.mails())
}

// 5,000 destinations with one new contact are one request a day, and no more than MaxAsked without an answer.
func TestRequestsAreNoStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.run()
	name := func() {
		w.update(func(tx broker.Tx) error {
			for range 5000 {
				must(t, outgoing.Introduce(tx, w.clock.Now(), w.org, fresh))
			}
			return outgoing.Introduce(tx, w.clock.Now(), broker.NewID[broker.OrgID](), "Neu@stadt.example")
		})
	}
	for day := range 5 {
		name()
		w.clock.advance(23 * time.Hour)
		name()
		w.clock.advance(time.Hour)
		w.changed(contact, fmt.Sprint(day)) // what was owed before it is sent now
		w.received(min(day+1, outgoing.MaxAsked) + day + 1)
	}
	if got := w.received(1); len(got) != outgoing.MaxAsked+5 {
		t.Errorf("got %d mails, want %d requests", len(got), outgoing.MaxAsked)
	}
	if _, err := w.Ask(t.Context(), w.owner, w.org, fresh); err != nil {
		t.Errorf("got %v for somebody who asks", err)
	}
	last := w.received(outgoing.MaxAsked + 6)[outgoing.MaxAsked+5]
	if _, err := w.Ask(t.Context(), w.owner, w.org, fresh); !errors.Is(err, broker.Conflict) {
		t.Errorf("got %v for a second request on one day", err)
	}
	must2(t)(w.Confirm(t.Context(), last.code(t)))
}

func must2(t testing.TB) func(any, error) { return func(_ any, err error) { t.Helper(); must(t, err) } }

// A code is in the mail and nowhere else, and is good for a week.
func TestCodesAreInMailsOnly(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		w.run()
		must2(t)(w.Ask(t.Context(), w.owner, w.org, fresh))
		code := w.received(1)[0].code(t)
		request := w.becomes(fresh, "sent", state(outgoing.StateSent))
		_, text, err := w.Get(t.Context(), w.owner, w.org, request.ID)
		if err != nil || strings.Contains(text.Plain, code) || !strings.Contains(text.Plain, "•••••") {
			t.Errorf("got %+v, %v", text, err)
		}
		plain := strings.ReplaceAll(code, "-", "")
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			for _, kind := range []broker.EntryKind{"mail", "mail-code", "mail-address", "mail-owed"} {
				all, _, err := tx.Entries(kind, page)
				must(t, err)
				for _, e := range all {
					if got := string(e.Value) + e.ID; strings.Contains(got, code) || strings.Contains(got, plain) {
						t.Errorf("the code is in %s", got)
					}
				}
			}
			return nil
		}))
		w.clock.advance(outgoing.CodeLife)
		if _, err := w.Confirm(t.Context(), code); !errors.Is(err, broker.NotFound) {
			t.Errorf("got %v for an old code", err)
		}
	})
}

// A mail that is not sent in time, because nobody confirmed the address, is kept for reading only.
func TestConfirmedTooLate(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store, withoutServer)
		w.run()
		for _, to := range []string{fresh, "", "no address", "a@b.example\r\nBcc: c@d.example", strings.Repeat("x", 250) + "@stadt.example"} {
			w.changed(to, "k1")
			w.held(to, 1)
		}
		w.clock.advance(14*24*time.Hour - time.Minute)
		w.update(func(tx broker.Tx) error { return w.waiting(tx, "d0", 1) })
		w.clock.advance(time.Minute)
		m := w.failed("k1")
		if !strings.Contains(m.Reason, "in time") {
			t.Errorf("got %+v", m)
		}
		w.approve(fresh)
		w.clock.advance(time.Hour)
		w.measures(outgoing.Stats{WithoutServer: 1}) // the reminder of today; all else is over
	})
}

// failed waits until all mails about a key failed, and returns one.
func (w *world) failed(kid string) outgoing.Mail {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		open := 0
		var last outgoing.Mail
		for _, m := range w.mails() {
			if len(m.Facts) == 1 && m.Facts[0].ID == kid {
				last = m
				if m.State != outgoing.StateFailed {
					open++
				}
			}
		}
		if open == 0 {
			return last
		}
	}
	w.t.Fatalf("not all failed: %+v", w.mails())
	return outgoing.Mail{}
}

func TestWhoSeesAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	foreign := broker.PersonCaller("f", broker.NewID[broker.OrgID](), broker.RoleOwner)
	reader := broker.PersonCaller("r", w.org, broker.RoleReader)
	must2(t)(w.Ask(t.Context(), w.owner, w.org, fresh))
	all, total, err := w.Addresses(t.Context(), reader, w.org, page)
	if err != nil || total != 1 || all[0].Address != fresh || !all[0].Confirmed.IsZero() || !all[0].Asked.Equal(w.clock.Now()) {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, _, err := w.Addresses(t.Context(), foreign, w.org, page); !errors.Is(err, broker.NotFound) {
		t.Errorf("got %v for a stranger", err)
	}
	if all, _, err := w.Addresses(t.Context(), foreign, foreign.Org, page); err != nil || len(all) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
	if a, err := w.Named(t.Context(), reader, w.org, fresh); err != nil || a != all[0] {
		t.Errorf("got %+v by its name, %v, want %+v", a, err, all[0])
	}
	if a, err := w.Named(t.Context(), foreign, foreign.Org, fresh); err != nil || a.Address != "" {
		t.Errorf("got %+v, %v, want nothing of an address that somebody else named", a, err)
	}
	if _, err := w.Named(t.Context(), foreign, w.org, fresh); !errors.Is(err, broker.NotFound) {
		t.Errorf("got %v for a stranger", err)
	}
	if all, _, err := w.AllAddresses(t.Context(), machine, page); err != nil || len(all) != 2 {
		t.Errorf("got %+v, %v", all, err)
	}
	for name, err := range map[string]error{
		"a reader who asks":       second(w.Ask(t.Context(), reader, w.org, fresh)),
		"an owner who marks":      second(w.Mark(t.Context(), w.owner, fresh)),
		"an owner who wants all":  third(w.AllAddresses(t.Context(), w.owner, page)),
		"an owner, of all mails ": third(w.All(t.Context(), w.owner, page)),
	} {
		if !errors.Is(err, broker.Forbidden) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := w.Ask(t.Context(), w.owner, w.org, "A <a@b.example>"); !errors.Is(err, broker.Invalid) {
		t.Errorf("got %v for what is no address", err)
	}
	if _, err := w.Mark(t.Context(), machine, "x"); !errors.Is(err, broker.Invalid) {
		t.Errorf("got %v for what is no address", err)
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }
