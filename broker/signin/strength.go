package signin

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// common has the 5,000 most frequent passwords of at least MinPassword characters, in small letters, out of Mark Burnett's list of the million most frequent
// ones in ten million that were published; he gave it to the public domain.
//
//go:embed common.txt
var common string

// Bounds of passwords, in characters. There are no rules on which characters: they make passwords that are alike.
const (
	MinPassword = 12
	MaxPassword = 128
)

// What is left of a password without the words that everybody knows of its owner.
const (
	leastWord = 4 // shorter words are in too many passwords by chance
	leastRest = 8
)

// CheckPassword refuses a password that is too short, one of those that are tried first, or made of what everybody knows of its owner.
func CheckPassword(password string, words ...string) error {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword || !utf8.ValidString(password) {
		return broker.Unprocessable.New("password-length", "a password has %d to %d characters: some words with spaces between them do well", MinPassword, MaxPassword)
	}
	folded := cases.Fold().String(password)
	if strings.Contains("\n"+common, "\n"+folded+"\n") || repeats(folded) || climbs(folded) {
		return broker.Unprocessable.New("password-common", "this password is among the first that somebody would try: take another one")
	}
	if utf8.RuneCountInString(without(folded, words)) < leastRest {
		return broker.Unprocessable.New("password-personal", "without names that everybody knows this password has less than %d characters left: "+
			"leave out your name, your address, your organisation and this service", leastRest)
	}
	return nil
}

// repeats reports whether a password is less than half of it, again and again.
func repeats(password string) bool {
	r := []rune(password)
	for unit := 1; unit <= len(r)/3; unit++ {
		again := true
		for i := unit; i < len(r) && again; i++ {
			again = r[i] == r[i-unit]
		}
		if again {
			return true
		}
	}
	return false
}

// climbs reports whether each character follows the one before, like abc, 321 and, since 0 follows 9, 7890123.
func climbs(password string) bool {
	r := []rune(password)
	for _, step := range []rune{1, -1} {
		steady := true
		for i := 1; i < len(r) && steady; i++ {
			d := r[i] - r[i-1]
			steady = d == step || d == -9*step
		}
		if steady {
			return true
		}
	}
	return false
}

// without takes words out of a password, in whatever order they stand there.
func without(password string, words []string) string {
	splits := regexp.MustCompile(`[^\p{L}\p{N}]+`)
	for _, text := range append(words, "vierkant fit connect fitconnect passwort password kennwort") {
		for _, word := range splits.Split(cases.Fold().String(text), -1) {
			if utf8.RuneCountInString(word) >= leastWord {
				password = strings.ReplaceAll(password, word, "")
			}
		}
	}
	return password
}

// words are what everybody knows of a person.
func words(tx broker.Tx, p account.Person) ([]string, error) {
	all := []string{p.Name, p.Email}
	for _, id := range p.Orgs {
		o, err := tx.Org(id)
		if err != nil {
			return nil, err
		}
		all = append(all, o.Name)
	}
	return all, nil
}
