package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// entry is an event as programs read it.
type entry struct {
	Event   string      `json:"event"`   // like "accept-submission"
	Subject string      `json:"subject"` // "submission:" or "reply:" and an id
	Issued  time.Time   `json:"issued"`
	By      string      `json:"by"`     // "service" or "authority"
	Issuer  string      `json:"issuer"` // base URL of the service, or id of the destination
	ID      string      `json:"id"`
	Payload set.Payload `json:"payload"`
}

func entries(log client.Log) []entry {
	all := make([]entry, len(log))
	for i, e := range log {
		all[i] = entry{nameOfEvent(e), e.Subject, e.Issued, "authority", e.Issuer, e.ID, e.Payload}
		if e.ByService {
			all[i].By = "service"
		}
	}
	return all
}

// timeline writes a verified log, one event a line.
func timeline(to io.Writer, log client.Log) {
	for _, e := range log {
		fmt.Fprintf(to, "  %s\n", describe(e))
	}
}

// describe is one line of a timeline: when, what, by whom, and what else the event says.
func describe(e client.Event) string {
	by := "the service"
	if !e.ByService {
		by = "the authority"
	}
	line := fmt.Sprintf("%s  %-19s signed by %-13s %s", e.Issued.Local().Format(time.DateTime), nameOfEvent(e), by, remark(e.Payload))
	return strings.TrimRight(line, " ")
}

// nameOfEvent is the last part of its URI.
func nameOfEvent(e client.Event) string {
	return strings.TrimPrefix(e.Type, set.CreateSubmission[:strings.LastIndexByte(set.CreateSubmission, '/')+1])
}

func remark(p set.Payload) string {
	var remarks []string
	if t := p.AuthenticationTags; t != nil {
		parts := 1 + len(t.Attachments)
		if t.Data != "" {
			parts++
		}
		remarks = append(remarks, fmt.Sprintf("names %d sealed parts", parts))
	}
	if p.NotifyType != "" {
		remarks = append(remarks, "by "+p.NotifyType)
	}
	for _, problem := range p.Problems {
		remarks = append(remarks, fmt.Sprintf("%s (%s): %s", codeOf(problem), problem.Instance, problem.Detail))
	}
	return printable(strings.Join(remarks, "; "))
}

// printable takes out of a stranger's text what could steer a terminal or forge a line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// printableLines does the same line by line.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
