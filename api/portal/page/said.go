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

// said is what a service said, in the language of the page, or else marked as English.
func (k *Kit) said(lang, text string) template.HTML {
	words := template.HTMLEscapeString(text)
	if lang == "en" || text == "" {
		return safe(words)
	}
	if german, known := k.german[text]; known {
		return safe(template.HTMLEscapeString(german))
	}
	return safe(`<span lang="en">` + words + `</span>`)
}
