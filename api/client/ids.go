package client

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Identifiers are UUIDs; the client writes them dashed and in lower case.
type (
	// DestinationID names the technical address of an authority.
	DestinationID string
	// SubmissionID names one application.
	SubmissionID string
	// ReplyID names one reply in the case of a submission.
	ReplyID string
	// CaseID names the container of submissions and their event log.
	CaseID string
	// AttachmentID names one uploaded, sealed body. The sender chooses it.
	AttachmentID string
)

// Ref names a submission or a reply, as lists and callbacks do: one of SubmissionID and ReplyID is there, the other is "".
type Ref struct {
	DestinationID DestinationID `json:"destinationId"` // which got or sent it
	SubmissionID  SubmissionID  `json:"submissionId,omitempty"`
	ReplyID       ReplyID       `json:"replyId,omitempty"`
	CaseID        CaseID        `json:"caseId"`
}

// Canonical returns r with its ids in the dashed lower-case form, so that refs from anywhere compare with ==. It is an error if one
// is no UUID, or if it names both a submission and a reply.
func (r Ref) Canonical() (Ref, error) {
	var err error
	kind := r.kind()
	if r.DestinationID, err = ParseID(r.DestinationID); err != nil {
		return Ref{}, fmt.Errorf("destination id: %w", err)
	}
	switch {
	case r.ReplyID == "":
		r.SubmissionID, err = ParseID(r.SubmissionID)
	case r.SubmissionID == "":
		r.ReplyID, err = ParseID(r.ReplyID)
	default:
		err = errors.New("expected a submission or a reply, found both")
	}
	if err != nil {
		return Ref{}, fmt.Errorf("%s id: %w", kind, err)
	}
	if r.CaseID, err = ParseID(r.CaseID); err != nil {
		return Ref{}, fmt.Errorf("case id: %w", err)
	}
	return r, nil
}

const uuidBytes = 16

// newID returns a random UUID (version 4, RFC 9562 5.4).
func newID[T ~string]() T {
	var b [uuidBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return format[T](b[:])
}

func format[T ~string](b []byte) T {
	return T(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// ParseID reads a UUID with or without dashes, in either case, as the wire allows it (FIT-Connect contract 3.0). Ids become
// parts of URLs, so nothing else passes.
func ParseID[T ~string](id T) (T, error) {
	text := string(id)
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		text = text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	}
	b, err := hex.DecodeString(strings.ToLower(text))
	if err != nil || len(b) != uuidBytes {
		return "", fmt.Errorf("expected a UUID, found %.40q", string(id))
	}
	return format[T](b), nil
}
