package bolt

import (
	"bytes"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

type destinationRecord struct {
	ID               string          `json:"id"`
	Org              string          `json:"org"`
	Name             string          `json:"name,omitempty"`
	Status           string          `json:"status"`
	Contact          contactRecord   `json:"contact,omitzero"`
	Services         []offerRecord   `json:"services,omitempty"`
	EncryptionKID    string          `json:"kid,omitempty"`
	MetadataVersions []string        `json:"metadata,omitempty"`
	ReplyChannels    *repliesRecord  `json:"replies,omitempty"`
	Callback         *callbackRecord `json:"callback,omitempty"`
	Clients          []string        `json:"clients,omitempty"`
	Created          time.Time       `json:"created,omitzero"`
	Changed          time.Time       `json:"changed,omitzero"`
	InactiveSince    time.Time       `json:"inactive,omitzero"`
}

func newDestinationRecord(d broker.Destination) destinationRecord {
	return destinationRecord{
		ID: string(d.ID), Org: string(d.Org), Name: d.Name, Status: string(d.Status),
		Contact: newContactRecord(d.Contact), Services: convert(d.Services, newOfferRecord),
		EncryptionKID: d.EncryptionKID, MetadataVersions: d.MetadataVersions,
		ReplyChannels: newRepliesRecord(d.ReplyChannels), Callback: newCallbackRecord(d.Callback),
		Clients: convert(d.Clients, toString[broker.ClientID]),
		Created: d.Created.UTC(), Changed: d.Changed.UTC(), InactiveSince: d.InactiveSince.UTC(),
	}
}

func (r destinationRecord) domain() broker.Destination {
	return broker.Destination{
		ID: broker.DestinationID(r.ID), Org: broker.OrgID(r.Org), Name: r.Name, Status: broker.DestinationStatus(r.Status),
		Contact: r.Contact.domain(), Services: convert(r.Services, offerRecord.domain),
		EncryptionKID: r.EncryptionKID, MetadataVersions: slices.Clone(r.MetadataVersions),
		ReplyChannels: r.ReplyChannels.domain(), Callback: r.Callback.domain(),
		Clients: convert(r.Clients, fromString[broker.ClientID]),
		Created: r.Created, Changed: r.Changed, InactiveSince: r.InactiveSince,
	}
}

type contactRecord struct {
	LegalName string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

func newContactRecord(c broker.Contact) contactRecord {
	return contactRecord{LegalName: c.LegalName, Address: c.Address, Phone: c.Phone, Email: c.Email, Unit: c.Unit}
}

func (r contactRecord) domain() broker.Contact {
	return broker.Contact{LegalName: r.LegalName, Address: r.Address, Phone: r.Phone, Email: r.Email, Unit: r.Unit}
}

type offerRecord struct {
	Identifier string         `json:"id"`
	Regions    []string       `json:"regions,omitempty"`
	Schemas    []schemaRecord `json:"schemas,omitempty"`
}

func newOfferRecord(s broker.OfferedService) offerRecord {
	return offerRecord{Identifier: s.Identifier, Regions: s.Regions, Schemas: convert(s.Schemas, newSchemaRecord)}
}

func (r offerRecord) domain() broker.OfferedService {
	return broker.OfferedService{Identifier: r.Identifier, Regions: slices.Clone(r.Regions), Schemas: convert(r.Schemas, schemaRecord.domain)}
}

type schemaRecord struct {
	URI      string `json:"uri"`
	MIMEType string `json:"type,omitempty"`
}

func newSchemaRecord(s broker.SubmissionSchema) schemaRecord {
	return schemaRecord{URI: s.URI, MIMEType: s.MIMEType}
}

func (r schemaRecord) domain() broker.SubmissionSchema {
	return broker.SubmissionSchema{URI: r.URI, MIMEType: r.MIMEType}
}

type callbackRecord struct {
	URL    string `json:"url"`
	Secret []byte `json:"secret,omitempty"` // wrapped
}

func newCallbackRecord(c *broker.Callback) *callbackRecord {
	if c == nil {
		return nil
	}
	return &callbackRecord{URL: c.URL, Secret: c.Secret}
}

func (r *callbackRecord) domain() *broker.Callback {
	if r == nil {
		return nil
	}
	return &broker.Callback{URL: r.URL, Secret: bytes.Clone(r.Secret)}
}

type repliesRecord struct {
	EMail      []byte `json:"email,omitempty"`
	DeMail     []byte `json:"demail,omitempty"`
	Elster     []byte `json:"elster,omitempty"`
	Fink       []byte `json:"fink,omitempty"`
	FitConnect []byte `json:"fitconnect,omitempty"`
	IDBund     []byte `json:"idbund,omitempty"`
}

func newRepliesRecord(c *broker.ReplyChannels) *repliesRecord {
	if c == nil {
		return nil
	}
	return &repliesRecord{
		EMail: c.EMail, DeMail: c.DeMail, Elster: c.Elster,
		Fink: c.Fink, FitConnect: c.FitConnect, IDBund: c.IDBundDeMailbox,
	}
}

func (r *repliesRecord) domain() *broker.ReplyChannels {
	if r == nil {
		return nil
	}
	return &broker.ReplyChannels{
		EMail: bytes.Clone(r.EMail), DeMail: bytes.Clone(r.DeMail), Elster: bytes.Clone(r.Elster),
		Fink: bytes.Clone(r.Fink), FitConnect: bytes.Clone(r.FitConnect), IDBundDeMailbox: bytes.Clone(r.IDBund),
	}
}
