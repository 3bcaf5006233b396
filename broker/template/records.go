package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/record"
)

const (
	templateEntries broker.EntryKind = "template"         // owner: the organisation
	openTemplates   broker.EntryKind = "template-open"    // owner: none; the ids of those that are Open, without a value
	versionEntries  broker.EntryKind = "template-version" // owner: the template
	adoptionEntries broker.EntryKind = "adoption"         // owner: the organisation
	adoptionsOf     broker.EntryKind = "adoption-of"      // owner: the template; the ids of its adoptions, without a value
)

// contentRecord is Content as it is stored, and as it is proposed.
type contentRecord struct {
	Name      string           `json:"name"`
	Services  []string         `json:"services,omitempty"`
	Schemas   []string         `json:"schemas,omitempty"`
	Languages []string         `json:"languages,omitempty"`
	Shared    record.RouteInfo `json:"shared,omitzero"`
	Fees      []record.Text    `json:"fees,omitempty"`
	Results   []record.Text    `json:"results,omitempty"`
}

func newContent(c Content) contentRecord {
	return contentRecord{
		Name: c.Name, Services: c.Services, Schemas: c.Schemas, Languages: c.Languages, Shared: record.NewRouteInfo(c.Shared),
		Fees: convert(c.Fees, record.NewText), Results: convert(c.Results, record.NewText),
	}
}

func (r contentRecord) domain() Content {
	return Content{
		Name: r.Name, Services: r.Services, Schemas: r.Schemas, Languages: r.Languages, Shared: r.Shared.Domain(),
		Fees: convert(r.Fees, record.Text.Domain), Results: convert(r.Results, record.Text.Domain),
	}
}

type templateRecord struct {
	ID      ID            `json:"id"`
	Org     broker.OrgID  `json:"org"`
	State   State         `json:"state"`
	Version int           `json:"version,omitempty"`
	Content contentRecord `json:"content"`
	Created time.Time     `json:"created"`
	Changed time.Time     `json:"changed"`
}

func newTemplate(t Template) templateRecord {
	return templateRecord{t.ID, t.Org, t.State, t.Version, newContent(t.Content), t.Created, t.Changed}
}

func (r templateRecord) domain() Template {
	return Template{r.ID, r.Org, r.State, r.Version, r.Content.domain(), r.Created, r.Changed}
}

type versionRecord struct {
	Template   ID                 `json:"template"`
	Number     int                `json:"number"`
	By         string             `json:"by"`
	ReleasedBy string             `json:"releasedBy,omitempty"`
	Proposal   account.ProposalID `json:"proposal,omitempty"`
	At         time.Time          `json:"at"`
	Comment    string             `json:"comment,omitempty"`
	Content    contentRecord      `json:"content"`
}

func newVersion(v Version) versionRecord {
	return versionRecord{v.Template, v.Number, v.By, v.ReleasedBy, v.Proposal, v.At, v.Comment, newContent(v.Content)}
}

func (r versionRecord) domain() Version {
	return Version{r.Template, r.Number, r.By, r.ReleasedBy, r.Proposal, r.At, r.Comment, r.Content.domain()}
}

type adoptionRecord struct {
	ID          broker.AdoptionID    `json:"id"`
	Org         broker.OrgID         `json:"org"`
	Template    ID                   `json:"template"`
	Name        string               `json:"name,omitempty"`
	Destination broker.DestinationID `json:"dest,omitempty"`
	Regions     []string             `json:"regions,omitempty"`
	From        time.Time            `json:"from,omitzero"`
	Until       time.Time            `json:"until,omitzero"`
	Own         record.RouteInfo     `json:"own,omitzero"`
	Proposal    account.ProposalID   `json:"proposal,omitempty"`
	Made        time.Time            `json:"made"`
	Changed     time.Time            `json:"changed"`
	Left        time.Time            `json:"left,omitzero"`
}

func newAdoption(a Adoption) adoptionRecord {
	return adoptionRecord{
		a.ID, a.Org, a.Template, a.Name, a.Destination, a.Regions, a.From.UTC(), a.Until.UTC(), record.NewRouteInfo(a.Own),
		a.Proposal, a.Made, a.Changed, a.Left,
	}
}

func (r adoptionRecord) domain() Adoption {
	part := Part{r.Name, r.Destination, r.Regions, r.From, r.Until, r.Own.Domain()}
	return Adoption{r.ID, r.Org, r.Template, part, r.Proposal, r.Made, r.Changed, r.Left}
}

func (t Template) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, templateEntries, string(t.ID), string(t.Org), newTemplate(t))
}

func readTemplate(tx broker.Tx, id ID) (Template, error) {
	r, err := broker.ReadEntry[templateRecord](tx, templateEntries, string(id))
	if errors.Is(err, broker.ErrNoRow) {
		return Template{}, noTemplate(id)
	}
	return r.domain(), err
}

func (a Adoption) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, adoptionEntries, string(a.ID), string(a.Org), newAdoption(a))
}

// equal reports whether both are stored alike.
func (a Adoption) equal(b Adoption) bool {
	x, errX := json.Marshal(newAdoption(a))
	y, errY := json.Marshal(newAdoption(b))
	return errors.Join(errX, errY) == nil && bytes.Equal(x, y)
}

func readAdoption(tx broker.Tx, id broker.AdoptionID) (Adoption, error) {
	r, err := broker.ReadEntry[adoptionRecord](tx, adoptionEntries, string(id))
	if errors.Is(err, broker.ErrNoRow) {
		return Adoption{}, noAdoption(id)
	}
	return r.domain(), err
}

// The NotFound of each noun also stands for a foreign one.

func noTemplate(id ID) error {
	return broker.NotFound.New("template-not-found", "there is no template %.40s", string(id))
}

func noAdoption(id broker.AdoptionID) error {
	return broker.NotFound.New("adoption-not-found", "there is no adoption %.40s", string(id))
}

func convert[A, B any](all []A, f func(A) B) []B {
	if len(all) == 0 {
		return nil
	}
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}
