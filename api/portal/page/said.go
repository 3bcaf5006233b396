package page

import (
	"fmt"
	"html/template"

	"github.com/goccy/go-yaml"
)

const saidFile = "said.yaml"

// readSaid reads what services say and store, word for word, with its German.
func readSaid() (german map[string]string, err error) {
	raw, err := look.ReadFile(saidFile)
	if err == nil {
		err = yaml.UnmarshalWithOptions(raw, &german, yaml.Strict())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", saidFile, err)
	}
	return german, nil
}

// said is what a service said, in the language of the page, or else marked as English. With values it is a form of fmt.
func (k *Kit) said(lang, form string, values ...any) template.HTML {
	if german, known := k.german[form]; known && lang == "de" {
		return safe(template.HTMLEscapeString(filled(german, values)))
	}
	words := template.HTMLEscapeString(filled(form, values))
	if lang == "en" || form == "" {
		return safe(words)
	}
	return safe(`<span lang="en">` + words + `</span>`)
}

func filled(form string, values []any) string {
	if len(values) == 0 {
		return form
	}
	return fmt.Sprintf(form, values...)
}
