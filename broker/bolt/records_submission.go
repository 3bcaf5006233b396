package bolt

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

type submissionRecord struct {
	ID          string        `json:"id"`
	Case        string        `json:"case"`
	Destination string        `json:"dest"`
	Sender      string        `json:"sender"`
	Org         string        `json:"org"`
	Service     serviceRecord `json:"service,omitzero"`
	Region      string        `json:"region,omitempty"`
	State       string        `json:"state"`
	Announced   []string      `json:"announced,omitempty"`
	Metadata    sealedRecord  `json:"metadata,omitzero"`
	Data        sealedRecord  `json:"data,omitzero"`
	Digest      []byte        `json:"digest,omitempty"`
	Created     time.Time     `json:"created,omitzero"`
	Submitted   time.Time     `json:"submitted,omitzero"`
	Decided     time.Time     `json:"decided,omitzero"`

	Place uint64 `json:"place,omitempty"` // number in waiting; zero while it does not wait
}

func newSubmissionRecord(s broker.Submission, place uint64) submissionRecord {
	return submissionRecord{
		ID: string(s.ID), Case: string(s.Case), Destination: string(s.Destination), Sender: string(s.Sender), Org: string(s.Org),
		Service: newServiceRecord(s.Service), Region: s.Region, State: string(s.State),
		Announced: convert(s.Announced, toString[broker.AttachmentID]),
		Metadata:  newSealedRecord(s.Metadata), Data: newSealedRecord(s.Data), Digest: s.Digest,
		Created: s.Created.UTC(), Submitted: s.Submitted.UTC(), Decided: s.Decided.UTC(),
		Place: place,
	}
}

func (r submissionRecord) domain() broker.Submission {
	return broker.Submission{
		ID: broker.SubmissionID(r.ID), Case: broker.CaseID(r.Case), Destination: broker.DestinationID(r.Destination),
		Sender: broker.ClientID(r.Sender), Org: broker.OrgID(r.Org),
		Service: r.Service.domain(), Region: r.Region, State: broker.State(r.State),
		Announced: convert(r.Announced, fromString[broker.AttachmentID]),
		Metadata:  r.Metadata.domain(), Data: r.Data.domain(), Digest: r.Digest,
		Created: r.Created, Submitted: r.Submitted, Decided: r.Decided,
	}
}

type serviceRecord struct {
	Identifier  string `json:"id,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"desc,omitempty"`
}

func newServiceRecord(s broker.Service) serviceRecord {
	return serviceRecord{Identifier: s.Identifier, Name: s.Name, Description: s.Description}
}

func (r serviceRecord) domain() broker.Service {
	return broker.Service{Identifier: r.Identifier, Name: r.Name, Description: r.Description}
}

type sealedRecord struct {
	KID    string `json:"kid,omitempty"`
	Tag    string `json:"tag,omitempty"`
	Record string `json:"record,omitempty"` // body
	Blob   string `json:"blob,omitempty"`
	Size   int64  `json:"size,omitempty"`
}

func newSealedRecord(s broker.Sealed) sealedRecord {
	return sealedRecord{KID: s.KID, Tag: s.Tag, Record: string(s.Body.Record), Blob: string(s.Body.Blob), Size: s.Body.Size}
}

func (r sealedRecord) domain() broker.Sealed {
	return broker.Sealed{KID: r.KID, Tag: r.Tag, Body: broker.Body{
		Record: broker.BodyID(r.Record), Blob: broker.BlobID(r.Blob), Size: r.Size,
	}}
}

type attachmentRecord struct {
	ID         string       `json:"id"`
	Submission string       `json:"sub"`
	Sealed     sealedRecord `json:"sealed,omitzero"`
	Uploaded   time.Time    `json:"uploaded,omitzero"`
}

func newAttachmentRecord(a broker.Attachment) attachmentRecord {
	return attachmentRecord{
		ID: string(a.ID), Submission: string(a.Submission), Sealed: newSealedRecord(a.Sealed), Uploaded: a.Uploaded.UTC(),
	}
}

func (r attachmentRecord) domain() broker.Attachment {
	return broker.Attachment{
		ID: broker.AttachmentID(r.ID), Submission: broker.SubmissionID(r.Submission), Sealed: r.Sealed.domain(), Uploaded: r.Uploaded,
	}
}

type deliveryRecord struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Destination string    `json:"dest"`
	Submission  string    `json:"sub,omitempty"`
	Case        string    `json:"case,omitempty"`
	Attempt     int       `json:"attempt,omitempty"`
	NotBefore   time.Time `json:"due,omitzero"`
	Lease       string    `json:"lease,omitempty"`
	Created     time.Time `json:"created,omitzero"`
}

func newDeliveryRecord(d broker.Delivery) deliveryRecord {
	return deliveryRecord{
		ID: string(d.ID), Type: string(d.Type), Destination: string(d.Destination), Submission: string(d.Submission), Case: string(d.Case),
		Attempt: d.Attempt, NotBefore: d.NotBefore.UTC(), Lease: d.Lease, Created: d.Created.UTC(),
	}
}

func (r deliveryRecord) domain() broker.Delivery {
	return broker.Delivery{
		ID: broker.DeliveryID(r.ID), Type: broker.CallbackType(r.Type), Destination: broker.DestinationID(r.Destination),
		Submission: broker.SubmissionID(r.Submission), Case: broker.CaseID(r.Case),
		Attempt: r.Attempt, NotBefore: r.NotBefore, Lease: r.Lease, Created: r.Created,
	}
}
