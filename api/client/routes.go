package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

const (
	maxRoutes = 5_000
	maxPlaces = 20_000 // more than there are areas
)

// Area says where a service is wanted. Exactly one of ARS, AGS and ID is set.
type Area struct {
	ARS string // Amtlicher Regionalschlüssel, 2, 3, 5, 9 or 12 digits
	AGS string // Amtlicher Gemeindeschlüssel, 2, 3, 5 or 8 digits
	ID  string // id of a [Place]; see [Client.Routes] for what cannot be checked then

	// Former takes the routing service's word, which nobody signs, that an area whose key was given up is a part of another one today. Without it such an
	// area is refused, and the error says what the service says.
	Former bool
}

// Route is a destination whose responsibility the portal has attested for the service and area that were asked for.
type Route struct {
	DestinationID DestinationID
	Name          string   // for people
	Service       string   // URN, to put into the [Application]
	Region        string   // "DE" and the ARS asked for, or of today, which the portal attests; "" if the question did not tell it
	Attested      []string // the areas that the portal attests for the service: ARS without zero padding, "" for the country
	Moved         string   // what the routing service says about an area that is a part of another one today; "": it was not needed. See [Area.Former]
	Signature     string   // destinationSignature, verified
}

// Place is an area found by name or postcode.
type Place struct {
	ID   string // digits
	Name string
	Type string // like "Kreisfreie Stadt"
	ARS  string // "" where the service does not tell it
}

// Area returns how to ask for the routes of a place: by its ARS if it is known, since that is what the portal attests.
func (p Place) Area() Area {
	if p.ARS != "" {
		return Area{ARS: p.ARS}
	}
	return Area{ID: p.ID}
}

// RouteError means: a route does not hold. None of the answer is to be believed then.
type RouteError struct {
	Destination string // as the route names it
	Err         error
}

// Error names the destination and the reason.
func (e *RouteError) Error() string {
	return fmt.Sprintf("route to destination %.40q: %v", e.Destination, e.Err)
}

func (e *RouteError) Unwrap() error { return e.Err }

// Routes asks which destinations serve a service (key of 14 digits) in an area, and verifies the addressing information of each
// against the portal's keys: host, issuer, destination, service and area (FIT-Connect contract 5.2, 5.5). No route is not an
// error. A route that does not hold is a [*RouteError]; none is left out.
//
// An AGS does not name the association that a municipality belongs to: a route of an association is held against the Kreis. An ID
// says nothing about where an area is: only the service is checked, and the caller decides by [Route.Attested].
func (c *Client) Routes(ctx context.Context, serviceKey string, area Area) ([]Route, error) {
	if c.base.routing == "" {
		return nil, fmt.Errorf("%w: RoutingURL is missing", ErrConfig)
	}
	service, err := routing.ParseKey(serviceKey)
	if err != nil {
		return nil, err
	}
	where, err := area.read()
	if err != nil {
		return nil, err
	}
	found, err := c.routeList(service, where).all(ctx, maxRoutes)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	trust, err := c.Trust(ctx)
	if err != nil {
		return nil, err
	}
	return c.hold(ctx, trust.judge(c.now()), found, service, area)
}

// Explain says how the routes for a service in an area come about: which areas were looked at, which route answers and why the others
// do not. It is for people, and nothing of it is signed. Services that do not explain give nil.
func (c *Client) Explain(ctx context.Context, serviceKey string, area Area) (*wire.Explanation, error) {
	if c.base.routing == "" {
		return nil, fmt.Errorf("%w: RoutingURL is missing", ErrConfig)
	}
	service, err := routing.ParseKey(serviceKey)
	if err != nil {
		return nil, err
	}
	where, err := area.read()
	if err != nil {
		return nil, err
	}
	query := url.Values{"leikaKey": {service.String()}, where.parameter: {where.value}, "explain": {"1"}}
	var list wire.RouteList
	if err := c.search(ctx, "/v2/routes", query, 0, 1, &list); err != nil || list.Explanation == nil {
		return nil, err
	}
	show(list.Explanation)
	return list.Explanation, nil
}

// show makes the texts of an explanation fit for a terminal.
func show(e *wire.Explanation) {
	e.Outcome = printable(e.Outcome)
	for i := range e.Notes {
		e.Notes[i] = printable(e.Notes[i])
	}
	if e.Area != nil {
		e.Area.Name = printable(e.Area.Name)
	}
	for i := range e.Levels {
		level := &e.Levels[i]
		level.Name, level.Region = printable(level.Name), printable(level.Region)
		for k := range level.Candidates {
			c := &level.Candidates[k]
			c.DestinationName, c.Reason, c.Verdict = printable(c.DestinationName), printable(c.Reason), printable(c.Verdict)
			c.DestinationID = printable(c.DestinationID)
		}
	}
}

func (c *Client) routeList(service routing.Service, where place) page[wire.Route] {
	return func(ctx context.Context, offset, limit int) ([]wire.Route, int, error) {
		query := url.Values{"leikaKey": {service.String()}, where.parameter: {where.value}}
		var list wire.RouteList
		err := c.search(ctx, "/v2/routes", query, offset, limit, &list)
		return list.Routes, list.TotalCount, err
	}
}

// search reads one page of a public list of the Routing API.
func (c *Client) search(ctx context.Context, path string, query url.Values, offset, limit int, into any) error {
	query.Set("offset", strconv.Itoa(offset))
	query.Set("limit", strconv.Itoa(limit))
	a, err := c.transport.do(ctx, call{
		method: http.MethodGet, url: c.base.routing + path + "?" + query.Encode(), limit: logLimit,
	})
	if err != nil {
		return err
	}
	return a.decode(into)
}

// judge decides whether a route holds, without any network.
type judge struct {
	host, portal string // who may be named in it
	keys         keySet // of the portal
	now          time.Time
}

func (j judge) route(found wire.Route, service routing.Service, where place) (Route, error) {
	id, err := ParseID(DestinationID(found.DestinationID))
	if err != nil {
		return Route{}, err
	}
	claims, err := attest.Parse(found.DestinationSignature)
	if err != nil {
		return Route{}, err
	}
	attested := areasOf(claims, service.URN())
	ars, ok := where.within(attested)
	if !ok {
		return Route{}, fmt.Errorf("%w: %s is attested for %q", attest.ErrNotCovered, service, attested)
	}
	_, err = attest.Verify(found.DestinationSignature,
		func(kid string) (keys.Public, error) { return j.keys.signatureKey(kid, j.now) },
		attest.Expectation{
			Hosts: []string{j.host}, Issuer: j.portal, DestinationID: string(id), Service: service.URN(), Region: ars,
		})
	if err != nil {
		return Route{}, err
	}
	route := Route{
		DestinationID: id, Name: printable(found.DestinationName), Service: service.URN(), Attested: attested,
		Signature: found.DestinationSignature,
	}
	if where.known || where.ags != nil && len(ars) == int(routing.Municipality) {
		route.Region = "DE" + ars
	}
	return route, nil
}

// areasOf lists the ARS, without padding, that claims attest for a service.
func areasOf(claims attest.Claims, service string) []string {
	var all []string
	for _, s := range claims.Services {
		if !slices.Contains(s.Services, service) {
			continue
		}
		for _, ars := range s.Regions {
			if region, err := routing.ParseRegion("DE" + ars); err == nil {
				all = append(all, region.ARS())
			}
		}
	}
	return all
}

// place is an Area, read.
type place struct {
	parameter, value string         // of the query
	known            bool           // region is where it is
	region           routing.Region // of an ARS, or of an AGS that alone tells it
	ags              *routing.AGS
}

func (a Area) read() (place, error) {
	switch {
	case a.ARS != "" && a.AGS == "" && a.ID == "":
		region, err := routing.ParseARS(a.ARS)
		return place{parameter: "ars", value: a.ARS, known: true, region: region}, err
	case a.AGS != "" && a.ARS == "" && a.ID == "":
		ags, err := routing.ParseAGS(a.AGS)
		region, known := ags.Region()
		return place{parameter: "ags", value: a.AGS, known: known, region: region, ags: &ags}, err
	case a.ID != "" && a.ARS == "" && a.AGS == "" && strings.Trim(a.ID, "0123456789") == "":
		return place{parameter: "areaId", value: a.ID}, nil
	}
	return place{}, errors.New("area: expected exactly one of ARS, AGS and ID (digits)")
}

// within returns the ARS that the attested areas have to cover, and false if none of them can.
func (p place) within(attested []string) (ars string, ok bool) {
	if p.known {
		return p.region.ARS(), true
	}
	for _, ars := range attested {
		if p.ags == nil || liesIn(*p.ags, ars) {
			return ars, true
		}
	}
	return "", false
}

// liesIn reports whether a municipality lies in the area with this ARS, as far as its AGS tells: up to the Kreis both keys begin
// alike, and behind it an AGS has the municipality only.
func liesIn(ags routing.AGS, ars string) bool {
	if len(ars) == int(routing.Municipality) {
		area, err := routing.ParseARS(ars)
		own, ok := area.AGS()
		return err == nil && ok && own == ags
	}
	return strings.HasPrefix(ags.String(), ars[:min(len(ars), int(routing.County))])
}

// Areas looks up places by name or postcode; a place must match all expressions, and * stands for the rest of a word. Expressions
// are split at blanks, which some services do not take (FIT-Connect contract 5.3).
func (c *Client) Areas(ctx context.Context, expressions ...string) ([]Place, error) {
	if c.base.routing == "" {
		return nil, fmt.Errorf("%w: RoutingURL is missing", ErrConfig)
	}
	words := strings.Fields(strings.Join(expressions, " "))
	list := page[wire.Area](func(ctx context.Context, offset, limit int) ([]wire.Area, int, error) {
		var found wire.AreaList
		err := c.search(ctx, "/v2/areas", url.Values{"areaSearchexpression": words}, offset, limit, &found)
		return found.Areas, found.TotalCount, err
	})
	found, err := list.all(ctx, maxPlaces)
	if err != nil {
		return nil, err
	}
	places := make([]Place, len(found))
	for i, area := range found {
		places[i] = Place{ID: area.ID, Name: printable(area.Name), Type: printable(area.Type), ARS: printable(area.ARS)}
	}
	return places, nil
}
