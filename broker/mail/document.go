package mail

import (
	"errors"
	"strings"
)

// document is a text in one language, in blocks that both frames lay out. So a text is written once and not as HTML, and nothing that is filled in can
// become structure: a block is told by how its first line begins, which is never with a value.
type document struct {
	Language, Subject     string
	Blocks                []block
	Org, URL, Environment string
}

// block is one of its fields.
type block struct {
	Paragraph string
	List      []string // lines that begin with "- "
	Code      string   // begins with "$ ": to be copied as it is
	Link      string   // begins with "> ": to be opened, a URL of this environment
	Heading   string   // begins with "# "
}

const subjectPrefix = "Subject: "

// parse reads a text that was filled in: its subject, and blocks with an empty line between them.
func parse(text string) (document, error) {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if !strings.HasPrefix(first, subjectPrefix) {
		return document{}, errors.New("the text does not begin with its subject")
	}
	d := document{Subject: strings.TrimPrefix(first, subjectPrefix)}
	for part := range strings.SplitSeq(rest, "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			d.Blocks = append(d.Blocks, parseBlock(part))
		}
	}
	return d, nil
}

func parseBlock(part string) block {
	switch {
	case strings.HasPrefix(part, "- "):
		return block{List: strings.Split(strings.TrimPrefix(part, "- "), "\n- ")}
	case strings.HasPrefix(part, "$ "):
		return block{Code: strings.TrimPrefix(part, "$ ")}
	case strings.HasPrefix(part, "> "):
		return block{Link: strings.TrimPrefix(part, "> ")}
	case strings.HasPrefix(part, "# "):
		return block{Heading: strings.TrimPrefix(part, "# ")}
	}
	return block{Paragraph: strings.Join(strings.Fields(part), " ")}
}
