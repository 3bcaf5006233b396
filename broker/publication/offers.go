package publication

import (
	"errors"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

// expiresWithin is how long before the certificate of a destination's encryption key ends people are told.
const expiresWithin = 30 * 24 * time.Hour

// desk is a destination as the checks of routes need it.
type desk struct {
	broker.Destination
	offers map[string]offer
}

type offer struct {
	regions []routing.Region
	schemas []string
}

// judgeOffers adds what the destinations of the changes say against them.
func (w *world) judgeOffers(plan *Plan, now time.Time) error {
	desks := map[broker.DestinationID]*desk{}
	for _, c := range plan.Changes {
		if c.After == nil {
			continue
		}
		d, known := desks[c.After.Destination]
		if !known {
			var err error
			if d, err = w.desk(plan, c.After, now); err != nil {
				return err
			}
			desks[c.After.Destination] = d
		}
		if d == nil {
			plan.refuse(DestinationUnknown, keyOf(*c.After), "the organisation has no destination %.40s: create it, or correct the id", c.After.Destination)
			continue
		}
		plan.judgeOffer(c.After, d)
	}
	return nil
}

// desk reads a destination; nil if the organisation has none of that ID. Of a foreign one it learns no more than that.
func (w *world) desk(plan *Plan, r *broker.Route, now time.Time) (*desk, error) {
	d, err := w.tx.Destination(r.Destination)
	if errors.Is(err, broker.ErrNoRow) || err == nil && d.Org != w.org {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := &desk{Destination: d, offers: map[string]offer{}}
	for _, s := range d.Services {
		o := offer{}
		for _, text := range s.Regions {
			if region, err := routing.ParseRegion(text); err == nil {
				o.regions = append(o.regions, region)
			}
		}
		for _, schema := range s.Schemas {
			o.schemas = append(o.schemas, schema.URI)
		}
		known.offers[s.Identifier] = o
	}
	return known, w.judgeKey(plan, r, d, now)
}

// judgeKey warns of an encryption key that nobody should seal for any more soon.
func (w *world) judgeKey(plan *Plan, r *broker.Route, d broker.Destination, now time.Time) error {
	if d.Status == broker.DestinationDecommissioned {
		return nil
	}
	key, err := w.tx.DestinationKey(d.ID, d.EncryptionKID)
	if err != nil {
		return err
	}
	public, err := keys.ParsePublic(key.JWK)
	if err != nil || len(public.Chain) == 0 {
		return err
	}
	ends := public.Chain[0].NotAfter
	if now.Add(expiresWithin).Before(ends) {
		return nil
	}
	f := Finding{Severity: Warns, Code: KeyExpires, Key: keyOf(*r)}
	f.Text = "the certificate of the encryption key of " + d.Name + " ends at " + stamp(ends) + ": add a new key to the destination and switch to it"
	plan.add(f)
	return nil
}

func (plan *Plan) judgeOffer(r *broker.Route, d *desk) {
	key := keyOf(*r)
	switch d.Status {
	case broker.DestinationDecommissioned:
		plan.refuse(DestinationGone, key, "the destination %s is decommissioned and takes nothing any more: choose another one, or delete the route", d.Name)
		return
	case broker.DestinationActive:
	default:
		f := Finding{Severity: Warns, Code: DestinationInactive, Key: key}
		f.Text = "the destination " + d.Name + " is " + string(d.Status) + ": senders are led there and turned away; activate it, or take the route offline until then"
		plan.add(f)
	}
	for _, c := range r.Coverage {
		for _, service := range c.Services {
			plan.judgeService(key, service, c, d)
		}
		for _, uri := range c.Schemas {
			if !d.offersSchema(c.Services, uri) {
				plan.add(Finding{Severity: Refuses, Code: SchemaNotOffered, Key: key,
					Text: "the destination " + d.Name + " does not offer the schema " + uri + " for any service of the route: correct its address, or add it to the destination"})
			}
		}
	}
}

func (plan *Plan) judgeService(key, service string, c broker.Coverage, d *desk) {
	o, offered := d.offers[service]
	if !offered {
		plan.add(Finding{Severity: Refuses, Code: ServiceNotOffered, Key: key, Service: service,
			Text: "the destination " + d.Name + " does not offer " + service + ": add the service to the destination, or take it out of the route"})
		return
	}
	if _, routable := routing.ServiceFromURN(service); !routable {
		plan.add(Finding{Severity: Warns, Code: ServiceNoKey, Key: key, Service: service,
			Text: service + " has no key of 14 digits, so no sender can ask for its route: it is attested in the addressing information only"})
	}
	if len(c.Schemas) > 0 && !slices.ContainsFunc(c.Schemas, func(uri string) bool { return slices.Contains(o.schemas, uri) }) {
		plan.add(Finding{Severity: Refuses, Code: SchemaNotOffered, Key: key, Service: service,
			Text: "none of the schemas that the route names is offered for " + service + ": name one that the destination offers, or none to take all"})
	}
	plan.judgeRegions(key, service, c.Regions, o, d)
}

// offersSchema reports whether a schema is offered for at least one of the services.
func (d *desk) offersSchema(services []string, uri string) bool {
	return slices.ContainsFunc(services, func(s string) bool { return slices.Contains(d.offers[s].schemas, uri) })
}

func (plan *Plan) judgeRegions(key, service string, regions []string, o offer, d *desk) {
	var outside []string
	for _, text := range regions {
		region, err := routing.ParseRegion(text)
		if err != nil || !slices.ContainsFunc(o.regions, func(served routing.Region) bool { return served.Covers(region) }) {
			outside = append(outside, text)
		}
	}
	if len(outside) > 0 {
		plan.add(Finding{Severity: Refuses, Code: RegionNotServed, Key: key, Service: service, Region: outside[0], Count: len(outside),
			Text: "the destination " + d.Name + " does not offer " + service + " in " + enumerate("region", outside) + ": widen its offer, or narrow the route"})
	}
}
