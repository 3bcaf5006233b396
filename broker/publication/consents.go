package publication

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// ConsentID names a consent.
type ConsentID string

// Consent says that an organisation agrees to what another one publishes at places where its own answers may have to give way.
type Consent struct {
	ID       ConsentID
	From     broker.OrgID // none: the operator, for all
	To       broker.OrgID
	Services []string // URNs, sorted; none: all
	Region   string   // "DE…", and all that it covers
	By       string   // broker.Caller.Name
	Made     time.Time
}

// A consent stands in the lists of both sides, in the second under the same ID and without a value.
const (
	consentEntries broker.EntryKind = "consent"       // owner: To
	givenConsents  broker.EntryKind = "consent-given" // owner: From
)

// consentRecord is Consent as it is stored.
type consentRecord struct {
	ID       ConsentID    `json:"id"`
	From     broker.OrgID `json:"from,omitempty"`
	To       broker.OrgID `json:"to"`
	Services []string     `json:"services,omitempty"`
	Region   string       `json:"region"`
	By       string       `json:"by"`
	Made     time.Time    `json:"made"`
}

// Consent lets to publish at places of from; from "" is the operator, who consents for all. It takes a person of from who may release, or an operator.
// What was consented to already is returned as it is.
func (p *Publisher) Consent(ctx context.Context, who broker.Caller, from, to broker.OrgID, services []string, region string) (c Consent, err error) {
	if err := mayConsent(who, from); err != nil {
		return Consent{}, err
	}
	if from == to {
		return Consent{}, broker.Invalid.New("bad-request", "an organisation needs no consent of its own")
	}
	if services, region, err = checkSpan(services, region); err != nil {
		return Consent{}, err
	}
	fresh := consentRecord{
		ID: broker.NewID[ConsentID](), From: from, To: to, Services: services, Region: region, By: who.Name(), Made: p.cfg.Now().UTC(),
	}
	err = p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if _, err := tx.Org(to); err != nil {
			return broker.NoOrg(err, to)
		}
		all, err := consentsTo(tx, to)
		if err != nil {
			return err
		}
		for _, old := range all {
			if old.From == from && old.Region == region && slices.Equal(old.Services, services) {
				c = Consent(old)
				return nil
			}
		}
		if err := roomForConsent(all, from); err != nil {
			return err
		}
		c = Consent(fresh)
		return p.putConsent(tx, who, fresh)
	})
	return c, err
}

// mayConsent refuses who may not speak for the one who consents.
func mayConsent(who broker.Caller, from broker.OrgID) error {
	if from == "" {
		return who.RequireOperator()
	}
	return who.Entitled(from, broker.RightRelease)
}

// roomForConsent bounds what one organisation gives another, so that nobody can use up what others may give.
func roomForConsent(all []consentRecord, from broker.OrgID) error {
	given := 0
	for _, c := range all {
		if c.From == from {
			given++
		}
	}
	if given >= maxSpans {
		return broker.Conflict.New("too-many-consents", "an organisation gives another one at most %d consents: consent to whole Kreise or Länder, or to all services", maxSpans)
	}
	return nil
}

func (p *Publisher) putConsent(tx broker.Tx, who broker.Caller, c consentRecord) error {
	if err := broker.WriteEntry(tx, consentEntries, string(c.ID), string(c.To), c); err != nil {
		return err
	}
	if err := tx.PutEntry(broker.Entry{Kind: givenConsents, ID: string(c.ID), Owner: string(c.From)}); err != nil {
		return err
	}
	return p.noteConsent(tx, who, "consent.given", c)
}

// noteConsent writes into the audit logs of both sides.
func (p *Publisher) noteConsent(tx broker.Tx, who broker.Caller, deed string, c consentRecord) error {
	if err := p.note(tx, who, c.To, deed, string(c.ID), describe(c.Services, c.Region)); err != nil {
		return err
	}
	return p.note(tx, who, c.From, deed, string(c.ID), describe(c.Services, c.Region)+" to organisation "+string(c.To))
}

func consentsTo(tx broker.Tx, org broker.OrgID) ([]consentRecord, error) {
	return whole[consentRecord](func(p broker.Page) ([]broker.Entry, int, error) { return tx.EntriesOf(consentEntries, string(org), p) })
}

// ConsentsTo lists what others agreed to, oldest first. It takes the right to read.
func (p *Publisher) ConsentsTo(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (all []Consent, total int, err error) {
	err = p.list(ctx, who, org, page, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(func(r consentRecord) Consent { return Consent(r) })(tx.EntriesOf(consentEntries, string(org), page))
		return err
	})
	return all, total, err
}

// ConsentsFrom lists what an organisation, or the operator under "", agreed to, oldest first. It takes the right to read.
func (p *Publisher) ConsentsFrom(ctx context.Context, who broker.Caller, org broker.OrgID, page broker.Page) (all []Consent, total int, err error) {
	err = p.list(ctx, who, org, page, func(tx broker.Tx) error {
		entries, n, err := tx.EntriesOf(givenConsents, string(org), page)
		if err != nil {
			return err
		}
		all, total = make([]Consent, len(entries)), n
		for i, e := range entries {
			c, err := findConsent(tx, ConsentID(e.ID))
			if err != nil {
				return err
			}
			all[i] = Consent(c)
		}
		return nil
	})
	return all, total, err
}

func findConsent(tx broker.Tx, id ConsentID) (consentRecord, error) {
	c, err := broker.ReadEntry[consentRecord](tx, consentEntries, string(id))
	if errors.Is(err, broker.ErrNoRow) {
		return c, noConsent()
	}
	return c, err
}

func noConsent() error {
	return broker.NotFound.New("consent-not-found", "there is no such consent: list those that were given")
}

// WithdrawConsent agrees to nothing further that from agreed to, which is "" for the operator. What was published with it stays. Who gave it may, and
// operators; they too say whose it is, so that no slip takes another's.
func (p *Publisher) WithdrawConsent(ctx context.Context, who broker.Caller, from broker.OrgID, id ConsentID) error {
	return p.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		c, err := findConsent(tx, id)
		if err != nil {
			return err
		}
		if c.From != from {
			return noConsent()
		}
		switch err := mayConsent(who, c.From); {
		case errors.Is(err, broker.NotFound):
			return noConsent()
		case err != nil:
			return err
		}
		if err := tx.DeleteEntry(consentEntries, string(id)); err != nil {
			return err
		}
		if err := tx.DeleteEntry(givenConsents, string(id)); err != nil {
			return err
		}
		return p.noteConsent(tx, who, "consent.withdrawn", c)
	})
}
