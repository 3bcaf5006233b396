package wire

import "time"

// ManagedDestination is a destination for people who look after it.
type ManagedDestination struct {
	DestinationV1
	Clients       []string          `json:"clients"` // that fetch from it
	CreatedAt     time.Time         `json:"createdAt"`
	ChangedAt     time.Time         `json:"changedAt"`
	InactiveSince *time.Time        `json:"inactiveSince,omitempty"`
	RevokedKID    string            `json:"revokedKid,omitempty"` // of the encryption key in force, if its certificate was revoked
	ExpiresAt     *time.Time        `json:"expiresAt,omitempty"`  // when the first certificate of the keys in force ends
	Trouble       *CallbackEndpoint `json:"callbackTrouble,omitempty"`
}

// ManagedDestinationList is GET /orgs/{org}/destinations.
type ManagedDestinationList struct {
	Counted
	Destinations []ManagedDestination `json:"destinations"`
}

// SeenAt is, in a change of a destination, the changedAt that it was read with; the other members are DestinationDraft's.
type SeenAt struct {
	ChangedAt *time.Time `json:"changedAt,omitempty"`
}

// DestinationProblems is what is wrong with a draft; none: nothing is.
type DestinationProblems struct {
	Problems []DestinationProblem `json:"problems"`
}

// DestinationProblem is what is wrong with a part of a draft.
type DestinationProblem struct {
	Part   string `json:"part"` // like services[0].regions
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// DestinationDependents is what hangs on a destination: GET /orgs/{org}/destinations/{destination}/dependents.
type DestinationDependents struct {
	Routes      int               `json:"routes"`
	Submissions int               `json:"waitingSubmissions"`
	Replies     int               `json:"waitingReplies"`
	Cases       int               `json:"cases"`
	Clients     int               `json:"clients"`
	Moves       []DestinationMove `json:"moves"`
	Deletable   bool              `json:"deletable"`
}

// DestinationMove is a status that a destination can be given.
type DestinationMove struct {
	Status string     `json:"status"`
	Since  *time.Time `json:"since,omitempty"` // it can be, or will be
	Open   bool       `json:"open"`            // it can be now
}

// CertifiedKey is a key by the certificates that an authority made for it: POST /orgs/{org}/destinations/{destination}/certificates.
type CertifiedKey struct {
	Use          string `json:"use"`          // enc or sig
	Certificates string `json:"certificates"` // PEM, that of the key first
}
