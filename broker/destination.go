package broker

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// DestinationStatus is where a destination stands (FIT-Connect contract 4.4).
type DestinationStatus string

// The states of a destination.
const (
	DestinationCreated        DestinationStatus = "created"
	DestinationActive         DestinationStatus = "active"
	DestinationInactive       DestinationStatus = "inactive"
	DestinationDecommissioned DestinationStatus = "decommissioned"
)

// Destination is the technical address of an authority for submissions (Zustellpunkt).
type Destination struct {
	ID               DestinationID
	Org              OrgID
	Name             string
	Status           DestinationStatus
	Contact          Contact
	Services         []OfferedService
	EncryptionKID    string
	SigningKID       string // of the key that changes of keys are signed with; none, of older programs: the first signing key
	RevokedKID       string // of the encryption key, once its certificate was found to be revoked: nothing more is taken for it
	MetadataVersions []string
	ReplyChannels    *ReplyChannels // nil: none declared
	Callback         *Callback      // nil: the subscriber polls
	Clients          []ClientID     // subscribers assigned to it
	Created          time.Time
	Changed          time.Time
	InactiveSince    time.Time // clock of deadlines; zero unless inactive
}

// Contact is who answers for the destination. It is never public.
type Contact struct {
	LegalName, Address, Phone, Email, Unit string
}

// OfferedService is a public service that a destination takes, where, and in which schemas.
type OfferedService struct {
	Identifier string   // URN
	Regions    []string // "DE…"
	Schemas    []SubmissionSchema
}

// SubmissionSchema names the schema of the data and its media type.
type SubmissionSchema struct {
	URI      string
	MIMEType string // application/json or application/xml
}

// Callback is where somebody wants to be told. Secrets are wrapped by the key file.
type Callback struct {
	URL    string
	Secret []byte

	Former      []byte    // the secret before; none: it is good no more
	FormerUntil time.Time // until when it is, by the wall clock
}

// ReplyChannels are the ways of answering that a destination offers; each is a JSON object of the wire or nil.
type ReplyChannels struct {
	EMail, DeMail, Elster, Fink, FitConnect, IDBundDeMailbox json.RawMessage
}

// AssignedTo reports whether the subscriber client may fetch from this destination.
func (d Destination) AssignedTo(c ClientID) bool { return slices.Contains(d.Clients, c) }

// Offered returns the offer for a service, by its identifier.
func (d Destination) Offered(identifier string) (OfferedService, bool) {
	i := slices.IndexFunc(d.Services, func(s OfferedService) bool { return s.Identifier == identifier })
	if i < 0 {
		return OfferedService{}, false
	}
	return d.Services[i], true
}

// differences names what is other than it was, for the audit log.
func (d Destination) differences(was Destination) string {
	var all []string
	for _, part := range []struct {
		name  string
		other bool
	}{
		{fmt.Sprintf("status %s to %s", was.Status, d.Status), d.Status != was.Status},
		{"name", d.Name != was.Name},
		{"contact", d.Contact != was.Contact},
		{"services", !reflect.DeepEqual(d.Services, was.Services)},
		{"encryption key " + d.EncryptionKID, d.EncryptionKID != was.EncryptionKID},
		{"key for changes " + d.SigningKID, d.SigningKID != was.SigningKID},
		{"metadata versions", !slices.Equal(d.MetadataVersions, was.MetadataVersions)},
		{"reply channels", !reflect.DeepEqual(d.ReplyChannels, was.ReplyChannels)},
		{"callback", !reflect.DeepEqual(d.Callback, was.Callback)},
	} {
		if part.other {
			all = append(all, part.name)
		}
	}
	return strings.Join(all, ", ")
}
