package publication

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// GrantID names a grant.
type GrantID string

// Grant says that places are an organisation's territory.
type Grant struct {
	ID       GrantID
	Org      broker.OrgID
	Services []string // URNs, sorted; none: all
	Region   string   // "DE…", and all that it covers
	By       string   // broker.Caller.Name
	Made     time.Time
}

const grantEntries broker.EntryKind = "grant" // owner: the organisation

// grantRecord is Grant as it is stored.
type grantRecord struct {
	ID       GrantID      `json:"id"`
	Org      broker.OrgID `json:"org"`
	Services []string     `json:"services,omitempty"`
	Region   string       `json:"region"`
	By       string       `json:"by"`
	Made     time.Time    `json:"made"`
}

// maxSpans bounds the grants of an organisation, and the consents to one: they are gone through with every publication.
const maxSpans = 1000

// Grant makes places the territory of an organisation. Only operators may. What is granted already is returned as it is.
func (p *Publisher) Grant(ctx context.Context, who broker.Caller, org broker.OrgID, services []string, region string) (g Grant, err error) {
	if err := who.RequireOperator(); err != nil {
		return Grant{}, err
	}
	if services, region, err = checkSpan(services, region); err != nil {
		return Grant{}, err
	}
	fresh := grantRecord{ID: broker.NewID[GrantID](), Org: org, Services: services, Region: region, By: who.Name(), Made: p.cfg.Now().UTC()}
	err = p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		all, err := grantsOf(tx, org)
		if err != nil {
			return err
		}
		for _, old := range all {
			if old.Region == region && slices.Equal(old.Services, services) {
				g = Grant(old)
				return nil
			}
		}
		if len(all) >= maxSpans {
			return broker.Conflict.New("too-many-grants", "an organisation has at most %d grants: grant whole Kreise or Länder, or all services of a region", maxSpans)
		}
		g = Grant(fresh)
		if err := broker.WriteEntry(tx, grantEntries, string(g.ID), string(org), fresh); err != nil {
			return err
		}
		return p.note(tx, who, org, "grant.given", string(g.ID), describe(services, region))
	})
	return g, err
}

// grantsOf lists the grants of an organisation that is there.
func grantsOf(tx broker.Tx, org broker.OrgID) ([]grantRecord, error) {
	if _, err := tx.Org(org); err != nil {
		return nil, broker.NoOrg(err, org)
	}
	return whole[grantRecord](func(p broker.Page) ([]broker.Entry, int, error) { return tx.EntriesOf(grantEntries, string(org), p) })
}

// Grants lists the territory of an organisation, oldest first. It takes the right to read.
func (p *Publisher) Grants(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (all []Grant, total int, err error) {
	err = p.list(ctx, who, org, page, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(func(r grantRecord) Grant { return Grant(r) })(tx.EntriesOf(grantEntries, string(org), page))
		return err
	})
	return all, total, err
}

// WithdrawGrant takes territory back. Only operators may. Where an environment is closed, routes that no other grant carries stand in the way: they are
// named, or go in the same transaction, as a revision, if routesToo says so.
func (p *Publisher) WithdrawGrant(ctx context.Context, who broker.Caller, org broker.OrgID, id GrantID, routesToo bool) (out Outcome, err error) {
	if err := who.RequireOperator(); err != nil {
		return Outcome{}, err
	}
	err = p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		out = Outcome{}
		g, err := findGrant(tx, org, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteEntry(grantEntries, string(id)); err != nil {
			return err
		}
		if err := p.note(tx, who, org, "grant.withdrawn", string(id), describe(g.Services, g.Region)); err != nil {
			return err
		}
		out, err = p.clear(tx, who, org, g, routesToo)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, p.reload(ctx, out)
}

func findGrant(tx broker.Tx, org broker.OrgID, id GrantID) (grantRecord, error) {
	e, err := tx.Entry(grantEntries, string(id))
	if errors.Is(err, broker.ErrNoRow) || err == nil && e.Owner != string(org) {
		return grantRecord{}, broker.NotFound.New("grant-not-found", "the organisation has no such grant: list its grants")
	}
	if err != nil {
		return grantRecord{}, err
	}
	return broker.DecodeEntry[grantRecord](e)
}

// clear takes away the routes that a grant carried and no other does.
func (p *Publisher) clear(tx broker.Tx, who broker.Caller, org broker.OrgID, was grantRecord, routesToo bool) (Outcome, error) {
	if p.cfg.Rule.Open {
		return Outcome{}, nil
	}
	w, err := p.read(tx, org)
	if err != nil {
		return Outcome{}, err
	}
	lost, err := w.carriedBy(was)
	if err != nil || len(lost) == 0 {
		return Outcome{}, err
	}
	if !routesToo {
		return Outcome{}, broker.Conflict.New("grant-in-use", "the grant carries %s: delete them first, grant what they need anew, or withdraw it together with them",
			enumerate("route", keysOf(lost)))
	}
	plan := Plan{Org: org}
	for i := range lost {
		plan.Changes = append(plan.Changes, Change{Before: &lost[i]})
	}
	revision, err := p.commit(w, who, plan, remark{comment: "the grant of " + describe(was.Services, was.Region) + " was withdrawn"})
	return Outcome{Plan: plan, Revision: &revision}, err
}

// carriedBy lists the routes of the organisation with places that lay in a grant that is gone, and lie in no other.
func (w *world) carriedBy(was grantRecord) (lost []broker.Route, err error) {
	gone, err := spanOf(was.Services, was.Region)
	if err != nil {
		return nil, err
	}
	for _, r := range w.own() {
		carried := false
		err := eachPlace(*r, func(service string, region routing.Region) bool {
			carried = gone.covers(service, region) && !w.land.granted(service, region)
			return !carried
		})
		if err != nil {
			return nil, err
		}
		if carried {
			lost = append(lost, *r)
		}
	}
	return lost, nil
}

// checkSpan returns services and region in the form in which they are compared.
func checkSpan(services []string, region string) ([]string, string, error) {
	for _, urn := range services {
		if !routing.IsURN(urn) {
			return nil, "", broker.Invalid.New("bad-request", "%.80q is not the URN of a service, like urn:de:fim:leika:leistung:99050012104000", urn)
		}
	}
	r, err := routing.ParseRegion(region)
	if err != nil || !r.Canonical() {
		return nil, "", broker.Invalid.New("bad-request", "%.20q is not a region: DE with 0, 2, 3, 5, 9 or 12 digits of an ARS", region)
	}
	services = slices.Clone(services)
	slices.Sort(services)
	return slices.Compact(services), r.String(), nil
}

// describe says what a grant or a consent is about.
func describe(services []string, region string) string {
	if len(services) == 0 {
		return "all services in " + region
	}
	return strings.Join(services, ", ") + " in " + region
}
