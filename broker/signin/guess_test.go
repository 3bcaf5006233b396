package signin_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// However often somebody fails, a pause is five minutes at most, and afterwards the owner comes in.
func TestPausesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.user()
	longest := time.Duration(0)
	for range 36 {
		_, err := w.begin(email, "falsches Pferd Batterie")
		var p *signin.Paused
		if errors.As(err, &p) {
			longest = max(longest, p.Wait)
			w.clock.advance(p.Wait)
		}
	}
	if longest != 5*time.Minute {
		t.Errorf("the longest pause is %s", longest)
	}
	w.clock.advance(5 * time.Minute)
	must(t, second(w.begin(email, phrase)))
}

// Capitals make no other address, whose tries would be counted anew.
func TestSpellingsOfAnAddressAreCountedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	for n := range 7 {
		_, err := w.begin(strings.ToUpper(email[:n])+email[n:], "falsches Pferd Batterie")
		if want := map[bool]string{true: "too-many-tries", false: "sign-in-failed"}[n == 6]; code(t, err) != want {
			t.Errorf("try %d: got %v, want %s", n, err, want)
		}
	}
}

// Who guesses another person's password does not begin anew by signing in with an own address that was chosen to share the counter.
func TestOwnSuccessForgivesNoGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.user()
	eve := sharing(email)
	p, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Eve", Email: eve})
	must(t, err)
	link, err := w.Setup(t.Context(), machine, p.ID, false)
	must(t, err)
	_, secret, _ := strings.Cut(link, "code=")
	must(t, third(w.Reset(t.Context(), secret, "ein ganz anderes Wort davor", "", browser)))
	for n := range 7 {
		_, err := w.begin(email, "falsches Pferd Batterie")
		if want := map[bool]string{true: "too-many-tries", false: "sign-in-failed"}[n == 6]; code(t, err) != want {
			t.Errorf("guess %d: got %v, want %s", n, err, want)
		}
		if n < 5 {
			must(t, second(w.begin(eve, "ein ganz anderes Wort davor")))
		}
	}
	w.clock.advance(time.Second)
	must(t, second(w.begin(eve, "ein ganz anderes Wort davor")))
	must(t, second(w.begin(email, phrase)))
}

// sharing is an address whose tries are counted with those of another one, as anybody finds one.
func sharing(other string) string {
	want := sha256.Sum256([]byte(other))
	for n := 0; ; n++ {
		address := "eve" + strconv.Itoa(n) + "@elsewhere.example"
		if sum := sha256.Sum256([]byte(address)); [2]byte(sum[:2]) == [2]byte(want[:2]) {
			return address
		}
	}
}

// Only a browser in which this person signed in, and not long ago, has a counter of its own.
func TestKnownBrowsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	bert, err := w.accounts.AddPerson(t.Context(), machine, account.NewPerson{Name: "Bert", Email: "bert@stadt.example"})
	must(t, err)
	link, err := w.Setup(t.Context(), machine, bert.ID, false)
	must(t, err)
	_, secret, _ := strings.Cut(link, "code=")
	_, attempt, err := w.Reset(t.Context(), secret, "ein ganz anderes Wort davor", "", browser)
	must(t, err)
	by := must2(w.InAttempt(t.Context(), attempt))(t)
	app := must2(w.NewApp(t.Context(), by))(t)
	e, err := w.ConfirmApp(t.Context(), by, "Telefon", signin.CodeAt(signin.DecodeSeed(t, app.Seed), w.clock.Now()), browser)
	must(t, err)
	for range 6 {
		_, _ = w.begin(email, "falsches Pferd Batterie") // until there is a pause
	}
	try := func(known string) string {
		_, err := w.Begin(t.Context(), signin.Login{Email: email, Password: phrase, Browser: known})
		return code(t, err)
	}
	if got := try(e.In.Browser); got != "too-many-tries" {
		t.Errorf("in bert's browser: got %q", got)
	}
	if got := try(u.in.Browser); got != "" {
		t.Errorf("in anna's browser: got %q", got)
	}
	w.clock.advance(180 * 24 * time.Hour)
	for range 6 {
		_, _ = w.begin(email, "falsches Pferd Batterie")
	}
	if got := try(u.in.Browser); got != "too-many-tries" {
		t.Errorf("in anna's browser half a year later: got %q", got)
	}
}

// A password that was hashed with less effort is hashed anew when it is right.
func TestOldHashesAreMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	const older = "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$0oCP2csFr0+KnDHxdRLKlBN0DMoK4c4ZJCLQZ8hAx28"
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
		return broker.WriteEntry(tx, "password", string(u.id), string(u.id), map[string]any{"hash": older, "changed": w.clock.Now()})
	}))
	_, err := w.begin(email, "falsch")
	if code(t, err) != "sign-in-failed" || !strings.Contains(w.hash(u), "m=4096,") {
		t.Errorf("a wrong one: got %v and %s", err, w.hash(u))
	}
	must(t, second(w.begin(email, "passwort")))
	if !strings.Contains(w.hash(u), "m=19456,t=2,p=1") {
		t.Errorf("the right one: got %s", w.hash(u))
	}
	must(t, second(w.begin(email, "passwort")))
}

func (w *world) hash(u user) (hash string) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(tx broker.Tx) error {
		r, err := broker.ReadEntry[struct {
			Hash string `json:"hash"`
		}](tx, "password", string(u.id))
		hash = r.Hash
		return err
	}))
	return hash
}

// Codes and passwords that are asked for in a session, or with a link, are guessed no more than those at the door.
func TestGuessesWithinAreCounted(t *testing.T) {
	t.Parallel()
	const next = "ein ganz anderes Wort davor"
	for name, wrong := range map[string]func(w *world, u user) func() error{
		"a code, to prove": func(w *world, u user) func() error {
			return func() error { return second(w.Prove(w.t.Context(), u.in.Secret, "000000")) }
		},
		"a code, with a link": func(w *world, u user) func() error {
			must(w.t, w.Forgotten(w.t.Context(), email))
			link := w.link("password")
			return func() error { return third(w.Reset(w.t.Context(), link, next, "000000", browser)) }
		},
		"a code, to add an app": func(w *world, u user) func() error {
			by := must2(w.InSession(w.session(u.in.Secret)))(w.t)
			must(w.t, second(w.NewApp(w.t.Context(), by)))
			return func() error { return second(w.ConfirmApp(w.t.Context(), by, "Tablet", "000000", browser)) }
		},
		"the present password": func(w *world, u user) func() error {
			by := must2(w.InSession(w.session(u.in.Secret)))(w.t)
			return func() error { return w.ChangePassword(w.t.Context(), by, "falsches Pferd Batterie", next) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t))
			try := wrong(w, w.user())
			for n := range 6 {
				if got := code(t, try()); got != "code-wrong" && got != "password-wrong" {
					t.Errorf("try %d: got %q", n, got)
				}
			}
			if got := code(t, try()); got != "too-many-tries" {
				t.Errorf("once more: got %q", got)
			}
		})
	}
}

// A seed that was shown too long ago is confirmed no more: who looked at the screen meanwhile has it too.
func TestSeedsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	by := must2(w.InSession(w.session(u.in.Secret)))(t)
	seed := seedOf(t, must2(w.NewApp(t.Context(), by))(t))
	w.clock.advance(signin.AttemptLife)
	if _, err := w.ConfirmApp(t.Context(), by, "Tablet", signin.CodeAt(seed, w.clock.Now()), browser); code(t, err) != "enrolment-over" {
		t.Errorf("got %v", err)
	}
}

// A link does what it was sent for, and nothing else.
func TestLinksHaveOnePurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	by := must2(w.InSession(w.session(u.in.Secret)))(t)
	must(t, w.Move(t.Context(), by, "anna@kreis.example"))
	address := w.link("address")
	must(t, w.Forgotten(t.Context(), email))
	password := w.link("password")
	if err := third(w.Reset(t.Context(), address, "ein ganz anderes Wort davor", w.code(u), browser)); code(t, err) != "link-over" {
		t.Errorf("a password by the link for an address: got %v", err)
	}
	if _, err := w.Confirm(t.Context(), password, phrase); code(t, err) != "link-over" {
		t.Errorf("an account by the link for a password: got %v", err)
	}
	if err := w.Moved(t.Context(), password); code(t, err) != "link-over" {
		t.Errorf("an address by the link for a password: got %v", err)
	}
	must(t, w.Moved(t.Context(), address))
	if _, err := w.Resetting(t.Context(), password); code(t, err) != "link-over" {
		t.Errorf("a password by the link that went to the address before: got %v", err)
	}
}

// Nobody's mailbox is filled by who asks for links, and asking takes nothing from who did not.
func TestFewLinksAreGoodAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.user()
	for range 6 {
		must(t, w.Forgotten(t.Context(), email))
		w.clock.advance(3 * time.Minute)
	}
	if n := w.mailed(mail.PasswordReset); n != 3 {
		t.Errorf("%d mails within twenty minutes, want 3", n)
	}
	w.clock.advance(signin.PasswordLinkLife)
	must(t, w.Forgotten(t.Context(), email))
	if n := w.mailed(mail.PasswordReset); n != 4 {
		t.Errorf("%d mails when those before had ended, want one more", n)
	}
}

// What takes a session with a proof is not done by who has only a password.
func TestAnAttemptChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.user()
	attempt, err := w.begin(email, phrase)
	must(t, err)
	by := must2(w.InAttempt(t.Context(), attempt))(t)
	for what, err := range map[string]error{
		"the address":  w.Move(t.Context(), by, "eve@elsewhere.example"),
		"the password": w.ChangePassword(t.Context(), by, phrase, "ein ganz anderes Wort davor"),
		"the factors":  w.RemoveFactor(t.Context(), by, "any"),
	} {
		if code(t, err) != "prove-again" {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

// What people prove to be themselves by stands in the log of the installation, whenever it changes or a recovery code is used.
func TestChangesOfFactorsAreDeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	u := w.user()
	attempt, err := w.begin(email, phrase)
	must(t, err)
	in, err := w.Second(t.Context(), attempt, u.recovery[0], browser)
	must(t, err)
	by := must2(w.InSession(in.Session))(t)
	must(t, w.ChangePassword(t.Context(), by, phrase, "ein ganz anderes Wort davor"))
	must(t, second(w.Recovery(t.Context(), by)))
	options := must2(w.NewPasskey(t.Context(), by))(t)
	must(t, second(w.ConfirmPasskey(t.Context(), by, "Schlüssel", newDevice(t).make(options), browser)))
	f := must2(w.Factors(t.Context(), machine, u.id))(t)
	must(t, w.RemoveFactor(t.Context(), by, f.All[0].ID))
	must(t, w.Move(t.Context(), by, "anna@kreis.example"))
	must(t, w.Moved(t.Context(), w.link("address")))
	part, err := w.accounts.SearchLog(t.Context(), machine, "", account.LogQuery{Limit: broker.MaxPage})
	must(t, err)
	var got []string
	for _, d := range slices.Backward(part.Deeds) {
		if noun, _, _ := strings.Cut(d.Deed, "."); noun != "session" && d.Subject == string(u.id) {
			got = append(got, d.Deed)
		}
	}
	want := []string{
		"person.added", "factor.added", "recovery-code.used", "password.changed", "recovery-codes.made", "factor.added", "factor.removed", "person.address-changed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the deeds %q, want %q", got, want)
	}
}
