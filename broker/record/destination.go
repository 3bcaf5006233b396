package record

import (
	"bytes"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Destination is broker.Destination as it is stored.
type Destination struct {
	ID               string    `json:"id"`
	Org              string    `json:"org"`
	Name             string    `json:"name,omitempty"`
	Status           string    `json:"status"`
	Contact          Contact   `json:"contact,omitzero"`
	Services         []Offer   `json:"services,omitempty"`
	EncryptionKID    string    `json:"kid,omitempty"`
	SigningKID       string    `json:"sigkid,omitempty"`
	RevokedKID       string    `json:"revoked,omitempty"`
	MetadataVersions []string  `json:"metadata,omitempty"`
	ReplyChannels    *Replies  `json:"replies,omitempty"`
	Callback         *Callback `json:"callback,omitempty"`
	Clients          []string  `json:"clients,omitempty"`
	Created          time.Time `json:"created,omitzero"`
	Changed          time.Time `json:"changed,omitzero"`
	InactiveSince    time.Time `json:"inactive,omitzero"`
}

// NewDestination writes it down.
func NewDestination(d broker.Destination) Destination {
	return Destination{
		ID: string(d.ID), Org: string(d.Org), Name: d.Name, Status: string(d.Status),
		Contact: NewContact(d.Contact), Services: convert(d.Services, NewOffer),
		EncryptionKID: d.EncryptionKID, SigningKID: d.SigningKID, RevokedKID: d.RevokedKID, MetadataVersions: d.MetadataVersions,
		ReplyChannels: NewReplies(d.ReplyChannels), Callback: NewCallback(d.Callback),
		Clients: convert(d.Clients, toString[broker.ClientID]),
		Created: d.Created.UTC(), Changed: d.Changed.UTC(), InactiveSince: d.InactiveSince.UTC(),
	}
}

// Domain reads it back.
func (r Destination) Domain() broker.Destination {
	return broker.Destination{
		ID: broker.DestinationID(r.ID), Org: broker.OrgID(r.Org), Name: r.Name, Status: broker.DestinationStatus(r.Status),
		Contact: r.Contact.Domain(), Services: convert(r.Services, Offer.Domain),
		EncryptionKID: r.EncryptionKID, SigningKID: r.SigningKID, RevokedKID: r.RevokedKID, MetadataVersions: slices.Clone(r.MetadataVersions),
		ReplyChannels: r.ReplyChannels.Domain(), Callback: r.Callback.Domain(),
		Clients: convert(r.Clients, fromString[broker.ClientID]),
		Created: r.Created, Changed: r.Changed, InactiveSince: r.InactiveSince,
	}
}

// Contact is broker.Contact as it is stored.
type Contact struct {
	LegalName string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

// NewContact writes it down.
func NewContact(c broker.Contact) Contact {
	return Contact{LegalName: c.LegalName, Address: c.Address, Phone: c.Phone, Email: c.Email, Unit: c.Unit}
}

// Domain reads it back.
func (r Contact) Domain() broker.Contact {
	return broker.Contact{LegalName: r.LegalName, Address: r.Address, Phone: r.Phone, Email: r.Email, Unit: r.Unit}
}

// Offer is broker.OfferedService as it is stored.
type Offer struct {
	Identifier string   `json:"id"`
	Regions    []string `json:"regions,omitempty"`
	Schemas    []Schema `json:"schemas,omitempty"`
}

// NewOffer writes it down.
func NewOffer(s broker.OfferedService) Offer {
	return Offer{Identifier: s.Identifier, Regions: s.Regions, Schemas: convert(s.Schemas, NewSchema)}
}

// Domain reads it back.
func (r Offer) Domain() broker.OfferedService {
	return broker.OfferedService{Identifier: r.Identifier, Regions: slices.Clone(r.Regions), Schemas: convert(r.Schemas, Schema.Domain)}
}

// Schema is broker.SubmissionSchema as it is stored.
type Schema struct {
	URI      string `json:"uri"`
	MIMEType string `json:"type,omitempty"`
}

// NewSchema writes it down.
func NewSchema(s broker.SubmissionSchema) Schema {
	return Schema{URI: s.URI, MIMEType: s.MIMEType}
}

// Domain reads it back.
func (r Schema) Domain() broker.SubmissionSchema {
	return broker.SubmissionSchema{URI: r.URI, MIMEType: r.MIMEType}
}

// Callback is broker.Callback as it is stored.
type Callback struct {
	URL    string `json:"url"`
	Secret []byte `json:"secret,omitempty"` // wrapped

	Former      []byte    `json:"former,omitempty"` // wrapped
	FormerUntil time.Time `json:"until,omitzero"`
}

// NewCallback writes it down.
func NewCallback(c *broker.Callback) *Callback {
	if c == nil {
		return nil
	}
	return &Callback{URL: c.URL, Secret: c.Secret, Former: c.Former, FormerUntil: c.FormerUntil.UTC()}
}

// Domain reads it back.
func (r *Callback) Domain() *broker.Callback {
	if r == nil {
		return nil
	}
	return &broker.Callback{URL: r.URL, Secret: bytes.Clone(r.Secret), Former: bytes.Clone(r.Former), FormerUntil: r.FormerUntil}
}

// Replies is broker.ReplyChannels as it is stored.
type Replies struct {
	EMail      []byte `json:"email,omitempty"`
	DeMail     []byte `json:"demail,omitempty"`
	Elster     []byte `json:"elster,omitempty"`
	Fink       []byte `json:"fink,omitempty"`
	FitConnect []byte `json:"fitconnect,omitempty"`
	IDBund     []byte `json:"idbund,omitempty"`
}

// NewReplies writes it down.
func NewReplies(c *broker.ReplyChannels) *Replies {
	if c == nil {
		return nil
	}
	return &Replies{
		EMail: c.EMail, DeMail: c.DeMail, Elster: c.Elster,
		Fink: c.Fink, FitConnect: c.FitConnect, IDBund: c.IDBundDeMailbox,
	}
}

// Domain reads it back.
func (r *Replies) Domain() *broker.ReplyChannels {
	if r == nil {
		return nil
	}
	return &broker.ReplyChannels{
		EMail: bytes.Clone(r.EMail), DeMail: bytes.Clone(r.DeMail), Elster: bytes.Clone(r.Elster),
		Fink: bytes.Clone(r.Fink), FitConnect: bytes.Clone(r.FitConnect), IDBundDeMailbox: bytes.Clone(r.IDBund),
	}
}
