package catalogue

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing"
)

// German is the language that a text has if nothing else is said, and that is shown where the wanted one is missing.
const German = "de"

// Limits of a text, in characters. Descriptions of a service in the wild reach some ten thousand.
const (
	maxName        = 1000
	maxDescription = 100_000
	maxLanguage    = 35
)

// Key names a service: the fourteen digits of its key in LeiKa, or the URN of a service that has none.
type Key string

// ParseKey reads a key of fourteen digits or a URN. A URN that only wraps fourteen digits is those digits.
func ParseKey(s string) (Key, error) {
	if service, ok := routing.ServiceFromURN(s); ok {
		return Key(service.String()), nil
	}
	if _, err := routing.ParseKey(s); err == nil || routing.IsURN(s) {
		return Key(s), nil
	}
	return "", fmt.Errorf("service key %.60q: want 14 digits that begin with 99, or a URN in lower case", s)
}

// routable tells whether the key is one of fourteen digits, which alone can be asked for in the routing API.
func (k Key) routable() bool {
	_, err := routing.ParseKey(string(k))
	return err == nil
}

// URN is how destinations and routes name the service.
func (k Key) URN() string {
	if service, err := routing.ParseKey(string(k)); err == nil {
		return service.URN()
	}
	return string(k)
}

// Service is a public service. Services that a [Catalogue] returns share memory with it: do not write to Texts.
type Service struct {
	Key   Key
	Texts []Text // one per language: German first, the others by name of the language; at least one
}

// Text is what a service is called in one language.
type Text struct {
	Language    string // BCP 47 in lower case: "de", "en", "de-x-leicht"
	Name        string // as people say it
	Official    string // as the catalogue has it, if that is another name; may be empty
	Description string // plain text with line breaks; may be empty
}

// In returns the text in a language, or the nearest there is: in the language without its region, in German, in any.
func (s Service) In(language string) Text {
	base, _, _ := strings.Cut(language, "-")
	for _, wanted := range []string{language, base, German} {
		if i := slices.IndexFunc(s.Texts, func(t Text) bool { return t.Language == wanted }); i >= 0 {
			return s.Texts[i]
		}
	}
	if len(s.Texts) == 0 {
		return Text{}
	}
	return s.Texts[0]
}

// Name is what the service is called in German, if it is called anything there.
func (s Service) Name() string { return s.In(German).Name }

// checked returns s with its texts in order, or says what is wrong with it by itself.
func checked(s Service) (Service, error) {
	key, err := ParseKey(string(s.Key))
	if err != nil {
		return Service{}, err
	}
	texts := slices.Clone(s.Texts)
	slices.SortFunc(texts, byLanguage)
	if len(texts) == 0 {
		return Service{}, fmt.Errorf("service %s: want a name", key)
	}
	for i, t := range texts {
		if err := t.check(); err != nil {
			return Service{}, fmt.Errorf("service %s: %w", key, err)
		}
		if i > 0 && texts[i-1].Language == t.Language {
			return Service{}, fmt.Errorf("service %s: it has two names in the language %s", key, t.Language)
		}
	}
	return Service{Key: key, Texts: texts}, nil
}

func byLanguage(a, b Text) int {
	if (a.Language == German) != (b.Language == German) {
		if a.Language == German {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Language, b.Language)
}

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{1,8})*$`)

// parseLanguage reads a language as people and programs write it: de, DE, de_DE, de-DE. Empty is German.
func parseLanguage(s string) (string, error) {
	if s == "" {
		return German, nil
	}
	l := strings.ReplaceAll(strings.ToLower(s), "_", "-")
	if len(l) > maxLanguage || !languagePattern.MatchString(l) {
		return "", fmt.Errorf("language %.40q: want one like de, en or de-at", s)
	}
	return l, nil
}

func (t Text) check() error {
	if l, err := parseLanguage(t.Language); err != nil || l != t.Language {
		return fmt.Errorf("language %.40q: want one like de, en or de-at, in lower case", t.Language)
	}
	for _, field := range []struct {
		what, text string
		most       int
	}{{"name", t.Name, maxName}, {"official name", t.Official, maxName}, {"description", t.Description, maxDescription}} {
		if !utf8.ValidString(field.text) {
			return fmt.Errorf("the %s is not UTF-8", field.what)
		}
		if utf8.RuneCountInString(field.text) > field.most {
			return fmt.Errorf("the %s has more than %d characters", field.what, field.most)
		}
	}
	if strings.TrimSpace(t.Name) == "" {
		return fmt.Errorf("want a name in the language %s", t.Language)
	}
	return nil
}
