package catalogue

import (
	"html"
	"strings"
)

// plain makes text of the HTML that descriptions are written in: paragraphs and items become lines, other tags go, entities become what
// they stand for. A < that begins no tag stays.
func plain(s string) string {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(html.UnescapeString(text))
		if !found {
			return tidy(b.String())
		}
		name, after, tag := cutTag(rest)
		switch {
		case !tag:
			b.WriteByte('<')
			s = rest
			continue
		case breaksLine(name):
			b.WriteByte('\n')
		}
		s = after
	}
}

// maxTag is how far the end of a tag may be: a text of nothing but beginnings takes no longer than one of as many tags.
const maxTag = 4096

// cutTag reads a tag behind its <: its name in lower case, and what follows it.
func cutTag(s string) (name, after string, ok bool) {
	end := strings.IndexByte(s[:min(len(s), maxTag)], '>')
	if end < 0 {
		return "", "", false
	}
	name = strings.ToLower(strings.TrimPrefix(s[:end], "/"))
	if name == "" || name[0] != '!' && (name[0] < 'a' || name[0] > 'z') {
		return "", "", false
	}
	if i := strings.IndexAny(name, " \t\r\n/"); i >= 0 {
		name = name[:i]
	}
	return name, s[end+1:], true
}

func breaksLine(tag string) bool {
	switch tag {
	case "p", "br", "li", "ul", "ol", "div", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}

// tidy leaves one blank between words, and no empty lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = oneLine(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
