package publication_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// The model answers by brute force over the texts of regions, as FIT-Connect contract 5.6 and the package doc say, and knows nothing of tables.

// question asks for a service in a region, or for an AGS, at an instant.
type question struct {
	service, region, ags string
	at                   time.Time
}

func (q question) String() string {
	return fmt.Sprintf("%s %s%s at %s", q.service[len(q.service)-5:], q.region, q.ags, q.at.Format(time.DateOnly))
}

// answer is who answers, and the regions at which they stand.
type answer struct {
	routes  []broker.Route
	regions []string
}

// askRegion goes from the digits of a region upwards.
func askRegion(all []broker.Route, q question) answer {
	for _, n := range []int{12, 9, 5, 3, 2, 0} {
		digits := strings.TrimPrefix(q.region, "DE")
		if n > len(digits) {
			continue
		}
		if got, someone := at(all, q.service, "DE"+digits[:n], q.at); someone {
			return got
		}
	}
	return answer{}
}

// askAGS asks at every municipality with the AGS, then from its Kreis upwards.
func askAGS(all []broker.Route, q question) answer {
	var got answer
	someone := false
	for _, r := range municipalities(all) {
		if r[2:7]+r[11:] != q.ags {
			continue
		}
		here, stands := at(all, q.service, r, q.at)
		someone = someone || stands
		got.routes, got.regions = append(got.routes, here.routes...), append(got.regions, here.regions...)
	}
	if someone {
		return got
	}
	q.region, q.ags = "DE"+q.ags[:5], ""
	return askRegion(all, q)
}

func municipalities(all []broker.Route) (regions []string) {
	for _, r := range all {
		for _, c := range r.Coverage {
			for _, region := range c.Regions {
				if len(region) == 14 && !slices.Contains(regions, region) {
					regions = append(regions, region)
				}
			}
		}
	}
	slices.Sort(regions)
	return regions
}

// at is who answers at exactly a region; someone is true if a route in force stands there at all.
func at(all []broker.Route, service, region string, now time.Time) (got answer, someone bool) {
	best := 0
	for _, r := range all {
		if !stands(r, service, region, now) {
			continue
		}
		someone = true
		switch {
		case r.Offline:
		case len(got.routes) == 0 || r.Priority > best:
			got, best = answer{[]broker.Route{r}, []string{region}}, r.Priority
		case r.Priority == best:
			got.routes, got.regions = append(got.routes, r), append(got.regions, region)
		}
	}
	return got, someone
}

func stands(r broker.Route, service, region string, now time.Time) bool {
	return r.InForce(now) && slices.ContainsFunc(r.Coverage, func(c broker.Coverage) bool {
		return slices.Contains(c.Services, service) && slices.Contains(c.Regions, region)
	})
}

func ask(all []broker.Route, q question) answer {
	if q.ags != "" {
		return askAGS(all, q)
	}
	return askRegion(all, q)
}

// of are the IDs of an organisation's routes in an answer.
func (a answer) of(org broker.OrgID) (ids []broker.RouteID) {
	for _, r := range a.routes {
		if r.Org == org {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func (a answer) orgs() (orgs []broker.OrgID) {
	for _, r := range a.routes {
		orgs = append(orgs, r.Org)
	}
	slices.Sort(orgs)
	return slices.Compact(orgs)
}
