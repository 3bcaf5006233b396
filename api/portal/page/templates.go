package page

import (
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// berlin is where those live who read the times.
const berlin = "Europe/Berlin"

// safe is what a template made, for another one.
func safe(made string) template.HTML { return template.HTML(made) }

// parse reads the templates of a subject, once for each language, together with those of the kit.
func (k *Kit) parse(s *subject) (map[string]*template.Template, error) {
	all := map[string]*template.Template{}
	for _, lang := range Languages() {
		t := template.New("").Funcs(k.functions(s, lang))
		t, err := t.ParseFS(look, "look/*.html")
		if err != nil {
			return nil, err
		}
		if names, _ := fs.Glob(s.Files, "pages/*.html"); len(names) > 0 {
			if t, err = t.ParseFS(s.Files, "pages/*.html"); err != nil {
				return nil, err
			}
		}
		all[lang] = t
	}
	return all, s.asked()
}

// textAsked is a template's use of a text whose key stands there.
var textAsked = regexp.MustCompile(`\bt "([^"]+)"`)

// asked refuses a template that asks for a text that is not there.
func (s *subject) asked() error {
	names, err := fs.Glob(s.Files, "*/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := fs.ReadFile(s.Files, name)
		if err != nil {
			return err
		}
		for _, m := range textAsked.FindAllStringSubmatch(string(raw), -1) {
			if _, known := s.texts[m[1]]; !known {
				return fmt.Errorf("%s asks for the text %s, which is not there", name, m[1])
			}
		}
	}
	return nil
}

// functions are those that templates have, for one language.
func (k *Kit) functions(s *subject, lang string) template.FuncMap {
	printer := message.NewPrinter(language.Make(lang))
	place, err := time.LoadLocation(berlin)
	if err != nil {
		place = time.UTC
	}
	return template.FuncMap{
		"t":   func(key string, values ...any) string { return s.texts.say(lang, key, values...) },
		"has": func(key string) bool { _, known := s.texts[key]; return known },
		"said": func(form string, values ...[]any) template.HTML {
			return k.said(lang, form, slices.Concat(values...)...)
		},
		"number": func(n any) string { return printer.Sprint(n) },
		"date":   func(t time.Time) string { return when(t.In(place), dateForm(lang)) },
		"moment": func(t time.Time) string { return when(t.In(place), dateForm(lang)+", 15:04") },
		"stamp":  func(t time.Time) string { return when(t.UTC(), time.RFC3339) },
		"lines":  func(text string) []string { return strings.Split(text, "\n") },
		"asset":  func(name string) string { return k.static.address(k.base, s.Name, name) },
		"kern":   func(name string) string { return k.static.address(k.base, kitName, name) },
		"copy":   func(label, text string) copied { return copied{label, text} },
		"dict":   dict,
	}
}

// copied is a text to take along, with what it is.
type copied struct{ Label, Text string }

func dateForm(lang string) string {
	if lang == "en" {
		return "2 Jan 2006"
	}
	return "02.01.2006"
}

// when is a time, or a dash if there is none.
func when(t time.Time, form string) string {
	if t.IsZero() {
		return "–"
	}
	return t.Format(form)
}

// dict gives several values to a template that takes one.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict takes names and values in turn, not %d of them", len(pairs))
	}
	all := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, named := pairs[i].(string)
		if !named {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		all[name] = pairs[i+1]
	}
	return all, nil
}
