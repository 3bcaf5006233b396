package publication

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

var keyPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._/-]{0,99}$`)

const maxPriority = 1_000_000 // up and down

func (plan *Plan) refuse(code Code, key, text string, args ...any) {
	plan.add(Finding{Severity: Refuses, Code: code, Key: key, Text: fmt.Sprintf(text, args...)})
}

func (plan *Plan) add(f Finding) { plan.Findings = append(plan.Findings, f) }

// wellFormed adds what is wrong with a draft by itself, and reports whether nothing is. was is the route that it changes.
func (plan *Plan) wellFormed(d Draft, was *broker.Route) bool {
	n := len(plan.Findings)
	plan.checkName(d, was)
	plan.checkTime(d)
	plan.checkCoverage(d)
	return len(plan.Findings) == n
}

func (plan *Plan) checkName(d Draft, was *broker.Route) {
	if was == nil && !keyPattern.MatchString(d.Key) {
		plan.refuse(BadDraft, d.Key, "the key %.120q must have 1 to 100 small letters, digits and . _ - /, and begin with a letter or digit", d.Key)
	}
	if was != nil && was.Adoption != d.Adoption {
		plan.refuse(OfTemplate, d.Key, "the route %s belongs to the adoption of a template: change it there, or choose another key", d.Key)
	}
	for _, err := range []error{broker.CheckName("the name", d.Name), d.Info.Check()} {
		if err != nil {
			plan.refuse(BadDraft, d.Key, "%s", detail(err))
		}
	}
	if d.Priority < -maxPriority || d.Priority > maxPriority {
		plan.refuse(BadDraft, d.Key, "the priority must be %d to %d: 0 is usual, and the highest at a region is answered", -maxPriority, maxPriority)
	}
}

// detail is what an error says to callers.
func detail(err error) string {
	var known *broker.Error
	if errors.As(err, &known) {
		return known.Detail
	}
	return err.Error()
}

func (plan *Plan) checkTime(d Draft) {
	for _, t := range []time.Time{d.From, d.Until} {
		if !t.IsZero() && (t.Unix() <= 0 || t.Year() > 9999) {
			plan.refuse(BadWindow, d.Key, "from and until must lie in the years 1970 to 9999; leave out what is to be open")
			return
		}
	}
	if !d.From.IsZero() && !d.Until.IsZero() && !d.From.Truncate(time.Second).Before(d.Until.Truncate(time.Second)) {
		plan.refuse(BadWindow, d.Key, "until, %s, must be later than from, %s: swap them, or leave one out", stamp(d.Until), stamp(d.From))
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (plan *Plan) checkCoverage(d Draft) {
	if len(d.Coverage) == 0 {
		plan.refuse(NoCoverage, d.Key, "a route covers at least one service in one region: name them, or delete the route")
	}
	for i, c := range d.Coverage {
		if len(c.Services) == 0 || len(c.Regions) == 0 {
			plan.refuse(NoCoverage, d.Key, "coverage %d names no service or no region: name both, or leave it out", i+1)
		}
		for _, urn := range c.Services {
			if !routing.IsURN(urn) {
				plan.refuse(BadDraft, d.Key, "%.80q is not the URN of a service, like urn:de:fim:leika:leistung:99050012104000", urn)
			}
		}
		for _, text := range c.Regions {
			if r, err := routing.ParseRegion(text); err != nil || !r.Canonical() {
				plan.refuse(BadRegion, d.Key, "%.20q is not a region that a route can stand at: write DE and 0, 2, 3, 5, 9 or 12 digits of an ARS, like DE05515", text)
			}
		}
	}
}
