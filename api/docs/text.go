package docs

import (
	"html/template"
	"strings"
)

// paragraphs is a text with a paragraph between empty lines and code between backticks.
func paragraphs(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		out.WriteString("<p>")
		out.WriteString(string(line(paragraph)))
		out.WriteString("</p>\n")
	}
	return template.HTML(out.String())
}

// line is a text with code between backticks.
func line(text string) template.HTML {
	var out strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		out.WriteString(part)
	}
	return template.HTML(out.String())
}
