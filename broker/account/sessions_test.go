package account_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

var browser = account.NewSession{Agent: "Firefox", From: "192.0.2.0/24", Means: []account.Means{account.ByPassword, account.ByTOTP}}

// signIn begins a session of a person.
func (w *world) signIn(t testing.TB, person broker.PersonID) (account.Session, string) {
	t.Helper()
	s, secret, err := w.StartSession(t.Context(), person, browser)
	must(t, err)
	return s, secret
}

// signedIn reports whether a secret is that of a session.
func (w *world) signedIn(t testing.TB, secret string) bool {
	t.Helper()
	_, err := w.Signed(t.Context(), secret, "")
	if err != nil && !errors.Is(err, broker.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil
}

func TestSessionsEnd(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleOwner)
		for name, test := range map[string]struct {
			pauses []time.Duration
			want   bool
		}{
			"at once":                       {nil, true},
			"idle, almost":                  {[]time.Duration{account.SessionIdle - 1}, true},
			"idle":                          {[]time.Duration{account.SessionIdle}, false},
			"used, and idle almost":         {[]time.Duration{20 * time.Minute, account.SessionIdle - 1}, true},
			"used, and idle":                {[]time.Duration{20 * time.Minute, account.SessionIdle}, false},
			"used all the time, to the end": {slices.Repeat([]time.Duration{20 * time.Minute}, 36), false},
			"used all the time, before":     {slices.Repeat([]time.Duration{20 * time.Minute}, 35), true},
		} {
			_, secret := w.signIn(t, anna.Person)
			got := true
			for _, pause := range test.pauses {
				w.clock.advance(pause)
				got = w.signedIn(t, secret)
			}
			if got != test.want {
				t.Errorf("%s: got %v, want %v", name, got, test.want)
			}
		}
	})
}

func TestSessionsAreEnded(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna, bert := w.join(t, org, "anna", broker.RoleOwner), w.join(t, org, "bert", broker.RoleReader)
		first, one := w.signIn(t, anna.Person)
		later, two := w.signIn(t, anna.Person)
		_, three := w.signIn(t, anna.Person)
		_, berts := w.signIn(t, bert.Person)
		all, err := w.Sessions(t.Context(), anna, anna.Person)
		if err != nil || len(all) != 3 || all[0].ID != first.ID || all[0].Agent != "Firefox" || all[0].From != "192.0.2.0/24" {
			t.Errorf("listed: got %+v %v", all, err)
		}
		if _, err := w.Sessions(t.Context(), anna, bert.Person); code(t, err) != "person-not-found" {
			t.Errorf("a colleague's: got %v", err)
		}
		if err := w.EndOneSession(t.Context(), bert, anna.Person, first.ID); code(t, err) != "person-not-found" {
			t.Errorf("ended by a colleague: got %v", err)
		}
		if err := w.EndOneSession(t.Context(), bert, bert.Person, first.ID); code(t, err) != "session-not-found" {
			t.Errorf("ended as one's own: got %v", err)
		}
		must(t, w.EndOneSession(t.Context(), anna, anna.Person, first.ID))
		if w.signedIn(t, one) || !w.signedIn(t, two) {
			t.Error("the wrong one was ended")
		}
		must(t, w.EndSessions(t.Context(), anna, anna.Person, later.ID))
		if !w.signedIn(t, two) || w.signedIn(t, three) || !w.signedIn(t, berts) {
			t.Error("the others were to be ended, and hers only")
		}
		must(t, w.EndSession(t.Context(), two))
		must(t, w.EndSession(t.Context(), two))
		if w.signedIn(t, two) {
			t.Error("signed out, and still in")
		}
		must(t, second(w.Disable(t.Context(), machine, bert.Person, true)))
		if w.signedIn(t, berts) {
			t.Error("disabled, and still in")
		}
		must(t, second(w.Disable(t.Context(), machine, bert.Person, false)))
		if w.signedIn(t, berts) {
			t.Error("enabled again, and the old session too")
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleOwner)
		_, first := w.signIn(t, anna.Person)
		_, next := w.signIn(t, anna.Person)
		for range account.MaxSessions - 1 {
			w.signIn(t, anna.Person)
		}
		if w.signedIn(t, first) || !w.signedIn(t, next) {
			t.Error("the one that was begun first was to make room, and no other")
		}
		w.clock.advance(account.SessionLife)
		must(t, w.ForgetSessions(t.Context()))
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			if _, err := tx.NextTimer(account.SessionTimers); !errors.Is(err, broker.ErrNoRow) {
				t.Errorf("a timer is left: %v", err)
			}
			_, n, err := tx.Entries("session", page)
			if n != 0 {
				t.Errorf("%d sessions are left", n)
			}
			return err
		}))
	})
}

// Whoever planted or learned a secret before is left with nothing once it was proved anew whose session it is.
func TestProofRenewsTheSecret(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleOwner)
		s, old := w.signIn(t, anna.Person)
		if !s.Fresh(w.clock.Now()) {
			t.Error("just signed in, and not fresh")
		}
		w.clock.advance(account.ProofLife)
		if s.Fresh(w.clock.Now()) {
			t.Error("ten minutes later, and still fresh")
		}
		var renewed string
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) (err error) {
			s, renewed, err = w.Proved(tx, old, account.ByTOTP)
			return err
		}))
		if w.signedIn(t, old) || !w.signedIn(t, renewed) || !s.Fresh(w.clock.Now()) {
			t.Error("the old secret was to be replaced by the new one, and the session fresh")
		}
		err := w.store.Update(t.Context(), func(tx broker.Tx) error {
			_, _, err := w.Proved(tx, old, account.ByTOTP)
			return err
		})
		if code(t, err) != "signed-out" {
			t.Errorf("proved with the old secret: got %v", err)
		}
	})
}

// When sessions begin, are proved and end stands in the audit log, with who did it.
func TestSessionsAreDeeds(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleOwner)
		before := len(w.deeds(t))
		s, secret := w.signIn(t, anna.Person)
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) (err error) {
			_, secret, err = w.Proved(tx, secret, account.ByTOTP)
			return err
		}))
		must(t, w.EndSession(t.Context(), secret))
		other, _ := w.signIn(t, anna.Person)
		must(t, w.EndOneSession(t.Context(), machine, anna.Person, other.ID))
		want := []string{
			anna.Name() + " session.started " + string(s.ID), anna.Name() + " session.proved " + string(s.ID), anna.Name() + " session.ended " + string(s.ID),
			anna.Name() + " session.started " + string(other.ID), "operator session.ended " + string(other.ID),
		}
		if got := w.deeds(t)[before:]; !slices.Equal(got, want) {
			t.Errorf("got the deeds %q, want %q", got, want)
		}
	})
}
