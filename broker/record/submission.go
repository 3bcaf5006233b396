package record

import (
	"cmp"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Submission is broker.Submission as it is stored.
type Submission struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind,omitempty"` // empty: submission
	Case        string    `json:"case"`
	Destination string    `json:"dest"`
	Sender      string    `json:"sender"`
	Org         string    `json:"org"`
	Office      string    `json:"office,omitempty"`
	Author      string    `json:"author,omitempty"` // empty: the sender
	Opens       bool      `json:"opens,omitempty"`
	Service     Service   `json:"service,omitzero"`
	Region      string    `json:"region,omitempty"`
	State       string    `json:"state"`
	Announced   []string  `json:"announced,omitempty"`
	Uploaded    int64     `json:"uploaded,omitempty"`
	Metadata    Sealed    `json:"metadata,omitzero"`
	Data        Sealed    `json:"data,omitzero"`
	Digest      []byte    `json:"digest,omitempty"`
	Callback    *Callback `json:"callback,omitempty"`
	Notified    []string  `json:"notified,omitempty"`
	Reminded    int       `json:"reminded,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Submitted   time.Time `json:"submitted,omitzero"`
	Decided     time.Time `json:"decided,omitzero"`
}

// NewSubmission writes it down.
func NewSubmission(s broker.Submission) Submission {
	return Submission{
		ID: string(s.ID), Kind: unless(string(s.Kind), string(broker.KindSubmission)), Case: string(s.Case), Destination: string(s.Destination),
		Sender: string(s.Sender), Org: string(s.Org), Office: string(s.Office), Author: unless(string(s.Author), string(s.Sender)), Opens: s.Opens,
		Service: NewService(s.Service), Region: s.Region, State: string(s.State),
		Announced: convert(s.Announced, toString[broker.AttachmentID]), Uploaded: s.Uploaded,
		Metadata: NewSealed(s.Metadata), Data: NewSealed(s.Data), Digest: s.Digest,
		Callback: NewCallback(s.Callback), Notified: s.Notified, Reminded: s.Reminded,
		Created: s.Created.UTC(), Submitted: s.Submitted.UTC(), Decided: s.Decided.UTC(),
	}
}

// Domain reads it back.
func (r Submission) Domain() broker.Submission {
	return broker.Submission{
		ID: broker.SubmissionID(r.ID), Kind: broker.SubmissionKind(cmp.Or(r.Kind, string(broker.KindSubmission))),
		Case: broker.CaseID(r.Case), Destination: broker.DestinationID(r.Destination),
		Sender: broker.ClientID(r.Sender), Org: broker.OrgID(r.Org), Office: broker.OrgID(r.Office),
		Author: broker.ClientID(cmp.Or(r.Author, r.Sender)), Opens: r.Opens,
		Service: r.Service.Domain(), Region: r.Region, State: broker.State(r.State),
		Announced: convert(r.Announced, fromString[broker.AttachmentID]), Uploaded: r.Uploaded,
		Metadata: r.Metadata.Domain(), Data: r.Data.Domain(), Digest: r.Digest,
		Callback: r.Callback.Domain(), Notified: r.Notified, Reminded: r.Reminded,
		Created: r.Created, Submitted: r.Submitted, Decided: r.Decided,
	}
}

// unless is s, or nothing if that is what nothing is read as.
func unless(s, usual string) string {
	if s == usual {
		return ""
	}
	return s
}

// Service is broker.Service as it is stored.
type Service struct {
	Identifier  string `json:"id,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"desc,omitempty"`
}

// NewService writes it down.
func NewService(s broker.Service) Service {
	return Service{Identifier: s.Identifier, Name: s.Name, Description: s.Description}
}

// Domain reads it back.
func (r Service) Domain() broker.Service {
	return broker.Service{Identifier: r.Identifier, Name: r.Name, Description: r.Description}
}

// Sealed is broker.Sealed as it is stored.
type Sealed struct {
	KID    string `json:"kid,omitempty"`
	Tag    string `json:"tag,omitempty"`
	Digest []byte `json:"sha256,omitempty"`
	Record string `json:"record,omitempty"` // body
	Blob   string `json:"blob,omitempty"`
	Size   int64  `json:"size,omitempty"`
}

// NewSealed writes it down.
func NewSealed(s broker.Sealed) Sealed {
	return Sealed{
		KID: s.KID, Tag: s.Tag, Digest: s.Digest, Record: string(s.Body.Record), Blob: string(s.Body.Blob), Size: s.Body.Size,
	}
}

// Domain reads it back.
func (r Sealed) Domain() broker.Sealed {
	return broker.Sealed{KID: r.KID, Tag: r.Tag, Digest: r.Digest, Body: broker.Body{
		Record: broker.BodyID(r.Record), Blob: broker.BlobID(r.Blob), Size: r.Size,
	}}
}

// Attachment is broker.Attachment as it is stored.
type Attachment struct {
	ID         string    `json:"id"`
	Submission string    `json:"sub"`
	Sealed     Sealed    `json:"sealed,omitzero"`
	Uploaded   time.Time `json:"uploaded,omitzero"`
}

// NewAttachment writes it down.
func NewAttachment(a broker.Attachment) Attachment {
	return Attachment{
		ID: string(a.ID), Submission: string(a.Submission), Sealed: NewSealed(a.Sealed), Uploaded: a.Uploaded.UTC(),
	}
}

// Domain reads it back.
func (r Attachment) Domain() broker.Attachment {
	return broker.Attachment{
		ID: broker.AttachmentID(r.ID), Submission: broker.SubmissionID(r.Submission), Sealed: r.Sealed.Domain(), Uploaded: r.Uploaded,
	}
}
