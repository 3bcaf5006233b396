package broker

import (
	"time"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/routing"
)

// View is the published routes of one moment. It never changes, so what was made of it stays true as long as it compares equal to
// [Routes.View]; views with the same routes may differ. Routes are named by their numbers, 0 to Len, the oldest first.
type View struct{ s *snapshot }

// View is the routes as they are now.
func (s *Routes) View() View { return View{s.current.Load()} }

// Len is how many routes there are.
func (v View) Len() int { return len(v.s.all) }

// Route is the route of a number, shared by all callers.
func (v View) Route(n uint32) *Route { return &v.s.all[n] }

// Stored is the route of a number as it was published, without what its template says.
func (v View) Stored(n uint32) Route {
	r := v.s.all[n]
	if own, joined := v.s.own[n]; joined {
		r.Info = own
	}
	return r
}

// In appends to dst the routes that answer for a service in a region at a time: those of the nearest region that has any.
func (v View) In(service routing.Service, region routing.Region, at time.Time, dst []uint32) []uint32 {
	found, _, _ := v.s.table.Lookup(service, region, at.Unix(), dst)
	return found
}

// InAGS is In for a municipality that is only known by its AGS.
func (v View) InAGS(service routing.Service, ags routing.AGS, at time.Time, dst []uint32) []uint32 {
	found, _, _ := v.s.table.LookupAGS(service, ags, at.Unix(), dst)
	return found
}

// Explain is In with its reasons: all regions from the one asked for upwards, each with the routes that stand there.
func (v View) Explain(service routing.Service, region routing.Region, at time.Time) []routing.Step {
	return v.s.table.Explain(service, region, at.Unix())
}

// ExplainAGS is InAGS with its reasons.
func (v View) ExplainAGS(service routing.Service, ags routing.AGS, at time.Time) []routing.Step {
	return v.s.table.ExplainAGS(service, ags, at.Unix())
}

// To lists the published routes to a destination, the oldest first.
func (s *Routes) To(d DestinationID) (all []Route) {
	for _, r := range s.current.Load().all {
		if r.Destination == d {
			all = append(all, r)
		}
	}
	return all
}

// SignSnapshot signs the head of a list of all routes with the portal's key.
func (s *Routes) SignSnapshot(routes int, sum [32]byte) (string, error) {
	kid, signer, err := s.Keyring.Current(PortalKeys)
	if err != nil {
		return "", err
	}
	return attest.SignSnapshot(attest.Snapshot{
		Issuer: s.Portal, SubmissionHost: s.host(), IssuedAt: s.Now(), Routes: routes, SHA256: sum,
	}, kid, signer)
}
