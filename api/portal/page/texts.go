package page

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Languages lists those that the portal speaks, the one first that is spoken to whoever asks for none of them.
func Languages() []string { return []string{"de", "en"} }

// words is one text in both languages.
type words struct {
	De string `yaml:"de"`
	En string `yaml:"en"`
}

func (w words) in(lang string) string {
	if lang == "en" {
		return w.En
	}
	return w.De
}

// Texts are texts by their keys.
type Texts map[string]words

const textFile = "texts.yaml"

// readTexts reads the texts of a subject, and refuses what is not there in both languages, or not with the same values in it.
func readTexts(files fs.FS) (Texts, error) {
	raw, err := fs.ReadFile(files, textFile)
	if err != nil {
		return nil, err
	}
	var all Texts
	if err := yaml.UnmarshalWithOptions(raw, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", textFile, err)
	}
	return all, all.check(textFile)
}

// check refuses texts that are not there in both languages.
func (t Texts) check(file string) error {
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := t[key].check(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %s: %w", file, key, err))
		}
	}
	return errors.Join(wrong...)
}

func (w words) check() error {
	if strings.TrimSpace(w.De) == "" || strings.TrimSpace(w.En) == "" {
		return errors.New("is not there in both languages")
	}
	if de, en := verbs(w.De), verbs(w.En); !slices.Equal(de, en) {
		return fmt.Errorf("has %v in German and %v in English", de, en)
	}
	return nil
}

// verbs lists what is filled into a text, in its order; texts that need another order number them: %[2]s.
func verbs(text string) []string {
	all := regexp.MustCompile(`%(\[\d\])?[a-z]`).FindAllString(strings.ReplaceAll(text, "%%", ""), -1)
	slices.Sort(all)
	return all
}

// with returns these texts and those of the kit.
func (t Texts) with(kit Texts) (Texts, error) {
	all := maps.Clone(kit)
	for key, w := range t {
		if _, taken := all[key]; taken {
			return nil, fmt.Errorf("%s: %s: the kit has a text of this name", textFile, key)
		}
		all[key] = w
	}
	return all, nil
}

// say returns a text in a language. One that is not there says so: that templates and handlers ask for none is for tests to see.
func (t Texts) say(lang, key string, values ...any) string {
	w, known := t[key]
	if !known {
		return missing + key
	}
	text := w.in(lang)
	if len(values) == 0 {
		return strings.ReplaceAll(text, "%%", "%")
	}
	return fmt.Sprintf(text, values...)
}

// missing begins what stands where a text should.
const missing = "⟦no text⟧ "

// optional is a text that need not be there.
func (t Texts) optional(lang, key string) string {
	if _, known := t[key]; !known {
		return ""
	}
	return t.say(lang, key)
}
