package broker

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/routing"
)

// Routes say which destination serves a service in an area. Look-ups read an immutable snapshot in memory; a publication writes
// the store first and then replaces the snapshot.
type Routes struct {
	*core
	current atomic.Pointer[snapshot]
	reload  sync.Mutex // held from reading the store to replacing current, so that the newest wins
}

// snapshot is the published routes with the table whose handles are indexes into all.
type snapshot struct {
	table *routing.Table
	all   []Route
}

// RouteDraft is what an owner wants to publish.
type RouteDraft struct {
	Destination DestinationID
	Name        string // the authority's name, for people
	Coverage    []Coverage
}

// Publish signs the addressing information of a draft and puts the route into the table. The destination must be the caller's and offer what is
// published. A route stays in the table while its destination is inactive: falling back past it would send an application to an
// authority that is not responsible, where the sender is better told that the destination takes nothing now.
func (s *Routes) Publish(ctx context.Context, who Caller, draft RouteDraft) (Route, error) {
	if err := who.Require(ScopeManage); err != nil {
		return Route{}, err
	}
	route := Route{
		ID: NewID[RouteID](), Org: who.Org, Destination: draft.Destination, Name: draft.Name,
		Coverage: draft.Coverage, Published: s.Now(),
	}
	if _, err := entriesOf(route, 0); err != nil {
		return Route{}, err
	}
	var err error
	if route.Signature, err = s.attest(route); err != nil {
		return Route{}, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := publishable(tx, who, draft); err != nil {
			return err
		}
		return tx.PutRoute(route)
	})
	if err != nil {
		return Route{}, err
	}
	return route, s.Reload(ctx)
}

// publishable refuses a draft for a foreign destination, or for what the destination does not offer.
func publishable(tx Tx, who Caller, draft RouteDraft) error {
	d, err := tx.Destination(draft.Destination)
	if err != nil {
		return noDestination(err, draft.Destination)
	}
	if !d.managedBy(who) {
		return Forbidden.New("forbidden", "the destination belongs to another organisation")
	}
	if d.Status == DestinationDecommissioned {
		return Unprocessable.New("destination-state-invalid", "the destination is decommissioned: it takes nothing any more")
	}
	for _, c := range draft.Coverage {
		for _, service := range c.Services {
			if err := d.offersAll(service, c.Regions); err != nil {
				return err
			}
		}
	}
	return nil
}

// offersAll refuses regions that the destination's offer for the service does not cover.
func (d Destination) offersAll(service string, regions []string) error {
	offer, ok := d.Offered(service)
	if !ok {
		return Unprocessable.New("service-not-offered", "the destination does not offer the service %s", service)
	}
	for _, region := range regions {
		if !offer.covers(region) {
			return Unprocessable.New("region-not-served", "the destination does not offer %s in %s", service, region)
		}
	}
	return nil
}

func (o OfferedService) covers(region string) bool {
	wanted, err := routing.ParseRegion(region)
	if err != nil {
		return false
	}
	for _, served := range o.Regions {
		if r, err := routing.ParseRegion(served); err == nil && r.Covers(wanted) {
			return true
		}
	}
	return false
}

// withdrawRoutes takes the routes of a destination that will take nothing any more out of the store; the caller reloads the table.
func withdrawRoutes(tx Tx, d DestinationID) error {
	all, err := tx.Routes()
	for _, r := range all {
		if r.Destination == d && err == nil {
			err = tx.DeleteRoute(r.ID)
		}
	}
	return err
}

// Reattest signs the routes anew whose addressing information names another host or portal than this installation has now: its
// address was changed, and senders would refuse what the old one attested. It does not put them into the table.
func (s *Routes) Reattest(ctx context.Context) error {
	var all []Route
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		all, err = tx.Routes()
		return err
	}); err != nil {
		return err
	}
	for _, r := range all {
		claims, err := attest.Parse(r.Signature)
		if err == nil && claims.SubmissionHost == s.host() && claims.Issuer == s.Portal {
			continue
		}
		if r.Signature, err = s.attest(r); err != nil {
			return err
		}
		if err := s.Store.Update(ctx, func(tx Tx) error { return tx.PutRoute(r) }); err != nil {
			return err
		}
	}
	return nil
}

// attest signs the addressing information of a route with the portal's key.
func (s *Routes) attest(r Route) (string, error) {
	kid, signer, err := s.Keyring.Current(PortalKeys)
	if err != nil {
		return "", err
	}
	claims := attest.Claims{
		SubmissionHost: s.host(), Issuer: s.Portal, DestinationID: string(r.Destination),
		IssuedAt: r.Published, ID: NewID[string](),
	}
	for _, c := range r.Coverage {
		claims.Services = append(claims.Services, attest.Service{Regions: arsOf(c.Regions), Services: c.Services})
	}
	return attest.Sign(claims, kid, signer)
}

// host is the name under which senders know the Submission API (FIT-Connect contract 5.5).
func (s *Routes) host() string {
	u, err := url.Parse(s.Issuer)
	if err != nil {
		return s.Issuer
	}
	return u.Host
}

func arsOf(regions []string) []string {
	digits := make([]string, len(regions))
	for i, r := range regions {
		digits[i] = strings.TrimPrefix(r, "DE")
	}
	return digits
}

// Reload reads all routes from the store and replaces the snapshot.
func (s *Routes) Reload(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	var fresh snapshot
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		fresh.all, err = tx.Routes()
		return err
	}); err != nil {
		return err
	}
	var entries []routing.Entry
	ranks := make([]routing.Rank, len(fresh.all))
	for i, r := range fresh.all {
		ranks[i] = rankOf(r)
		more, err := entriesOf(r, uint32(i))
		if err != nil {
			return err
		}
		entries = append(entries, more...)
	}
	var err error
	if fresh.table, err = routing.Build(entries, ranks); err != nil {
		return err
	}
	s.current.Store(&fresh)
	return nil
}

// rankOf is what decides about a route in the table, which counts in whole seconds: a fraction begins the next one.
func rankOf(r Route) routing.Rank {
	return routing.Rank{Priority: r.Priority, From: secondOf(r.From), Until: secondOf(r.Until), Offline: r.Offline}
}

func secondOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// entriesOf lists the coverage of a route for the table. Services without a 14-digit key cannot be asked for by key; they are
// part of the addressing information only.
func entriesOf(r Route, handle uint32) ([]routing.Entry, error) {
	if len(r.Coverage) == 0 {
		return nil, badRequest("a route covers at least one service in one region")
	}
	var entries []routing.Entry
	for _, c := range r.Coverage {
		for _, region := range c.Regions {
			at, err := routing.ParseRegion(region)
			if err != nil || !at.Canonical() {
				return nil, badRequest("a route names regions as DE with 0, 2, 3, 5, 9 or 12 digits, not %q", clip(region))
			}
			for _, urn := range c.Services {
				if service, ok := routing.ServiceFromURN(urn); ok {
					entries = append(entries, routing.Entry{Service: service, Region: at, Route: handle})
				}
			}
		}
	}
	return entries, nil
}

// In returns the routes for a service in a region: those of the nearest region that has any.
func (s *Routes) In(service routing.Service, region routing.Region) []Route {
	now := s.current.Load()
	handles, _, _ := now.table.Lookup(service, region, s.Now().Unix(), nil)
	return now.pick(handles)
}

// InAGS is In for a municipality that is only known by its AGS.
func (s *Routes) InAGS(service routing.Service, ags routing.AGS) []Route {
	now := s.current.Load()
	handles, _, _ := now.table.LookupAGS(service, ags, s.Now().Unix(), nil)
	return now.pick(handles)
}

func (s *snapshot) pick(handles []uint32) []Route {
	picked := make([]Route, len(handles))
	for i, h := range handles {
		picked[i] = s.all[h]
	}
	return picked
}
