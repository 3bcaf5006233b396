package publication

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// Question asks who answers for a service in a region at an instant, as things are or with changes that are not published yet.
type Question struct {
	Service string    // URN
	Region  string    // "DE…"
	At      time.Time // zero: now
	Org     broker.OrgID
	Changes *ChangeSet // of Org; nil: none
}

// Preview is the answer with its reasons.
type Preview struct {
	At      time.Time
	Answers []broker.Route // the oldest first
	Where   string         // the region at which they stand; "" if there are none
	Steps   []Step         // from the region asked for up to the whole country, also those beyond the one that answers
}

// Step is one level of the search.
type Step struct {
	Region     string
	Label      string      // the name of the area, if the catalogue has it
	Candidates []Candidate // highest priority first, then the oldest
}

// Candidate is a route and what became of it.
type Candidate struct {
	Route   broker.Route
	Verdict routing.Verdict
	Text    string // the verdict for people
}

// Preview answers a question. What is published is public; with changes it takes the right to read what belongs to their organisation.
func (p *Publisher) Preview(ctx context.Context, who broker.Caller, q Question) (answer Preview, err error) {
	service, routable := routing.ServiceFromURN(q.Service)
	if !routable {
		return Preview{}, noService(q.Service)
	}
	region, err := routing.ParseRegion(q.Region)
	if err != nil {
		return Preview{}, broker.Invalid.New("bad-request", "%s", err)
	}
	if answer.At = q.At; q.At.IsZero() {
		answer.At = p.now()
	}
	known := p.current
	if q.Changes != nil {
		known = func(ctx context.Context) (routes, error) { return p.changed(ctx, who, q) }
	}
	all, err := known(ctx)
	if err != nil {
		return Preview{}, err
	}
	for _, s := range all.explain(service, region, answer.At) {
		answer.add(s, all, p.cfg.Areas())
	}
	return answer, nil
}

// routes is those of everybody, by age, with the table that answers.
type routes struct {
	route   func(number uint32) broker.Route
	explain func(routing.Service, routing.Region, time.Time) []routing.Step
}

// current is what look-ups answer from. It is in memory already; a change that this node was not told of yet is followed first.
func (p *Publisher) current(ctx context.Context) (routes, error) {
	err := p.cfg.Routes.Follow(ctx)
	view := p.cfg.Routes.View()
	return routes{func(n uint32) broker.Route { return *view.Route(n) }, view.Explain}, err
}

// changed is what it would be with the changes in question.
func (p *Publisher) changed(ctx context.Context, who broker.Caller, q Question) (routes, error) {
	var all []broker.Route
	if err := p.look(ctx, who, q.Org, func(w *world) error {
		plan, err := w.resolve(*q.Changes)
		if err != nil {
			return err
		}
		all = w.after(plan.Changes)
		return plan.refusal()
	}); err != nil {
		return routes{}, err
	}
	table, err := broker.RouteTable(convert(all, func(r broker.Route) broker.Route { return only(r, []string{q.Service}) }))
	return routes{
		func(n uint32) broker.Route { return all[n] },
		func(s routing.Service, r routing.Region, at time.Time) []routing.Step {
			return table.Explain(s, r, at.Unix())
		},
	}, err
}

func (a *Preview) add(s routing.Step, all routes, areas *area.Catalogue) {
	step := Step{Region: s.Region.String()}
	if known, ok := areas.ByARS(strings.TrimPrefix(step.Region, "DE")); ok {
		step.Label = areas.Label(known)
	}
	for _, c := range s.Candidates {
		r := all.route(c.Route)
		if c.Verdict == routing.Answers {
			a.Answers = append(a.Answers, r)
			a.Where = step.Region
		}
		step.Candidates = append(step.Candidates, Candidate{Route: r, Verdict: c.Verdict, Text: words(r, c.Verdict)})
	}
	a.Steps = append(a.Steps, step)
}

// words says a verdict for people.
func words(r broker.Route, v routing.Verdict) string {
	switch v {
	case routing.LowerPriority:
		return fmt.Sprintf("another one here has a higher priority than %d", r.Priority)
	case routing.NotYet:
		return "is not in force before " + stamp(r.From)
	case routing.NoLonger:
		return "was in force until " + stamp(r.Until)
	case routing.Offline:
		return "is offline and keeps its place: nobody above answers for it"
	case routing.PassedOver:
		return "a nearer region is served"
	}
	return "answers"
}
