package route

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// mostCandidates are named at one level.
const mostCandidates = 100

// explanation says how an answer comes about. It tells nothing that the snapshot does not: routes are public, who administers them is not.
type explanation struct {
	view  broker.View
	areas *area.Catalogue
	at    time.Time
}

func (e explanation) of(q question) *wire.Explanation {
	out := &wire.Explanation{
		At: e.at.UTC().Truncate(time.Second), Parameter: q.parameter, Value: q.value, Levels: []wire.Level{},
	}
	if a := q.place.area; a != nil {
		shown := areaOf(e.areas, *a)
		out.Area = &shown
	}
	if q.place.nowhere {
		out.Outcome = "Nobody answers: the catalogue of areas does not have this id."
		return out
	}
	out.Notes = q.notes()
	if q.place.ags == nil {
		out.Region = q.place.region.String()
	}
	steps := e.steps(q)
	for _, step := range steps {
		out.Levels = append(out.Levels, e.level(step))
	}
	out.Outcome = e.outcome(steps)
	return out
}

func (e explanation) steps(q question) []routing.Step {
	if q.place.ags != nil {
		return e.view.ExplainAGS(q.service, *q.place.ags, e.at)
	}
	return e.view.Explain(q.service, q.place.region, e.at)
}

func (e explanation) level(step routing.Step) wire.Level {
	named := step.Candidates[:min(len(step.Candidates), mostCandidates)]
	level := wire.Level{
		Region: step.Region.String(), Name: e.name(step.Region), Candidates: []wire.Candidate{}, Omitted: len(step.Candidates) - len(named),
	}
	for _, c := range named {
		r := e.view.Route(c.Route)
		verdict, reason := e.words(c.Verdict, r)
		level.Candidates = append(level.Candidates, wire.Candidate{
			DestinationID: string(r.Destination), DestinationName: r.Name, Priority: r.Priority, From: r.From.UTC(), Until: r.Until.UTC(),
			Verdict: verdict, Reason: reason,
		})
	}
	return level
}

// name is that of an area, "" if the catalogue does not have it.
func (e explanation) name(r routing.Region) string {
	if r == (routing.Region{}) {
		return "Deutschland"
	}
	if a, ok := e.areas.ByARS(r.ARS()); ok {
		return e.areas.Label(a)
	}
	return ""
}

// words are the verdict for programs and for people.
func (e explanation) words(v routing.Verdict, r *broker.Route) (code, reason string) {
	switch v {
	case routing.Answers:
		return "answers", "It is in force, and nothing nearer or of a higher priority is."
	case routing.LowerPriority:
		return "lower-priority", "Another route for the same area has a higher priority."
	case routing.NotYet:
		return "not-yet", "It is in force from " + stamp(r.From) + " on."
	case routing.NoLonger:
		return "no-longer", "It was in force until " + stamp(r.Until) + "."
	case routing.Offline:
		return "offline", "It was taken offline by its owner. It keeps its place, so that nobody answers instead who is not responsible."
	}
	return "passed-over", "A nearer area has a route that is in force."
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// outcome is the whole search in a sentence.
func (e explanation) outcome(steps []routing.Step) string {
	offline := ""
	for _, step := range steps {
		answers := 0
		for _, c := range step.Candidates {
			switch c.Verdict {
			case routing.Answers:
				answers++
			case routing.Offline:
				offline = e.called(step.Region)
			}
		}
		if answers > 0 {
			return fmt.Sprintf("%d of the routes for %s answer: it is the nearest area with a route that is in force.", answers, e.called(step.Region))
		}
	}
	if offline != "" {
		return fmt.Sprintf("Nobody answers: the routes for %s are offline.", offline)
	}
	return "Nobody answers: no area from here up to the whole country has a route for this service that is in force."
}

// called is an area for people.
func (e explanation) called(r routing.Region) string {
	if name := e.name(r); name != "" {
		return name + " (" + r.String() + ")"
	}
	return r.String()
}
