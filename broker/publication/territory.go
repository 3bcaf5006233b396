package publication

import (
	"slices"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// span is services, all if none is named, in a region and all that it covers: what grants and consents are about.
type span struct {
	services []string
	region   routing.Region
}

func spanOf(services []string, region string) (span, error) {
	r, err := routing.ParseRegion(region)
	return span{services, r}, err
}

func (s span) names(service string) bool {
	return len(s.services) == 0 || slices.Contains(s.services, service)
}

// covers reports whether all of a place lies in it.
func (s span) covers(service string, region routing.Region) bool {
	return s.region.Covers(region) && s.names(service)
}

// touches reports whether a part of a place lies in it.
func (s span) touches(service string, region routing.Region) bool {
	return (s.region.Covers(region) || region.Covers(s.region)) && s.names(service)
}

// territory is all grants, and the consents to one organisation.
type territory struct {
	org      broker.OrgID
	grants   map[broker.OrgID][]span
	consents map[broker.OrgID][]span // by who gave them; "" is the operator
}

func readTerritory(tx broker.Tx, org broker.OrgID) (territory, error) {
	t := territory{org: org, grants: map[broker.OrgID][]span{}, consents: map[broker.OrgID][]span{}}
	grants, err := whole[grantRecord](func(p broker.Page) ([]broker.Entry, int, error) { return tx.Entries(grantEntries, p) })
	if err != nil {
		return t, err
	}
	for _, g := range grants {
		if err := add(t.grants, g.Org, g.Services, g.Region); err != nil {
			return t, err
		}
	}
	consents, err := consentsTo(tx, org)
	if err != nil {
		return t, err
	}
	for _, c := range consents {
		if err := add(t.consents, c.From, c.Services, c.Region); err != nil {
			return t, err
		}
	}
	return t, nil
}

func add(to map[broker.OrgID][]span, org broker.OrgID, services []string, region string) error {
	s, err := spanOf(services, region)
	to[org] = append(to[org], s)
	return err
}

// granted reports whether a place lies in a grant of the organisation.
func (t territory) granted(service string, region routing.Region) bool {
	return slices.ContainsFunc(t.grants[t.org], func(s span) bool { return s.covers(service, region) })
}

// protects reports whether another organisation is to be asked about a place where it has a route: whether it has a grant for a part of it.
func (t territory) protects(other broker.OrgID, service string, region routing.Region) bool {
	return slices.ContainsFunc(t.grants[other], func(s span) bool { return s.touches(service, region) })
}

// consented reports whether another organisation, or the operator for it, agreed to what the organisation does at a place.
func (t territory) consented(other broker.OrgID, service string, region routing.Region) bool {
	agrees := func(s span) bool { return s.covers(service, region) }
	return slices.ContainsFunc(t.consents[other], agrees) || slices.ContainsFunc(t.consents[""], agrees)
}
