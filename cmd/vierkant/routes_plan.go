package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing/sheet"
)

// shownPlan is a plan as people read it; places are where its routes stand in the file.
type shownPlan struct {
	wire.RoutePlan
	places  map[string]sheet.At
	skipped int // findings before those that are there
}

func (p shownPlan) write(to io.Writer) {
	writeChanges(to, p.Changes)
	fmt.Fprintln(to, p.counts())
	if len(p.Findings) == 0 {
		return
	}
	fmt.Fprintln(to)
	for _, f := range p.Findings {
		fmt.Fprintf(to, "%s %s%s: %s\n", f.Severity, printable(f.Code), p.about(f), printable(f.Text))
	}
	p.writeMore(to)
}

// writeMore says what there is beside the findings that are shown, and how to see it.
func (p shownPlan) writeMore(to io.Writer) {
	if len(p.Findings) >= p.TotalFindings {
		return
	}
	fmt.Fprintf(to, "\nThese are %d of %d findings.", len(p.Findings), p.TotalFindings)
	if next := p.skipped + len(p.Findings); next < p.TotalFindings {
		fmt.Fprintf(to, " For those that follow: vierkant routes plan FILE --skip %d …", next)
	}
	fmt.Fprintln(to, " For one kind alone: --code CODE")
	for _, c := range p.FindingCounts {
		fmt.Fprintf(to, "  %s %s: %d\n", c.Severity, printable(c.Code), c.Total)
	}
}

func (p shownPlan) about(f wire.RouteFinding) string {
	if f.Key == "" {
		return ""
	}
	if at, known := p.places[f.Key]; known && at.Line > 0 {
		return fmt.Sprintf(", %s (line %d)", printable(f.Key), at.Line)
	}
	return ", " + printable(f.Key)
}

func (p shownPlan) counts() string {
	fresh, changed, gone := 0, 0, 0
	for _, c := range p.Changes {
		switch {
		case c.Before == nil:
			fresh++
		case c.After == nil:
			gone++
		default:
			changed++
		}
	}
	if len(p.Changes) == 0 {
		return "Nothing to change."
	}
	return fmt.Sprintf("%d to add, %d to change, %d to delete.", fresh, changed, gone)
}

// refusal is the error of a plan that would be refused.
func (p shownPlan) refusal() error {
	if !p.Refused {
		return nil
	}
	errors := 0
	for _, c := range p.FindingCounts {
		if c.Severity == "error" {
			errors += c.Total
		}
	}
	return fmt.Errorf("the routes break the rules in %d points; nothing was changed", errors)
}

// shownOutcome is what became of a change as people read it.
type shownOutcome struct {
	wire.RouteOutcome
	places map[string]sheet.At
}

func (o shownOutcome) write(to io.Writer) {
	shownPlan{RoutePlan: o.Plan, places: o.places}.write(to)
	switch {
	case o.Proposal != nil:
		fmt.Fprintf(to, "\nProposed, and not published yet. Another person looks at it and releases it:\n  vierkant proposals show %s …\n", o.Proposal.ProposalID)
		fmt.Fprintf(to, "  vierkant proposals release %s --digest %s …\n", o.Proposal.ProposalID, o.Proposal.Digest)
	case o.Revision != nil:
		fmt.Fprintf(to, "\nPublished as revision %d. To go back: vierkant routes rollback --to %d …\n", o.Revision.Number, o.Revision.Number-1)
	}
}

// writeChanges writes a difference: + what is new, - what goes, ~ what changes.
func writeChanges(to io.Writer, changes []wire.RouteChange) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, c := range changes {
		switch {
		case c.Before == nil:
			fmt.Fprintf(table, "+ %s\t%s\n\t%s\n", printable(c.Key), printable(c.After.Name), coverageText(c.After.Coverage))
		case c.After == nil:
			fmt.Fprintf(table, "- %s\t%s\n\t%s\n", printable(c.Key), printable(c.Before.Name), coverageText(c.Before.Coverage))
		default:
			fmt.Fprintf(table, "~ %s\t%s\n", printable(c.Key), printable(c.After.Name))
			for _, line := range differences(*c.Before, *c.After) {
				fmt.Fprintf(table, "\t%s\n", printable(line))
			}
		}
	}
	table.Flush()
}

// differences says which members of a route change, and how where that fits on a line.
func differences(before, after wire.RouteDraft) (lines []string) {
	online := func(d wire.RouteDraft) string {
		if d.Offline != nil && *d.Offline {
			return "offline"
		}
		return "online"
	}
	for _, m := range []struct{ name, before, after string }{
		{"name", before.Name, after.Name},
		{"destination", before.DestinationID, after.DestinationID},
		{"coverage", coverageText(before.Coverage), coverageText(after.Coverage)},
		{"priority", fmt.Sprint(before.Priority), fmt.Sprint(after.Priority)},
		{"from", routesheet.Edge(before.From), routesheet.Edge(after.From)},
		{"until", routesheet.Edge(before.Until), routesheet.Edge(after.Until)},
		{"state", online(before), online(after)},
	} {
		if m.before != m.after {
			lines = append(lines, fmt.Sprintf("%s: %s -> %s", m.name, orNone(m.before), orNone(m.after)))
		}
	}
	if asText(before.Coverage) != asText(after.Coverage) && coverageText(before.Coverage) == coverageText(after.Coverage) {
		lines = append(lines, "coverage: other services, regions or schemas, as many as before")
	}
	if asText(before.Info) != asText(after.Info) {
		lines = append(lines, "info: other texts")
	}
	return lines
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func asText(value any) string {
	raw, _ := json.Marshal(value) // it came as JSON
	return string(raw)
}

// coverageText is what a route covers: named where that is short, else counted.
func coverageText(all []wire.RouteCoverage) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = few(each(c.Services, shortService), "services") + " in " + few(c.Regions, "regions")
	}
	return few(texts, "kinds of coverage")
}

func shortService(urn string) string { return strings.TrimPrefix(urn, "urn:de:fim:leika:leistung:") }

func few(texts []string, kind string) string {
	const named = 3
	if len(texts) <= named {
		return printable(strings.Join(texts, ", "))
	}
	return fmt.Sprintf("%d %s", len(texts), kind)
}
