package client

import "github.com/vierkant/vierkant/crypto/set"

// Code names why a receiver rejects (FIT-Connect contract 8.2): the last part of a problem's type.
type Code string

// The documented codes, and what leads [Subscriber.Fetch] to each.
const (
	IncorrectAuthenticationTag Code = "incorrect-authentication-tag" // a sealed part is not the submitted one
	EncryptionIssue            Code = "encryption-issue"             // a part cannot be opened
	SyntaxViolation            Code = "syntax-violation"             // neither JSON nor XML
	SchemaViolation            Code = "schema-violation"             // metadata break their schema
	MissingSchema              Code = "missing-schema"               // metadata do not name their schema
	UnsupportedSchema          Code = "unsupported-schema"           // metadata version not offered
	UnsupportedDataSchema      Code = "unsupported-data-schema"      // schema of the data not offered for the service
	UnsupportedService         Code = "unsupported-service"          // service not offered
	ServiceMismatch            Code = "service-mismatch"             // metadata name another service than the announcement
	MissingData                Code = "missing-data"                 // metadata describe data, none were sent
	MissingAttachment          Code = "missing-attachment"           // an attachment cannot be fetched
	AttachmentsMismatch        Code = "attachments-mismatch"         // metadata, submission and event name different attachments
	HashMismatch               Code = "hash-mismatch"                // the plaintext is not the one that the metadata describe
	UnsupportedReplyChannel    Code = "unsupported-reply-channel"    // reply channel not offered
	InvalidEventLog            Code = "invalid-event-log"            // not exactly one submit event with tags
	TechnicalError             Code = "technical-error"              // anything else
)

// Codes lists them all.
func Codes() []Code {
	return []Code{
		IncorrectAuthenticationTag, EncryptionIssue, SyntaxViolation, SchemaViolation, MissingSchema, UnsupportedSchema, UnsupportedDataSchema,
		UnsupportedService, ServiceMismatch, MissingData, MissingAttachment, AttachmentsMismatch, HashMismatch, UnsupportedReplyChannel,
		InvalidEventLog, TechnicalError,
	}
}

// title is the short text for people.
func (c Code) title() string {
	switch c {
	case IncorrectAuthenticationTag:
		return "Incorrect authentication tag"
	case EncryptionIssue:
		return "Encryption issue"
	case SyntaxViolation:
		return "Syntax violation"
	case SchemaViolation:
		return "Schema violation"
	case MissingSchema:
		return "Missing schema reference"
	case UnsupportedSchema:
		return "Unsupported metadata schema"
	case UnsupportedDataSchema:
		return "Unsupported data schema"
	case UnsupportedService:
		return "Unsupported service"
	case ServiceMismatch:
		return "Service mismatch"
	case MissingData:
		return "Missing data"
	case MissingAttachment:
		return "Missing attachment"
	case AttachmentsMismatch:
		return "Attachments mismatch"
	case HashMismatch:
		return "Hash mismatch"
	case UnsupportedReplyChannel:
		return "Unsupported reply channel"
	case InvalidEventLog:
		return "Invalid event log"
	}
	return "Technical error"
}

// Where a problem lies: its instance (FIT-Connect contract 8.2).
const (
	InMetadata = partMetadata
	InData     = partData
	Elsewhere  = "other"
)

// InAttachment is the instance of a problem in an attachment.
func InAttachment(id AttachmentID) string { return partAttachment(id) }

// Problem makes the problem of this code for [Subscriber.Reject]. The detail goes into a signed event that sender and service can
// read: it must not repeat the content of the submission.
func (c Code) Problem(instance, detail string) set.Problem {
	return set.Problem{Type: set.ProblemPrefix + string(c), Title: c.title(), Detail: detail, Instance: instance}
}

// Names of the sealed parts of a submission, in problems and in differences of tags.
const (
	partMetadata = "metadata"
	partData     = "data"
)

func partAttachment(id AttachmentID) string { return "attachment:" + string(id) }
