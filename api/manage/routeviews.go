package manage

import (
	"fmt"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// ReadDrafts reads drafts; member is where they stand in the body.
func ReadDrafts(member string, in []wire.RouteDraft) ([]publication.Draft, error) {
	all := make([]publication.Draft, len(in))
	for i, d := range in {
		info, err := infoOf(fmt.Sprintf("%s[%d].info", member, i), d.Info)
		if err != nil {
			return nil, err
		}
		all[i] = publication.Draft{
			Key: d.Key, Destination: broker.DestinationID(d.DestinationID), Name: d.Name, Priority: d.Priority,
			From: d.From, Until: d.Until, Offline: d.Offline, Info: info,
		}
		for _, c := range d.Coverage {
			all[i].Coverage = append(all[i].Coverage, broker.Coverage(c))
		}
	}
	return all, nil
}

// viewPublished shows what is published as a draft that would change nothing.
func viewPublished(r broker.Route) wire.RouteDraft {
	d := publication.DraftOf(r)
	d.Offline = &r.Offline
	return ViewDraft(d)
}

// ViewDraft shows a draft.
func ViewDraft(d publication.Draft) wire.RouteDraft {
	view := wire.RouteDraft{
		Key: d.Key, DestinationID: string(d.Destination), Name: d.Name, Coverage: make([]wire.RouteCoverage, len(d.Coverage)), Priority: d.Priority,
		From: d.From, Until: d.Until, Offline: d.Offline, Info: viewInfo(d.Info),
	}
	for i, c := range d.Coverage {
		view.Coverage[i] = wire.RouteCoverage{Services: whole(c.Services), Regions: whole(c.Regions), Schemas: c.Schemas}
	}
	return view
}

func viewRoute(r broker.Route) wire.ManagedRoute {
	return wire.ManagedRoute{RouteDraft: viewPublished(r), RouteID: string(r.ID), AdoptionID: string(r.Adoption), PublishedAt: r.Published.UTC()}
}

func viewChange(c publication.Change) wire.RouteChange {
	view := wire.RouteChange{Key: c.Key()}
	if c.Before != nil {
		before := viewPublished(*c.Before)
		view.Before = &before
	}
	if c.After != nil {
		after := viewPublished(*c.After)
		view.After = &after
	}
	return view
}

func viewPlan(p publication.Plan, shown shownFindings) wire.RoutePlan {
	view := wire.RoutePlan{Refused: p.Refused(), Same: p.Same, Changes: make([]wire.RouteChange, len(p.Changes)), FindingCounts: []wire.FindingCount{}}
	for i, c := range p.Changes {
		view.Changes[i] = viewChange(c)
	}
	shown.of(p.Findings, &view)
	return view
}

func viewOutcome(o publication.Outcome) wire.RouteOutcome {
	view := wire.RouteOutcome{Plan: viewPlan(o.Plan, firstFindings)}
	if o.Revision != nil {
		revision := viewRevision(*o.Revision)
		view.Revision = &revision
	}
	if o.Proposal != nil {
		proposal := viewProposal(*o.Proposal)
		view.Proposal = &proposal
	}
	return view
}

func viewRevision(r publication.Revision) wire.Revision {
	return wire.Revision{
		Number: r.Number, By: r.By, ReleasedBy: r.ReleasedBy, ProposalID: string(r.Proposal), At: r.At.UTC(), Comment: r.Comment,
		Put: r.Put, Deleted: r.Deleted,
	}
}
