package routes

import (
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/template"
)

// contentLines are everything that a template can say, always in the same order.
func (n names) contentLines(c template.Content) []line {
	plain := func(text string) Name { return Name{text, text} }
	all := []line{
		{Label: n.v.T("template.name"), One: c.Name}, n.list("coverage.services", c.Services, n.service), n.list("coverage.schemas", c.Schemas, plain),
		n.list("template.languages", c.Languages, plain),
	}
	all = append(all, n.infoLines(c.Shared)...)
	for _, texts := range []struct {
		label string
		all   []broker.Text
	}{{"template.fees", c.Fees}, {"template.results", c.Results}} {
		for _, text := range texts.all {
			all = append(all, line{Label: n.v.T(texts.label) + " (" + text.Language + ")", One: strings.TrimSpace(text.Text)})
		}
	}
	return all
}
