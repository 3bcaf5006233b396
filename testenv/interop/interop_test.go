package interop_test

import (
	"errors"
	"testing"
)

// suite is what is tried with every language that knows the command.
type suite struct {
	name    string
	command string
	run     func(*testing.T, *peer)
}

func suites() []suite {
	return []suite{
		{"opens what ours sealed", "open", opensOurs},
		{"inflates what ours deflated", "inflate", inflatesOurs},
		{"refuses to open what was changed", "open", refusesChangedJWE},
		{"seals for ours", "seal", sealsForOurs},
		{"deflates for ours", "deflate", deflatesForOurs},
		{"what it sealed is refused when changed", "seal", changedJWEIsRefused},

		{"verifies what ours signed", "verify", verifiesOurs},
		{"refuses to verify what was changed", "verify", refusesChangedJWS},
		{"signs events for ours", "sign", signsEvents},
		{"signs addressing information for ours", "sign", signsAddressing},
		{"what it signed is refused when changed", "sign", changedJWSIsRefused},
		{"what it signed with another salt is refused", "salt", otherSaltIsRefused},

		{"reads keys of ours", "thumbprint", readsKeys},
		{"reads certificates of ours", "certified", readsCertificates},
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, l := range languages() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, l)
			for _, s := range suites() {
				if p.able(t, s.command) {
					t.Run(s.name, func(t *testing.T) { s.run(t, p) })
				}
			}
			if p.quirk.mindsUsage {
				t.Run("key_ops have to be stripped", func(t *testing.T) { usageIsMinded(t, p) })
			}
			if p.makes != "" {
				t.Run("makes keys for ours", func(t *testing.T) { makesKeys(t, p) })
			}
		})
	}
}

// able asks whether the script knows the command, and complains about a lack that the table does not explain. With no files
// to work on, a script that knows the command refuses.
func (p *peer) able(t *testing.T, command string) bool {
	t.Helper()
	if err := p.ask(t, command, "-", "-", "-", "-"); !errors.Is(err, errLacks) {
		return true
	}
	why, explained := p.lacks[command]
	if !explained {
		t.Errorf("%s cannot %s, and the table of languages does not say why", p.name, command)
	}
	t.Logf("%s cannot %s: %s", p.name, command, why)
	return false
}

// What the whole package is for: no fewer than four languages at the other end of every kind of message.
func TestFourLanguagesEachWay(t *testing.T) {
	t.Parallel()
	for _, commands := range [][]string{{"seal", "open"}, {"sign", "verify"}} {
		got := 0
		for _, l := range languages() {
			if l.knows(commands) {
				got++
			}
		}
		if want := 4; got < want {
			t.Errorf("%v: got %d languages, want at least %d", commands, got, want)
		}
	}
}

func (l language) knows(commands []string) bool {
	for _, command := range commands {
		if _, lacking := l.lacks[command]; lacking {
			return false
		}
	}
	return true
}
