package wire

import (
	"encoding/json"
	"time"
)

// The shapes of the management API, which is ours alone.

// Me is who asks.
type Me struct {
	Kind     string  `json:"kind"` // "person", "client" or "operator"
	Person   *Person `json:"person,omitempty"`
	ClientID string  `json:"clientId,omitempty"`
	OrgID    string  `json:"orgId,omitempty"` // of the client
}

// OrgDraft is the body of POST /orgs and of PATCH /orgs/{org}.
type OrgDraft struct {
	Name string `json:"name"`
}

// Org is an organisation.
type Org struct {
	OrgID     string    `json:"orgId"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
}

// OrgList is the answer to GET /orgs.
type OrgList struct {
	Counted
	Orgs []Org `json:"orgs"`
}

// PersonDraft is the body of POST /people.
type PersonDraft struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// PersonChange is the body of PATCH /people/{person}; what is absent stays.
type PersonChange struct {
	Name  *string `json:"name,omitempty"`
	Email *string `json:"email,omitempty"`
}

// Person is somebody who may act for organisations.
type Person struct {
	PersonID  string    `json:"personId"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	OrgIDs    []string  `json:"orgIds"`
	Platform  bool      `json:"platform"` // an operator of the platform
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"createdAt"`
}

// PersonList is the answer to GET /people.
type PersonList struct {
	Counted
	People []Person `json:"people"`
}

// PersonalTokenDraft is the body of POST /people/{person}/tokens.
type PersonalTokenDraft struct {
	Name string `json:"name"`
	Days int    `json:"days,omitempty"` // for which it is good; 90 if absent
}

// PersonalToken is what is known of a personal token.
type PersonalToken struct {
	TokenID   string    `json:"tokenId"`
	Name      string    `json:"name"`
	IssuedAt  time.Time `json:"issuedAt"`
	IssuedBy  string    `json:"issuedBy"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// NewPersonalToken is a token as it is shown once.
type NewPersonalToken struct {
	PersonalToken
	Token string `json:"token"`
}

// PersonalTokenList is the answer to GET /people/{person}/tokens.
type PersonalTokenList struct {
	Counted
	Tokens []PersonalToken `json:"tokens"`
}

// MemberDraft is the body of POST /orgs/{org}/people.
type MemberDraft struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"` // of somebody who is not known yet
	Role  string `json:"role"`
}

// RoleChange is the body of PATCH /orgs/{org}/people/{person}.
type RoleChange struct {
	Role string `json:"role"`
}

// Member is a person in an organisation.
type Member struct {
	PersonID string    `json:"personId"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     string    `json:"role"` // "owner", "developer", "operator" or "reader"
	Disabled bool      `json:"disabled"`
	Since    time.Time `json:"since"`
}

// MemberList is the answer to GET /orgs/{org}/people.
type MemberList struct {
	Counted
	People []Member `json:"people"`
}

// ClientDraft is the body of POST /orgs/{org}/clients.
type ClientDraft struct {
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`             // "sender" or "subscriber"
	Manage bool        `json:"manage,omitempty"` // of a subscriber: it may manage destinations
	Grants []SendGrant `json:"grants,omitempty"` // of a sender: where and what it may send; none: everything

	SecretUntil time.Time `json:"secretUntil,omitzero"` // when the secret ends; absent: never
}

// ClientChange is the body of PATCH /orgs/{org}/clients/{client}. What is absent stays.
type ClientChange struct {
	Name   *string      `json:"name,omitempty"`
	Manage *bool        `json:"manage,omitempty"`
	Grants *[]SendGrant `json:"grants,omitempty"` // an empty list: everything everywhere
}

// SendGrant is one permission to send.
type SendGrant struct {
	Region  string `json:"region"`            // "DE…"
	Service string `json:"service,omitempty"` // URN; every one if absent
}

// Client is an API client, without its secret.
type Client struct {
	ClientID          string      `json:"clientId"`
	Name              string      `json:"name"`
	Kind              string      `json:"kind"`
	Manage            bool        `json:"manage"`
	Grants            []SendGrant `json:"grants"`
	Disabled          bool        `json:"disabled"`
	CreatedAt         time.Time   `json:"createdAt"`
	SecretUntil       *time.Time  `json:"secretUntil,omitempty"`       // when the secret ends
	FormerSecretUntil *time.Time  `json:"formerSecretUntil,omitempty"` // until when the secret before is good
	LastUsed          *time.Time  `json:"lastUsedAt,omitempty"`        // to the hour
	FormerSecretUsed  *time.Time  `json:"formerSecretUsedAt,omitempty"`
}

// ClientDestinations is the answer to GET /orgs/{org}/clients/{client}/destinations: those that the client is assigned to.
type ClientDestinations struct {
	Destinations []ClientDestination `json:"destinations"`
}

// ClientDestination is a destination that a client receives for.
type ClientDestination struct {
	DestinationID string   `json:"destinationId"`
	Name          string   `json:"name"`
	Status        string   `json:"status"`
	ClientIDs     []string `json:"clientIds"` // all that receive for it
}

// SnippetList is the answer to GET /orgs/{org}/clients/{client}/snippets.
type SnippetList struct {
	Snippets []Snippet `json:"snippets"`
}

// Snippet is a program that sends or receives as a client.
type Snippet struct {
	Language string `json:"language"` // "curl", "vierkant", "go", "python", "java" or "csharp"
	Title    string `json:"title"`
	File     string `json:"file"`
	Text     string `json:"text"`
}

// NewClient is a client with a new secret, as it is shown once.
type NewClient struct {
	Client
	ClientSecret string `json:"clientSecret"`
}

// SecretRotation is the body of POST /orgs/{org}/clients/{client}/secret.
type SecretRotation struct {
	Overlap     int       `json:"overlap,omitempty"`    // seconds for which the secret before is good beside the new one
	SecretUntil time.Time `json:"secretUntil,omitzero"` // when the new one ends; absent: never
}

// ClientList is the answer to GET /orgs/{org}/clients.
type ClientList struct {
	Counted
	Clients []Client `json:"clients"`
}

// Proposal is something that takes two persons, and how far it is.
type Proposal struct {
	ProposalID string          `json:"proposalId"`
	Subject    string          `json:"subject"`
	Value      json.RawMessage `json:"value"`  // what would be done; of a shape that the subject has
	Digest     string          `json:"digest"` // hex SHA-256 of it as it is stored
	State      string          `json:"state"`  // "open", "released", "withdrawn", "refused", "outdated" or "expired"
	By         string          `json:"by"`
	MadeAt     time.Time       `json:"madeAt"`
	ExpiresAt  time.Time       `json:"expiresAt"` // not released from then on
	ReleasedBy string          `json:"releasedBy,omitempty"`
	ClosedBy   string          `json:"closedBy,omitempty"`
	ClosedAt   *time.Time      `json:"closedAt,omitempty"`
	Note       string          `json:"note,omitempty"`
}

// ProposalList is the answer to GET /orgs/{org}/proposals.
type ProposalList struct {
	Counted
	Proposals []Proposal `json:"proposals"`
}

// Release is the body of POST /orgs/{org}/proposals/{proposal}/release.
type Release struct {
	Digest string `json:"digest"` // of what the person looked at
}

// ProposalEnd is the body of POST /orgs/{org}/proposals/{proposal}/refuse and /withdraw.
type ProposalEnd struct {
	Note string `json:"note,omitempty"` // why
}

// Deed is a line of the audit log.
type Deed struct {
	OrgID   string    `json:"orgId,omitempty"` // absent in the log of the installation
	Who     string    `json:"who"`             // "person …", "client …" or "operator"
	Deed    string    `json:"deed"`            // like "client.registered"
	Subject string    `json:"subject,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	At      time.Time `json:"at"`
}

// Audit is the answer to GET /audit and GET /orgs/{org}/audit.
type Audit struct {
	Counted
	Deeds []Deed `json:"deeds"`
}
