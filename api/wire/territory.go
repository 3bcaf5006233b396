package wire

import "time"

// TerritoryDraft is the body of POST /orgs/{org}/grants.
type TerritoryDraft struct {
	Services []string `json:"services,omitempty"` // URNs; none: all
	Region   string   `json:"region"`             // "DE…", and all that it covers
}

// Territory is places that are an organisation's.
type Territory struct {
	GrantID  string    `json:"grantId"`
	Services []string  `json:"services"`
	Region   string    `json:"region"`
	By       string    `json:"by"`
	MadeAt   time.Time `json:"madeAt"`
}

// TerritoryList is a page of the grants of an organisation.
type TerritoryList struct {
	Counted
	Grants []Territory `json:"grants"`
}

// ConsentDraft is the body of POST /orgs/{org}/consents and /consents.
type ConsentDraft struct {
	ToOrgID  string   `json:"toOrgId"`
	Services []string `json:"services,omitempty"` // URNs; none: all
	Region   string   `json:"region"`
}

// Consent says that one organisation agrees to what another one publishes at its places.
type Consent struct {
	ConsentID string    `json:"consentId"`
	FromOrgID string    `json:"fromOrgId,omitempty"` // absent: the operator, for all
	ToOrgID   string    `json:"toOrgId"`
	Services  []string  `json:"services"`
	Region    string    `json:"region"`
	By        string    `json:"by"`
	MadeAt    time.Time `json:"madeAt"`
}

// ConsentList is a page of consents.
type ConsentList struct {
	Counted
	Consents []Consent `json:"consents"`
}
