package signin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	words := []string{"Anna Muster-Straße", "a.muster@stadt-beispiel.example", "Große Kreisstadt Neuburg"}
	for password, want := range map[string]string{
		"korrektes Pferd Batterie":    "",
		"öäüßöäüß öä":                 "password-length",
		"öäüßöäüß öäß":                "",
		"kurz":                        "password-length",
		strings.Repeat("lang ", 26):   "password-length",
		strings.Repeat("ab cd", 25):   "password-common",
		"qwertyqwerty":                "password-common",
		"QwertyQwerty":                "password-common",
		"aaaaaaaaaaaaa":               "password-common",
		"abcabcabcabca":               "password-common",
		"abcdefghijklm":               "password-common",
		"123456789012345":             "password-common",
		"9876543210987":               "password-common",
		"anna-muster-12":              "password-personal",
		"Vierkant2026!":               "password-personal",
		"MUSTERstrasse99":             "password-personal",
		"neuburgKREISSTADT":           "password-personal",
		"Beispielpasswort1":           "password-personal",
		"annas Garten im Mai 17":      "",
		"korrektes\xffPferd Batterie": "password-length",
	} {
		err := CheckPassword(password, words...)
		var refusal *broker.Error
		got := ""
		if errors.As(err, &refusal) {
			got = refusal.Code
		}
		if got != want {
			t.Errorf("%q: got %v, want %q", password, err, want)
		}
	}
	if n := strings.Count(common, "\n"); n < 3000 {
		t.Errorf("%d common passwords, want 3000 at least", n)
	}
	for word := range strings.Lines(common) {
		if n := len(strings.TrimSuffix(word, "\n")); n < MinPassword || n > MaxPassword {
			t.Errorf("%q is refused for its length anyway", word)
		}
	}
}

func TestHashes(t *testing.T) {
	t.Parallel()
	p, err := newPasswords(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := p.make(t.Context(), "korrektes Pferd")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("got %q %v", stored, err)
	}
	if p.decoy.effort != current() {
		t.Errorf("a wrong address takes the effort %v, a wrong password %v", p.decoy.effort, current())
	}
	again, err := p.make(t.Context(), "korrektes Pferd")
	if err != nil || again == stored {
		t.Errorf("two of one password are the same: %v", err)
	}
	// of an older program, which took less effort; made by argon2 of Debian: printf passwort | argon2 saltsaltsaltsalt -id -m 12 -t 1 -p 1 -e
	const older = "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$0oCP2csFr0+KnDHxdRLKlBN0DMoK4c4ZJCLQZ8hAx28"
	for _, test := range []struct {
		stored, password string
		right, stale     bool
	}{
		{stored, "korrektes Pferd", true, false}, {stored, "korrektes pferd", false, false}, {stored, "korrektes Pferd ", false, false},
		{"", "korrektes Pferd", false, false}, {"", "", false, false}, {older, "passwort", true, true}, {older, "x", false, false},
	} {
		right, stale, err := p.verify(t.Context(), test.stored, test.password)
		if err != nil || right != test.right || stale != test.stale {
			t.Errorf("%q against %q: got %v %v %v", test.password, test.stored, right, stale, err)
		}
	}
	for _, broken := range []string{
		"x", "$argon2i$v=19$m=4096,t=1,p=1$c2FsdA$c2FsdA", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
		"$argon2id$v=19$m=4096,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$",
	} {
		if _, _, err := p.verify(t.Context(), broken, ""); err == nil {
			t.Errorf("%q was compared with", broken)
		}
	}
}

// The examples of RFC 6238, appendix B, cut to six digits.
func TestCodes(t *testing.T) {
	t.Parallel()
	seed := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := codeOf(seed, stepAt(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
	now := time.Unix(1234567890, 0)
	step := stepAt(now)
	for drift, want := range map[int64]int64{-2: 0, -1: step - 1, 0: step, 1: step + 1, 2: 0} {
		if got := stepOf(seed, codeOf(seed, step+drift), now, 0); got != want {
			t.Errorf("%d steps off: got %d, want %d", drift, got, want)
		}
	}
	if got := stepOf(seed, codeOf(seed, step), now, step); got != 0 {
		t.Errorf("a used one: got %d", got)
	}
}
