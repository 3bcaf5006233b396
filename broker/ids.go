package broker

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// Identifiers. Those that travel on the wire are UUIDs in the dashed lower-case form; ParseID makes them.
type (
	// OrgID names an organisation, the owner of clients, destinations and routes.
	OrgID string
	// ClientID names an API client; it is the OAuth client_id and the "sub" of its tokens.
	ClientID string
	// DestinationID names the technical address of an authority for submissions (Zustellpunkt).
	DestinationID string
	// SubmissionID names one application (Einreichung).
	SubmissionID string
	// CaseID names the container of submissions and their one event log (Vorgang).
	CaseID string
	// AttachmentID names an attachment; the sender chooses it.
	AttachmentID string
	// EventID is the "jti" of a security event token.
	EventID string
	// DeliveryID names one owed callback.
	DeliveryID string
	// RouteID names one publication of coverage.
	RouteID string
	// AdoptionID names what an authority made of a template.
	AdoptionID string
	// BodyID names a small body that the Store keeps.
	BodyID string
	// BlobID names a large body that Blobs keeps. It is random per upload.
	BlobID string
)

// NewID returns a fresh random identifier (UUID version 4).
func NewID[T ~string]() T { return T(uuid.NewString()) }

// ParseID reads a UUID with or without dashes, in either case, as the wire allows it (32 to 36 characters), and
// returns its dashed lower-case form. Anything else is Invalid.
func ParseID[T ~string](s string) (T, error) {
	if len(s) != 32 && len(s) != 36 {
		return "", Invalid.New("bad-request", "%q is not a UUID: expected 32 hexadecimal digits, with or without dashes", clip(s))
	}
	id, err := uuid.Parse(s)
	if err != nil {
		return "", Invalid.New("bad-request", "%q is not a UUID: expected 32 hexadecimal digits, with or without dashes", clip(s))
	}
	return T(id.String()), nil
}

// clip bounds what a message repeats of a stranger's input.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// newToken returns 128 random bits in hex: lease tokens and body names.
func newToken() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// uuidURN is how a token names a thing of ours: "submission:<uuid>", "case:<uuid>" (FIT-Connect contract 6.4).
func uuidURN[T ~string](kind string, id T) string { return fmt.Sprintf("%s:%s", kind, string(id)) }
