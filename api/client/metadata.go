package client

import (
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"reflect"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
)

// metadataVersion is the one that [Sender.Send] writes.
const metadataVersion = "2.1.0"

// metadataSchema is the $schema of a version (FIT-Connect contract 10.1).
func metadataSchema(version string) string {
	return "https://schema.fitko.de/fit-connect/metadata/" + version + "/metadata.schema.json"
}

// Metadata describes a submission to its receiver (FIT-Connect contract 10): all members of version 2.1.0, and those of 1.0.0 that
// it lacks.
type Metadata struct {
	Schema           string           `json:"$schema,omitempty"`
	ContentStructure ContentStructure `json:"contentStructure"`
	Payment          *Payment         `json:"paymentInformation,omitempty"`
	ReplyChannel     *ReplyChannel    `json:"replyChannel,omitempty"`
	Reference        *Reference       `json:"additionalReferenceInfo,omitempty"`
	Author           *Author          `json:"author,omitempty"`
	DataSets         []DataSet        `json:"dataSets,omitempty"`

	PublicServiceType         *wire.PublicService `json:"publicServiceType,omitempty"`         // 1.0.0 only
	AuthenticationInformation json.RawMessage     `json:"authenticationInformation,omitempty"` // 1.0.0 only
}

// UnmarshalJSON reads each member under its exact name only, as the schema does that judges metadata: one that is spelled in another
// case is one that the contract does not know, and ignored.
func (m *Metadata) UnmarshalJSON(raw []byte) error {
	type plain Metadata // without this method
	return decodeExactly(raw, reflect.ValueOf((*plain)(m)).Elem())
}

// ContentStructure lists the parts of a submission (FIT-Connect contract 10.3).
type ContentStructure struct {
	Data        *DataInfo        `json:"data,omitempty"` // optional in 1.0.0 only
	Attachments []AttachmentInfo `json:"attachments"`
}

// DataInfo is what the metadata say of the data.
type DataInfo struct {
	Hash             Hash                  `json:"hash"`
	SubmissionSchema wire.SubmissionSchema `json:"submissionSchema"`
	Signature        *Signature            `json:"signature,omitempty"`
}

// AttachmentInfo is what the metadata say of an attachment.
type AttachmentInfo struct {
	ID          AttachmentID   `json:"attachmentId"`
	Hash        Hash           `json:"hash"` // over the whole attachment, also if it is in fragments
	Purpose     string         `json:"purpose"`
	MIMEType    string         `json:"mimeType"`
	Filename    string         `json:"filename,omitempty"` // as the sender wrote it: never use it as a path
	Description string         `json:"description,omitempty"`
	Signature   *Signature     `json:"signature,omitempty"`
	Fragments   []AttachmentID `json:"fragments,omitempty"` // the uploads that make it up, in order (FIT-Connect contract 3.7)
}

// uploads names the sealed bodies that the attachment was uploaded as.
func (a AttachmentInfo) uploads() []AttachmentID {
	if len(a.Fragments) > 0 {
		return a.Fragments
	}
	return []AttachmentID{a.ID}
}

// Hash is the digest of a plaintext (FIT-Connect contract 6.3).
type Hash struct {
	Type    string `json:"type"`    // always "sha512"
	Content string `json:"content"` // lower-case hex
}

func hashOf(sum [sha512.Size]byte) Hash {
	return Hash{Type: "sha512", Content: hex.EncodeToString(sum[:])}
}

// Signature describes an electronic signature of the data or an attachment (FIT-Connect contract 10.3).
type Signature struct {
	Format   string `json:"signatureFormat"` // cms, xml, pdf, asic or json
	Detached bool   `json:"detachedSignature"`
	Profile  string `json:"eidasAdesProfile,omitempty"`
	Content  string `json:"content,omitempty"` // of a detached one
}

// Payment is what the payment service said (FIT-Connect contract 10.4).
type Payment struct {
	TransactionReference string      `json:"transactionReference"`
	TransactionID        string      `json:"transactionId"`
	TransactionURL       string      `json:"transactionUrl,omitempty"`
	TransactionTimestamp string      `json:"transactionTimestamp,omitempty"` // RFC 3339
	Method               string      `json:"paymentMethod"`
	MethodDetail         string      `json:"paymentMethodDetail,omitempty"`
	Status               string      `json:"status"`
	GrossAmount          json.Number `json:"grossAmount,omitempty"` // Euro, like 26.00
}

// ReplyChannel is the way the applicant wants to be answered: exactly one (FIT-Connect contract 10.6).
type ReplyChannel struct {
	EMail           *EMail           `json:"eMail,omitempty"`
	DeMail          *DeMail          `json:"deMail,omitempty"`
	Fink            *Fink            `json:"fink,omitempty"`
	Elster          *Elster          `json:"elster,omitempty"`
	FitConnect      *FitConnect      `json:"fitConnect,omitempty"`
	IDBundDeMailbox *IDBundDeMailbox `json:"idBundDeMailbox,omitempty"`
}

// The reply channels.
type (
	// EMail is an ordinary mail, encrypted if there is a key.
	EMail struct {
		Address      string `json:"address"`
		PGPPublicKey string `json:"pgpPublicKey,omitempty"`
	}
	// DeMail is a mail of the German De-Mail service.
	DeMail struct {
		Address string `json:"address"`
	}
	// Fink is a mailbox of the interoperable account service, deprecated.
	Fink struct {
		Mailbox string `json:"finkPostfachRef"`
		Host    string `json:"host,omitempty"`
	}
	// Elster is the mailbox of the tax administration.
	Elster struct {
		AccountID string `json:"accountId"`
		Ticket    string `json:"lieferTicket,omitempty"`
		Reference string `json:"geschaeftszeichen,omitempty"`
	}
	// FitConnect is a reply through the broker, sealed to a key of the sender that needs no certificate.
	FitConnect struct {
		ProcessStandards    []string    `json:"processStandards"`
		EncryptionPublicKey keys.Public `json:"encryptionPublicKey"`
	}
	// IDBundDeMailbox is the mailbox of the federal identity service.
	IDBundDeMailbox struct {
		MailboxUUID string `json:"mailboxUuid"`
	}
)

// Reference is what the sending side calls the submission (FIT-Connect contract 10.5).
type Reference struct {
	SenderReference   string `json:"senderReference,omitempty"`
	ApplicationDate   string `json:"applicationDate,omitempty"` // like 2026-11-16
	IDBundDeID        string `json:"idBundDeApplicationId,omitempty"`
	DigitalNoticeOkay *bool  `json:"zustimmungZumDigitalenBescheid,omitempty"` // a refusal is false, not nil
}

// Author is the sending system about itself.
type Author struct {
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	URL         string  `json:"url,omitempty"`
	Product     Product `json:"product"`
}

// Product is the software that an Author runs.
type Product struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Manufacturer string `json:"manufacturer"`
	Description  string `json:"description,omitempty"`
}

// DataSet is further data under a schema of its own. The hash is the business of whoever makes the set: which bytes of the
// content it covers is for that schema to say.
type DataSet struct {
	ID          string                `json:"dataSetId"`
	Schema      wire.SubmissionSchema `json:"schema"`
	Hash        Hash                  `json:"hash"`
	Content     json.RawMessage       `json:"content"`
	Description string                `json:"description,omitempty"`
}
