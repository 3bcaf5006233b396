package broker

import (
	"context"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
)

// Scope is one permission in an access token (FIT-Connect contract 2.3).
type Scope string

// The scopes of the second generation. Which destinations a subscriber may use is not in its token: it is looked up.
const (
	ScopeSend      Scope = "https://schema.fitko.de/fit-connect/oauth/scopes/send-submissions"
	ScopeSubscribe Scope = "https://schema.fitko.de/fit-connect/oauth/scopes/subscribe-destinations"
	ScopeManage    Scope = "https://schema.fitko.de/fit-connect/oauth/scopes/manage-destinations"
)

// What the scopes of the first generation begin with. They allow the same as those of the second, for one region and what is below it, for
// one service, or for one destination.
const (
	sendRegion  = "send:region:"
	sendService = "+send:service:"
	subscribeAt = "subscribe:destination:"
	manageAt    = "manage:destination:"
)

// grant reads a scope of the first generation that allows to send.
func (s Scope) grant() (Grant, bool) {
	rest, ok := strings.CutPrefix(string(s), sendRegion)
	if !ok {
		return Grant{}, false
	}
	region, service, narrowed := strings.Cut(rest, sendService)
	g := Grant{Region: region, Service: service}
	return g, g.check() == nil && narrowed == (service != "")
}

// at reads a scope of the first generation that is about one destination.
func (s Scope) at() (base Scope, d DestinationID, ok bool) {
	for prefix, base := range map[string]Scope{subscribeAt: ScopeSubscribe, manageAt: ScopeManage} {
		if rest, found := strings.CutPrefix(string(s), prefix); found {
			d, err := ParseID[DestinationID](rest)
			return base, d, err == nil
		}
	}
	return "", "", false
}

// base returns the scope of the second generation that s is a part of; itself if it is one.
func (s Scope) base() Scope {
	if _, ok := s.grant(); ok {
		return ScopeSend
	}
	if base, _, ok := s.at(); ok {
		return base
	}
	return s
}

// scope is the grant as a scope of the first generation.
func (g Grant) scope() Scope {
	if g.Service == "" {
		return Scope(sendRegion + g.Region)
	}
	return Scope(sendRegion + g.Region + sendService + g.Service)
}

func (g Grant) check() error {
	if err := checkRegion("the region of a grant", g.Region); err != nil || g.Service == "" {
		return err
	}
	return checkURN("the service of a grant", g.Service)
}

// covers reports whether all that other allows is allowed by g.
func (g Grant) covers(other Grant) bool {
	return regionCovers(g.Region, other.Region) && (g.Service == "" || g.Service == other.Service)
}

func regionCovers(outer, inner string) bool {
	o, err := routing.ParseRegion(outer)
	if err != nil {
		return false
	}
	i, err := routing.ParseRegion(inner)
	return err == nil && o.Covers(i)
}

// Scopes returns what a token of the client holds if it asks for nothing in particular.
func (c Client) Scopes() []Scope {
	switch {
	case c.Kind == Sender && len(c.Grants) == 0:
		return []Scope{ScopeSend}
	case c.Kind == Sender:
		all := make([]Scope, len(c.Grants))
		for i, g := range c.Grants {
			all[i] = g.scope()
		}
		return all
	case c.Manage:
		return []Scope{ScopeSubscribe, ScopeManage}
	default:
		return []Scope{ScopeSubscribe}
	}
}

// holds reports whether the client may have the scope in a token. Whether it is assigned to the destination that a scope names is another
// question.
func (c Client) holds(s Scope) bool {
	held := c.Scopes()
	if g, ok := s.grant(); ok {
		return slices.ContainsFunc(held, func(h Scope) bool {
			wide, narrow := h.grant()
			return h == ScopeSend || narrow && wide.covers(g)
		})
	}
	return slices.Contains(held, s.base())
}

// MaxScopes is how many scopes a token names at most, and how many grants a client has: with more of them it would be too long for a header.
const MaxScopes = 50

// Narrow returns the scopes that a token for the client is to hold: all it has, or those asked for, each of which it must have, else the
// error is Forbidden. A scope that names a destination is held by whoever is assigned to it, or may manage it.
func (s *Clients) Narrow(ctx context.Context, c Client, asked []Scope) ([]Scope, error) {
	if len(asked) == 0 {
		return c.Scopes(), nil
	}
	var granted []Scope
	for _, scope := range asked {
		if !c.holds(scope) {
			return nil, notHeld(scope)
		}
		if !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	return granted, s.Store.View(ctx, func(tx Tx) error {
		for _, scope := range granted {
			if err := c.mayUse(tx, scope); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayUse refuses a scope that names a destination which is none of the client's.
func (c Client) mayUse(tx Tx, scope Scope) error {
	base, id, named := scope.at()
	if !named {
		return nil
	}
	d, err := tx.Destination(id)
	switch {
	case isNoRow(err):
		return notHeld(scope)
	case err != nil:
		return err
	case base == ScopeSubscribe && d.AssignedTo(c.ID), base == ScopeManage && d.Org == c.Org:
		return nil
	}
	return notHeld(scope)
}

func notHeld(s Scope) error {
	return Forbidden.New("forbidden", "the client does not hold the scope %s", clip(string(s)))
}

// sendsEverything reports whether no scope of the first generation narrows what the caller may send.
func (c Caller) sendsEverything() bool { return c.operator || slices.Contains(c.Scopes, ScopeSend) }

// maySend refuses what the scopes of the token do not cover. A submission without a region goes to some region that the destination
// serves: it is enough that there is one that both cover.
func (c Caller) maySend(d Destination, service, region string) error {
	if c.sendsEverything() {
		return nil
	}
	regions := []string{region}
	if region == "" {
		offer, _ := d.Offered(service)
		regions = offer.Regions
	}
	for _, scope := range c.Scopes {
		g, ok := scope.grant()
		if !ok || g.Service != "" && g.Service != service {
			continue
		}
		if slices.ContainsFunc(regions, func(r string) bool { return regionCovers(g.Region, r) || region == "" && regionCovers(r, g.Region) }) {
			return nil
		}
	}
	return Forbidden.New("forbidden", "the access token does not allow to send this service to this region: its scopes name others")
}

// requireWhole refuses a caller that holds only a part of the scope, for some destinations.
func (c Caller) requireWhole(s Scope) error {
	if err := c.Require(s); err != nil {
		return err
	}
	if !c.operator && !slices.Contains(c.Scopes, s) {
		return Forbidden.New("forbidden", "the access token is for certain destinations only; this call needs the scope %s", s)
	}
	return nil
}

// uses refuses a token that was narrowed to other destinations.
func (c Caller) uses(d DestinationID, what Scope) error {
	if c.operator || slices.Contains(c.Scopes, what) {
		return nil
	}
	for _, scope := range c.Scopes {
		if base, at, ok := scope.at(); ok && base == what && at == d {
			return nil
		}
	}
	return Forbidden.New("forbidden", "the access token is for other destinations: its scopes do not name %s", d)
}
