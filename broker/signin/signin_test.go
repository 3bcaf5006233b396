package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

func TestSignIn(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		if !w.signedIn(u.in.Secret) || len(u.recovery) != 10 || u.in.Left != 10 {
			t.Errorf("signed up: got %+v", u)
		}
		attempt, err := w.begin(strings.ToUpper(email), phrase)
		must(t, err)
		if w.signedIn(attempt) {
			t.Error("a password alone opens a session")
		}
		a, err := w.Attempt(t.Context(), attempt)
		if err != nil || !a.Enrolled || !a.Codes || a.Passkeys || a.Recovery != 10 || a.Person != u.id || a.Name != "Anna Muster" {
			t.Errorf("attempt: got %+v %v", a, err)
		}
		in, err := w.Second(t.Context(), attempt, w.next(u), browser)
		must(t, err)
		s := w.session(in.Secret)
		if s.Person != u.id || len(s.Means) != 2 || s.Means[0] != account.ByPassword || s.Means[1] != account.ByTOTP || s.From != browser.From {
			t.Errorf("session: got %+v", s)
		}
		if _, err := w.Attempt(t.Context(), attempt); code(t, err) != "attempt-over" {
			t.Errorf("the attempt after it: got %v", err)
		}
	})
}

// Whoever has no second factor enrols one before anything else, and whoever has one does not get around it so.
func TestSecondFactorComesFirst(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		must(t, w.SignUp(t.Context(), account.NewPerson{Name: "Anna Muster", Email: email}))
		_, err := w.Confirm(t.Context(), w.link("sign-up"), phrase)
		must(t, err) // and there the browser was closed
		attempt, err := w.begin(email, phrase)
		must(t, err)
		if a, err := w.Attempt(t.Context(), attempt); err != nil || a.Enrolled {
			t.Errorf("got %+v %v", a, err)
		}
		if _, err := w.Second(t.Context(), attempt, "", browser); code(t, err) != "code-wrong" {
			t.Errorf("no code: got %v", err)
		}
		w.enrol(attempt)
		attempt, err = w.begin(email, phrase)
		must(t, err)
		by, err := w.InAttempt(t.Context(), attempt)
		must(t, err)
		if _, err := w.NewApp(t.Context(), by); code(t, err) != "prove-again" {
			t.Errorf("another app instead of a code: got %v", err)
		}
		if _, err := w.NewPasskey(t.Context(), by); code(t, err) != "prove-again" {
			t.Errorf("a passkey instead of a code: got %v", err)
		}
		if _, err := w.Recovery(t.Context(), by); code(t, err) != "prove-again" {
			t.Errorf("recovery codes in an attempt: got %v", err)
		}
	})
}

func TestCodesAreGoodOnce(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		begin := func() string {
			attempt, err := w.begin(email, phrase)
			must(t, err)
			return attempt
		}
		if _, err := w.Second(t.Context(), begin(), w.code(u), browser); code(t, err) != "code-wrong" {
			t.Errorf("the code that enrolled: got %v", err)
		}
		w.next(u)
		early := signin.CodeAt(u.seed, w.clock.Now().Add(-30*time.Second))
		for name, test := range map[string]struct{ codes []string }{
			"a code":          {[]string{w.code(u)}},
			"a recovery code": {[]string{u.recovery[0], strings.ToLower(u.recovery[1]), " " + strings.ReplaceAll(u.recovery[2], "-", "") + " "}},
		} {
			for _, c := range test.codes {
				must(t, second(w.Second(t.Context(), begin(), c, browser)))
				if _, err := w.Second(t.Context(), begin(), c, browser); code(t, err) != "code-wrong" {
					t.Errorf("%s again: got %v", name, err)
				}
			}
		}
		if _, err := w.Second(t.Context(), begin(), early, browser); code(t, err) != "code-wrong" {
			t.Errorf("one of before the last: got %v", err)
		}
		must(t, second(w.Second(t.Context(), begin(), w.next(u), browser)))
		if f, err := w.Factors(t.Context(), machine, u.id); err != nil || f.Recovery != 7 || len(f.All) != 1 || f.Password.IsZero() {
			t.Errorf("left: got %+v %v", f, err)
		}
	})
}

func TestOneOfManyUsesACode(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		for name, pick := range map[string]func() string{"app": func() string { return w.next(u) }, "recovery": func() string { return u.recovery[3] }} {
			var attempts []string
			for range 4 {
				attempt, err := w.begin(email, phrase)
				must(t, err)
				attempts = append(attempts, attempt)
			}
			c, next := pick(), make(chan string, len(attempts))
			for _, a := range attempts {
				next <- a
			}
			won := 0
			for _, err := range atOnce(len(attempts), func() error { return second(w.Second(t.Context(), <-next, c, browser)) }) {
				if err == nil {
					won++
				} else if got := code(t, err); got != "code-wrong" {
					t.Errorf("%s: got %v", name, err)
				}
			}
			if won != 1 {
				t.Errorf("%s: %d of four got in by one code", name, won)
			}
			w.clock.advance(time.Hour)
		}
	})
}

func TestAttemptsEnd(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		attempt, err := w.begin(email, phrase)
		must(t, err)
		w.clock.advance(signin.AttemptLife)
		if _, err := w.Second(t.Context(), attempt, w.code(u), browser); code(t, err) != "attempt-over" {
			t.Errorf("too late: got %v", err)
		}
		if attempt, err = w.begin(email, phrase); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			if _, err := w.Second(t.Context(), attempt, "000000", browser); code(t, err) != "code-wrong" {
				t.Errorf("wrong code %d: got %v", i, err)
			}
		}
		if _, err := w.Second(t.Context(), attempt, w.next(u), browser); code(t, err) != "attempt-over" {
			t.Errorf("after five wrong ones: got %v", err)
		}
		attempt, err = w.begin(email, phrase)
		must(t, err)
		_, err = w.Second(t.Context(), attempt, "000000", browser)
		for ; code(t, err) == "code-wrong"; _, err = w.Second(t.Context(), attempt, "000000", browser) {
		}
		if code(t, err) != "too-many-tries" {
			t.Errorf("wrong codes in a further attempt: got %v", err)
		}
		must(t, second(w.accounts.Disable(t.Context(), machine, u.id, true)))
		if _, err := w.Attempt(t.Context(), attempt); code(t, err) != "attempt-over" {
			t.Errorf("disabled meanwhile: got %v", err)
		}
	})
}

// What strangers see of accounts that there are, and of others, is the same: the error, the mails' absence, and the work.
func TestNothingTellsWhoHasAnAccount(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		texts := map[string]bool{}
		for _, address := range []string{email, "nobody@stadt.example", "no address at all", ""} {
			before := w.hashed.Load()
			_, err := w.begin(address, "falsches Pferd Batterie")
			if code(t, err) != "sign-in-failed" || w.hashed.Load() != before+1 {
				t.Errorf("%q: got %v with %d hashings", address, err, w.hashed.Load()-before)
			}
			texts[err.Error()] = true
		}
		must(t, second(w.accounts.Disable(t.Context(), machine, u.id, true)))
		before := w.hashed.Load()
		_, err := w.begin(email, phrase)
		if code(t, err) != "sign-in-failed" || w.hashed.Load() != before+1 {
			t.Errorf("disabled: got %v", err)
		}
		if texts[err.Error()] = true; len(texts) != 1 {
			t.Errorf("the texts differ: %v", texts)
		}
		must(t, w.Forgotten(t.Context(), email))
		must(t, w.Forgotten(t.Context(), "nobody@stadt.example"))
		if n := w.mailed(mail.PasswordReset); n != 0 {
			t.Errorf("%d mails to somebody disabled and to nobody", n)
		}
	})
}

// A password that is changed while the old one is looked at does not let the old one in.
func TestChangedMeanwhile(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		w.during = func() {
			link, err := w.Setup(t.Context(), machine, u.id, true)
			must(t, err)
			_, secret, _ := strings.Cut(link, "code=")
			must(t, third(w.Reset(t.Context(), secret, "ein ganz anderes Wort davor", "", browser)))
		}
		if _, err := w.begin(email, phrase); code(t, err) != "sign-in-failed" {
			t.Errorf("got %v", err)
		}
	})
}

func TestWrongPasswordsPause(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		for _, address := range []string{email, "nobody@stadt.example"} {
			refused := 0
			for _, err := range atOnce(20, func() error { return second(w.begin(address, "falsches Pferd Batterie")) }) {
				if code(t, err) == "too-many-tries" {
					refused++
				}
			}
			if refused != 14 {
				t.Errorf("%s: %d of 20 tries at once were refused, want all but six", address, refused)
			}
			w.clock.advance(time.Second)
			if _, err := w.begin(address, "x"); code(t, err) != "sign-in-failed" {
				t.Errorf("%s, after a second: got %v", address, err)
			}
			_, err := w.begin(address, phrase)
			var p *signin.Paused
			if !errors.As(err, &p) || p.Wait != 2*time.Second {
				t.Errorf("%s, at once again: got %v", address, err)
			}
		}
		known := signin.Login{Email: email, Password: phrase, Browser: u.in.Browser}
		must(t, second(w.Begin(t.Context(), known)))
		known.Browser = "some other"
		if _, err := w.Begin(t.Context(), known); code(t, err) != "too-many-tries" {
			t.Errorf("in a browser that is not known: got %v", err)
		}
		w.clock.advance(5 * time.Minute)
		must(t, second(w.begin(email, phrase)))
		w.clock.advance(time.Hour)
		must(t, w.Forget(t.Context()))
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			_, n, err := tx.Entries("signin-tries", page)
			if n != 0 {
				t.Errorf("%d counters are left", n)
			}
			return err
		}))
	})
}

func TestSignUp(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		n := account.NewPerson{Name: "Anna Muster", Email: email}
		must(t, w.SignUp(t.Context(), n))
		must(t, w.SignUp(t.Context(), n))
		if got := w.mailed(mail.SignUp); got != 1 {
			t.Errorf("asked twice at once: %d mails", got)
		}
		first := w.link("sign-up")
		w.clock.advance(time.Hour)
		must(t, w.SignUp(t.Context(), n))
		link := w.link("sign-up")
		if got, err := w.SigningUp(t.Context(), link); err != nil || got != n || link == first {
			t.Errorf("got %+v %v", got, err)
		}
		if _, err := w.Confirm(t.Context(), link, "Anna.Muster.2026"); code(t, err) != "password-personal" {
			t.Errorf("her name as password: got %v", err)
		}
		if _, err := w.Confirm(t.Context(), w.link("sign-up")+"x", phrase); code(t, err) != "link-over" {
			t.Errorf("a link that is none: got %v", err)
		}
		w.enrol(must2(w.Confirm(t.Context(), link, phrase))(t))
		for _, over := range []string{link, first} {
			if _, err := w.Confirm(t.Context(), over, phrase); code(t, err) != "link-over" {
				t.Errorf("a link again: got %v", err)
			}
		}
		must(t, w.SignUp(t.Context(), n))
		if sign, reset := w.mailed(mail.SignUp), w.mailed(mail.PasswordReset); sign != 2 || reset != 1 {
			t.Errorf("who has an account signs up: %d mails to sign up, %d about the password", sign, reset)
		}
		if _, err := w.Invited(t.Context(), n); code(t, err) != "person-exists" {
			t.Errorf("invited: got %v", err)
		}
	})
}

func TestSignUpByInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), func(c *signin.Config) { c.Open = false })
	n := account.NewPerson{Name: "Anna Muster", Email: email}
	if err := w.SignUp(t.Context(), n); code(t, err) != "sign-up-closed" {
		t.Errorf("got %v", err)
	}
	link, err := w.Invited(t.Context(), n)
	must(t, err)
	w.enrol(must2(w.Confirm(t.Context(), link, phrase))(t))
	if w.mailed(mail.SignUp) != 0 {
		t.Error("who opened an invitation got a mail to confirm the address")
	}
}

func TestReset(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		const next = "ein ganz anderes Wort davor"
		must(t, w.Forgotten(t.Context(), email))
		link := w.link("password")
		if r, err := w.Resetting(t.Context(), link); err != nil || !r.Code || r.Passkeys || r.Email != email {
			t.Errorf("asked: got %+v %v", r, err)
		}
		for _, c := range []string{"", "000000", w.code(u)} {
			if _, _, err := w.Reset(t.Context(), link, next, c, browser); code(t, err) != "code-wrong" {
				t.Errorf("with the code %q: got %v", c, err)
			}
		}
		old, err := w.begin(email, phrase)
		must(t, err)
		in, attempt, err := w.Reset(t.Context(), link, next, w.next(u), browser)
		must(t, err)
		if attempt != "" || !w.signedIn(in.Secret) || w.signedIn(u.in.Secret) {
			t.Errorf("the new session %v, the old one %v", w.signedIn(in.Secret), w.signedIn(u.in.Secret))
		}
		if _, err := w.Attempt(t.Context(), old); code(t, err) != "attempt-over" {
			t.Errorf("an attempt with the old password: got %v", err)
		}
		if _, _, err := w.Reset(t.Context(), link, next, w.next(u), browser); code(t, err) != "link-over" {
			t.Errorf("the link again: got %v", err)
		}
		if _, err := w.begin(email, phrase); code(t, err) != "sign-in-failed" {
			t.Errorf("the old password: got %v", err)
		}
		must(t, second(w.begin(email, next)))
		if w.mailed(mail.AccessChanged) != 2 {
			t.Errorf("%d mails about changes, want one about the factor and one about the password", w.mailed(mail.AccessChanged))
		}
		must(t, w.Forgotten(t.Context(), email))
		link = w.link("password")
		w.clock.advance(signin.PasswordLinkLife)
		if _, err := w.Resetting(t.Context(), link); code(t, err) != "link-over" {
			t.Errorf("too late: got %v", err)
		}
	})
}

func TestOperatorsLink(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		petra, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Petra", Email: "petra@betrieb.example"})
		must(t, err)
		for name, who := range map[string]broker.Caller{"the person": broker.PersonCaller(u.id, "", ""), "an operator of the platform": broker.PlatformCaller(petra.ID)} {
			if _, err := w.Setup(t.Context(), who, u.id, false); code(t, err) != "forbidden" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		setup := func(p broker.PersonID, without bool) string {
			link, err := w.Setup(t.Context(), machine, p, without)
			must(t, err)
			_, secret, _ := strings.Cut(link, base+"/portal/link/password?code=")
			return secret
		}
		_, attempt, err := w.Reset(t.Context(), setup(petra.ID, false), phrase, "", browser)
		must(t, err)
		if a, err := w.Attempt(t.Context(), attempt); err != nil || a.Enrolled {
			t.Errorf("the first password: got %+v %v", a, err)
		}
		if _, _, err := w.Reset(t.Context(), setup(u.id, false), phrase, "", browser); code(t, err) != "code-wrong" {
			t.Errorf("without a code: got %v", err)
		}
		_, attempt, err = w.Reset(t.Context(), setup(u.id, true), phrase, "", browser)
		must(t, err)
		if a, err := w.Attempt(t.Context(), attempt); err != nil || a.Enrolled || w.signedIn(u.in.Secret) {
			t.Errorf("all factors taken away: got %+v %v", a, err)
		}
	})
}

func TestSensitiveDeedsTakeAFreshProof(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		w.clock.advance(11 * time.Minute)
		if _, err := w.InSession(w.session(u.in.Secret)); code(t, err) != "prove-again" {
			t.Errorf("eleven minutes later: got %v", err)
		}
		if _, err := w.Prove(t.Context(), u.in.Secret, "000000"); code(t, err) != "code-wrong" {
			t.Errorf("a wrong code: got %v", err)
		}
		renewed, err := w.Prove(t.Context(), u.in.Secret, w.code(u))
		must(t, err)
		if w.signedIn(u.in.Secret) || !w.signedIn(renewed) {
			t.Error("the secret was to change")
		}
		by, err := w.InSession(w.session(renewed))
		must(t, err)
		_, other, err := w.accounts.StartSession(t.Context(), u.id, browser)
		must(t, err)
		if err := w.ChangePassword(t.Context(), by, "falsches Pferd Batterie", "ein ganz anderes Wort davor"); code(t, err) != "password-wrong" {
			t.Errorf("the wrong present password: got %v", err)
		}
		if err := w.ChangePassword(t.Context(), by, phrase, "qwertyqwerty"); code(t, err) != "password-common" {
			t.Errorf("a common one: got %v", err)
		}
		must(t, w.ChangePassword(t.Context(), by, phrase, "ein ganz anderes Wort davor"))
		if w.signedIn(other) || !w.signedIn(renewed) {
			t.Error("all other sessions were to end, and no more")
		}
		f, err := w.Factors(t.Context(), machine, u.id)
		must(t, err)
		if err := w.RemoveFactor(t.Context(), by, f.All[0].ID); code(t, err) != "last-factor" {
			t.Errorf("the last one: got %v", err)
		}
		app, err := w.NewApp(t.Context(), by)
		must(t, err)
		_, err = w.ConfirmApp(t.Context(), by, "Tablet", signin.CodeAt(seedOf(t, app), w.clock.Now()), browser)
		must(t, err)
		must(t, w.RemoveFactor(t.Context(), by, f.All[0].ID))
		if err := w.RemoveFactor(t.Context(), by, f.All[0].ID); code(t, err) != "factor-not-found" {
			t.Errorf("again: got %v", err)
		}
		codes, err := w.Recovery(t.Context(), by)
		if err != nil || len(codes) != 10 || codes[0] == u.recovery[0] {
			t.Errorf("recovery codes: got %v %v", codes, err)
		}
		attempt, err := w.begin(email, "ein ganz anderes Wort davor")
		must(t, err)
		for _, c := range []string{u.recovery[0], w.next(u)} {
			if _, err := w.Second(t.Context(), attempt, c, browser); code(t, err) != "code-wrong" {
				t.Errorf("what was taken away: got %v", err)
			}
		}
	})
}

func TestAnotherAddress(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		u := w.user()
		_, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Bert", Email: "bert@stadt.example"})
		must(t, err)
		by, err := w.InSession(u.in.Session)
		must(t, err)
		must(t, w.Move(t.Context(), by, "bert@stadt.example"))
		if w.mailed(mail.NewAddress) != 0 {
			t.Error("somebody else's address was written to")
		}
		must(t, w.Move(t.Context(), by, "anna@kreis.example"))
		link := w.link("address")
		if got, err := w.Moving(t.Context(), link); err != nil || got != "anna@kreis.example" {
			t.Errorf("got %q %v", got, err)
		}
		if _, err := w.begin("anna@kreis.example", phrase); code(t, err) != "sign-in-failed" {
			t.Errorf("before it is confirmed: got %v", err)
		}
		must(t, w.Moved(t.Context(), link))
		must(t, second(w.begin("anna@kreis.example", phrase)))
		if _, err := w.begin(email, phrase); code(t, err) != "sign-in-failed" {
			t.Errorf("the old address: got %v", err)
		}
		if err := w.Moved(t.Context(), link); code(t, err) != "link-over" {
			t.Errorf("the link again: got %v", err)
		}
		all, _, err := w.mails.All(t.Context(), machine, page)
		if last := all[len(all)-1]; err != nil || last.Template != mail.AccessChanged || last.To != email {
			t.Errorf("told: got %+v %v", last, err)
		}
	})
}

// A seed is shown again to whom it was shown, after a wrong code or a reload, and to nobody else.
func TestASeedIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	must(t, w.SignUp(t.Context(), account.NewPerson{Name: "Anna Muster", Email: email}))
	_, err := w.Confirm(t.Context(), w.link("sign-up"), phrase)
	must(t, err)
	begin := func() signin.Actor {
		attempt, err := w.begin(email, phrase)
		must(t, err)
		return must2(w.InAttempt(t.Context(), attempt))(t)
	}
	one, other := begin(), begin()
	first := must2(w.NewApp(t.Context(), one))(t)
	if again := must2(w.NewApp(t.Context(), one))(t); again != first {
		t.Error("asked again, another one")
	}
	seen := must2(w.NewApp(t.Context(), other))(t)
	if seen == first {
		t.Error("another attempt is shown the same one")
	}
	if _, err := w.ConfirmApp(t.Context(), one, "Telefon", signin.CodeAt(seedOf(t, seen), w.clock.Now()), browser); code(t, err) != "enrolment-over" {
		t.Errorf("the other one's, confirmed here: got %v", err)
	}
	must(t, second(w.ConfirmApp(t.Context(), other, "Telefon", signin.CodeAt(seedOf(t, seen), w.clock.Now()), browser)))
}

// Nothing that is kept lets anybody in who reads it.
func TestNothingReadableIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	attempt, err := w.begin(email, phrase)
	must(t, err)
	must(t, w.Forgotten(t.Context(), email))
	secrets := map[string]string{
		"password": phrase, "seed": string(u.seed), "recovery code": strings.ReplaceAll(u.recovery[0], "-", ""), "session": u.in.Secret,
		"browser": u.in.Browser, "attempt": attempt, "link": w.link("password"),
	}
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		for _, kind := range []broker.EntryKind{
			"password", "totp", "totp-new", "recovery-code", "signin-attempt", "signin-browser", "signin-tries", "signin-link", "session", "mail", "deed", "person",
		} {
			all, _, err := tx.Entries(kind, page)
			if err != nil {
				return err
			}
			for _, e := range all {
				for what, secret := range secrets {
					if strings.Contains(string(e.Value), secret) || strings.Contains(e.ID, secret) {
						t.Errorf("the %s lies readable in %s: %s", what, kind, e.Value)
					}
				}
			}
		}
		return nil
	}))
}

func must2[A any](a A, err error) func(testing.TB) A {
	return func(t testing.TB) A {
		t.Helper()
		must(t, err)
		return a
	}
}
