package wire

import "time"

// InvitationDraft is the body of POST /orgs/{org}/invitations.
type InvitationDraft struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

// Invitation is what somebody was offered and has not decided about.
type Invitation struct {
	InvitationID string    `json:"invitationId"`
	Email        string    `json:"email"`
	Role         string    `json:"role"`
	MadeAt       time.Time `json:"madeAt"`
	MadeBy       string    `json:"madeBy"`
	ExpiresAt    time.Time `json:"expiresAt"`
}

// InvitationList is the answer to GET /orgs/{org}/invitations.
type InvitationList struct {
	Counted
	Invitations []Invitation `json:"invitations"`
}

// InvitationCode is the body of POST /invitations/accept.
type InvitationCode struct {
	Code string `json:"code"`
}

// Membership is to which organisation somebody belongs now.
type Membership struct {
	OrgID string    `json:"orgId"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

// Announcement is the answer to GET and PUT /maintenance.
type Announcement struct {
	Maintenance *Maintenance `json:"maintenance,omitempty"` // absent: none is announced
}

// Identity is somebody at an OpenID provider who is a person here.
type Identity struct {
	IdentityID string    `json:"identityId"`
	Provider   string    `json:"provider"` // its name in the configuration
	Issuer     string    `json:"issuer"`
	Subject    string    `json:"subject"`
	LinkedAt   time.Time `json:"linkedAt"`
}

// Identities is the answer to GET /people/{person}/identities.
type Identities struct {
	Identities []Identity `json:"identities"`
}

// AuditPart is the answer to GET /audit/search and GET /orgs/{org}/audit/search.
type AuditPart struct {
	Deeds []Deed `json:"deeds"`
	Next  int    `json:"next,omitempty"` // "before" of the part that follows; absent: there is nothing more
}
