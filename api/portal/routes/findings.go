package routes

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker/publication"
)

// group is all findings of a kind in a plan: what it means in plain words, and the first ones exactly.
type group struct {
	Severity, Meaning string
	Total, More       int
	Findings          []found
}

// found is one finding.
type found struct {
	Key     string
	Service Name
	Region  Name
	Count   int
	Exact   string // what the service says, in English
}

// toldFindings is how many findings of a kind are shown.
const toldFindings = 10

// groups puts findings together, which come in order: what refuses first.
func (n names) groups(all []publication.Finding) (groups []group) {
	at := map[publication.Code]int{}
	for _, f := range all {
		i, known := at[f.Code]
		if !known {
			i = len(groups)
			at[f.Code] = i
			groups = append(groups, group{Severity: string(f.Severity), Meaning: n.v.T("finding." + string(f.Code))})
		}
		g := &groups[i]
		g.Total++
		if len(g.Findings) == toldFindings {
			g.More++
			continue
		}
		one := found{Key: f.Key, Count: f.Count, Exact: f.Text}
		if f.Service != "" {
			one.Service = n.service(f.Service)
		}
		if f.Region != "" {
			one.Region = n.region(f.Region)
		}
		g.Findings = append(g.Findings, one)
	}
	return groups
}

// planned is a plan as pages show it.
type planned struct {
	Groups            []group
	Changes           []change
	Pager             page.Pager
	New, Changed      int
	Gone, Same, Total int
	Refused, Warns    bool
}

// plan shows a page of the changes, and all kinds of findings.
func (n names) plan(p publication.Plan) planned {
	asked := n.v.Page()
	from := min(asked.Offset, len(p.Changes))
	some := p.Changes[from:min(from+asked.Limit, len(p.Changes))]
	view := planned{
		Groups: n.groups(p.Findings), Changes: n.changes(some), Pager: n.v.Pager(len(some), len(p.Changes)), Same: p.Same, Total: len(p.Changes), Refused: p.Refused(),
	}
	for _, c := range p.Changes {
		switch {
		case c.Before == nil:
			view.New++
		case c.After == nil:
			view.Gone++
		default:
			view.Changed++
		}
	}
	for _, g := range view.Groups {
		view.Warns = view.Warns || g.Severity == string(publication.Warns)
	}
	return view
}
