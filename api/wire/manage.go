package wire

import "time"

// The shapes of the management API, which is ours alone.

// Me is who asks.
type Me struct {
	Kind     string `json:"kind"` // "person", "client" or "operator"
	ClientID string `json:"clientId,omitempty"`
	OrgID    string `json:"orgId,omitempty"` // of the client
}

// OrgDraft is the body of POST /orgs.
type OrgDraft struct {
	Name string `json:"name"`
}

// Org is an organisation.
type Org struct {
	OrgID     string    `json:"orgId"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
}

// ClientDraft is the body of POST /orgs/{org}/clients.
type ClientDraft struct {
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`             // "sender" or "subscriber"
	Manage bool        `json:"manage,omitempty"` // of a subscriber: it may manage destinations
	Grants []SendGrant `json:"grants,omitempty"` // of a sender: where and what it may send; none: everything
}

// SendGrant is one permission to send.
type SendGrant struct {
	Region  string `json:"region"`            // "DE…"
	Service string `json:"service,omitempty"` // URN; every one if absent
}

// Client is an API client, without its secret.
type Client struct {
	ClientID  string      `json:"clientId"`
	Name      string      `json:"name"`
	Kind      string      `json:"kind"`
	Manage    bool        `json:"manage"`
	Grants    []SendGrant `json:"grants"`
	Disabled  bool        `json:"disabled"`
	CreatedAt time.Time   `json:"createdAt"`
}

// NewClient is a client as it is shown once.
type NewClient struct {
	Client
	ClientSecret string `json:"clientSecret"`
}
